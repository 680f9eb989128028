/* SPDX-License-Identifier: MIT */
#ifndef STAMP_H
#define STAMP_H

/*
 * stamp.h - what timestamp.c and the files of formats share.
 */

#include "kl/timestamp.h"

/* Days of month m (from 1) of year y; 0 if there is no such month. */
unsigned stamp_month_days(unsigned y, unsigned m);

/* Read 1 to 9 digits after the point, or an offset.  How many bytes were
 * read; 0 if it is none. */
size_t stamp_fraction(const char *s, size_t n, uint32_t *ns);
size_t stamp_offset(const char *s, size_t n, int32_t *offset);

/* Append two digits; "+hh:mm". */
void stamp_put2(struct kl_buf *b, unsigned v);
void stamp_put_offset(struct kl_buf *b, int32_t offset);

#endif /* STAMP_H */
