/* SPDX-License-Identifier: MIT */
#ifndef KL_BASE64_H
#define KL_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/base64.h - RFC 4648, strict.
 */

/* Append n bytes in the standard alphabet, padded; in the alphabet for URLs
 * and file names, not padded. */
void kl_base64(struct kl_buf *b, const void *s, size_t n);
void kl_base64url(struct kl_buf *b, const void *s, size_t n);

/*
 * Append what standard base64 stands for.  Padding is required, and the bits
 * it leaves over must be zero; no white space.  False, and nothing appended,
 * if it is not that; false too if the buffer has no room.
 */
bool kl_base64_decode(struct kl_buf *b, const char *s, size_t n);

#ifdef __cplusplus
}
#endif

#endif /* KL_BASE64_H */
