/* SPDX-License-Identifier: MIT */
/* seed-things.c - consent, metrics and events of a seed. */

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "events-read.h"
#include "seed.h"

/* A time as text, or as seconds since 1970; now if there is none. */
static bool
moment(struct box *box, uint32_t node, uint32_t *seconds)
{
	struct kl_buf tmp = { 0 };
	int64_t t = (int64_t)(box_now(box) / 1000000);
	bool good = true;

	if (node != 0 && kl_json_type(&box->doc, node) == KL_JSON_NUMBER)
		good = kl_json_int(&box->doc, node, &t);
	else if (node != 0) {
		good = check_time(kl_json_text(&box->doc, node, &tmp), &t);
		t /= 1000000;
	}
	kl_buf_free(&tmp);
	*seconds = (uint32_t)t;
	return good && t >= 0 && t <= UINT32_MAX;
}

/* --- consent ---------------------------------------------------------------
 */

/* "SUBSCRIBED", or {"state":...,"when":...,"changed":...}. */
static bool
read_grant(struct box *box, uint32_t node, struct grant *g)
{
	const struct kl_json *doc = &box->doc;
	bool object = kl_json_type(doc, node) == KL_JSON_OBJECT;
	uint32_t state = object ? kl_json_get(doc, node, "state") : node;
	int i = name_index(consent_names, CONSENT_STATES, body_id(doc, state));

	if (state == 0 || i == CONSENT_STATES ||
	    !moment(box, object ? kl_json_get(doc, node, "when") : 0,
		&g->when) ||
	    !moment(box, object ? kl_json_get(doc, node, "changed") : 0,
		&g->changed))
		return false;
	g->state = (unsigned char)i;
	return true;
}

/* {"reason":"HARD_BOUNCE","when":...,"list":...}. */
static bool
read_suppression(struct box *box, uint32_t node, struct consent **c)
{
	const struct kl_json *doc = &box->doc;
	uint32_t on = kl_json_get(doc, node, "list"), list = EVERYWHERE, when;
	int i = name_index(reason_names, REASONS,
	    body_id(doc, kl_json_get(doc, node, "reason")));
	const struct list *l =
	    on != 0 ? store_group(&box->store, body_id(doc, on)) : NULL;
	bool fresh;

	if (i == REASONS || (on != 0 && l == NULL) ||
	    !moment(box, kl_json_get(doc, node, "when"), &when))
		return false;
	if (l != NULL)
		list = (uint32_t)(l - box->store.list);
	return consent_hold(c, list, (enum reason)i, when, &fresh);
}

static bool
read_channels(struct box *box, uint32_t obj, struct consent *c)
{
	struct kl_buf tmp = { 0 };
	bool good = true;
	int i;

	kl_json_each_member (m, &box->doc, obj) {
		i = name_index(channel_names, CHANNELS,
		    kl_json_text(&box->doc, m, &tmp));
		good = good && i < CHANNELS &&
		    read_grant(box, m + 1, &c->grant[i]);
	}
	kl_buf_free(&tmp);
	return good;
}

static bool
read_source(const struct box *box, struct consent *c)
{
	uint32_t node = kl_json_get(&box->doc, 0, "source");
	struct kl_span s;

	if (node == 0)
		return true;
	s = kl_json_raw(&box->doc, node);
	free(c->source);
	if ((c->source = malloc(s.n + 1)) == NULL)
		return false;
	memcpy(c->source, s.s, s.n);
	c->source[s.n] = '\0';
	return true;
}

enum kl_rc
seed_consent(struct box *box, struct kl_err *err)
{
	uint32_t at = seed_person(box, "profile");
	uint32_t channels = kl_json_get(&box->doc, 0, "channels");
	uint32_t held = kl_json_get(&box->doc, 0, "suppressions");
	struct consent **c;
	struct profile *p;
	bool good;

	if (at == NONE)
		return kl_err_set(err, KL_EDATA,
		    "consent names a profile that is there");
	if ((p = store_own(&box->store, at)) == NULL)
		return kl_err_nomem(err);
	c = &p->consent;
	if (consent_of(c) == NULL || !read_source(box, *c))
		return kl_err_nomem(err);
	good = channels == 0 || read_channels(box, channels, *c);
	if (held != 0)
		kl_json_each (e, &box->doc, held)
			good = good && read_suppression(box, e, c);
	return good ? KL_OK
		    : kl_err_set(err, KL_EDATA,
			  "consent has channels, and suppressions with a "
			  "reason");
}

/* --- metrics and events ------------------------------------------------------
 */

/* The metric of a name, which may be new. */
static uint32_t
metric_named(struct box *box, uint32_t name, uint32_t service, const char *id)
{
	struct kl_buf *names = &box->event_names;
	struct kl_span n, s;

	if (name == 0 || !body_room(&box->doc, names))
		return NONE;
	n = body_json(&box->doc, name, names);
	s = body_json(&box->doc, service, names);
	return metric_take(&box->events, n, s, id, box_now(box), &box->random);
}

enum kl_rc
seed_metric(struct box *box, struct kl_err *err)
{
	const struct kl_json *doc = &box->doc;
	struct kl_span id = body_id(doc, kl_json_get(doc, 0, "id"));
	uint32_t name = kl_json_path(doc, 0, KL_SPAN("attributes.name"));
	uint32_t service = kl_json_path(doc, 0, KL_SPAN("attributes.service"));
	uint32_t valued = kl_json_get(doc, 0, "valued"), at, created;
	char text[METRIC_ID + 1] = "";

	if (name == 0 || kl_json_type(doc, name) != KL_JSON_STRING ||
	    (id.n != 0 && id.n != METRIC_ID) ||
	    metric_find(&box->events, id) != NONE)
		return kl_err_set(err, KL_EDATA,
		    "a metric has a name in its attributes, and an id of %d "
		    "characters of its own",
		    METRIC_ID);
	memcpy(text, id.s, id.n);
	at = metric_named(box, name, service, id.n > 0 ? text : NULL);
	if (at == NONE)
		return kl_err_nomem(err);
	box->events.metric[at].valued |=
	    valued != 0 && kl_json_type(doc, valued) == KL_JSON_TRUE;
	if (moment(box, kl_json_get(doc, 0, "created"), &created))
		box->events.metric[at].created = (uint64_t)created * 1000000;
	return KL_OK;
}

static const struct member event_attributes[] = {
	{ "properties", IS(OBJECT), true, NULL, EV_PROPERTIES, NULL },
	{ "time", TEXT, false, NULL, EV_TIME, NULL },
	{ "value", IS(NUMBER) | IS(NULL), false, NULL, EV_VALUE, NULL },
	{ "value_currency", TEXT, false, NULL, EV_CURRENCY, NULL },
	{ "unique_id", TEXT, false, NULL, EV_UNIQUE, NULL },
	{ 0 },
};

/* The id of a state's event; 0 if there is none. */
static uint64_t
kept_id(const struct box *box)
{
	uint32_t node = kl_json_get(&box->doc, 0, "number");
	struct kl_span s = body_id(&box->doc, node);
	uint64_t v = 0;

	return kl_parse_u64(s.s, s.n, &v) ? v : 0;
}

static bool
add_event(struct box *box, const uint32_t *found, struct event *e)
{
	const struct kl_json *doc = &box->doc;
	struct kl_buf *names = &box->event_names, *text = &box->event_text;
	struct metric *m = &box->events.metric[e->metric];
	struct kl_span unique;
	char own[16];
	int n;

	if (!body_room(doc, names))
		return false;
	unique = body_json(doc, found[EV_UNIQUE], names);
	if (unique.s == NULL) {
		n = snprintf(own, sizeof(own), "\"%u\"", e->time);
		unique = (struct kl_span){ own, n < 0 ? 0 : (size_t)n };
	}
	if (event_twin(&box->events, e->profile, e->metric, unique) != NONE)
		return true;
	m->valued |= found[EV_VALUE] != 0;
	/* Those of a state are as they are to be stored. */
	if (kl_json_get(doc, found[EV_PROPERTIES], "$event_id") != 0) {
		kl_buf_reset(text);
		kl_buf_span(text, kl_json_raw(doc, found[EV_PROPERTIES]));
	} else
		event_compose(box, found, m, unique, text);
	return text->rc == KL_OK &&
	    event_add(&box->events, &box->store, e, unique,
		(struct kl_span){ text->s, text->n }) != NONE;
}

enum kl_rc
seed_event(struct box *box, struct kl_err *err)
{
	const struct kl_json *doc = &box->doc;
	uint32_t found[EV_NODES] = { 0 };
	uint32_t attributes = kl_json_get(doc, 0, "attributes");
	struct event e = { .profile = seed_person(box, "profile") };
	struct problem p;

	if (e.profile == NONE || kl_json_get(doc, 0, "metric") == 0)
		return kl_err_set(err, KL_EDATA,
		    "an event names a profile that is there, and a metric");
	if (attributes == 0 ||
	    !body_read(doc, attributes, event_attributes, "event",
		"/attributes", found, &p) ||
	    !moment(box, found[EV_TIME], &e.time))
		return kl_err_set(err, KL_EDATA,
		    "an event has attributes: properties, time, value, "
		    "value_currency and unique_id");
	e.id = kept_id(box);
	e.metric = metric_named(box, kl_json_get(doc, 0, "metric"),
	    kl_json_get(doc, 0, "service"), NULL);
	if (e.metric == NONE || !add_event(box, found, &e))
		return kl_err_nomem(err);
	return KL_OK;
}
