/* SPDX-License-Identifier: MIT */
/* store-list.c - lists and segments, and finding them. */

#include <stdlib.h>
#include <string.h>

#include "kl/room.h"
#include "store.h"

static struct list *
find_list(const struct store *st, struct kl_span id, bool segment)
{
	uint32_t i;

	for (i = 0; i < st->lists; i++)
		if (!st->list[i].gone && st->list[i].segment == segment &&
		    kl_span_is(id, st->list[i].id))
			return &st->list[i];
	return NULL;
}

struct list *
store_list(const struct store *st, struct kl_span id)
{
	return find_list(st, id, false);
}

struct list *
store_segment(const struct store *st, struct kl_span id)
{
	return find_list(st, id, true);
}

struct list *
store_group(const struct store *st, struct kl_span id)
{
	struct list *l = find_list(st, id, false);

	return l != NULL ? l : find_list(st, id, true);
}

struct list *
store_list_add(struct store *st, const char *id, struct kl_span name_json,
    uint64_t now_us)
{
	struct list *l;

	if (!KL_ROOM(st->list, st->lists, st->list_cap, 16))
		return NULL;
	l = &st->list[st->lists];
	*l = (struct list){ .opt_in = -1, .created = now_us };
	l->updated = now_us;
	memcpy(l->id, id, strlen(id) + 1);
	if ((l->name = malloc(name_json.n + 1)) == NULL)
		return NULL;
	memcpy(l->name, name_json.s, name_json.n);
	l->name[name_json.n] = '\0';
	st->lists++;
	return l;
}
