/* SPDX-License-Identifier: MIT */
/* verbs.c - what can be done with records, a row each. */

#include <string.h>

#include "kl/profile.h"
#include "kl/send.h"

const struct kl_verb kl_verbs[] = {
	{ .name = "add",
	    .help = "create or update profiles and add them to a list",
	    .ep = KL_EP_IMPORT_CREATE,
	    .needs_list = true,
	    .has_job = true,
	    .jobs = KL_EP_IMPORTS,
	    .job = KL_EP_IMPORT,
	    .errors = KL_EP_IMPORT_ERRORS,
	    .item = kl_profile_body,
	    .open = kl_import_open,
	    .close = kl_import_close },
	{ .name = NULL },
};

const struct kl_verb *
kl_verb_find(const char *name)
{
	const struct kl_verb *v;

	for (v = kl_verbs; v->name != NULL && strcmp(v->name, name) != 0; v++)
		;
	return v->name != NULL ? v : NULL;
}
