/* SPDX-License-Identifier: MIT */
#ifndef KL_NUMBERS_H
#define KL_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/numbers.h - many 64-bit numbers, 8 bytes each; sorted, they are looked up
 * by halving.
 *
 * The smallest way to remember whom one has seen, by hashes of them.
 */

/* All zero has none.  v and n may be read, and n made smaller. */
struct kl_numbers {
	uint64_t *v;
	size_t n, cap;
};

/* Add one at the end.  False, the numbers being as they were, if memory runs
 * out. */
bool kl_numbers_add(struct kl_numbers *l, uint64_t v);

/* Sort them, smallest first: to be done before any is looked up. */
void kl_numbers_sort(struct kl_numbers *l);

/* Where v is, any of the places if it is there more than once; or
 * KL_NUMBERS_NONE. */
#define KL_NUMBERS_NONE SIZE_MAX
size_t kl_numbers_find(const struct kl_numbers *l, uint64_t v);

/* Free them; they are all zero then. */
void kl_numbers_free(struct kl_numbers *l);

#ifdef __cplusplus
}
#endif

#endif /* KL_NUMBERS_H */
