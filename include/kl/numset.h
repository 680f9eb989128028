/* SPDX-License-Identifier: MIT */
#ifndef KL_NUMSET_H
#define KL_NUMSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/numset.h - a set of 64-bit numbers that is asked while it grows: 16 to 32
 * bytes each, and a look at one place of it.
 *
 * Numbers that somebody else chooses have to be hashes with a secret.
 */

/* All zero is the empty set.  n may be read. */
struct kl_numset {
	uint64_t *slot; /* 0: free */
	size_t n;
	size_t cap; /* slots, a power of two; at most half in use */
	bool zero;  /* that is in it */
};

/* Put one in.  False, the set being as it was, if memory runs out. */
bool kl_numset_add(struct kl_numset *s, uint64_t v);

/* True if it is in. */
bool kl_numset_has(const struct kl_numset *s, uint64_t v);

/* Take all out; of a large set the memory is freed, too.  Free it: the set is
 * then all zero. */
void kl_numset_reset(struct kl_numset *s);
void kl_numset_free(struct kl_numset *s);

#ifdef __cplusplus
}
#endif

#endif /* KL_NUMSET_H */
