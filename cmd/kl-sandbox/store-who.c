/* SPDX-License-Identifier: MIT */
/* store-who.c - people by their number, whether they are stored or made up. */

#include <stdlib.h>
#include <string.h>

#include "consent.h"
#include "index.h"
#include "store.h"

/* --- what is made up is written down to be looked at ------------------------
 */

struct room {
	uint32_t at; /* NONE: empty */
	bool walked, asked, any;
	uint32_t n;
	unsigned char blob[CROWD_BLOB];
	struct consent consent;
	struct suppression held[CROWDS];
};
struct rooms {
	uint32_t next;
	struct room room[ROOMS];
};

bool
store_rooms(struct store *st)
{
	int i;

	if ((st->rooms = calloc(1, sizeof(*st->rooms))) == NULL)
		return false;
	for (i = 0; i < ROOMS; i++)
		st->rooms->room[i].at = NONE;
	return true;
}

static struct room *
room_of(const struct store *st, uint32_t at)
{
	struct rooms *all = st->rooms;
	struct room *r;

	for (r = all->room; r < all->room + ROOMS; r++)
		if (r->at == at)
			return r;
	r = &all->room[all->next++ % ROOMS];
	r->at = at;
	r->walked = r->asked = false;
	return r;
}

/* --- by number -------------------------------------------------------------
 */

uint32_t
store_stored(const struct store *st, uint32_t i)
{
	return i < st->made.from ? i : i + (st->made.to - st->made.from);
}

/* NULL: as they were made up. */
static struct profile *
kept(const struct store *st, uint32_t at)
{
	if (at < st->made.from)
		return &st->profile[at];
	if (at >= st->made.to)
		return &st->profile[at - (st->made.to - st->made.from)];
	return own_get(&st->changed, at);
}

struct profile
store_view(const struct store *st, uint32_t at)
{
	const struct profile *p = kept(st, at);
	struct profile made = { .at = at };
	const struct deeds *d;

	if (p != NULL)
		return *p;
	made.updated = crowd_came(&st->made, at);
	made.created = made.updated / 1000;
	made.events = crowd_newest(&st->made, at, NONE);
	if (made.events != 0) {
		d = crowd_deeds(&st->made, made.events - 1);
		made.last_event = deed_time(d, made.events - 1);
	}
	return made;
}

uint64_t
store_created(const struct store *st, uint32_t at)
{
	const struct profile *p = kept(st, at);

	return p != NULL ? p->created : crowd_came(&st->made, at) / 1000;
}

bool
store_gone(const struct store *st, uint32_t at)
{
	const struct profile *p = kept(st, at);

	return p != NULL && p->gone;
}

const struct consent *
store_consent(const struct store *st, uint32_t at)
{
	const struct profile *p = kept(st, at);
	struct room *r;

	if (p != NULL)
		return p->consent;
	if (st->made.accords == 0)
		return NULL;
	r = room_of(st, at);
	if (!r->asked)
		r->any = crowd_consent(&st->made, at, &r->consent, r->held);
	r->asked = true;
	return r->any ? &r->consent : NULL;
}

/* --- from made up to stored -------------------------------------------------
 */

static bool
write_down(struct store *st, struct profile *p)
{
	unsigned char made[CROWD_BLOB];
	uint32_t n = (uint32_t)crowd_blob(&st->made, p->at, made);
	size_t i;

	if ((p->blob = malloc(BLOB_HEAD + n)) == NULL)
		return false;
	memcpy(p->blob, &n, BLOB_HEAD);
	memcpy(p->blob + BLOB_HEAD, made, n);
	for (i = 0; i < st->made.accords; i++)
		if (!accord_apply(&st->made.accord[i], p->at, &p->consent))
			return false;
	return true;
}

static void
profile_free(void *thing)
{
	struct profile *p = thing;

	free(p->blob);
	consent_free(p->consent);
	free(p);
}

/* Their identifiers are to be found among those of the stored. */
static bool
enter(struct store *st, uint32_t at)
{
	struct walk w = store_walk(st, at);
	struct entry e;

	while (walk_next(&w, &e))
		if (e.key < KEY_IDENTIFIERS &&
		    !index_put(&st->by[e.key],
			index_hash((enum key)e.key, e.value, st->seed), at))
			return false;
	return true;
}

struct profile *
store_own(struct store *st, uint32_t at)
{
	struct profile *p = kept(st, at);

	if (p != NULL)
		return p;
	if ((p = malloc(sizeof(*p))) == NULL)
		return NULL;
	*p = store_view(st, at);
	if (!write_down(st, p) || !own_put(&st->changed, at, p)) {
		profile_free(p);
		return NULL;
	}
	return enter(st, at) ? p : NULL;
}

void
store_forget_all(struct store *st)
{
	uint32_t i;

	for (i = 0; i < st->stored; i++) {
		free(st->profile[i].blob);
		free(st->profile[i].own_id);
		consent_free(st->profile[i].consent);
	}
	free(st->profile);
	own_free(&st->changed, profile_free);
	free(st->rooms);
}

/* --- attributes ------------------------------------------------------------
 */

static uint32_t
get_varint(const unsigned char **p)
{
	uint32_t v = 0;
	unsigned shift = 0;

	for (; **p & 0x80; (*p)++, shift += 7)
		v |= (uint32_t)(**p & 0x7F) << shift;
	return v | (uint32_t) * (*p)++ << shift;
}

struct walk
store_walk(const struct store *st, uint32_t at)
{
	const struct profile *p = kept(st, at);
	struct room *r;

	if (p != NULL && p->blob == NULL)
		return (struct walk){ NULL, NULL };
	if (p != NULL)
		return (struct walk){ p->blob + BLOB_HEAD,
			p->blob + BLOB_HEAD + blob_len(p->blob) };
	r = room_of(st, at);
	if (!r->walked)
		r->n = (uint32_t)crowd_blob(&st->made, at, r->blob);
	r->walked = true;
	return (struct walk){ r->blob, r->blob + r->n };
}

bool
walk_next(struct walk *w, struct entry *e)
{
	uint32_t n;

	if (w->p == w->end)
		return false;
	e->key = get_varint(&w->p);
	n = get_varint(&w->p);
	e->value = (struct kl_span){ (const char *)w->p, n };
	w->p += n;
	return true;
}

struct kl_span
store_get(const struct store *st, uint32_t at, uint32_t key)
{
	struct walk w = store_walk(st, at);
	struct entry e;

	while (walk_next(&w, &e)) {
		if (e.key == key)
			return e.value;
		if (key < KEY_IDENTIFIERS && e.key > key)
			break;
	}
	return (struct kl_span){ NULL, 0 };
}

/* Somebody who was made up and is as they were. */
static uint32_t
find_made(const struct store *st, enum key k, struct kl_span json)
{
	uint32_t at = crowd_find(&st->made, k, json);

	if (at == NONE || kept(st, at) != NULL ||
	    !index_same(k, store_get(st, at, k), json))
		return NONE;
	return at;
}

uint32_t
store_find(const struct store *st, enum key k, struct kl_span json)
{
	uint32_t h = index_hash(k, json, st->seed), at;
	size_t i = SIZE_MAX;

	while ((at = index_next(&st->by[k], h, &i)) != NONE)
		if (index_same(k, store_get(st, at, k), json))
			return at;
	return find_made(st, k, json);
}
