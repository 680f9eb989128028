/* SPDX-License-Identifier: MIT */
#ifndef KL_RANDOM_H
#define KL_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/random.h - random bytes from the kernel, fit for secrets.
 */

/* Fill with n random bytes.  False if the kernel has none to give; to is then
 * undefined. */
bool kl_random(void *to, size_t n);

#ifdef __cplusplus
}
#endif

#endif /* KL_RANDOM_H */
