/* SPDX-License-Identifier: MIT */
#ifndef KL_SPOOL_H
#define KL_SPOOL_H

#include <stddef.h>

#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/spool.h - look at a whole input before it is read.
 */

/*
 * Read fd to its end, hand each block to look(ctx), and see to it that fd can
 * be read once more from where it was: a regular file is set back; of
 * anything else a copy takes the place of fd, in a temporary file beside near
 * that has no name and ends with the process.
 *
 * KL_OK; KL_EOF if *stop has become true (NULL: never) before the end, fd
 * being of no use then; KL_EIO; KL_ECREATE.
 */
enum kl_rc kl_spool(int fd, const char *near, const volatile int *stop,
    void (*look)(void *ctx, const void *s, size_t n), void *ctx,
    struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_SPOOL_H */
