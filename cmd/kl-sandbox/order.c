/* SPDX-License-Identifier: MIT */
/* order.c - things in the order in which they came, with lasting places. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

#define PAGE 1024U

static uint32_t *
cell(const struct order *o, uint32_t at)
{
	size_t p = at / PAGE;

	if (p >= o->pages || o->page[p] == NULL)
		return NULL;
	return &o->page[p][at % PAGE];
}

/* The cell for a profile, made if need be. */
static uint32_t *
make_cell(struct order *o, uint32_t at)
{
	size_t p = at / PAGE, pages;
	uint32_t **grown;

	if (p >= o->pages) {
		pages = p < 16 ? 16 : p * 2;
		grown = realloc(o->page, pages * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		memset(grown + o->pages, 0,
		    (pages - o->pages) * sizeof(*grown));
		o->page = grown;
		o->pages = pages;
	}
	if (o->page[p] == NULL) {
		o->page[p] = calloc(PAGE, sizeof(**o->page));
		if (o->page[p] == NULL)
			return NULL;
	}
	return &o->page[p][at % PAGE];
}

bool
order_has(const struct order *o, uint32_t at)
{
	const uint32_t *c = cell(o, at);

	return c != NULL && *c != 0;
}

size_t
order_after(const struct order *o, uint32_t seq)
{
	size_t lo = 0, hi = o->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (o->spot[mid].seq > seq)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

size_t
order_since(const struct order *o, uint64_t t)
{
	size_t lo = 0, hi = o->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (o->spot[mid].t >= t)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

const struct spot *
order_spot(const struct order *o, uint32_t at)
{
	const uint32_t *c = cell(o, at);

	assert(c != NULL && *c != 0);
	return &o->spot[order_after(o, *c - 1)];
}

/* Drop the places of those who left; the numbers stay. */
static void
tidy(struct order *o)
{
	size_t i, n = 0;

	for (i = 0; i < o->n; i++)
		if (o->spot[i].at != NONE)
			o->spot[n++] = o->spot[i];
	o->n = n;
}

bool
order_add(struct order *o, uint32_t at, uint64_t t)
{
	struct spot *grown;
	uint32_t *c;
	size_t cap;

	if (o->n == o->cap && o->n > 4096 && o->live < o->n / 2)
		tidy(o);
	if (o->n == o->cap) {
		cap = o->cap == 0 ? 64 : o->cap + o->cap / 2;
		if ((grown = realloc(o->spot, cap * sizeof(*grown))) == NULL)
			return false;
		o->spot = grown;
		o->cap = cap;
	}
	if ((c = make_cell(o, at)) == NULL)
		return false;
	assert(*c == 0);
	/* Time that steps back would break the search by time. */
	if (o->n > 0 && o->spot[o->n - 1].t > t)
		t = o->spot[o->n - 1].t;
	*c = ++o->next;
	o->spot[o->n++] = (struct spot){ t, *c, at };
	o->live++;
	return true;
}

void
order_del(struct order *o, uint32_t at)
{
	uint32_t *c = cell(o, at);

	assert(c != NULL && *c != 0);
	o->spot[order_after(o, *c - 1)].at = NONE;
	*c = 0;
	o->live--;
}

void
order_free(struct order *o)
{
	size_t i;

	for (i = 0; i < o->pages; i++)
		free(o->page[i]);
	free(o->page);
	free(o->spot);
	*o = (struct order){ 0 };
}
