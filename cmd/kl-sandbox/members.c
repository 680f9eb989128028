/* SPDX-License-Identifier: MIT */
/* members.c - who is on a list. */

#include <stdio.h>
#include <stdlib.h>

#include "page.h"

enum {
	BY_EMAIL,
	BY_PHONE,
	BY_KX,
	BY_PROFILE,
	BY_PUSH_TOKEN,
	BY_JOINED
};

#define MEMBER_FILTERS                                                         \
	{ "email", OP(ANY) | OP(EQUALS), IS_TEXT, BY_EMAIL, NULL },            \
	    { "phone_number", OP(ANY) | OP(EQUALS), IS_TEXT, BY_PHONE, NULL }, \
	    { "push_token", OP(ANY) | OP(EQUALS), IS_TEXT, BY_PUSH_TOKEN,      \
		    NULL },                                                    \
	    { "_kx", OP(EQUALS), IS_TEXT, BY_KX, NULL },                       \
	{                                                                      \
		"joined_group_at", OPS_RANGE, IS_TIME, BY_JOINED, NULL         \
	}

const struct filter_rule member_filters[] = {
	MEMBER_FILTERS,
	{ 0 },
};

const struct filter_rule segment_member_filters[] = {
	{ "profile_id", OP(ANY) | OP(EQUALS), IS_TEXT, BY_PROFILE, NULL },
	MEMBER_FILTERS,
	{ 0 },
};

static const enum key keys[] = {
	[BY_EMAIL] = KEY_EMAIL, [BY_PHONE] = KEY_PHONE, [BY_KX] = KEY_KX
};

/* Whom value i of a condition names; NONE if nobody. */
static uint32_t
who(const struct req *q, const struct condition *c, size_t i)
{
	struct kl_span v = filter_value(&q->query.filter, i);

	if (c->rule->what != BY_PROFILE)
		return store_find(&q->box->store, keys[c->rule->what], v);
	v.s++;
	v.n -= 2;
	return store_by_id(&q->box->store, v);
}

/* The profile is one of those that the condition names. */
static bool
named(const struct req *q, const struct condition *c, uint32_t at)
{
	size_t i;

	for (i = c->from; i < c->from + c->n; i++)
		if (who(q, c, i) == at)
			return true;
	return false;
}

static bool
match(struct req *q, const struct spot *s)
{
	const struct filter *f = &q->query.filter;
	bool in;
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct condition *c = &f->c[i];

		if (c->rule->what == BY_JOINED)
			in = condition_time(c, s->t * 1000000);
		else
			in = c->rule->what != BY_PUSH_TOKEN &&
			    named(q, c, s->at);
		if (!in)
			return false;
	}
	return true;
}

static int
by_place(const void *a, const void *b)
{
	return spot_compare(a, b);
}

/*
 * The members that a condition names one by one, so that the list need not
 * be walked.  NULL and *n == SIZE_MAX: no condition does.
 */
static struct spot *
candidates(struct req *q, const struct list *l, size_t *n)
{
	const struct filter *f = &q->query.filter;
	const struct condition *c = NULL;
	struct spot *found;
	uint32_t at;
	size_t i;

	*n = SIZE_MAX;
	for (i = 0; i < f->n; i++)
		if (f->c[i].rule->what <= BY_PROFILE)
			c = &f->c[i];
	if (c == NULL)
		return NULL;
	*n = 0;
	if ((found = malloc((c->n + 1) * sizeof(*found))) == NULL)
		return NULL;
	for (i = c->from; i < c->from + c->n; i++) {
		at = who(q, c, i);
		if (at != NONE && order_has(&l->members, at))
			found[(*n)++] = order_spot(&l->members, at);
	}
	qsort(found, *n, sizeof(*found), by_place);
	/* The same person twice in a list of values is one member. */
	for (i = 1; i < *n; i++)
		if (found[i].seq == found[i - 1].seq)
			found[i - 1].at = NONE;
	return found;
}

static void
answer(struct req *q,
    void (*put)(struct req *q, const struct spot *s, void *ctx))
{
	struct list *l = list_of(q, q->id[0]);
	struct pager p = { .q = q,
		.down = q->query.down,
		.unit = 1000000,
		.when = BY_JOINED,
		.match = match,
		.put = put };
	struct spot *found;
	size_t n;

	if (l == NULL)
		return;
	found = candidates(q, l, &n);
	if (found == NULL && n == 0) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	if (n == SIZE_MAX)
		p.rows = order_rows(&l->members, p.row);
	else
		p.row[p.rows++] = row_spots(found, n);
	page_answer(&p);
	free(found);
}

static void
put_member(struct req *q, const struct spot *s, void *ctx)
{
	(void)ctx;
	put_profile(q, &q->box->shape, s->at, s->t);
}

void
get_members(struct req *q)
{
	if (profile_shape(q))
		answer(q, put_member);
}

static void
put_id(struct req *q, const struct spot *s, void *ctx)
{
	char id[ID_LEN + 1];

	(void)ctx;
	store_id(&q->box->store, s->at, id);
	put_identifier(&q->out, "profile", id);
}

void
get_member_ids(struct req *q)
{
	answer(q, put_id);
}

/* --- joining and leaving ---------------------------------------------------
 */

bool
list_join(struct box *box, struct list *l, uint32_t at, struct effect *e,
    uint64_t now)
{
	if (order_has(&l->members, at))
		return true;
	list_stir(box, l, now);
	if (!order_add(&l->members, at, now / 1000000))
		return false;
	e->name = "list.add";
	e->profile = at;
	e->list = l->id;
	e->attributes = (struct kl_span){ NULL, 0 };
	ledger_put(box, e);
	return true;
}

/* The number of the profile that element e of the body names. */
static bool
element(struct req *q, uint32_t e, uint32_t *at, struct problem *p)
{
	const struct kl_json *doc = &q->box->doc;
	struct kl_buf tmp = { 0 };
	struct kl_span id = { NULL, 0 };
	bool typed = false;

	if (kl_json_type(doc, e) != KL_JSON_OBJECT)
		return problem_set(p, BAD_INPUT, "",
		    "Invalid input: expected an object.");
	kl_json_each_member (m, doc, e) {
		if (kl_json_is(doc, m, "type") &&
		    kl_json_is(doc, m + 1, "profile"))
			typed = true;
		else if (kl_json_is(doc, m, "id") &&
		    kl_json_type(doc, m + 1) == KL_JSON_STRING)
			id = kl_json_raw(doc, m + 1);
		else if (kl_json_is(doc, m, "id") || kl_json_is(doc, m, "type"))
			return problem_set(p, BAD_INPUT,
			    kl_json_is(doc, m, "id") ? "/id" : "/type",
			    "Invalid input for a resource identifier.");
		else {
			(void)problem_field(p, "", kl_json_text(doc, m, &tmp),
			    "profile");
			kl_buf_free(&tmp);
			return false;
		}
	}
	if (!typed || id.s == NULL)
		return problem_set(p, BAD_INPUT, typed ? "/id" : "/type",
		    "'%s' is a required field.", typed ? "id" : "type");
	id.s++;
	id.n -= 2;
	*at = store_by_id(&q->box->store, id);
	if (*at == NONE)
		return problem_set(p, NOT_FOUND, "",
		    "A profile with id %.*s does not exist.",
		    id.n > 60 ? 60 : (int)id.n, id.s);
	return true;
}

/* All the profiles of the body; nothing is done unless all are known. */
static uint32_t *
elements(struct req *q, size_t *n)
{
	const struct kl_json *doc = &q->box->doc;
	uint32_t data, *at;
	struct problem p;
	char prefix[24];

	if (!reply_body(q, &data))
		return NULL;
	*n = doc->node[data].count;
	if (kl_json_type(doc, data) != KL_JSON_ARRAY || *n == 0 ||
	    *n > MAX_MEMBERS) {
		reply_bad(q, BAD_INPUT, "/data",
		    "Invalid input for 'data': expected a list of 1 to %u "
		    "resource identifiers.",
		    MAX_MEMBERS);
		return NULL;
	}
	if ((at = calloc(*n, sizeof(*at))) == NULL) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return NULL;
	}
	*n = 0;
	kl_json_each (e, doc, data) {
		(void)snprintf(prefix, sizeof(prefix), "/data/%zu", *n);
		if (!element(q, e, &at[*n], &p))
			reply_problem(q, &p, prefix);
		++*n;
	}
	if (q->errors > 0) {
		free(at);
		return NULL;
	}
	return at;
}

void
add_members(struct req *q)
{
	struct list *l = list_of(q, q->id[0]);
	struct effect e = { .request = q->number, .op = q->op->id };
	uint32_t *at;
	size_t n, i;

	if (l == NULL || (at = elements(q, &n)) == NULL)
		return;
	q->box->ledger_time = q->now;
	reply_empty(q, 204);
	for (i = 0; i < n; i++)
		if (!list_join(q->box, l, at[i], &e, q->now)) {
			reply_bad(q, BROKEN, "/data", "out of memory");
			break;
		}
	free(at);
}

void
remove_members(struct req *q)
{
	struct list *l = list_of(q, q->id[0]);
	struct effect e = { .name = "list.remove",
		.request = q->number,
		.op = q->op->id };
	uint32_t *at;
	size_t n, i;

	if (l == NULL || (at = elements(q, &n)) == NULL)
		return;
	q->box->ledger_time = q->now;
	e.list = l->id;
	for (i = 0; i < n; i++) {
		if (!order_has(&l->members, at[i]))
			continue;
		list_stir(q->box, l, q->now);
		if (!order_del(&l->members, at[i])) {
			reply_bad(q, BROKEN, "/data", "out of memory");
			break;
		}
		e.profile = at[i];
		ledger_put(q->box, &e);
	}
	free(at);
	if (q->errors == 0)
		reply_empty(q, 204);
}
