/* SPDX-License-Identifier: MIT */
/* events.c - what people did. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "index.h"
#include "kl/opt.h"

char event_made[1];

static bool
is_made(const struct event *e)
{
	return e->text == event_made;
}

/* NULL: as it was made up. */
static struct event *
kept(const struct events *ev, uint32_t at)
{
	const struct crowds *m = ev->made;

	if (at < m->event_from)
		return &ev->event[at];
	if (at >= m->event_to)
		return &ev->event[at - (m->event_to - m->event_from)];
	return own_get(&ev->changed, at);
}

/* The number of an event in the low half of its id, under a mask, and in the
 * high half what only this sandbox knows of it. */
static uint64_t
make_id(const struct events *ev, uint32_t at)
{
	uint64_t x = ev->seed ^ at;

	x = (x ^ x >> 31) * 0x7FB5D329728EA185u;
	x = (x ^ x >> 27) * 0x81DADEF4BC2DD44Du;
	return (x & 0xFFFFFFFF00000000u) | (at ^ (uint32_t)ev->seed);
}

struct event
event_view(const struct events *ev, uint32_t at)
{
	const struct event *e = kept(ev, at);
	const struct deeds *d;
	struct event made = { .text = event_made, .n = at + 1 };

	if (e != NULL)
		return *e;
	d = crowd_deeds(ev->made, at);
	made.id = make_id(ev, at);
	made.time = deed_time(d, at);
	made.profile = deed_profile(d, at);
	made.metric = deed_metric(d, at);
	made.older = crowd_newest(ev->made, made.profile, at);
	return made;
}

/* The same to be changed; NULL: memory. */
static struct event *
own(struct events *ev, uint32_t at)
{
	struct event *e = kept(ev, at);

	if (e != NULL)
		return e;
	if ((e = malloc(sizeof(*e))) == NULL)
		return NULL;
	*e = event_view(ev, at);
	if (own_put(&ev->changed, at, e))
		return e;
	free(e);
	return NULL;
}

/* "gen-1" is the unique_id of the very first. */
static struct kl_span
composed(struct event_text *room, int n)
{
	return (struct kl_span){ room->s, n < 0 ? 0 : (size_t)n };
}

struct kl_span
event_unique(const struct event *e, struct event_text *room)
{
	if (is_made(e))
		return composed(room,
		    snprintf(room->s, sizeof(room->s), "\"gen-%u\"", e->n));
	return (struct kl_span){ e->text, e->unique };
}

struct kl_span
event_properties(const struct event *e, struct event_text *room)
{
	static const char *const items[] = { "free", "basic", "plus", "pro" };
	uint64_t r = (e->id ^ e->id >> 29) * 0x9E3779B97F4A7C15u;

	if (is_made(e))
		return composed(room,
		    snprintf(room->s, sizeof(room->s),
			"{\"Item\":\"%s\",\"Quantity\":%u,"
			"\"$event_id\":\"gen-%u\",\"$value\":%u.%02u}",
			items[r >> 32 & 3], (unsigned)(r >> 48 & 7) + 1, e->n,
			(unsigned)(r >> 24 & 255), (unsigned)(r >> 56 & 63)));
	return (struct kl_span){ e->text + e->unique, e->n - e->unique };
}

/* The one of those made up that has this unique_id, which says its number. */
static uint32_t
made_by(const struct events *ev, struct kl_span unique)
{
	uint64_t n;

	if (unique.n < 7 || memcmp(unique.s, "\"gen-", 5) != 0 ||
	    unique.s[5] == '0' ||
	    !kl_parse_u64(unique.s + 5, unique.n - 6, &n) || n == 0 ||
	    n <= ev->made->event_from || n > ev->made->event_to)
		return NONE;
	return (uint32_t)n - 1;
}

static uint32_t
twin_hash(const struct events *ev, uint32_t profile, uint32_t metric,
    struct kl_span unique)
{
	return index_hash(KEY_KX, unique,
	    ev->seed ^
		((uint64_t)profile << 20 | metric) * 0x9E3779B97F4A7C15u);
}

uint32_t
event_twin(const struct events *ev, uint32_t profile, uint32_t metric,
    struct kl_span unique)
{
	uint32_t h = twin_hash(ev, profile, metric, unique), at;
	struct event_text room;
	size_t i = SIZE_MAX;
	struct event e;

	if ((at = made_by(ev, unique)) != NONE) {
		e = event_view(ev, at);
		if (e.text != NULL && e.profile == profile &&
		    e.metric == metric)
			return at;
	}
	while ((at = index_next(&ev->unique, h, &i)) != NONE) {
		e = event_view(ev, at);
		if (e.profile == profile && e.metric == metric &&
		    kl_span_eq(event_unique(&e, &room), unique))
			return at;
	}
	return NONE;
}

static bool
make_room(struct events *ev)
{
	uint64_t cap = ev->cap;
	struct event *grown;

	if (ev->stored < ev->cap)
		return true;
	cap = cap == 0 ? 1024 : cap + cap / 2;
	if (cap >= NONE ||
	    (grown = realloc(ev->event, cap * sizeof(*grown))) == NULL)
		return false;
	ev->event = grown;
	ev->cap = (uint32_t)cap;
	return true;
}

/* The event is in its place: into the orders of time, and to its profile. */
static bool
enter(struct events *ev, struct store *st, struct event *e)
{
	struct profile *p = store_own(st, e->profile);
	uint32_t at = ev->n;

	if (p == NULL)
		return false;
	ev->n++;
	ev->stored++;
	if (!timeline_add(&ev->line, ev, at) ||
	    !timeline_add(&ev->metric[e->metric].line, ev, at))
		return false;
	e->older = p->events;
	p->events = at + 1;
	if (p->last_event < e->time)
		p->last_event = e->time;
	return true;
}

/* Who is stored has to be told: what they did before is older. */
static bool
chain(struct events *ev, struct store *st, const struct deeds *d)
{
	uint32_t i, newest, oldest;
	struct profile *p;
	struct event *e;

	for (i = 0; i < st->stored; i++) {
		p = &st->profile[i];
		if (p->gone ||
		    (newest = crowd_newest(ev->made, p->at, NONE)) <= d->from)
			continue;
		oldest = d->from + (newest - 1 - d->from) % d->people;
		if (event_view(ev, oldest).older != p->events) {
			if ((e = own(ev, oldest)) == NULL)
				return false;
			e->older = p->events;
		}
		p->events = newest;
		if (p->last_event < deed_time(d, newest - 1))
			p->last_event = deed_time(d, newest - 1);
	}
	return true;
}

bool
events_make(struct events *ev, struct store *st, const struct deeds *d)
{
	struct crowds *m = &st->made;

	if (m->deeds_n == 0)
		m->event_from = ev->n;
	m->deeds[m->deeds_n++] = *d;
	ev->n += d->n;
	m->event_to = ev->n;
	return chain(ev, st, d);
}

uint32_t
event_add(struct events *ev, struct store *st, const struct event *e,
    struct kl_span unique, struct kl_span properties)
{
	struct event *to;
	uint32_t at = ev->n;

	if (!make_room(ev))
		return NONE;
	to = &ev->event[ev->stored];
	*to = *e;
	to->n = (uint32_t)(unique.n + properties.n);
	to->unique = (uint32_t)unique.n;
	if ((to->text = malloc(to->n)) == NULL)
		return NONE;
	memcpy(to->text, unique.s, unique.n);
	memcpy(to->text + unique.n, properties.s, properties.n);
	if (to->id == 0)
		to->id = make_id(ev, at);
	else
		ev->kept = at + 1;
	if (!index_put(&ev->unique,
		twin_hash(ev, e->profile, e->metric, unique), at))
		return NONE;
	return enter(ev, st, to) ? at : NONE;
}

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz";

void
event_id(const struct event *e, char out[EVENT_ID])
{
	uint64_t v = e->id;
	int i;

	for (i = EVENT_ID - 2; i >= 0; i--, v /= 62)
		out[i] = digits[v % 62];
	out[EVENT_ID - 1] = '\0';
}

bool
event_by_id(const struct events *ev, struct kl_span id, uint32_t *at)
{
	uint64_t v = 0;
	struct event e;
	const char *d;
	size_t i;

	*at = NONE;
	if (id.n != EVENT_ID - 1)
		return false;
	for (i = 0; i < id.n; i++) {
		d = id.s[i] == '\0' ? NULL : strchr(digits, id.s[i]);
		if (d == NULL)
			return false;
		v = v * 62 + (uint64_t)(d - digits);
	}
	i = (uint32_t)v ^ (uint32_t)ev->seed;
	if (i >= ev->n || event_view(ev, (uint32_t)i).id != v)
		for (i = 0;
		     i < ev->kept && event_view(ev, (uint32_t)i).id != v;)
			i++;
	if (i >= ev->n)
		return true;
	e = event_view(ev, (uint32_t)i);
	if (e.id == v && e.text != NULL)
		*at = (uint32_t)i;
	return true;
}

/* --- leaving ---------------------------------------------------------------
 */

static bool
drop(struct events *ev, uint32_t at)
{
	struct event *e = own(ev, at);
	struct event_text room;

	if (e == NULL)
		return false;
	if (e->text != NULL && !is_made(e)) {
		index_del(&ev->unique,
		    twin_hash(ev, e->profile, e->metric,
			event_unique(e, &room)),
		    at);
		free(e->text);
	}
	e->text = NULL;
	return true;
}

bool
events_leave(struct events *ev, struct store *st, uint32_t profile)
{
	struct profile *p = store_own(st, profile);
	uint32_t i = p == NULL ? 0 : p->events;

	for (; i != 0; i = event_view(ev, i - 1).older)
		if (!drop(ev, i - 1))
			return false;
	if (p != NULL)
		p->events = 0;
	return p != NULL;
}

/* One event goes over; at is the number of it. */
static bool
move(struct events *ev, struct profile *to, uint32_t at)
{
	struct event *e = own(ev, at);
	struct event_text room;
	struct kl_span u;

	if (e == NULL)
		return false;
	u = event_unique(e, &room);
	/* The same event of both is one event. */
	if (event_twin(ev, to->at, e->metric, u) != NONE)
		return drop(ev, at);
	if (!is_made(e)) {
		index_del(&ev->unique, twin_hash(ev, e->profile, e->metric, u),
		    at);
		if (!index_put(&ev->unique, twin_hash(ev, to->at, e->metric, u),
			at))
			return false;
	}
	e->profile = to->at;
	e->older = to->events;
	to->events = at + 1;
	return true;
}

bool
events_move(struct events *ev, struct store *st, uint32_t from, uint32_t to)
{
	struct profile *p = store_own(st, from), *q = store_own(st, to);
	uint32_t i, older;

	if (p == NULL || q == NULL)
		return false;
	for (i = p->events; i != 0; i = older) {
		older = event_view(ev, i - 1).older;
		if (!move(ev, q, i - 1))
			return false;
	}
	p->events = 0;
	if (q->last_event < p->last_event)
		q->last_event = p->last_event;
	return true;
}

void
events_free(struct events *ev)
{
	uint32_t i;

	for (i = 0; i < ev->stored; i++)
		free(ev->event[i].text);
	own_free(&ev->changed, free);
	for (i = 0; i < ev->metrics; i++) {
		free((void *)(uintptr_t)ev->metric[i].name.s);
		free((void *)(uintptr_t)ev->metric[i].service.s);
		free(ev->metric[i].line.at);
	}
	free(ev->event);
	free(ev->metric);
	free(ev->line.at);
	free(ev->unique.slot);
	*ev = (struct events){ 0 };
}
