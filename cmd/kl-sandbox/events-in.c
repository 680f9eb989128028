/* SPDX-License-Identifier: MIT */
/* events-in.c - events taken in: one, or many of many people; the first of
 * those with the same unique_id stays. */

#include <stdio.h>
#include <stdlib.h>

#include "events-read.h"

#define GROUPS_AT "/data/attributes/events-bulk-create/data"

/* --- carrying out ----------------------------------------------------------
 */

/* Events of one person at work. */
struct act {
	struct box *box;
	struct effect e;
	struct kl_buf *canon; /* names in one spelling */
	struct kl_buf *text;  /* properties as they are stored */
	uint32_t profile;
	uint64_t came; /* the request: microseconds since 1970 */
	bool test;     /* an address of a test domain */
	bool over;     /* a profile over the limit */
	char own[16];  /* the unique_id of an event that was sent without */
};

static void
dropped(struct act *a, const char *why)
{
	a->e.name = "event.drop";
	a->e.reason = why;
	a->e.profile = a->profile;
	ledger_put(a->box, &a->e);
	a->e.reason = NULL;
}

/* An address or number that is somebody else's makes both one person, if the
 * reading is that; other identifiers are not used for that and stay with
 * whom they belong to. */
static bool
resolve(struct act *a, struct draft *d)
{
	int k;

	for (k = 0; k < KEY_IDENTIFIERS; k++) {
		if (d->owner[k] == NONE || d->owner[k] == a->profile)
			continue;
		if (k > KEY_PHONE || a->box->readings.no_event_merge)
			draft_disown(d, (enum key)k);
	}
	return people_join(a->box, d, a->profile, a->e);
}

/* Find or make the person, and let them have what the event says of them. */
static bool
person(struct act *a, uint32_t node, enum road road)
{
	struct box *box = a->box;
	struct store *st = &box->store;
	struct draft *d = &box->draft;
	struct problem p;
	bool fresh, changed;

	a->profile = NONE;
	a->e.ident = d->ident;
	if (!profile_read(st, &box->doc, node, road, d, &p))
		return false;
	a->test =
	    !box->readings.test_domains && test_address(d->ident[KEY_EMAIL]);
	a->over =
	    box->readings.limits_dropped && !event_profile_fits(box, node, &p);
	if (a->test || a->over)
		return true;
	if (!profile_match(st, d, &a->profile, &p))
		return false;
	fresh = a->profile == NONE;
	if (!fresh && !resolve(a, d))
		return false;
	if (fresh)
		a->profile = store_add(st, box->ledger_time,
		    (struct kl_span){ NULL, 0 });
	if (a->profile == NONE ||
	    !profile_apply(st, d, a->profile, box->ledger_time, &changed))
		return false;
	a->e.name = fresh ? "profile.create" : "profile.update";
	a->e.profile = a->profile;
	a->e.attributes = kl_json_raw(d->doc, d->attributes);
	if (fresh || changed)
		ledger_put(box, &a->e);
	return true;
}

/* The metric's service; the API's own is none. */
static struct kl_span
service_of(const struct act *a, uint32_t node)
{
	if (node == 0 || kl_json_is(&a->box->doc, node, "api"))
		return (struct kl_span){ NULL, 0 };
	return body_json(&a->box->doc, node, a->canon);
}

/* What the event is called where nothing was sent: its second. */
static struct kl_span
unique_of(struct act *a, uint32_t node, uint32_t time)
{
	int n;

	if (node != 0)
		return body_json(&a->box->doc, node, a->canon);
	n = snprintf(a->own, sizeof(a->own), "\"%u\"", time);
	return (struct kl_span){ a->own, n < 0 ? 0 : (size_t)n };
}

static bool
record(struct act *a, const uint32_t *found)
{
	struct events *ev = &a->box->events;
	struct event e = { .profile = a->profile };
	struct kl_span name, unique;
	struct problem p;

	kl_buf_reset(a->canon);
	e.time = event_time(a->box, found, a->came);
	name = body_json(&a->box->doc, found[EV_METRIC], a->canon);
	unique = unique_of(a, found[EV_UNIQUE], e.time);
	a->e.metric = name;
	a->e.unique_id = unique;
	a->e.attributes = kl_json_raw(&a->box->doc, found[EV_ATTRIBUTES]);
	if (a->test) {
		dropped(a, "test-domain");
		return true;
	}
	if (a->over ||
	    (a->box->readings.limits_dropped &&
		!event_fits(a->box, found, &p))) {
		dropped(a, "limit");
		return true;
	}
	e.metric = metric_take(ev, name, service_of(a, found[EV_SERVICE]), NULL,
	    a->box->ledger_time, &a->box->random);
	if (e.metric == NONE)
		return false;
	if (event_twin(ev, a->profile, e.metric, unique) != NONE) {
		dropped(a, "duplicate");
		return true;
	}
	event_compose(a->box, found, &ev->metric[e.metric], unique, a->text);
	ev->metric[e.metric].valued |= found[EV_VALUE] != 0;
	if (a->text->rc != KL_OK ||
	    event_add(ev, &a->box->store, &e, unique,
		(struct kl_span){ a->text->s, a->text->n }) == NONE)
		return false;
	a->e.name = "event.record";
	a->e.profile = a->profile;
	ledger_put(a->box, &a->e);
	return true;
}

/* Scan the body again; what is in the way of the work is its end. */
static uint32_t
begin(struct box *box, struct work *w, struct act *a)
{
	*a = (struct act){ .box = box,
		.e = { .request = w->request, .op = w->op->id },
		.came = w->came,
		.canon = &box->event_names,
		.text = &box->event_text };
	box->draft.null_unsets = box->readings.null_unsets;
	if (kl_json_scan(&box->doc, w->body.s, w->body.n, NULL) != KL_OK ||
	    !body_room(&box->doc, a->canon))
		return 0;
	return kl_json_get(&box->doc, 0, "data");
}

static bool
touched(struct act *a)
{
	return a->profile == NONE ||
	    store_touch(&a->box->store, a->profile, a->box->ledger_time);
}

static void
one_now(struct box *box, struct work *w)
{
	uint32_t found[EV_NODES], data;
	struct problem p;
	struct act a;

	if ((data = begin(box, w, &a)) != 0 &&
	    event_read_one(box, data, w->came, found, &p) &&
	    person(&a, found[EV_PROFILE], ROAD_EVENT) && record(&a, found))
		(void)touched(&a);
}

static void
many_now(struct box *box, struct work *w)
{
	uint32_t found[EV_NODES], group[GROUP_NODES], data, groups;
	struct problem p;
	struct act a;

	if ((data = begin(box, w, &a)) == 0)
		return;
	if ((groups = events_read_groups(box, data, &p)) == 0)
		return;
	kl_json_each (g, &box->doc, groups) {
		a.e = (struct effect){ .request = w->request, .op = w->op->id };
		if (!events_read_group(box, g, group, &p) ||
		    !person(&a, group[GROUP_PROFILE], ROAD_EVENTS))
			continue;
		kl_json_each (e, &box->doc, group[GROUP_EVENTS])
			if (event_read(box, e, w->came, found, &p) &&
			    !record(&a, found))
				return;
		if (!touched(&a))
			return;
	}
}

/* --- one event -------------------------------------------------------------
 */

/* The profile of an event: a sound one, that is there if an id says so. */
static bool
profile_good(struct box *box, uint32_t node, enum road road, struct problem *p)
{
	struct draft *d = &box->draft;
	struct kl_span id;

	if (!profile_read(&box->store, &box->doc, node, road, d, p))
		return false;
	id = d->id;
	return id.s == NULL || store_by_id(&box->store, id) != NONE ||
	    problem_set(p, NOT_FOUND, "/id",
		"A profile with id %.*s does not exist.",
		id.n > 60 ? 60 : (int)id.n, id.s);
}

static void
accept_work(struct req *q, void (*run)(struct box *box, struct work *w))
{
	if (work_add(q, LANE_VISIBLE, run, 0))
		reply_empty(q, 202);
	else
		reply_bad(q, BROKEN, "/data", "out of memory");
}

void
create_event(struct req *q)
{
	struct box *box = q->box;
	uint32_t found[EV_NODES], data;
	const char *at = "";
	struct problem p;
	bool good;

	if (!reply_body(q, &data))
		return;
	good = event_read_one(box, data, q->now, found, &p);
	if (good && !box->readings.limits_dropped) {
		at = "/data";
		good = event_fits(box, found, &p) &&
		    event_profile_fits(box, found[EV_PROFILE], &p);
	}
	if (good) {
		at = "/data/attributes/profile/data";
		good = profile_good(box, found[EV_PROFILE], ROAD_EVENT, &p);
	}
	if (good)
		accept_work(q, one_now);
	else
		reply_problem(q, &p, at);
}

/* --- many ------------------------------------------------------------------
 */

/* Who a group is about, as far as it says, and what an event of theirs must
 * not repeat. */
static void
put_person(struct kl_buf *b, const struct draft *d)
{
	size_t i;
	int k;

	kl_buf_reset(b);
	if (d->id.s != NULL) {
		kl_buf_span(b, d->id);
		return;
	}
	for (k = 0; k < KEY_IDENTIFIERS; k++) {
		if (d->ident[k].s == NULL)
			continue;
		kl_buf_putc(b, (char)('0' + k));
		for (i = 0; i < d->ident[k].n; i++) {
			char c = d->ident[k].s[i];

			if (k == KEY_EMAIL && c >= 'A' && c <= 'Z')
				c = (char)(c | 0x20);
			kl_buf_putc(b, c);
		}
		return;
	}
}

/* The checks of a bulk request as it goes. */
struct check {
	struct req *q;
	struct kl_map seen; /* person, metric, unique_id */
	struct kl_buf key, names;
	size_t person; /* bytes of key that are the person's */
	uint32_t events;
};

/* Where it has no unique_id an event repeats nothing, though it may yet be
 * dropped for another of its second. */
static bool
repeated(struct check *c, const uint32_t *found)
{
	const struct kl_json *doc = &c->q->box->doc;
	bool fresh = true;

	if (found[EV_UNIQUE] == 0 || c->q->box->readings.events_dropped)
		return false;
	c->key.n = c->person;
	kl_buf_reset(&c->names);
	kl_buf_span(&c->key, body_json(doc, found[EV_METRIC], &c->names));
	kl_buf_span(&c->key, body_json(doc, found[EV_SERVICE], &c->names));
	kl_buf_putc(&c->key, '\n');
	kl_buf_span(&c->key, body_json(doc, found[EV_UNIQUE], &c->names));
	return kl_map_put(&c->seen, c->key.s, c->key.n, &fresh) != NULL &&
	    !fresh;
}

static bool
event_good(struct check *c, uint32_t e, struct problem *p)
{
	struct box *box = c->q->box;
	uint32_t found[EV_NODES];

	if (!event_read(box, e, c->q->now, found, p))
		return false;
	if (!box->readings.limits_dropped && !event_fits(box, found, p))
		return false;
	return !repeated(c, found) ||
	    problem_set(p, BAD_INPUT, "/attributes/unique_id",
		"Duplicate unique_id found for the same profile and metric.");
}

static void
group_check(struct check *c, uint32_t g, uint32_t no)
{
	struct box *box = c->q->box;
	uint32_t found[GROUP_NODES], i = 0;
	struct problem p;
	char prefix[120];
	int n = snprintf(prefix, sizeof(prefix), GROUPS_AT "/%u", no);

	if (!events_read_group(box, g, found, &p) ||
	    (!box->readings.limits_dropped &&
		!event_profile_fits(box, found[GROUP_PROFILE], &p))) {
		reply_problem(c->q, &p, prefix);
		return;
	}
	if (!profile_good(box, found[GROUP_PROFILE], ROAD_EVENTS, &p)) {
		(void)snprintf(prefix + n, sizeof(prefix) - (size_t)n,
		    "/attributes/profile/data");
		reply_problem(c->q, &p, prefix);
	}
	put_person(&c->key, &box->draft);
	kl_buf_putc(&c->key, '\n');
	c->person = c->key.n;
	kl_json_each (e, &box->doc, found[GROUP_EVENTS]) {
		if (!event_good(c, e, &p)) {
			(void)snprintf(prefix + n, sizeof(prefix) - (size_t)n,
			    "/attributes/events/data/%u", i);
			reply_problem(c->q, &p, prefix);
		}
		i++;
	}
	c->events += i;
}

static bool
groups_check(struct req *q, uint32_t groups)
{
	struct check c = { .q = q };
	uint32_t i = 0;

	if (!body_room(&q->box->doc, &c.names))
		reply_bad(q, BROKEN, "/data", "out of memory");
	else
		kl_json_each (g, &q->box->doc, groups)
			group_check(&c, g, i++);
	if (q->errors == 0 && (c.events == 0 || c.events > MAX_EVENTS))
		reply_bad(q, BAD_INPUT, GROUPS_AT,
		    "Invalid input for 'data': expected 1 to %u events.",
		    MAX_EVENTS);
	kl_map_free(&c.seen);
	kl_buf_free(&c.key);
	kl_buf_free(&c.names);
	return q->errors == 0;
}

void
create_events(struct req *q)
{
	uint32_t data, groups;
	struct problem p;

	if (!reply_body(q, &data))
		return;
	if ((groups = events_read_groups(q->box, data, &p)) == 0)
		reply_problem(q, &p, "");
	else if (groups_check(q, groups))
		accept_work(q, many_now);
}
