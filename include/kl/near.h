/* SPDX-License-Identifier: MIT */
#ifndef KL_NEAR_H
#define KL_NEAR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/near.h - which name may have been meant.
 */

/*
 * The name in names (NULL-terminated array) nearest to s: at most two
 * insertions, deletions, changes or swaps of neighbours away, fewer than
 * either has characters.  The case of ASCII letters is ignored.  Of several
 * the first.  NULL if none is near.
 */
const char *kl_near(const char *const *names, const char *s, size_t n);

/*
 * The number of those edits between a and b, case counting, up to max; max + 1
 * if more.  max is at most KL_EDITS_MAX.  The cost is max times the length.
 */
#define KL_EDITS_MAX 15
unsigned kl_edits(const char *a, size_t an, const char *b, size_t bn,
    unsigned max);

#ifdef __cplusplus
}
#endif

#endif /* KL_NEAR_H */
