/* SPDX-License-Identifier: MIT */
/* order.c - things in the order in which they came, with lasting places. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

#define PAGE 1024U

/* In the place of a number: was in a run, and left it. */
#define LEFT UINT32_MAX

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

/* --- runs ------------------------------------------------------------------
 */

/* The run that has somebody, whether they left it or not; NULL. */
static const struct run *
run_with(const struct order *o, uint32_t at)
{
	const struct run *r;

	for (r = o->run; r < o->run + o->runs; r++)
		if (at >= r->from && (at - r->from) % r->stride == 0 &&
		    (at - r->from) / r->stride < r->n)
			return r;
	return NULL;
}

static struct spot
run_spot(const struct run *r, uint32_t i)
{
	uint64_t us = pace_at(r->pace, r->first + (uint64_t)i * r->stride);

	return (
	    struct spot){ us / r->unit, r->seq + i, r->from + i * r->stride };
}

/* A place of a run; who left it, or has another place now, is not there. */
static struct spot
spot_of_run(const struct row_of *row, size_t i)
{
	struct spot s = run_spot(row->of, (uint32_t)i);
	const uint32_t *c = cell(row->beside, s.at);

	if (c != NULL && *c != 0)
		s.at = NONE;
	return s;
}

void
order_add_run(struct order *o, struct run r)
{
	assert(o->runs < CROWDS);
	r.seq = o->next + 1;
	o->next += r.n;
	o->live += r.n;
	o->run[o->runs++] = r;
}

size_t
order_rows(const struct order *o, struct row_of r[ROWS])
{
	size_t i;

	r[0] = row_spots(o->spot, o->n);
	for (i = 0; i < o->runs; i++)
		r[i + 1] = (struct row_of){ .n = o->run[i].n,
			.nth = spot_of_run,
			.of = &o->run[i],
			.beside = o };
	return i + 1;
}

/* --- one by one ------------------------------------------------------------
 */

bool
order_has(const struct order *o, uint32_t at)
{
	const uint32_t *c = cell(o, at);

	if (c != NULL && *c != 0)
		return *c != LEFT;
	return run_with(o, at) != NULL;
}

/* The index of a number among the spots. */
static size_t
index_of(const struct order *o, uint32_t seq)
{
	size_t lo = 0, hi = o->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (o->spot[mid].seq >= seq)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

struct spot
order_spot(const struct order *o, uint32_t at)
{
	const uint32_t *c = cell(o, at);
	const struct run *r;

	if (c != NULL && *c != 0) {
		assert(*c != LEFT);
		return o->spot[index_of(o, *c)];
	}
	r = run_with(o, at);
	assert(r != NULL);
	return run_spot(r, (at - r->from) / r->stride);
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
	o->left = 0;
}

bool
order_add(struct order *o, uint32_t at, uint64_t t)
{
	struct spot *grown;
	uint32_t *c;
	size_t cap;

	if (o->n == o->cap && o->n > 4096 && o->left > o->n / 2)
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
	assert(*c == LEFT || (*c == 0 && run_with(o, at) == NULL));
	/* Time that steps back would break the search by time. */
	if (o->n > 0 && o->spot[o->n - 1].t > t)
		t = o->spot[o->n - 1].t;
	*c = ++o->next;
	o->spot[o->n++] = (struct spot){ t, *c, at };
	o->live++;
	return true;
}

bool
order_del(struct order *o, uint32_t at)
{
	bool made_up = run_with(o, at) != NULL;
	uint32_t *c = made_up ? make_cell(o, at) : cell(o, at);

	if (c == NULL)
		return false;
	assert(*c != LEFT && (*c != 0 || made_up));
	if (*c != 0) {
		o->spot[index_of(o, *c)].at = NONE;
		o->left++;
	}
	*c = made_up ? LEFT : 0;
	o->live--;
	return true;
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
