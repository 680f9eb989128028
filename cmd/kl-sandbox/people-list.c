/* SPDX-License-Identifier: MIT */
/* people-list.c - the collection of all profiles: filters and orders. */

#include <stdio.h>
#include <stdlib.h>

#include "page.h"

enum {
	BY_ID,
	BY_EMAIL,
	BY_PHONE,
	BY_EXTERNAL,
	BY_KX,
	BY_CREATED,
	BY_UPDATED,
	BY_REASON, /* from here on: of suppressions */
	BY_TIME,
	BY_LIST_REASON,
	BY_LIST_TIME,
	BY_LIST_ID
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
	{ SUPPRESSION "reason", OP(EQUALS), IS_TEXT, BY_REASON, NULL },
	{ SUPPRESSION "timestamp", OPS_RANGE, IS_TIME, BY_TIME, NULL },
	{ LIST_SUPPRESSIONS "reason", OP(EQUALS), IS_TEXT, BY_LIST_REASON,
	    NULL },
	{ LIST_SUPPRESSIONS "list_id", OP(EQUALS), IS_TEXT, BY_LIST_ID, NULL },
	{ LIST_SUPPRESSIONS "timestamp", OPS_RANGE, IS_TIME, BY_LIST_TIME,
	    NULL },
	{ 0 },
};

/* In the order of the words of the operation's sorts. */
enum {
	SORT_CREATED,
	SORT_EMAIL,
	SORT_ID,
	SORT_UPDATED,
	SORT_SUPPRESSED,
	SORT_LIST_SUPPRESSED
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
	const struct store *st = &q->box->store;
	size_t i;

	switch (c->rule->what) {
	case BY_CREATED:
		return condition_time(c, store_created(st, at) * 1000);
	case BY_UPDATED:
		return condition_time(c, store_view(st, at).updated);
	case BY_REASON:
	case BY_TIME:
	case BY_LIST_REASON:
	case BY_LIST_TIME:
	case BY_LIST_ID:
		return true; /* see suppressed() */
	default:
		for (i = c->from; i < c->from + c->n; i++)
			if (who(q, c, i) == at)
				return true;
		return false;
	}
}

/* The reasons and the list of a suppression, as filters spell them. */
static bool
suppression_fits(const struct req *q, const struct condition *c,
    const struct suppression *s)
{
	const struct filter *f = &q->query.filter;
	bool everywhere = s->list == EVERYWHERE;
	char text[40];

	switch (c->rule->what) {
	case BY_REASON:
	case BY_LIST_REASON:
		(void)snprintf(text, sizeof(text), "\"%s\"",
		    reason_names[s->reason]);
		return everywhere == (c->rule->what == BY_REASON) &&
		    condition_has(f, c, KL_SPAN(text));
	case BY_LIST_ID:
		(void)snprintf(text, sizeof(text), "\"%s\"",
		    everywhere ? "" : q->box->store.list[s->list].id);
		return condition_has(f, c, KL_SPAN(text));
	case BY_TIME:
	case BY_LIST_TIME:
		return everywhere == (c->rule->what == BY_TIME) &&
		    condition_time(c, (uint64_t)s->when * 1000000);
	default:
		return true;
	}
}

/* There is one suppression that all conditions on them hold for. */
static bool
suppressed(const struct req *q, uint32_t at)
{
	const struct consent *c = store_consent(&q->box->store, at);
	const struct filter *f = &q->query.filter;
	size_t i, k;

	for (k = 0; c != NULL && k < c->n; k++) {
		for (i = 0; i < f->n; i++)
			if (!suppression_fits(q, &f->c[i], &c->s[k]))
				break;
		if (i == f->n)
			return true;
	}
	return false;
}

static bool
about_suppressions(const struct filter *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->c[i].rule->what >= BY_REASON)
			return true;
	return false;
}

static bool
match(struct req *q, const struct spot *s)
{
	const struct filter *f = &q->query.filter;
	size_t i;

	if (store_gone(&q->box->store, s->at))
		return false;
	for (i = 0; i < f->n; i++)
		if (!holds(q, &f->c[i], s->at))
			return false;
	return !about_suppressions(f) || suppressed(q, s->at);
}

/* What the service has to say about filters on suppressions together. */
static bool
filters_agree(const struct filter *f, struct problem *p)
{
	unsigned seen = 0, times = 0;
	size_t i;

	for (i = 0; i < f->n; i++) {
		seen |= 1U << f->c[i].rule->what;
		times += f->c[i].rule->what == BY_TIME ||
		    f->c[i].rule->what == BY_LIST_TIME;
	}
	if ((seen & (1U << BY_REASON | 1U << BY_TIME)) &&
	    seen >> BY_LIST_REASON)
		return problem_parameter(p, "filter",
		    "Filters on suppression and on list_suppressions cannot "
		    "be combined.");
	if (seen >> BY_LIST_REASON && !(seen & 1U << BY_LIST_ID))
		return problem_parameter(p, "filter",
		    "A filter on list_suppressions requires " LIST_SUPPRESSIONS
		    "list_id.");
	if (times > 1)
		return problem_parameter(p, "filter",
		    "Only one filter on the timestamp of suppressions is "
		    "allowed.");
	return true;
}

static void
put(struct req *q, const struct spot *s, void *ctx)
{
	(void)ctx;
	put_profile(q, &q->box->shape, s->at, 0);
}

static int
by_place(const void *a, const void *b)
{
	return spot_compare(a, b);
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
		if (!match(q, &s))
			continue;
		make_key(st, s.at, u->sort, &k);
		if (!u->cursor.given || key_compare(&k, &from, down) > 0)
			n = keep(best, n, max, &k, down);
	}
	return n;
}

/* One walk over everybody finds the next page: no order by text is kept. */
static void
by_text(struct req *q)
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

/* --- orders that are kept ---------------------------------------------------
 */

/* Those that a condition names one by one, in the order of all; NULL: memory.
 */
static struct spot *
candidates(struct req *q, const struct condition *c, size_t *n)
{
	struct spot *found = malloc((c->n + 1) * sizeof(*found));
	uint32_t at;
	size_t i;

	*n = 0;
	for (i = c->from; found != NULL && i < c->from + c->n; i++)
		if ((at = who(q, c, i)) != NONE)
			found[(*n)++] = age_spot(&q->box->store, at);
	if (found == NULL)
		return NULL;
	qsort(found, *n, sizeof(*found), by_place);
	/* The same person twice in a list of values is one of them. */
	for (i = 1; i < *n; i++)
		if (found[i].seq == found[i - 1].seq)
			found[i - 1].at = NONE;
	return found;
}

/* Into the pager what is to be walked; *found is to be freed.  False: memory.
 */
static bool
rows_of(struct req *q, struct pager *p, struct spot **found)
{
	const struct condition *c = naming(&q->query.filter);
	struct store *st = &q->box->store;
	size_t n;

	*found = NULL;
	if (q->query.sort == SORT_UPDATED) {
		p->unit = 1;
		p->when = BY_UPDATED;
		p->rows = order_rows(&st->by_update, p->row);
		return true;
	}
	p->unit = 1000;
	p->when = BY_CREATED;
	if (c == NULL)
		return age_rows(st, p->row, &p->rows);
	if ((*found = candidates(q, c, &n)) == NULL)
		return false;
	p->row[p->rows++] = row_spots(*found, n);
	return true;
}

static void
by_order(struct req *q)
{
	struct pager p = { .q = q,
		.down = q->query.down,
		.match = match,
		.put = put };
	struct spot *found;

	if (!rows_of(q, &p, &found)) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	reply_begin(q, 200);
	page_put(&p);
	if (q->query.include)
		kl_buf_puts(&q->out, ",\"included\":[]");
	reply_end_page(q);
	free(found);
}

void
get_profiles(struct req *q)
{
	const struct store *st = &q->box->store;
	int sort = q->query.sort;
	struct problem p;

	if (!filters_agree(&q->query.filter, &p)) {
		reply_problem(q, &p, "");
		return;
	}
	if (!profile_shape(q))
		return;
	if (sort == SORT_EMAIL || sort >= SORT_SUPPRESSED ||
	    (sort == SORT_ID && st->renumbered))
		by_text(q);
	else
		by_order(q);
}
