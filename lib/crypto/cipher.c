/* SPDX-License-Identifier: MIT */
/* cipher.c - AES-256 in counter mode over libcrypto. */

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "kl/buf.h"
#include "kl/cipher.h"

struct kl_cipher {
	EVP_CIPHER_CTX *ctx;
};

void
kl_hash_key_for(const struct kl_hash_key *hash, const char *label,
    unsigned char key[KL_SHA256])
{
	kl_hmac_sha256(hash->byte, sizeof(hash->byte), label, strlen(label),
	    key);
}

enum kl_rc
kl_cipher_new(struct kl_cipher **to, const struct kl_hash_key *hash,
    const char *label, const unsigned char nonce[KL_CIPHER_NONCE],
    struct kl_err *err)
{
	struct kl_cipher *c = calloc(1, sizeof(*c));
	unsigned char key[KL_SHA256];
	int good;

	*to = NULL;
	if (c == NULL || (c->ctx = EVP_CIPHER_CTX_new()) == NULL) {
		free(c);
		return kl_err_nomem(err);
	}
	kl_hash_key_for(hash, label, key);
	good = EVP_EncryptInit_ex(c->ctx, EVP_aes_256_ctr(), NULL, key, nonce);
	kl_wipe(key, sizeof(key));
	if (good != 1) {
		kl_cipher_free(c);
		return kl_err_set(err, KL_EBUG,
		    "libcrypto offers no AES-256-CTR");
	}
	*to = c;
	return KL_OK;
}

void
kl_cipher_free(struct kl_cipher *c)
{
	if (c != NULL)
		EVP_CIPHER_CTX_free(c->ctx);
	free(c);
}

bool
kl_cipher(struct kl_cipher *c, void *s, size_t n)
{
	unsigned char *p = s;
	int out, now;

	for (; n > 0; n -= (size_t)now, p += now) {
		now = n < INT_MAX / 2 ? (int)n : INT_MAX / 2;
		if (EVP_EncryptUpdate(c->ctx, p, &out, p, now) != 1)
			return false;
	}
	return true;
}
