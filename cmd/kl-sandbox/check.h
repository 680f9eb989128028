/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_CHECK_H
#define SANDBOX_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"

/*
 * check.h - what the service accepts as an address, a number, a time.
 * Written for the sandbox alone: sharing the client's rules would make both
 * wrong together.
 */

/* One @, atoms before it, at least two labels after it, 100 bytes at most. */
bool check_email(struct kl_span s);
/* E.164: a plus sign and 7 to 15 digits, the first not 0. */
bool check_phone(struct kl_span s);
/* RFC 3339, or a bare date; microseconds since 1970.  A time without offset
 * is read as UTC. */
bool check_time(struct kl_span s, int64_t *us);

#endif /* SANDBOX_CHECK_H */
