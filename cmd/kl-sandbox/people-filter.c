/* SPDX-License-Identifier: MIT */
/* people-filter.c - who of all profiles is asked for. */

#include <stdio.h>

#include "people-list.h"

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

static const enum key keys[] = { [BY_EMAIL] = KEY_EMAIL,
	[BY_PHONE] = KEY_PHONE,
	[BY_EXTERNAL] = KEY_EXTERNAL,
	[BY_KX] = KEY_KX };

uint32_t
people_named(const struct req *q, const struct condition *c, size_t i)
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
			if (people_named(q, c, i) == at)
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

bool
people_match(struct req *q, const struct spot *s)
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

bool
people_filters(const struct filter *f, struct problem *p)
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

const struct condition *
people_naming(const struct filter *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->c[i].rule->what <= BY_KX)
			return &f->c[i];
	return NULL;
}
