/* SPDX-License-Identifier: MIT */
/* verb-add.c - profiles into a list: created, or brought up to date. */

#include "verbs.h"

const struct kl_verb kl_verb_add = {
	.name = "add",
	.writes = true,
	.makes = true,
	.list = KL_LIST_MUST,
	.road = VERB_IMPORT(IMPORT_CREATE),
	.aside = VERB_IMPORT_ASIDE,
	.then = &verb_join,
	.item = verb_profile,
};
