/* SPDX-License-Identifier: MIT */
#ifndef CONVERT_PRIV_H
#define CONVERT_PRIV_H

#include "step.h"

/*
 * convert-priv.h - what a conversion is, for those who make and run it:
 *
 *	convert.c	conversions, run and turned round
 *	convert-parse.c	text into a conversion
 *	convert-table.c	the table of functions
 *
 * The functions know their own step alone: step.h.
 */

#define CONVERT_STEPS 16 /* functions of one conversion */

struct kl_convert {
	size_t n;
	struct step step[CONVERT_STEPS];
	char *args; /* the text of all arguments */
	size_t used;
};

/* The function of that name; NULL if there is none. */
const struct function *convert_function(struct kl_span name);

/* Fail: there is no function of that name.  The hint has the nearest. */
enum kl_rc convert_unknown(struct kl_span name, struct kl_err *err);

#endif /* CONVERT_PRIV_H */
