/* SPDX-License-Identifier: MIT */
/* own.c - things that were made up and have changed since, by their number. */

#include <stdlib.h>

#include "own.h"

#define FIRST_CAP 64

/* The slot of a number, or the free one where it belongs. */
static struct own_slot *
slot_of(struct own_slot *slot, size_t cap, uint32_t at)
{
	size_t i = (size_t)(at * UINT64_C(0x9E3779B97F4A7C15) >> 32);

	for (i &= cap - 1; slot[i].thing != NULL && slot[i].at != at;)
		i = (i + 1) & (cap - 1);
	return &slot[i];
}

void *
own_get(const struct own *o, uint32_t at)
{
	return o->n == 0 ? NULL : slot_of(o->slot, o->cap, at)->thing;
}

bool
own_put(struct own *o, uint32_t at, void *thing)
{
	size_t cap = o->cap == 0 ? FIRST_CAP : o->cap * 2, i;
	struct own_slot *grown;

	if ((o->n + 1) * 4 > o->cap * 3) {
		if ((grown = calloc(cap, sizeof(*grown))) == NULL)
			return false;
		for (i = 0; i < o->cap; i++)
			if (o->slot[i].thing != NULL)
				*slot_of(grown, cap, o->slot[i].at) =
				    o->slot[i];
		free(o->slot);
		o->slot = grown;
		o->cap = cap;
	}
	*slot_of(o->slot, o->cap, at) = (struct own_slot){ thing, at };
	o->n++;
	return true;
}

void
own_free(struct own *o, void (*free_thing)(void *thing))
{
	size_t i;

	for (i = 0; i < o->cap; i++)
		if (o->slot[i].thing != NULL)
			free_thing(o->slot[i].thing);
	free(o->slot);
	*o = (struct own){ 0 };
}
