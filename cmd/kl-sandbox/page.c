/* SPDX-License-Identifier: MIT */
/* page.c - one page of a long order, and the cursors to its neighbours. */

#include <stdlib.h>

#include "page.h"

/* The part of the order that can belong to the answer. */
struct range {
	size_t lo, hi;
};

static struct spot
spot_at(const struct pager *p, size_t i)
{
	const struct box *box = p->q->box;
	uint32_t at = (uint32_t)i;
	uint64_t t = 0;

	if (p->spot != NULL)
		return p->spot[i];
	if (p->age != NULL)
		at = p->age[i];
	if (p->line != NULL) {
		at = p->line->at[i];
		t = box->events.event[at].time;
	} else if (p->unit != 0)
		t = box->store.profile[at].created;
	return (struct spot){ t, at + 1, at };
}

/* What a cursor names: it grows along the order. */
static uint64_t
key_of(const struct pager *p, const struct spot *s)
{
	return p->line != NULL ? s->t << 32 | s->seq : s->seq;
}

/* How index i compares to a place. */
static int
compare(const struct pager *p, size_t i, uint64_t key)
{
	const struct store *st = &p->q->box->store;
	struct spot s = spot_at(p, i);
	uint64_t own = key_of(p, &s);

	/* An age is that of the profile that the place is of. */
	if (p->age != NULL && key > 0 && key <= st->n)
		return age_compare(st, s.at, (uint32_t)key - 1);
	return (own > key) - (own < key);
}

/* The first index whose key is greater; or, with that, at least so. */
static size_t
after(const struct pager *p, uint64_t key, bool with)
{
	size_t lo = 0, hi = p->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (compare(p, mid, key) >= (with ? 0 : 1))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* The first index whose time is greater, or at least that. */
static size_t
since(const struct pager *p, int64_t us, bool equal)
{
	size_t lo = 0, hi = p->n, mid;
	int64_t t;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		t = (int64_t)(spot_at(p, mid).t * p->unit);
		if (t > us || (equal && t == us))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* Conditions on the time say where to look. */
static struct range
range_of(const struct pager *p)
{
	const struct filter *f = &p->q->query.filter;
	struct range r = { 0, p->n };
	size_t i, at;

	for (i = 0; p->unit != 0 && i < f->n; i++) {
		const struct condition *c = &f->c[i];

		if (c->rule->what != p->when)
			continue;
		if (c->op == OP_GREATER_THAN || c->op == OP_GREATER_OR_EQUAL) {
			at = since(p, c->time, c->op == OP_GREATER_OR_EQUAL);
			r.lo = at > r.lo ? at : r.lo;
		} else if (c->op == OP_LESS_THAN || c->op == OP_LESS_OR_EQUAL) {
			at = since(p, c->time, c->op == OP_LESS_THAN);
			r.hi = at < r.hi ? at : r.hi;
		}
	}
	if (r.hi < r.lo)
		r.hi = r.lo;
	return r;
}

/* A walk through the range: up or down, from where the cursor says. */
struct course {
	size_t i, left; /* the next index, and how many there are */
	bool up;
};

static struct course
course_of(const struct pager *p, struct range r)
{
	const struct cursor *c = &p->q->query.cursor;
	struct course w = { 0, 0, p->down == c->back };
	size_t from = w.up ? r.lo : r.hi, at;

	if (c->given) {
		at = after(p, c->at, !w.up);
		from = w.up ? (at > from ? at : from) : (at < from ? at : from);
	}
	if (w.up)
		w = (struct course){ from, from < r.hi ? r.hi - from : 0,
			true };
	else
		w = (struct course){ from - 1, from > r.lo ? from - r.lo : 0,
			false };
	return w;
}

static bool
next_match(const struct pager *p, struct course *w, struct spot *s)
{
	while (w->left > 0) {
		*s = spot_at(p, w->i);
		w->i = w->up ? w->i + 1 : w->i - 1;
		w->left--;
		if (s->at != NONE && p->match(p->q, s))
			return true;
	}
	return false;
}

static void
token(const struct pager *p, struct kl_buf *b, const struct spot *s, bool back)
{
	cursor_put(b, p->q->query.bind, key_of(p, s),
	    (struct kl_span){ NULL, 0 }, back);
}

/* The usual way: each is written as it is found. */
static void
put_forward(const struct pager *p)
{
	struct box *box = p->q->box;
	struct course w = course_of(p, range_of(p));
	struct spot s, last = { 0 };
	unsigned put = 0;

	for (; next_match(p, &w, &s); put++) {
		if (put == p->q->query.size) {
			token(p, &box->page, &last, false);
			break;
		}
		if (put == 0 && p->q->query.cursor.given)
			token(p, &box->back, &s, true);
		p->put(p->q, &s, p->ctx);
		last = s;
	}
}

/* Those before a place: found backwards, written forwards. */
static void
put_backward(const struct pager *p)
{
	struct box *box = p->q->box;
	struct course w = course_of(p, range_of(p));
	struct spot *found, more;
	unsigned n = 0;

	found = malloc(p->q->query.size * sizeof(*found));
	while (found != NULL && n < p->q->query.size &&
	    next_match(p, &w, &found[n]))
		n++;
	if (n > 0) {
		token(p, &box->page, &found[0], false);
		if (next_match(p, &w, &more))
			token(p, &box->back, &found[n - 1], true);
	}
	while (n-- > 0)
		p->put(p->q, &found[n], p->ctx);
	free(found);
}

void
page_put(const struct pager *p)
{
	struct box *box = p->q->box;

	kl_buf_reset(&box->page);
	kl_buf_reset(&box->back);
	kl_buf_putc(&p->q->out, '[');
	if (p->q->query.cursor.back)
		put_backward(p);
	else
		put_forward(p);
	kl_buf_putc(&p->q->out, ']');
}

void
page_answer(const struct pager *p)
{
	reply_begin(p->q, 200);
	page_put(p);
	reply_end_page(p->q);
}
