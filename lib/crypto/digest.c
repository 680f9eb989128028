/* SPDX-License-Identifier: MIT */
/*
 * digest.c - SHA-256 and HMAC-SHA-256 over libcrypto.
 *
 * The low-level calls, deprecated since OpenSSL 3.0 in favour of EVP, are
 * used on purpose: they allocate nothing and cannot fail, so a digest is a
 * plain value, and they do not load providers and configuration files, which
 * would cost each short-lived program more than all its digests.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#include "kl/digest.h"
#include "sha-two.h"

#define BLOCK SHA256_CBLOCK
#define WORTH_ASKING 64 /* blocks of each of two texts */

void
kl_sha256(const void *s, size_t n, unsigned char out[KL_SHA256])
{
	SHA256_CTX c;

	(void)SHA256_Init(&c);
	(void)SHA256_Update(&c, s, n);
	(void)SHA256_Final(out, &c);
}

static void
put_hex(const unsigned char md[KL_SHA256], char out[KL_SHA256_HEX])
{
	static const char digit[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < KL_SHA256; i++) {
		out[2 * i] = digit[md[i] >> 4];
		out[2 * i + 1] = digit[md[i] & 15];
	}
	out[2 * i] = '\0';
}

void
kl_sha256_hex(const void *s, size_t n, char out[KL_SHA256_HEX])
{
	unsigned char md[KL_SHA256];

	kl_sha256(s, n, md);
	put_hex(md, out);
}

/* The digest of a text that came to that state after so many blocks. */
static void
hex_from(const struct sha_state *state, size_t blocks, const unsigned char *s,
    size_t n, char out[KL_SHA256_HEX])
{
	uint64_t bits = (uint64_t)blocks * BLOCK * 8;
	unsigned char md[KL_SHA256];
	SHA256_CTX c;

	_Static_assert(sizeof(c.h) == sizeof(state->h),
	    "the state of SHA-256 is eight words");
	(void)SHA256_Init(&c);
	memcpy(c.h, state->h, sizeof(c.h));
	c.Nl = (SHA_LONG)bits;
	c.Nh = (SHA_LONG)(bits >> 32);
	(void)SHA256_Update(&c, s + blocks * BLOCK, n - blocks * BLOCK);
	(void)SHA256_Final(md, &c);
	put_hex(md, out);
}

void
kl_sha256_hex_two(const void *s, size_t n, char of_s[KL_SHA256_HEX],
    const void *t, size_t m, char of_t[KL_SHA256_HEX])
{
	size_t blocks = (n < m ? n : m) / BLOCK;
	struct sha_state a, b;

	/* To ask the processor may take a visit to the host. */
	if (blocks < WORTH_ASKING || !sha_two_can()) {
		kl_sha256_hex(s, n, of_s);
		kl_sha256_hex(t, m, of_t);
		return;
	}
	sha_two(s, &a, t, &b, blocks);
	hex_from(&a, blocks, s, n, of_s);
	hex_from(&b, blocks, t, m, of_t);
}

/* H((key ^ pad) . s) */
static void
keyed(const unsigned char key[BLOCK], unsigned char pad, const void *s,
    size_t n, unsigned char out[KL_SHA256])
{
	unsigned char block[BLOCK];
	SHA256_CTX c;
	size_t i;

	for (i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	(void)SHA256_Init(&c);
	(void)SHA256_Update(&c, block, BLOCK);
	(void)SHA256_Update(&c, s, n);
	(void)SHA256_Final(out, &c);
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(&c, sizeof(c));
}

void
kl_hmac_sha256(const void *key, size_t kn, const void *s, size_t n,
    unsigned char out[KL_SHA256])
{
	unsigned char block[BLOCK] = { 0 }, inner[KL_SHA256];

	if (kn > BLOCK)
		kl_sha256(key, kn, block);
	else if (kn > 0)
		memcpy(block, key, kn);
	keyed(block, 0x36, s, n, inner);
	keyed(block, 0x5c, inner, sizeof(inner), out);
	OPENSSL_cleanse(block, sizeof(block));
}

/* The state of SHA-256 after the block key ^ pad. */
static void
absorb(uint64_t state[16], const unsigned char key[BLOCK], unsigned char pad)
{
	unsigned char block[BLOCK];
	SHA256_CTX c;
	size_t i;

	_Static_assert(sizeof(c) <= sizeof(uint64_t[16]),
	    "the state of SHA-256 fits into struct kl_hmac");
	for (i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	(void)SHA256_Init(&c);
	(void)SHA256_Update(&c, block, BLOCK);
	memcpy(state, &c, sizeof(c));
	OPENSSL_cleanse(block, sizeof(block));
}

void
kl_hmac_set(struct kl_hmac *h, const void *key, size_t kn)
{
	unsigned char block[BLOCK] = { 0 };

	if (kn > BLOCK)
		kl_sha256(key, kn, block);
	else if (kn > 0)
		memcpy(block, key, kn);
	*h = (struct kl_hmac){ 0 };
	absorb(h->inner, block, 0x36);
	absorb(h->outer, block, 0x5c);
	OPENSSL_cleanse(block, sizeof(block));
}

void
kl_hmac(const struct kl_hmac *h, const void *s, size_t n,
    unsigned char out[KL_SHA256])
{
	unsigned char inner[KL_SHA256];
	SHA256_CTX c;

	memcpy(&c, h->inner, sizeof(c));
	(void)SHA256_Update(&c, s, n);
	(void)SHA256_Final(inner, &c);
	memcpy(&c, h->outer, sizeof(c));
	(void)SHA256_Update(&c, inner, sizeof(inner));
	(void)SHA256_Final(out, &c);
}

void
kl_hmac_begin(const struct kl_hmac *h, struct kl_hmac_run *r)
{
	memcpy(r->state, h->inner, sizeof(r->state));
}

void
kl_hmac_add(struct kl_hmac_run *r, const void *s, size_t n)
{
	SHA256_CTX c;

	memcpy(&c, r->state, sizeof(c));
	(void)SHA256_Update(&c, s, n);
	memcpy(r->state, &c, sizeof(c));
}

void
kl_hmac_end(const struct kl_hmac *h, const struct kl_hmac_run *r,
    unsigned char out[KL_SHA256])
{
	unsigned char inner[KL_SHA256];
	SHA256_CTX c;

	memcpy(&c, r->state, sizeof(c));
	(void)SHA256_Final(inner, &c);
	memcpy(&c, h->outer, sizeof(c));
	(void)SHA256_Update(&c, inner, sizeof(inner));
	(void)SHA256_Final(out, &c);
}

void
kl_digest_text(const unsigned char md[KL_SHA256], char out[KL_RECORD_DIGEST])
{
	static const char digit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned v = 0, bits = 0;
	size_t i, k = 0;

	for (i = 0; i < 16; i++) {
		v = (v << 8 | md[i]) & 0xFFFF;
		for (bits += 8; bits >= 6; bits -= 6)
			out[k++] = digit[v >> (bits - 6) & 63];
	}
	out[k++] = digit[v << (6 - bits) & 63];
	out[k] = '\0';
}

void
kl_record_digest(const struct kl_hash_key *key, const void *s, size_t n,
    char out[KL_RECORD_DIGEST])
{
	unsigned char md[KL_SHA256];

	kl_hmac_sha256(key->byte, sizeof(key->byte), s, n, md);
	kl_digest_text(md, out);
}
