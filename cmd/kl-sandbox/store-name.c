/* SPDX-License-Identifier: MIT */
/* store-name.c - the names of properties, and their numbers. */

#include <stdlib.h>
#include <string.h>

#include "index.h"
#include "kl/json.h"
#include "store.h"

uint32_t
store_key(struct store *st, struct kl_span name)
{
	struct kl_buf json = { 0 };
	struct name *grown;
	uint64_t *place;
	uint32_t cap, *lately;
	bool fresh;

	lately = &st->lately[index_hash(KEY_KX, name, 0) % LATELY];
	if (*lately != 0 && st->name[*lately].n == name.n + 2 &&
	    memcmp(st->name[*lately].json + 1, name.s, name.n) == 0)
		return *lately;
	if (st->names == st->name_cap) {
		cap = st->name_cap * 2;
		grown = realloc(st->name, cap * sizeof(*grown));
		if (grown == NULL)
			return NONE;
		memset(grown + st->name_cap, 0,
		    (cap - st->name_cap) * sizeof(*grown));
		st->name = grown;
		st->name_cap = cap;
	}
	if ((place = kl_map_put(&st->by_name, name.s, name.n, &fresh)) == NULL)
		return NONE;
	if (!fresh)
		return *lately = (uint32_t)*place;
	kl_json_put_text(&json, name.s, name.n);
	if (json.rc != KL_OK)
		return NONE;
	st->name[st->names].json = json.s;
	st->name[st->names].n = (uint32_t)json.n;
	*place = *lately = st->names;
	return st->names++;
}

struct kl_span
store_name(const struct store *st, uint32_t key)
{
	return (struct kl_span){ st->name[key].json, st->name[key].n };
}
