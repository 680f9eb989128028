/* SPDX-License-Identifier: MIT */
#ifndef REJECT_LINE_H
#define REJECT_LINE_H

#include "kl/reject.h"

/* reject-line.h - the parts of a reject, for reject.c. */

/* What stands before the number of the line. */
void reject_put_head(struct kl_buf *b, const char *tool, const char *run);

/* A number in decimal. */
void reject_put_number(struct kl_buf *b, uint64_t v);

/* What stands between the head and the original. */
void reject_put_reason(struct kl_buf *b, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why);

/* The original, in the plainest form that can carry it. */
void reject_put_original(struct kl_buf *b, const struct kl_rejected *what);

#endif /* REJECT_LINE_H */
