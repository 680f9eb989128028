/* SPDX-License-Identifier: MIT */
#ifndef KL_CHARSET_H
#define KL_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/charset.h - text in other encodings, read as UTF-8.
 *
 * A block is read and converted at a time; what is converted need not end
 * where a character does.  A byte or unit that is no character of the
 * encoding becomes the byte 0xFF, which no UTF-8 has: so whoever checks the
 * text finds the place.
 */

/* Names of encodings, for options: utf-8 (of which nothing is converted),
 * latin-1, windows-1252, utf-16 (by its byte-order mark), utf-16le,
 * utf-16be. */
#define KL_CHARSETS "utf-8 latin-1 windows-1252 utf-16 utf-16le utf-16be"

struct kl_decoder; /* opaque */

/*
 * A decoder of the encoding over fd, which stays the caller's.  It reads the
 * first bytes at once.  KL_OK; KL_EUSAGE for a name that is none or utf-8;
 * KL_EDATA (code csv_encoding) if the input begins with the mark of another
 * encoding, or, for utf-16, with none; KL_EIO; KL_ENOMEM.
 */
enum kl_rc kl_decoder_new(struct kl_decoder **to, int fd, const char *encoding,
    struct kl_err *err);
void kl_decoder_free(struct kl_decoder *d);

/*
 * Read some more: at most cap bytes (at least 16) to to, *n of them.  KL_OK,
 * *n being 0 if what was read is not a character yet; KL_EOF; KL_EIO.  In
 * the form that kl_lines_source() takes.
 */
enum kl_rc kl_decoder_read(void *ctx, char *to, size_t cap, size_t *n,
    struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_CHARSET_H */
