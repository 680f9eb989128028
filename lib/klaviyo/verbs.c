/* SPDX-License-Identifier: MIT */
/* verbs.c - what can be done with records: all rows. */

#include <string.h>

#include "verbs.h"

const struct kl_verb *const kl_verbs[] = {
	&kl_verb_add,
	&kl_verb_upsert,
	&kl_verb_update,
	&kl_verb_remove,
	&kl_verb_subscribe,
	&kl_verb_unsubscribe,
	&kl_verb_suppress,
	&kl_verb_unsuppress,
	&kl_verb_forget,
	NULL,
};

const struct kl_verb *
kl_verb_find(const char *name)
{
	size_t i;

	for (i = 0; kl_verbs[i] != NULL; i++)
		if (strcmp(kl_verbs[i]->name, name) == 0)
			break;
	return kl_verbs[i];
}
