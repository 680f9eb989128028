/* SPDX-License-Identifier: MIT */
#ifndef OPT_VALUE_H
#define OPT_VALUE_H

#include "kl/opt.h"

/* opt-value.h - the values of options, for opt.c. */

/* Store a value given on the command line or in the environment. */
enum kl_rc opt_set(const struct kl_opt *r, const char *s, struct kl_err *err);

/* Whether a word of the environment says yes or no; false if neither. */
bool opt_flag(const char *s, bool *v);

/* Say what is wrong with the value, and which there are. */
enum kl_rc opt_bad(const struct kl_opt *r, const char *what,
    struct kl_err *err);

#endif /* OPT_VALUE_H */
