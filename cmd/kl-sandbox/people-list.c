/* SPDX-License-Identifier: MIT */
/* people-list.c - the collection of all profiles: filters and orders. */

#include <stdlib.h>

#include "page.h"

/* The suppression filters find nobody: nobody here is suppressed. */
enum {
	BY_ID,
	BY_EMAIL,
	BY_PHONE,
	BY_EXTERNAL,
	BY_KX,
	BY_CREATED,
	BY_UPDATED,
	BY_SUPPRESSION
};

#define SUPPRESSION "subscriptions.email.marketing.suppression."
#define LIST_SUPPRESSIONS "subscriptions.email.marketing.list_suppressions."

const struct filter_rule profile_filters[] = {
	{ "id", OP(ANY) | OP(EQUALS), IS_TEXT, BY_ID, NULL },
	{ "email", OP(ANY) | OP(EQUALS), IS_TEXT, BY_EMAIL, NULL },
	{ "phone_number", OP(ANY) | OP(EQUALS), IS_TEXT, BY_PHONE, NULL },
	{ "external_id", OP(ANY) | OP(EQUALS), IS_TEXT, BY_EXTERNAL, NULL },
	{ "_kx", OP(EQUALS), IS_TEXT, BY_KX, NULL },
	{ "created", OP(GREATER_THAN) | OP(LESS_THAN), IS_TIME, BY_CREATED,
	    NULL },
	{ "updated", OP(GREATER_THAN) | OP(LESS_THAN), IS_TIME, BY_UPDATED,
	    NULL },
	{ SUPPRESSION "reason", OP(EQUALS), IS_TEXT, BY_SUPPRESSION, NULL },
	{ SUPPRESSION "timestamp", OPS_RANGE, IS_TIME, BY_SUPPRESSION, NULL },
	{ LIST_SUPPRESSIONS "reason", OP(EQUALS), IS_TEXT, BY_SUPPRESSION,
	    NULL },
	{ LIST_SUPPRESSIONS "list_id", OP(EQUALS), IS_TEXT, BY_SUPPRESSION,
	    NULL },
	{ LIST_SUPPRESSIONS "timestamp", OPS_RANGE, IS_TIME, BY_SUPPRESSION,
	    NULL },
	{ 0 },
};

/* In the order of the words of the operation's sorts. */
enum {
	SORT_CREATED,
	SORT_EMAIL,
	SORT_ID,
	SORT_UPDATED
};

static const enum key keys[] = { [BY_EMAIL] = KEY_EMAIL,
	[BY_PHONE] = KEY_PHONE,
	[BY_EXTERNAL] = KEY_EXTERNAL,
	[BY_KX] = KEY_KX };

/* Who value i of a condition names; NONE if nobody. */
static uint32_t
who(const struct req *q, const struct condition *c, size_t i)
{
	struct kl_span v = filter_value(&q->query.filter, i);

	if (c->rule->what != BY_ID)
		return store_find(&q->box->store, keys[c->rule->what], v);
	v.s++;
	v.n -= 2;
	return store_by_id(&q->box->store, v);
}

static bool
holds(const struct req *q, const struct condition *c, uint32_t at)
{
	const struct profile *p = &q->box->store.profile[at];
	size_t i;

	switch (c->rule->what) {
	case BY_CREATED:
		return condition_time(c, p->created * 1000);
	case BY_UPDATED:
		return condition_time(c, p->updated);
	case BY_SUPPRESSION:
		return false;
	default:
		for (i = c->from; i < c->from + c->n; i++)
			if (who(q, c, i) == at)
				return true;
		return false;
	}
}

static bool
match(struct req *q, const struct spot *s)
{
	const struct filter *f = &q->query.filter;
	size_t i;

	for (i = 0; i < f->n; i++)
		if (!holds(q, &f->c[i], s->at))
			return false;
	return true;
}

static void
put(struct req *q, const struct spot *s, void *ctx)
{
	(void)ctx;
	put_profile(q, &q->box->shape, s->at, 0);
}

static int
by_at(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* The condition that names people one by one, or NULL. */
static const struct condition *
naming(const struct filter *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->c[i].rule->what <= BY_KX)
			return &f->c[i];
	return NULL;
}

/* --- orders by text --------------------------------------------------------
 */

/* What a profile is sorted by: the address without regard to case, or the
 * id; those without an address come last. */
struct text_key {
	uint32_t at;
	size_t n;
	char s[CURSOR_TEXT];
};

static void
make_key(const struct store *st, uint32_t at, bool email, struct text_key *k)
{
	struct kl_span v = { NULL, 0 };
	char id[ID_LEN + 1];
	size_t i;

	k->at = at;
	if (email)
		v = store_get(st, at, KEY_EMAIL);
	else {
		store_id(st, at, id);
		v = (struct kl_span){ id, ID_LEN };
	}
	k->n = v.n < CURSOR_TEXT ? v.n : CURSOR_TEXT;
	for (i = 0; i < k->n; i++)
		k->s[i] = (char)(v.s[i] >= 'A' && v.s[i] <= 'Z' && email
			? v.s[i] | 0x20
			: v.s[i]);
	if (v.s == NULL) {
		k->s[0] = (char)0xFF;
		k->n = 1;
	}
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

/* One walk over everybody finds the next page: no order by text is kept. */
static void
by_text(struct req *q, bool email)
{
	const struct query *u = &q->query;
	struct store *st = &q->box->store;
	size_t max = (size_t)u->size + 1, n = 0, i;
	struct text_key *best = malloc(max * sizeof(*best));
	struct text_key from = { (uint32_t)u->cursor.at, u->cursor.n, "" }, k;
	struct kl_buf *next = &q->box->page;
	struct spot s = { 0 };

	if (best == NULL) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	memcpy(from.s, u->cursor.text, u->cursor.n);
	for (s.at = 0; s.at < st->n; s.at++) {
		if (!match(q, &s))
			continue;
		make_key(st, s.at, email, &k);
		if (!u->cursor.given || key_compare(&k, &from, u->down) > 0)
			n = keep(best, n, max, &k, u->down);
	}
	kl_buf_reset(next);
	reply_begin(q, 200);
	kl_buf_putc(&q->out, '[');
	for (i = 0; i < n && i < u->size; i++)
		put_profile(q, &q->box->shape, best[i].at, 0);
	kl_buf_putc(&q->out, ']');
	if (n > u->size) {
		i = u->size - 1;
		cursor_put(next, u->bind, best[i].at,
		    (struct kl_span){ best[i].s, best[i].n });
	}
	if (u->include)
		kl_buf_puts(&q->out, ",\"included\":[]");
	reply_end_page(q, (struct kl_span){ next->s, next->n });
	free(best);
}

/* --- orders that are kept ---------------------------------------------------
 */

static void
by_order(struct req *q)
{
	const struct store *st = &q->box->store;
	struct pager p = { .q = q,
		.n = st->n,
		.down = q->query.down,
		.match = match,
		.put = put };
	const struct condition *c = naming(&q->query.filter);
	struct spot *found = NULL;
	struct kl_buf *next = &q->box->page;
	size_t i, n = 0;

	if (q->query.sort == SORT_UPDATED) {
		p.spot = st->by_update.spot;
		p.n = p.spot == NULL ? 0 : st->by_update.n;
	} else if (c != NULL &&
	    (found = malloc((c->n + 1) * sizeof(*found))) != NULL) {
		/* Those named, in the order of all. */
		for (i = c->from; i < c->from + c->n; i++)
			if ((found[n].at = who(q, c, i)) != NONE)
				n++;
		qsort(found, n, sizeof(*found), by_at);
		for (i = 0; i < n; i++) {
			found[i].seq = found[i].at + 1;
			if (i > 0 && found[i].at == found[i - 1].at)
				found[i - 1].at = NONE;
		}
		p.spot = found;
		p.n = n;
	}
	reply_begin(q, 200);
	page_put(&p);
	if (q->query.include)
		kl_buf_puts(&q->out, ",\"included\":[]");
	reply_end_page(q, (struct kl_span){ next->s, next->n });
	free(found);
}

void
get_profiles(struct req *q)
{
	if (!profile_shape(q))
		return;
	if (q->query.sort == SORT_EMAIL)
		by_text(q, true);
	else if (q->query.sort == SORT_ID && q->box->store.renumbered)
		by_text(q, false);
	else
		by_order(q);
}
