/* SPDX-License-Identifier: MIT */
/* verb-upsert.c - profiles created or brought up to date, in no list. */

#include "verbs.h"

const struct kl_verb kl_verb_upsert = {
	.name = "upsert",
	.writes = true,
	.makes = true,
	.list = KL_LIST_NEVER,
	.road = { .ep = KL_EP_IMPORT_CREATE,
	    .open = verb_import_open,
	    .close = verb_import_close,
	    .has_job = true,
	    .jobs = KL_EP_IMPORTS,
	    .newest = "-created_at",
	    .job = KL_EP_IMPORT,
	    .errors = KL_EP_IMPORT_ERRORS },
	.item = verb_profile,
};
