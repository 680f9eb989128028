/* SPDX-License-Identifier: MIT */
/* age.c - profiles by when they were made, where their numbers do not tell. */

#include <stdlib.h>

#include "store.h"

int
age_compare(const struct store *st, uint32_t a, uint32_t b)
{
	uint64_t x = st->profile[a].created, y = st->profile[b].created;

	return x != y ? (x > y) - (x < y) : (a > b) - (a < b);
}

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
	struct age *all = malloc(st->n * sizeof(*all));
	uint32_t i;

	if (all == NULL)
		return false;
	for (i = 0; i < st->n; i++)
		all[i] = (struct age){ st->profile[i].created, i };
	qsort(all, st->n, sizeof(*all), compare);
	for (i = 0; i < st->n; i++)
		st->by_age[i] = all[i].at;
	st->aged = st->n;
	free(all);
	return true;
}

const uint32_t *
store_by_age(struct store *st)
{
	uint32_t *grown;

	if (st->n > st->age_cap) {
		grown = realloc(st->by_age, st->cap * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		st->by_age = grown;
		st->age_cap = st->cap;
	}
	/* Whoever comes is the youngest, but for what a seed says. */
	if (st->aged == 0 && st->n > 0 && !sort_anew(st))
		return NULL;
	for (; st->aged < st->n; st->aged++) {
		if (age_compare(st, st->by_age[st->aged - 1], st->aged) > 0)
			return sort_anew(st) ? st->by_age : NULL;
		st->by_age[st->aged] = st->aged;
	}
	return st->by_age;
}
