/* SPDX-License-Identifier: MIT */
/* ranges-plan.c - ranges of time, and how they are split. */

#include <stdlib.h>

#include "ranges.h"

/* A range is split if this many pages seem to be left in it: half of it is
 * then a page, and no request is for nothing. */
#define WORTH 2
/* Before the newest row is known nobody believes in more rows than this: the
 * first were put there by a machine, and what came after was not. */
#define PLAUSIBLE 1e7
/* After so many pages of one and the same second it is read from both ends:
 * it is likely to have as many more. */
#define FLAT 3

/* --- making and freeing --------------------------------------------------- */

struct range *
plan_add(struct plan *p, int64_t lo, int64_t hi)
{
	struct range *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->lo = lo;
	r->hi = hi;
	r->up.of = r->down.of = r;
	r->down.down = true;
	r->next = p->first;
	p->first = r;
	return r;
}

static void
chain_free(struct chain *c)
{
	kl_cursor_free(&c->cursor);
	kl_numbers_free(&c->recent);
	kl_numbers_free(&c->head);
	kl_numset_free(&c->known);
}

static void
range_free(struct range *r)
{
	chain_free(&r->up);
	chain_free(&r->down);
	free(r);
}

enum kl_rc
plan_open(struct plan *p, struct kl_err *err)
{
	struct range *r = plan_add(p, RANGE_MIN, RANGE_MAX);

	if (r == NULL)
		return kl_err_nomem(err);
	r->up.on = true;
	r->up.bound = RANGE_MIN;
	return KL_OK;
}

void
plan_close(struct plan *p)
{
	struct range *r;

	while ((r = p->first) != NULL) {
		p->first = r->next;
		range_free(r);
	}
	chain_free(&p->probe);
}

/* Forget what is read, unless a page of it is still on its way. */
static void
tidy(struct plan *p)
{
	struct range **at = &p->first, *r;

	while ((r = *at) != NULL)
		if (r->done && !r->up.busy && !r->down.busy) {
			*at = r->next;
			range_free(r);
		} else {
			at = &r->next;
		}
}

/* --- how much is left ----------------------------------------------------- */

void
range_rest(const struct plan *p, const struct range *r, int64_t *a, int64_t *b)
{
	*a = r->up.on && r->up.any ? r->up.pos : r->lo;
	*b = r->down.on && r->down.any ? r->down.pos + 1 : r->hi;
	if (*b > p->newest)
		*b = p->newest + 1;
	if (*b <= *a)
		*b = *a + 1;
}

/*
 * Rows seem to be too many to be true.  The first two pages are read as they
 * would be otherwise, then the newest row is asked for, before anything else.
 */
static bool
to_be_doubted(const struct plan *p, const struct range *r, double rows)
{
	if (p->topped)
		return false;
	if (!r->up.on) /* cut off one that was, or was not, in doubt */
		return p->doubt;
	return (r->up.flat > 0 || rows > PLAUSIBLE) &&
	    (r->up.pages < 2 || r->hi != RANGE_MAX);
}

/* How many rows seem to be left; 0: it is not to be split. */
static double
weight(const struct plan *p, const struct range *r)
{
	int64_t a, b;
	double rows;

	if (r->done || r->last || r->up.on == r->down.on)
		return 0;
	range_rest(p, r, &a, &b);
	if (a == RANGE_MIN || b - a < 2)
		return 0;
	rows = r->density * (double)(b - a);
	if (rows < (double)WORTH * p->page || to_be_doubted(p, r, rows))
		return 0;
	return rows;
}

static struct range *
heaviest(const struct plan *p)
{
	struct range *r, *best = NULL;
	double most = 0, w;

	for (r = p->first; r != NULL; r = r->next)
		if ((w = weight(p, r)) > most) {
			most = w;
			best = r;
		}
	return best;
}

/* --- splitting ------------------------------------------------------------ */

static struct chain *
from_above(struct range *r)
{
	r->down.on = true;
	r->down.bound = r->hi;
	return &r->down;
}

/* The half of r that its chain is not at becomes a range of its own. */
static struct chain *
split(struct plan *p, struct range *r)
{
	struct range *new;
	int64_t a, b, mid;

	range_rest(p, r, &a, &b);
	mid = a + (b - a) / 2;
	if (r->up.on)
		new = plan_add(p, mid, r->hi);
	else
		new = plan_add(p, r->lo, mid);
	if (new == NULL)
		return NULL;
	if (r->up.on) {
		p->doubt =
		    r->up.flat > 0 || r->density * (double)(b - a) > PLAUSIBLE;
		r->hi = mid;
	} else
		r->lo = mid;
	new->density = r->density;
	return from_above(new);
}

/* A range of which a single second is left, with no end in sight: the chain
 * that comes from its other side. */
static struct chain *
other_end(struct plan *p)
{
	struct range *r;
	struct chain *c;
	int64_t a, b;

	for (r = p->first; r != NULL; r = r->next) {
		if (r->done || r->alone || r->last || r->up.on == r->down.on)
			continue;
		c = r->up.on ? &r->up : &r->down;
		range_rest(p, r, &a, &b);
		/* What moves goes to the top, behind who reads downwards. */
		if (p->moves && r->hi == RANGE_MAX)
			continue;
		if (c->flat < FLAT || b - a != 1 || c->head.n == 0)
			continue;
		if (c == &r->up)
			return from_above(r);
		r->up.on = true;
		r->up.bound = r->lo;
		return &r->up;
	}
	return NULL;
}

/* A chain that is there and waits for its next turn. */
static struct chain *
waiting(const struct plan *p)
{
	struct range *r, *last = NULL;
	bool others = false;

	for (r = p->first; r != NULL; r = r->next) {
		if (r->last) {
			last = r;
			continue;
		}
		others |= !r->done;
		if (!r->done && r->up.on && !r->up.busy)
			return &r->up;
		if (!r->done && r->down.on && !r->down.busy)
			return &r->down;
	}
	if (last != NULL && !last->done && !others && !last->up.busy)
		return &last->up;
	return NULL;
}

enum kl_rc
plan_next(struct plan *p, struct chain **c, struct kl_err *err)
{
	struct range *r;

	tidy(p);
	*c = NULL;
	if (p->busy >= p->in_flight)
		return KL_OK;
	if ((*c = waiting(p)) == NULL) {
		if ((r = heaviest(p)) == NULL)
			*c = other_end(p);
		else if (p->moves && !p->probed) {
			p->probe.down = true;
			p->probe.bound = RANGE_MAX;
			*c = p->probe.busy ? NULL : &p->probe;
		} else if ((*c = split(p, r)) == NULL) {
			return kl_err_nomem(err);
		}
	}
	if (*c != NULL) {
		(*c)->busy = true;
		p->busy++;
	}
	return KL_OK;
}
