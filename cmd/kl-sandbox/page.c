/* SPDX-License-Identifier: MIT */
/* page.c - one page of a long order, and the cursor to the next. */

#include "page.h"

static struct spot
spot_at(const struct pager *p, size_t i)
{
	if (p->spot != NULL)
		return p->spot[i];
	return (struct spot){ 0, (uint32_t)i + 1, (uint32_t)i };
}

/* The first index whose seq is greater. */
static size_t
after(const struct pager *p, uint64_t seq)
{
	size_t lo = 0, hi = p->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (spot_at(p, mid).seq > seq)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* The index to start with, p->n if there is nothing. */
static size_t
start(const struct pager *p)
{
	const struct cursor *c = &p->q->query.cursor;
	size_t i;

	if (!p->down)
		return c->given ? after(p, c->at) : 0;
	i = c->given ? after(p, c->at == 0 ? 0 : c->at - 1) : p->n;
	return i == 0 ? p->n : i - 1;
}

void
page_put(const struct pager *p)
{
	struct req *q = p->q;
	struct kl_buf *next = &q->box->page;
	uint32_t last = 0;
	unsigned put = 0;
	struct spot s;
	size_t i;

	kl_buf_reset(next);
	kl_buf_putc(&q->out, '[');
	for (i = start(p); i < p->n; i = p->down ? i - 1 : i + 1) {
		s = spot_at(p, i);
		if (s.at == NONE || !p->match(q, &s))
			continue;
		if (put == q->query.size) {
			cursor_put(next, q->query.bind, last,
			    (struct kl_span){ NULL, 0 });
			break;
		}
		p->put(q, &s, p->ctx);
		last = s.seq;
		put++;
	}
	kl_buf_putc(&q->out, ']');
}

void
page_answer(const struct pager *p)
{
	const struct kl_buf *next = &p->q->box->page;

	reply_begin(p->q, 200);
	page_put(p);
	reply_end_page(p->q, (struct kl_span){ next->s, next->n });
}
