/* SPDX-License-Identifier: MIT */
/* verb-update.c - people who are there are brought up to date; nobody is
 * created. */

#include "verbs.h"

/* Who is not there is a reject: an import would create them. */
static enum kl_outcome
judge(const struct kl_found *f, const struct kl_frame *frame,
    struct kl_err *why)
{
	(void)frame;
	if (f->id.n > 0)
		return KL_SEND_IT;
	(void)kl_err_set(why, KL_EDATA,
	    "there is no profile with an identifier of the record");
	kl_err_code(why, "profile_unknown");
	kl_err_hint(why, "upsert creates those that are missing");
	return KL_REJECTED;
}

static const struct kl_look look = { .judge = judge };

const struct kl_verb kl_verb_update = {
	.name = "update",
	.writes = true,
	.list = KL_LIST_NEVER,
	.road = VERB_IMPORT(IMPORT_CREATE),
	.aside = VERB_IMPORT_ASIDE,
	.look = &look,
	.item = verb_profile,
};
