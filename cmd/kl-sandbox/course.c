/* SPDX-License-Identifier: MIT */
/* course.c - a walk through several sorted rows of places as if they were
 * one. */

#include <assert.h>

#include "course.h"

static struct spot
spot_of_array(const struct row_of *r, size_t i)
{
	return ((const struct spot *)r->of)[i];
}

struct row_of
row_spots(const struct spot *s, size_t n)
{
	return (struct row_of){ .n = n, .nth = spot_of_array, .of = s };
}

static struct spot
spot_of_number(const struct row_of *r, size_t i)
{
	(void)r;
	return (struct spot){ 0, (uint32_t)i + 1, (uint32_t)i };
}

struct row_of
row_numbers(size_t n)
{
	return (struct row_of){ .n = n, .nth = spot_of_number };
}

int
spot_compare(const struct spot *a, const struct spot *b)
{
	return a->t != b->t ? (a->t > b->t) - (a->t < b->t)
			    : (a->seq > b->seq) - (a->seq < b->seq);
}

size_t
row_after(const struct row_of *r, const struct spot *s, bool with)
{
	size_t lo = 0, hi = r->n, mid;
	struct spot own;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		own = r->nth(r, mid);
		if (spot_compare(&own, s) >= (with ? 0 : 1))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

size_t
row_since(const struct row_of *r, uint64_t unit, int64_t us, bool with)
{
	size_t lo = 0, hi = r->n, mid;
	int64_t t;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		t = (int64_t)(r->nth(r, mid).t * unit);
		if (t > us || (with && t == us))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static void
look(struct leg *l)
{
	if (l->left > 0)
		l->spot = l->row->nth(l->row, l->i);
}

void
course_add(struct course *c, const struct row_of *r, size_t lo, size_t hi)
{
	struct leg *l;

	if (lo >= hi)
		return;
	assert(c->n < ROWS);
	l = &c->leg[c->n++];
	*l = (struct leg){ r, c->up ? lo : hi - 1, hi - lo, { 0 } };
	look(l);
}

/* The leg whose place is next; NULL: all are at their end. */
static struct leg *
foremost(struct course *c)
{
	struct leg *best = NULL, *l;
	int order;

	for (l = c->leg; l < c->leg + c->n; l++) {
		if (l->left == 0)
			continue;
		order = best == NULL ? 0 : spot_compare(&l->spot, &best->spot);
		if (best == NULL || (c->up ? order < 0 : order > 0))
			best = l;
	}
	return best;
}

bool
course_next(struct course *c, struct spot *s)
{
	struct leg *l = foremost(c);

	if (l == NULL)
		return false;
	*s = l->spot;
	l->i = c->up ? l->i + 1 : l->i - 1;
	l->left--;
	look(l);
	return true;
}
