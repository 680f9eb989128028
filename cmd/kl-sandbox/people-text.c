/* SPDX-License-Identifier: MIT */
/* people-text.c - all profiles in orders that are not kept: by address, by id,
 * by suppression. */

#include <stdio.h>
#include <stdlib.h>

#include "people-list.h"

/* What a profile is sorted by: the address without regard to case, the id, or
 * a time in digits; those that have none come last. */
struct text_key {
	uint32_t at;
	size_t n;
	char s[CURSOR_TEXT];
};

static void
key_text(struct text_key *k, struct kl_span v, bool fold)
{
	size_t i;

	k->n = v.n < CURSOR_TEXT ? v.n : CURSOR_TEXT;
	for (i = 0; i < k->n; i++)
		k->s[i] = (char)(v.s[i] >= 'A' && v.s[i] <= 'Z' && fold
			? v.s[i] | 0x20
			: v.s[i]);
	if (v.n == 0) {
		k->s[0] = (char)0xFF;
		k->n = 1;
	}
}

/* When the last suppression everywhere, or on a list, was; 0: never. */
static uint64_t
last_suppression(const struct consent *c, bool lists)
{
	uint64_t last = 0;
	size_t i;

	for (i = 0; c != NULL && i < c->n; i++)
		if ((c->s[i].list != EVERYWHERE) == lists &&
		    c->s[i].when > last)
			last = c->s[i].when;
	return last;
}

static void
make_key(const struct store *st, uint32_t at, int sort, struct text_key *k)
{
	uint64_t t = store_created(st, at);
	char text[ID_LEN + 1];

	k->at = at;
	if (sort == SORT_EMAIL) {
		key_text(k, store_get(st, at, KEY_EMAIL), true);
		return;
	}
	if (sort == SORT_ID) {
		store_id(st, at, text);
		key_text(k, (struct kl_span){ text, ID_LEN }, false);
		return;
	}
	if (sort >= SORT_SUPPRESSED)
		t = last_suppression(store_consent(st, at),
		    sort == SORT_LIST_SUPPRESSED);
	(void)snprintf(text, sizeof(text), "%020llu", (unsigned long long)t);
	key_text(k, (struct kl_span){ text, t == 0 ? 0 : 20 }, false);
}

static int
key_compare(const struct text_key *a, const struct text_key *b, bool down)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int c = memcmp(a->s, b->s, n);

	if (c == 0)
		c = (a->n > b->n) - (a->n < b->n);
	if (c == 0)
		c = (a->at > b->at) - (a->at < b->at);
	return down ? -c : c;
}

/* Put k into the first max of best, n of them so far. */
static size_t
keep(struct text_key *best, size_t n, size_t max, const struct text_key *k,
    bool down)
{
	size_t i;

	if (n == max && key_compare(k, &best[n - 1], down) >= 0)
		return n;
	if (n < max)
		n++;
	for (i = n - 1; i > 0 && key_compare(k, &best[i - 1], down) < 0; i--)
		best[i] = best[i - 1];
	best[i] = *k;
	return n;
}

static void
token(struct req *q, struct kl_buf *b, const struct text_key *k, bool back)
{
	cursor_put(b, q->query.bind, (struct place){ 0, k->at },
	    (struct kl_span){ k->s, k->n }, back);
}

/* The first, or for a way back the last, of those behind the cursor; one more
 * than a page, to know if there is one. */
static size_t
nearest(struct req *q, struct text_key *best, size_t max)
{
	const struct query *u = &q->query;
	struct store *st = &q->box->store;
	struct text_key from = { (uint32_t)u->cursor.at, u->cursor.n, "" }, k;
	bool down = u->down != u->cursor.back;
	struct spot s = { 0 };
	size_t n = 0;

	memcpy(from.s, u->cursor.text, u->cursor.n);
	for (s.at = 0; s.at < st->n; s.at++) {
		if (!people_match(q, &s))
			continue;
		make_key(st, s.at, u->sort, &k);
		if (!u->cursor.given || key_compare(&k, &from, down) > 0)
			n = keep(best, n, max, &k, down);
	}
	return n;
}

/* One walk over everybody finds the next page: no order by text is kept. */
void
people_by_text(struct req *q)
{
	const struct query *u = &q->query;
	size_t max = (size_t)u->size + 1, n, show, i;
	struct text_key *best = malloc(max * sizeof(*best));
	struct box *box = q->box;
	bool back = u->cursor.back;

	if (best == NULL) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	n = nearest(q, best, max);
	show = n < max ? n : max - 1;
	kl_buf_reset(&box->page);
	kl_buf_reset(&box->back);
	if (show > 0 && (back || n == max))
		token(q, &box->page, &best[back ? 0 : show - 1], false);
	if (show > 0 && (back ? n == max : u->cursor.given))
		token(q, &box->back, &best[back ? show - 1 : 0], true);
	reply_begin(q, 200);
	kl_buf_putc(&q->out, '[');
	for (i = 0; i < show; i++)
		put_profile(q, &box->shape, best[back ? show - 1 - i : i].at,
		    0);
	kl_buf_putc(&q->out, ']');
	if (u->include)
		kl_buf_puts(&q->out, ",\"included\":[]");
	reply_end_page(q);
	free(best);
}
