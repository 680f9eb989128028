/* SPDX-License-Identifier: MIT */
/* page.c - one page of a long order, and the cursors to its neighbours. */

#include <stdlib.h>

#include "page.h"

/* The part of a row that can belong to the answer. */
struct range {
	size_t lo, hi;
};

/* Conditions on the time say where to look. */
static struct range
range_of(const struct pager *p, const struct row_of *row)
{
	const struct filter *f = &p->q->query.filter;
	struct range r = { 0, row->n };
	size_t i, at;

	for (i = 0; p->unit != 0 && i < f->n; i++) {
		const struct condition *c = &f->c[i];

		if (c->rule->what != p->when)
			continue;
		if (c->op == OP_GREATER_THAN || c->op == OP_GREATER_OR_EQUAL) {
			at = row_since(row, p->unit, c->time,
			    c->op == OP_GREATER_OR_EQUAL);
			r.lo = at > r.lo ? at : r.lo;
		} else if (c->op == OP_LESS_THAN || c->op == OP_LESS_OR_EQUAL) {
			at = row_since(row, p->unit, c->time,
			    c->op == OP_LESS_THAN);
			r.hi = at < r.hi ? at : r.hi;
		}
	}
	return r;
}

/* Up or down, from where the cursor says. */
static struct course
course_of(const struct pager *p)
{
	const struct cursor *c = &p->q->query.cursor;
	struct course w = { .up = p->down == c->back };
	struct spot from = { c->t, (uint32_t)c->at, 0 };
	struct range r;
	size_t i, at;

	for (i = 0; i < p->rows; i++) {
		r = range_of(p, &p->row[i]);
		if (c->given) {
			at = row_after(&p->row[i], &from, !w.up);
			if (w.up)
				r.lo = at > r.lo ? at : r.lo;
			else
				r.hi = at < r.hi ? at : r.hi;
		}
		course_add(&w, &p->row[i], r.lo, r.hi);
	}
	return w;
}

static bool
next_match(const struct pager *p, struct course *w, struct spot *s)
{
	while (course_next(w, s))
		if (s->at != NONE && p->match(p->q, s))
			return true;
	return false;
}

static void
token(const struct pager *p, struct kl_buf *b, const struct spot *s, bool back)
{
	cursor_put(b, p->q->query.bind, (struct place){ s->t, s->seq },
	    (struct kl_span){ NULL, 0 }, back);
}

/* The usual way: each is written as it is found. */
static void
put_forward(const struct pager *p)
{
	struct box *box = p->q->box;
	struct course w = course_of(p);
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
	struct course w = course_of(p);
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
