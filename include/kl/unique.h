/* SPDX-License-Identifier: MIT */
#ifndef KL_UNIQUE_H
#define KL_UNIQUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/unique.h - is this record's key new in the stream?
 *
 * Keys are kept as 96 bits of a keyed hash with the line they came on, so the
 * memory is at most 24 bytes a key whatever the keys are, and half a mebibyte
 * to begin with.  That two keys of a stream of 20 million are taken for one
 * is less likely than 1 in 10^14.
 */

struct kl_unique; /* opaque */

/*
 * key names the members that make the key, by their paths as in
 * kl_json_path(), with commas between: "email", "profile.email,metric".
 * NULL when out of memory, or without random bytes.
 */
struct kl_unique *kl_unique_new(const char *key);
void kl_unique_free(struct kl_unique *u);

/*
 * Look the record's key up and remember it with its line (from 1, below
 * 2^40).  Strings are compared without their escapes, addresses (members
 * called email) without the case of ASCII letters, other values as they are
 * written.
 *
 * KL_OK: the key is new, or the record has none, because a member of it is
 * absent, null or "".  KL_EDATA, code duplicate: it is that of an earlier
 * line, which err names.  KL_ENOMEM.
 */
enum kl_rc kl_unique_see(struct kl_unique *u, const struct kl_json *doc,
    uint64_t line, struct kl_err *err);

/*
 * The same in two steps, of which the first can be done elsewhere: with a copy,
 * which makes the same keys and remembers none, by another thread.
 * kl_unique_key() returns KL_OK; KL_AGAIN if the record has no key; KL_ENOMEM.
 * kl_unique_put() is as kl_unique_see(); a line that was put is put again
 * without complaint.
 */
struct kl_unique_key {
	uint64_t hash[2];
};
struct kl_unique *kl_unique_copy(const struct kl_unique *u);
enum kl_rc kl_unique_key(struct kl_unique *u, const struct kl_json *doc,
    struct kl_unique_key *key, struct kl_err *err);
enum kl_rc kl_unique_put(struct kl_unique *u, const struct kl_unique_key *key,
    uint64_t line, struct kl_err *err);

/* The keys remembered, and the bytes they take. */
uint64_t kl_unique_keys(const struct kl_unique *u);
uint64_t kl_unique_bytes(const struct kl_unique *u);

#ifdef __cplusplus
}
#endif

#endif /* KL_UNIQUE_H */
