/* SPDX-License-Identifier: MIT */
#ifndef KL_COUNT_H
#define KL_COUNT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/count.h - a number and what it counts: "1 record was", "3 records were".
 */

/* The number and the words for one, or for any other number, in out; which it
 * returns.  Words that do not fit are cut. */
#define KL_COUNTED 120 /* bytes, the NUL included: a number has 20 at most */
const char *kl_counted(uint64_t n, const char *one, const char *many,
    char out[KL_COUNTED]);

#ifdef __cplusplus
}
#else
/* The same in room of its own, which lasts to the end of the block. */
#define KL_COUNT(n, one, many)                                                 \
	kl_counted((n), (one), (many), (char[KL_COUNTED]){ 0 })
#endif

#endif /* KL_COUNT_H */
