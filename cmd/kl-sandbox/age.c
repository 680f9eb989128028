/* SPDX-License-Identifier: MIT */
/* age.c - profiles by when they were made, where their numbers do not tell. */

#include <stdlib.h>

#include "store.h"

/* A profile and its age, so that sorting needs no look at the store. */
struct age {
	uint64_t created;
	uint32_t at;
};

static int
compare(const void *a, const void *b)
{
	const struct age *x = a, *y = b;

	if (x->created != y->created)
		return (x->created > y->created) - (x->created < y->created);
	return (x->at > y->at) - (x->at < y->at);
}

static bool
sort_anew(struct store *st)
{
	struct age *all = malloc(st->stored * sizeof(*all));
	uint32_t i;

	if (all == NULL)
		return false;
	for (i = 0; i < st->stored; i++)
		all[i] =
		    (struct age){ st->profile[i].created, st->profile[i].at };
	qsort(all, st->stored, sizeof(*all), compare);
	for (i = 0; i < st->stored; i++)
		st->by_age[i] = all[i].at;
	st->aged = st->stored;
	free(all);
	return true;
}

struct spot
age_spot(const struct store *st, uint32_t at)
{
	return (struct spot){ store_created(st, at), at + 1, at };
}

/* Bring by_age up to date.  False: memory. */
static bool
sort(struct store *st)
{
	struct spot last, next;
	uint32_t *grown;

	if (st->stored > st->age_cap) {
		grown = realloc(st->by_age, st->cap * sizeof(*grown));
		if (grown == NULL)
			return false;
		st->by_age = grown;
		st->age_cap = st->cap;
	}
	/* Whoever comes is the youngest, but for what a seed says. */
	if (st->aged == 0 && st->stored > 0 && !sort_anew(st))
		return false;
	for (; st->aged < st->stored; st->aged++) {
		last = age_spot(st, st->by_age[st->aged - 1]);
		next = age_spot(st, store_stored(st, st->aged));
		if (spot_compare(&last, &next) > 0)
			return sort_anew(st);
		st->by_age[st->aged] = next.at;
	}
	return true;
}

/* --- the rows --------------------------------------------------------------
 */

static struct spot
nth_sorted(const struct row_of *r, size_t i)
{
	const struct store *st = r->of;

	return age_spot(st, st->by_age[i]);
}

static struct spot
nth_stored(const struct row_of *r, size_t i)
{
	return age_spot(r->of, store_stored(r->of, (uint32_t)i));
}

/* Who was made up came in the order of their numbers, crowd by crowd. */
static struct spot
nth_made(const struct row_of *r, size_t i)
{
	const struct crowd *c = r->beside;
	uint32_t at = c->from + (uint32_t)i;

	return (struct spot){ pace_at(&c->pace, i) / 1000, at + 1, at };
}

bool
age_rows(struct store *st, struct row_of r[ROWS], size_t *n)
{
	size_t i;

	if (st->backdated && !sort(st))
		return false;
	r[0] = (struct row_of){ .n = st->stored,
		.nth = st->backdated ? nth_sorted : nth_stored,
		.of = st };
	for (i = 0; i < st->made.crowds; i++)
		r[i + 1] = (struct row_of){ .n = st->made.crowd[i].n,
			.nth = nth_made,
			.of = st,
			.beside = &st->made.crowd[i] };
	*n = i + 1;
	return true;
}
