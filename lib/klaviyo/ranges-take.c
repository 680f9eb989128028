/* SPDX-License-Identifier: MIT */
/* ranges-take.c - which rows of a page belong to the range it is of. */

#include <string.h>

#include "ranges.h"

/* The rows [from, to) of a page are those of the range; behind, the page goes
 * on beyond its far end.  last is the second of row to - 1; flat, that it is
 * known to be that of all others. */
struct part {
	size_t from, to;
	int64_t last;
	bool flat;
};

static enum kl_rc
disorder(struct kl_err *err)
{
	(void)kl_err_set(err, KL_EPROTO,
	    "klaviyo sent a page that is not in the order that was asked for");
	kl_err_code(err, "page_order");
	return KL_EPROTO;
}

/* Row time t is before the range, as the chain goes. */
static bool
before(const struct chain *c, int64_t t)
{
	return c->down ? t >= c->of->hi : t < c->of->lo;
}

/* ... or after it. */
static bool
beyond(const struct chain *c, int64_t t)
{
	return c->down ? t < c->of->lo : t >= c->of->hi;
}

/* True if a chain that goes on gets from a to b. */
static bool
in_order(const struct chain *c, int64_t a, int64_t b)
{
	return c->down ? a >= b : a <= b;
}

/* The first row from i on that is not before, or that is beyond the range: by
 * halves, as they are in order. */
static size_t
first(const struct chain *c, const struct seen *s, size_t i,
    bool (*past)(const struct chain *c, int64_t t), bool want)
{
	size_t n = s->n, mid;

	while (i < n) {
		mid = i + (n - i) / 2;
		if (past(c, s->time(s->ctx, mid)) == want)
			n = mid;
		else
			i = mid + 1;
	}
	return i;
}

/* Rows that show no time stand at an end of the collection, and only a chain
 * without a bound gets there: they are where it is. */
static enum kl_rc
one_by_one(const struct chain *c, const struct seen *s, struct part *part,
    struct kl_err *err)
{
	bool open = c->bound == RANGE_MIN || c->bound == RANGE_MAX,
	     any = c->any;
	int64_t t, pos = c->pos;
	size_t i;

	*part = (struct part){ 0, 0, NO_TIME, false };
	for (i = 0; i < s->n; i++) {
		t = s->time(s->ctx, i);
		if (t == NO_TIME && !open)
			return disorder(err);
		if (t != NO_TIME && any && !in_order(c, pos, t))
			return disorder(err);
		if (t != NO_TIME && beyond(c, t))
			break;
		if (t != NO_TIME && before(c, t)) {
			part->from = i + 1;
			continue;
		}
		if (t != NO_TIME) {
			pos = part->last = t;
			any = true;
		}
	}
	part->to = i;
	return KL_OK;
}

static bool
no_time_within(const struct seen *s)
{
	return s->time(s->ctx, 0) == NO_TIME ||
	    s->time(s->ctx, s->n - 1) == NO_TIME ||
	    s->time(s->ctx, s->n / 2) == NO_TIME;
}

/* Which rows are the range's.  Most pages are so as a whole, which two looks
 * at them tell. */
static enum kl_rc
cut(const struct chain *c, const struct seen *s, struct part *part,
    struct kl_err *err)
{
	int64_t t0, t1;

	*part = (struct part){ 0, 0, NO_TIME, false };
	if (s->n == 0)
		return KL_OK;
	if (no_time_within(s))
		return one_by_one(c, s, part, err);
	t0 = s->time(s->ctx, 0);
	t1 = s->time(s->ctx, s->n - 1);
	if (!in_order(c, t0, t1) || (c->any && !in_order(c, c->pos, t0)))
		return disorder(err);
	if (before(c, t0))
		part->from = first(c, s, 0, before, false);
	part->to = beyond(c, t1) ? first(c, s, part->from, beyond, true) : s->n;
	if (part->to == part->from)
		return KL_OK;
	part->last = s->time(s->ctx, part->to - 1);
	t0 = s->time(s->ctx, part->from);
	/* Found by halves, which is right only if all were in order. */
	if (before(c, t0) || beyond(c, part->last) || t0 == NO_TIME ||
	    part->last == NO_TIME || !in_order(c, t0, part->last))
		return disorder(err);
	part->flat = t0 == part->last;
	return KL_OK;
}

/* --- a range read from both ends ------------------------------------------ */

enum meeting {
	APART,
	MET,
	SAME_WAY /* rows of one second come in the same order both ways: the
		  * chains would follow each other and never meet */
};

/* Which ids may be among some, by bits of them: most are not, and that is
 * told without a look at all of those. */
struct sieve {
	uint64_t word[64];
};

static void
sieve_add(struct sieve *f, const struct kl_numbers *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		f->word[l->v[i] >> 6 & 63] |= (uint64_t)1 << (l->v[i] & 63);
}

static bool
sieve_has(const struct sieve *f, uint64_t id)
{
	return (f->word[id >> 6 & 63] >> (id & 63) & 1) != 0;
}

static bool
has(const struct kl_numbers *l, uint64_t id, size_t *at)
{
	const uint64_t *v = l->v;
	size_t i, n = l->n;

	for (i = 0; i < n && v[i] != id; i++)
		continue;
	*at = i;
	return i < n;
}

/* One row in eight is kept of pages of a hundred and more: two pages that
 * share their rows have one of them. */
static bool
is_kept(const struct plan *p, uint64_t id)
{
	return p->page < 100 || (id & 7) == 0;
}

/* Row i was the at-th that the other chain read last: it should be the very
 * last, or nearly so if some are gone since, and the next row the one before
 * it. */
static bool
face_to_face(const struct chain *other, const struct seen *s, size_t i,
    size_t at)
{
	size_t next;

	if (other->recent.n == 1)
		return true;
	if (i + 1 == s->n)
		return at >= other->recent.n / 2;
	return has(&other->recent, s->id(s->ctx, i + 1), &next) && next < at;
}

/* Look for rows that the other chain has read: where they meet the page ends
 * for us. */
static enum meeting
meet(const struct plan *p, const struct chain *other, const struct seen *s,
    struct part *part)
{
	struct sieve listed = { { 0 } };
	size_t i, at;
	uint64_t id;
	bool in;

	sieve_add(&listed, &other->recent);
	sieve_add(&listed, &other->head);
	for (i = part->from; i < part->to; i++) {
		id = s->id(s->ctx, i);
		in = sieve_has(&listed, id);
		if (in && has(&other->recent, id, &at)) {
			part->to = i;
			return face_to_face(other, s, i, at) ? MET : SAME_WAY;
		}
		if ((in && has(&other->head, id, &at)) ||
		    (is_kept(p, id) && kl_numset_has(&other->known, id)))
			return SAME_WAY;
	}
	return APART;
}

/* Keep in mind the rows of the second that the chain is in now. */
static enum kl_rc
remember(const struct plan *p, struct chain *c, const struct seen *s,
    const struct part *part, struct kl_err *err)
{
	bool fresh = !c->any || c->pos != part->last, good = true;
	size_t i = part->to;
	uint64_t id;

	while (i > part->from &&
	    (part->flat || s->time(s->ctx, i - 1) == part->last))
		i--;
	c->recent.n = 0;
	if (fresh) {
		c->head.n = 0;
		kl_numset_reset(&c->known);
	}
	for (; good && i < part->to; i++) {
		id = s->id(s->ctx, i);
		good = kl_numbers_add(&c->recent, id) &&
		    (!fresh || kl_numbers_add(&c->head, id)) &&
		    (!is_kept(p, id) || kl_numset_add(&c->known, id));
	}
	return good ? KL_OK : kl_err_nomem(err);
}

/* The second chain of a range is of no use. */
static enum kl_rc
give_up(struct chain *c)
{
	c->on = false;
	c->of->alone = true;
	return KL_OK;
}

/* It is too late to give up: which rows are new cannot be told any more. */
static enum kl_rc
too_late(struct kl_err *err)
{
	(void)kl_err_set(err, KL_EPROTO,
	    "klaviyo sends rows of one second in no order that can be read "
	    "from both ends");
	kl_err_code(err, "page_order");
	kl_err_hint(err, "--in-flight 1 reads one page after the other");
	return KL_EPROTO;
}

/* --- what a page tells ---------------------------------------------------- */

static void
learn(struct plan *p, struct chain *c, const struct seen *s,
    const struct part *part)
{
	int64_t t0 = s->n > 0 ? s->time(s->ctx, 0) : NO_TIME;
	int64_t t1 = s->n > 0 ? s->time(s->ctx, s->n - 1) : NO_TIME, span;

	if (c->down && c->bound == RANGE_MAX && !c->any) {
		p->topped = true;
		p->newest = t0 != NO_TIME ? t0 : p->newest;
	}
	if (t0 == NO_TIME || t1 == NO_TIME)
		return;
	span = c->down ? t0 - t1 : t1 - t0;
	c->of->density = (double)s->n / (double)(span > 0 ? span : 1);
	c->flat = span == 0 && part->to > part->from ? c->flat + 1 : 0;
}

/* The newest second is known: what is before it can be read in any order, for
 * what changes from now on comes after it. */
static enum kl_rc
set_top(struct plan *p, const struct seen *s, struct kl_err *err)
{
	int64_t top = s->n > 0 ? s->time(s->ctx, 0) : NO_TIME;
	struct range *r = p->first, *last;

	p->probed = p->topped = true;
	/* There is one range so far, which is read upwards. */
	if (r == NULL || r->done)
		return KL_OK;
	if (top == NO_TIME || !r->up.any || top <= r->up.pos) {
		r->last = true;
		return KL_OK;
	}
	if ((last = plan_add(p, top, RANGE_MAX)) == NULL)
		return kl_err_nomem(err);
	last->last = last->up.on = true;
	last->up.bound = top;
	r->hi = top;
	p->newest = top;
	return KL_OK;
}

/* Set the chain to where the page ends. */
static enum kl_rc
advance(struct plan *p, struct chain *c, const struct seen *s,
    const struct part *part, struct kl_err *err)
{
	enum kl_rc rc;

	if (part->last == NO_TIME)
		return KL_OK;
	if ((rc = remember(p, c, s, part, err)) != KL_OK)
		return rc;
	c->pos = part->last;
	c->any = true;
	return KL_OK;
}

enum kl_rc
plan_take(struct plan *p, struct chain *c, const struct seen *s, size_t *from,
    size_t *to, struct kl_err *err)
{
	struct range *r = c->of;
	enum meeting m = APART;
	struct chain *other;
	struct part part;
	enum kl_rc rc;

	*from = *to = 0;
	c->busy = false;
	c->pages++;
	p->busy--;
	if (c == &p->probe)
		return set_top(p, s, err);
	if (r->done || !c->on)
		return KL_OK;
	if ((rc = cut(c, s, &part, err)) != KL_OK)
		return rc;
	other = c->down ? &r->up : &r->down;
	if (other->on) {
		/* A page of the second before, which had to be asked for,
		 * would not be the only one. */
		if (s->n > 0 && part.from == s->n)
			return give_up(c);
		m = meet(p, other, s, &part);
		if (m == SAME_WAY)
			return c->any ? too_late(err) : give_up(c);
	}
	r->done = s->end || part.to < s->n;
	learn(p, c, s, &part);
	if (m == APART && (rc = advance(p, c, s, &part, err)) != KL_OK)
		return rc;
	*from = part.from;
	*to = part.to;
	return KL_OK;
}
