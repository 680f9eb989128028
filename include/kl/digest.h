/* SPDX-License-Identifier: MIT */
#ifndef KL_DIGEST_H
#define KL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/digest.h - SHA-256 and HMAC-SHA-256, and the user's one secret.
 *
 * People's identifiers and records appear in receipts, state and audit only
 * as keyed digests: a plain hash of an address can be guessed.
 */

#define KL_SHA256 32	    /* bytes */
#define KL_SHA256_HEX 65    /* characters with the NUL */
#define KL_RECORD_DIGEST 23 /* 16 bytes in base64url, with the NUL */

/* The first 16 bytes of a digest in base64url. */
void kl_digest_text(const unsigned char md[KL_SHA256],
    char out[KL_RECORD_DIGEST]);

/* SHA-256 in lower-case hex; in bytes. */
void kl_sha256_hex(const void *s, size_t n, char out[KL_SHA256_HEX]);
void kl_sha256(const void *s, size_t n, unsigned char out[KL_SHA256]);

/* The same of two texts, which takes hardly more time than of the longer one,
 * where the processor has instructions for it. */
void kl_sha256_hex_two(const void *s, size_t n, char of_s[KL_SHA256_HEX],
    const void *t, size_t m, char of_t[KL_SHA256_HEX]);

/* HMAC-SHA-256 (RFC 2104) of s under a key of kn bytes. */
void kl_hmac_sha256(const void *key, size_t kn, const void *s, size_t n,
    unsigned char out[KL_SHA256]);

/*
 * The same for many texts under one key: the half of the work that depends on
 * the key is done once.  A value, to be copied and thrown away; it is as
 * secret as the key.
 */
struct kl_hmac {
	uint64_t inner[16], outer[16]; /* opaque */
};
void kl_hmac_set(struct kl_hmac *h, const void *key, size_t kn);
void kl_hmac(const struct kl_hmac *h, const void *s, size_t n,
    unsigned char out[KL_SHA256]);

/*
 * The same of a text that comes in pieces: begin, add, and end as often as
 * the digest of what was added so far is asked for.  A value; a copy goes its
 * own way.
 */
struct kl_hmac_run {
	uint64_t state[16]; /* opaque */
};
void kl_hmac_begin(const struct kl_hmac *h, struct kl_hmac_run *r);
void kl_hmac_add(struct kl_hmac_run *r, const void *s, size_t n);
void kl_hmac_end(const struct kl_hmac *h, const struct kl_hmac_run *r,
    unsigned char out[KL_SHA256]);

/* A secret of 32 bytes. */
#define KL_HASH_KEY 32
struct kl_hash_key {
	unsigned char byte[KL_HASH_KEY];
	bool set;
};

/*
 * Read the secret from path, which must exist; or, if path is NULL, from
 * $XDG_STATE_HOME/kl/hash.key, else ~/.local/state/kl/hash.key, which is made
 * on first use: 0600, in directories made 0700, complete and on disk before
 * it has its name, so that of two processes that make it at once both use
 * the same.  KL_OK; KL_ENOINPUT; KL_ECREATE; KL_ECONFIG (no home, not a
 * regular file, open to group or others, or not 32 bytes).
 */
enum kl_rc kl_hash_key_load(struct kl_hash_key *key, const char *path,
    struct kl_err *err);

/* The first 16 bytes of the HMAC of the record, base64url. */
void kl_record_digest(const struct kl_hash_key *key, const void *s, size_t n,
    char out[KL_RECORD_DIGEST]);

#ifdef __cplusplus
}
#endif

#endif /* KL_DIGEST_H */
