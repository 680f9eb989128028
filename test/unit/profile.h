/* SPDX-License-Identifier: MIT */
#ifndef PROFILE_H
#define PROFILE_H

/* profile.h - a record scanned and checked, for unit programs. */

#include "kl/profile.h"

#include "ok.h"

/* The first member of a record, to begin others with. */
#define A "\"email\":\"a@b.co\","

static struct kl_json doc;
static struct kl_err err;

/* Scan the text into doc, which must be JSON. */
static inline void
scan(const char *text, size_t n)
{
	err = (struct kl_err){ 0 };
	if (kl_json_scan(&doc, text, n, &err) != KL_OK)
		ok(0, err.msg);
}

/* The code of what a check says; "" for a good record. */
static inline const char *
check(struct kl_profile *p, const char *text)
{
	scan(text, strlen(text));
	(void)kl_profile_check(p, &doc, &err);
	return err.code;
}

#endif /* PROFILE_H */
