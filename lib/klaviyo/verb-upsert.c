/* SPDX-License-Identifier: MIT */
/* verb-upsert.c - profiles created or brought up to date, in no list. */

#include "verbs.h"

const struct kl_verb kl_verb_upsert = {
	.name = "upsert",
	.writes = true,
	.makes = true,
	.list = KL_LIST_NEVER,
	.road = VERB_IMPORT(IMPORT_CREATE),
	.aside = VERB_IMPORT_ASIDE,
	.item = verb_profile,
};
