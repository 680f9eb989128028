/* SPDX-License-Identifier: MIT */
/* events.c - what people did: added, moved, and gone. */

#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "index.h"
#include "kl/opt.h"

/* The same to be changed; NULL: memory. */
static struct event *
own(struct events *ev, uint32_t at)
{
	struct event *e = event_kept(ev, at);

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
		to->id = event_make_id(ev, at);
	else
		ev->kept = at + 1;
	if (!index_put(&ev->unique,
		twin_hash(ev, e->profile, e->metric, unique), at))
		return NONE;
	return enter(ev, st, to) ? at : NONE;
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
	if (e->text != NULL && !event_is_made(e)) {
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
	if (!event_is_made(e)) {
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
