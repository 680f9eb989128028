/* SPDX-License-Identifier: MIT */
/* events-out.c - events as they are shown, with whom and what they are of. */

#include <stdio.h>
#include <stdlib.h>

#include "page.h"

enum {
	TIMESTAMP,
	PROPERTIES,
	DATETIME,
	UUID
};

const struct field event_fields[] = {
	{ "timestamp", TIMESTAMP, NULL, ALWAYS },
	{ "event_properties", PROPERTIES, NULL, ALWAYS },
	{ "datetime", DATETIME, NULL, ALWAYS },
	{ "uuid", UUID, NULL, ALWAYS },
	{ 0 },
};

enum {
	BY_METRIC,
	BY_PROFILE,
	BY_TIME,
	BY_PRESENCE
};

const struct filter_rule event_filters[] = {
	{ "metric_id", OP(EQUALS), IS_TEXT, BY_METRIC, NULL },
	{ "profile_id", OP(EQUALS), IS_TEXT, BY_PROFILE, NULL },
	{ "datetime", OPS_RANGE, IS_TIME, BY_TIME, NULL },
	{ "timestamp", OPS_RANGE, IS_SECONDS, BY_TIME, NULL },
	/* Every event here has both. */
	{ "profile", OP(HAS), IS_TEXT, BY_PRESENCE, NULL },
	{ "metric", OP(HAS), IS_TEXT, BY_PRESENCE, NULL },
	{ 0 },
};

/* In the order of the words of include. */
#define WITH_ATTRIBUTIONS 1U
#define WITH_METRIC 2U
#define WITH_PROFILE 4U

/* --- one event -------------------------------------------------------------
 */

/* Version 1: the time of the event in units of 100 ns since 1582, made unique
 * by its id. */
static void
put_uuid(struct kl_buf *b, const struct event *e)
{
	uint64_t t = ((uint64_t)e->time + 12219292800u) * 10000000u;

	t += (uint32_t)e->id % 10000000u;
	kl_buf_printf(b, "\"%08llx-%04llx-1%03llx-8000-%012llx\"",
	    (unsigned long long)(t & 0xFFFFFFFFu),
	    (unsigned long long)(t >> 32 & 0xFFFF),
	    (unsigned long long)(t >> 48 & 0xFFF),
	    (unsigned long long)(e->id >> 16));
}

static void
value(struct kl_buf *b, int source, void *ctx)
{
	const struct event *e = ctx;
	struct event_text room;

	switch (source) {
	case TIMESTAMP:
		kl_buf_printf(b, "%u", e->time);
		break;
	case PROPERTIES:
		kl_buf_span(b, event_properties(e, &room));
		break;
	case DATETIME:
		put_time(b, (uint64_t)e->time * 1000000, false);
		break;
	default:
		put_uuid(b, e);
	}
}

/* A relation to one thing, with its identifier. */
static void
put_of(struct req *q, const char *event, const char *type, const char *id)
{
	reply_relation(&q->out, q, "events", event, type);
	q->out.n--; /* the closing brace */
	kl_buf_printf(&q->out, ",\"data\":{\"type\":\"%s\",\"id\":\"%s\"}}",
	    type, id);
}

static void
put_event(struct req *q, const struct event *e)
{
	char id[EVENT_ID], profile[ID_LEN + 1];
	struct kl_buf *b = &q->out;

	event_id(e, id);
	store_id(&q->box->store, e->profile, profile);
	kl_json_put_comma(b);
	kl_buf_puts(b, "{\"type\":\"event\",\"id\":\"");
	kl_buf_puts(b, id);
	kl_buf_puts(b, "\",\"attributes\":");
	shape_put(&q->box->shape, b, value, (void *)(uintptr_t)e);
	kl_buf_puts(b, ",\"relationships\":{");
	put_of(q, id, "profile", profile);
	put_of(q, id, "metric", q->box->events.metric[e->metric].id);
	reply_relation(b, q, "events", id, "attributions");
	if (q->query.include & WITH_ATTRIBUTIONS) {
		b->n--; /* the closing brace */
		kl_buf_puts(b, ",\"data\":[]}");
	}
	kl_buf_putc(b, '}');
	reply_links(b, q, "events", id);
	kl_buf_putc(b, '}');
}

/* --- what is beside them ---------------------------------------------------
 */

/* Profiles and metrics of the events of a page, once each. */
struct beside {
	struct kl_map seen;
	uint32_t *profile, *metric;
	size_t profiles, metrics;
};

static void
note(struct beside *o, uint32_t *list, size_t *n, char kind, uint32_t at)
{
	unsigned char key[5] = { (unsigned char)kind };
	bool fresh;

	memcpy(key + 1, &at, sizeof(at));
	if (kl_map_put(&o->seen, key, sizeof(key), &fresh) != NULL && fresh)
		list[(*n)++] = at;
}

static void
put(struct req *q, const struct spot *s, void *ctx)
{
	struct event e = event_view(&q->box->events, s->at);
	struct beside *o = ctx;

	put_event(q, &e);
	if (q->query.include & WITH_METRIC)
		note(o, o->metric, &o->metrics, 'm', e.metric);
	if (q->query.include & WITH_PROFILE)
		note(o, o->profile, &o->profiles, 'p', e.profile);
}

static void
beside_free(struct beside *o)
{
	kl_map_free(&o->seen);
	free(o->profile);
	free(o->metric);
}

static bool
beside_make(struct req *q, struct beside *o, size_t n)
{
	*o = (struct beside){ 0 };
	o->profile = malloc(n * sizeof(*o->profile));
	o->metric = malloc(n * sizeof(*o->metric));
	if (o->profile != NULL && o->metric != NULL)
		return true;
	beside_free(o);
	reply_bad(q, BROKEN, "/data", "out of memory");
	return false;
}

static void
put_included(struct req *q, const struct beside *o)
{
	struct box *box = q->box;
	size_t i;

	if (q->query.include == 0)
		return;
	kl_buf_puts(&q->out, ",\"included\":[");
	if (o->metrics > 0 && plain_shape(q, &box->shape2, metric_fields, 1))
		for (i = 0; i < o->metrics; i++)
			put_metric(q, &box->shape2,
			    &box->events.metric[o->metric[i]]);
	if (o->profiles > 0 && plain_shape(q, &box->shape3, profile_fields, 2))
		for (i = 0; i < o->profiles; i++)
			put_profile(q, &box->shape3, o->profile[i], 0);
	kl_buf_putc(&q->out, ']');
}

/* --- the collection --------------------------------------------------------
 */

/* Whose events, and of which metric, are asked for; NONE: everybody's. */
struct wanted {
	uint32_t profile, metric;
	bool nobody; /* of a profile that is not there */
};

static bool
wanted_read(struct req *q, struct wanted *w, struct problem *p)
{
	const struct filter *f = &q->query.filter;
	struct kl_span v;
	size_t i;

	*w = (struct wanted){ NONE, NONE, false };
	for (i = 0; i < f->n; i++) {
		const struct condition *c = &f->c[i];

		if (c->rule->what > BY_PROFILE)
			continue;
		v = filter_value(f, c->from);
		v.s++;
		v.n -= 2;
		if (c->rule->what == BY_PROFILE) {
			w->profile = store_by_id(&q->box->store, v);
			w->nobody = w->profile == NONE;
			continue;
		}
		w->metric = metric_find(&q->box->events, v);
		if (w->metric == NONE)
			return problem_parameter(p, "filter",
			    "Metric IDs ['%.*s'] do not exist.",
			    v.n > 60 ? 60 : (int)v.n, v.s);
	}
	return true;
}

static bool
match(struct req *q, const struct spot *s)
{
	struct event e = event_view(&q->box->events, s->at);
	const struct filter *f = &q->query.filter;
	char id[ID_LEN + 3];
	size_t i;

	if (e.text == NULL)
		return false;
	for (i = 0; i < f->n; i++) {
		const struct condition *c = &f->c[i];

		if (c->rule->what == BY_TIME &&
		    !condition_time(c, (uint64_t)e.time * 1000000))
			return false;
		if (c->rule->what != BY_METRIC)
			continue;
		(void)snprintf(id, sizeof(id), "\"%s\"",
		    q->box->events.metric[e.metric].id);
		if (!condition_has(f, c, KL_SPAN(id)))
			return false;
	}
	return true;
}

/* Into the pager what is to be walked; own is to be freed.  False: memory. */
static bool
rows_of(struct box *box, const struct wanted *w, struct pager *p,
    struct timeline *own)
{
	if (w->nobody)
		return true;
	if (w->profile == NONE)
		return events_rows(&box->events, w->metric, p->row, &p->rows);
	p->rows = 1;
	return events_rows_of(&box->events, &box->store, w->profile, own,
	    p->row);
}

static void
answer(struct req *q, const struct wanted *w)
{
	struct timeline own = { 0 };
	struct beside o = { 0 };
	/* The newest first, unless the order is asked for. */
	struct pager p = { .q = q,
		.down = q->query.sort < 0 || q->query.down,
		.unit = 1000000,
		.when = BY_TIME,
		.match = match,
		.put = put,
		.ctx = &o };

	if (!rows_of(q->box, w, &p, &own))
		reply_bad(q, BROKEN, "/data", "out of memory");
	else if (plain_shape(q, &q->box->shape, event_fields, 0) &&
	    beside_make(q, &o, q->query.size)) {
		reply_begin(q, 200);
		page_put(&p);
		put_included(q, &o);
		reply_end_page(q);
		beside_free(&o);
	}
	free(own.at);
}

void
get_events(struct req *q)
{
	struct wanted w;
	struct problem p;

	if (!wanted_read(q, &w, &p))
		reply_problem(q, &p, "");
	else
		answer(q, &w);
}

/* --- by its id ---------------------------------------------------------------
 */

static bool
event_of(struct req *q, uint32_t *at, struct event *e)
{
	struct kl_span id = q->id[0];

	if (!event_by_id(&q->box->events, id, at))
		reply_bad(q, BAD_INPUT, "/data/id", "Invalid Event ID: '%.*s'",
		    id.n > 60 ? 60 : (int)id.n, id.s);
	else if (*at == NONE)
		reply_bad(q, NOT_FOUND, "/data/",
		    "An event with id %.*s does not exist.", (int)id.n, id.s);
	else {
		*e = event_view(&q->box->events, *at);
		return true;
	}
	return false;
}

void
get_event(struct req *q)
{
	struct spot s = { 0 };
	struct event e;
	struct beside o;

	if (!event_of(q, &s.at, &e) ||
	    !plain_shape(q, &q->box->shape, event_fields, 0) ||
	    !beside_make(q, &o, 1))
		return;
	reply_begin(q, 200);
	put(q, &s, &o);
	put_included(q, &o);
	reply_end(q);
	beside_free(&o);
}

void
get_event_metric(struct req *q)
{
	struct event e;
	uint32_t at;

	if (!event_of(q, &at, &e) ||
	    !plain_shape(q, &q->box->shape, metric_fields, 0))
		return;
	reply_begin(q, 200);
	put_metric(q, &q->box->shape, &q->box->events.metric[e.metric]);
	reply_end(q);
}

void
get_event_metric_id(struct req *q)
{
	struct event e;
	uint32_t at;

	if (!event_of(q, &at, &e))
		return;
	reply_begin(q, 200);
	put_identifier(&q->out, "metric", q->box->events.metric[e.metric].id);
	reply_end(q);
}

void
get_event_profile(struct req *q)
{
	struct event e;
	uint32_t at;

	if (event_of(q, &at, &e))
		answer_profile(q, 200, e.profile);
}

void
get_event_profile_id(struct req *q)
{
	struct event e;
	uint32_t at;
	char id[ID_LEN + 1];

	if (!event_of(q, &at, &e))
		return;
	store_id(&q->box->store, e.profile, id);
	reply_begin(q, 200);
	put_identifier(&q->out, "profile", id);
	reply_end(q);
}
