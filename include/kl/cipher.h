/* SPDX-License-Identifier: MIT */
#ifndef KL_CIPHER_H
#define KL_CIPHER_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/digest.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/cipher.h - AES-256 in counter mode, for records that wait in a file.
 *
 * It hides and does not protect: one bit changed in what was enciphered is
 * one bit changed in what comes out.  Whoever uses it seals the whole with
 * kl_hmac() and looks at the seal first.
 */

#define KL_CIPHER_NONCE 16 /* bytes */

struct kl_cipher; /* opaque: a place in the stream of a key and a nonce */

/*
 * Begin.  Of the user's secret and label, which says what it is for, a key of
 * its own is made.  A nonce is used for one stream, ever.  KL_OK; KL_ENOMEM;
 * KL_EBUG where libcrypto has no such cipher.
 */
enum kl_rc kl_cipher_new(struct kl_cipher **to, const struct kl_hash_key *hash,
    const char *label, const unsigned char nonce[KL_CIPHER_NONCE],
    struct kl_err *err);
void kl_cipher_free(struct kl_cipher *c);

/* Encipher, or decipher, the next n bytes of s in place.  False if libcrypto
 * fails. */
bool kl_cipher(struct kl_cipher *c, void *s, size_t n);

/* The key that is made of the user's secret for that use. */
void kl_hash_key_for(const struct kl_hash_key *hash, const char *label,
    unsigned char key[KL_SHA256]);

#ifdef __cplusplus
}
#endif

#endif /* KL_CIPHER_H */
