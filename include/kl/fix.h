/* SPDX-License-Identifier: MIT */
#ifndef KL_FIX_H
#define KL_FIX_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/fix.h - put right in a record what can be put right without guessing.
 *
 * Only values are touched that have one meaning either way; every other byte
 * of the record stays.
 */

enum kl_fix {
	KL_FIX_TRIM,	 /* white space around email, phone_number, locale,
			  * time, value_currency */
	KL_FIX_CASE,	 /* the domain of an address in lower case */
	KL_FIX_XN,	 /* ... and in its xn-- form, if there is room for it */
	KL_FIX_LOCALE,	 /* en_US as en-US */
	KL_FIX_CURRENCY, /* usd as USD */
	KL_FIXES
};

/* "trimmed", ...: for people; "trim", ...: for programs. */
const char *kl_fix_words(enum kl_fix fix);
const char *kl_fix_name(enum kl_fix fix);

/* Scratch; all zero is ready for use. */
struct kl_fixer {
	struct kl_buf text, made;
};

/*
 * Append the record with its fixes to b, which is empty; *done is the set of
 * 1U << enum kl_fix.  If there is nothing to put right *done is 0 and b
 * stays empty.  A value that would still be wrong is put right as far as it
 * goes: check what comes out.
 *
 * KL_OK; KL_ENOMEM; KL_ETOOBIG of b.
 */
enum kl_rc kl_fix_record(struct kl_fixer *f, const struct kl_json *doc,
    bool event, struct kl_buf *b, unsigned *done, struct kl_err *err);

void kl_fixer_free(struct kl_fixer *f);

#ifdef __cplusplus
}
#endif

#endif /* KL_FIX_H */
