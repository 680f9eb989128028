/* SPDX-License-Identifier: MIT */
/* events.c - what people did, and the metrics it is counted under. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "box.h"
#include "index.h"

/* --- order in time ---------------------------------------------------------
 */

static uint64_t
key(const struct event *event, uint32_t at)
{
	return (uint64_t)event[at].time << 32 | at;
}

static bool
timeline_add(struct timeline *t, const struct event *event, uint32_t at)
{
	uint32_t *grown;
	size_t cap;

	if (t->n == t->cap) {
		cap = t->cap == 0 ? 64 : t->cap * 2;
		if ((grown = realloc(t->at, cap * sizeof(*grown))) == NULL)
			return false;
		t->at = grown;
		t->cap = cap;
	}
	if (t->sorted == t->n &&
	    (t->n == 0 || key(event, t->at[t->n - 1]) < key(event, at)))
		t->sorted++;
	t->at[t->n++] = at;
	return true;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

bool
timeline_sort(struct timeline *t, const struct event *event)
{
	size_t n = t->n - t->sorted, i, to = t->n, old = t->sorted;
	uint64_t *late;

	if (n == 0)
		return true;
	if ((late = malloc(n * sizeof(*late))) == NULL)
		return false;
	for (i = 0; i < n; i++)
		late[i] = key(event, t->at[t->sorted + i]);
	qsort(late, n, sizeof(*late), compare);
	/* From the end, so that nothing is overwritten before it has moved. */
	while (n > 0)
		if (old > 0 && key(event, t->at[old - 1]) > late[n - 1])
			t->at[--to] = t->at[--old];
		else
			t->at[--to] = (uint32_t)late[--n];
	t->sorted = t->n;
	free(late);
	return true;
}

/* --- metrics ---------------------------------------------------------------
 */

static bool
keep(struct kl_span *to, struct kl_span s)
{
	char *copy;

	*to = (struct kl_span){ NULL, 0 };
	if (s.n == 0)
		return true;
	if ((copy = malloc(s.n)) == NULL)
		return false;
	memcpy(copy, s.s, s.n);
	*to = (struct kl_span){ copy, s.n };
	/* cppcheck-suppress memleak ; it is the metric's now */
	return true;
}

static bool
grow(struct events *ev)
{
	uint32_t cap = ev->metric_cap == 0 ? 16 : ev->metric_cap * 2;
	struct metric *grown = realloc(ev->metric, cap * sizeof(*grown));

	if (grown == NULL)
		return false;
	ev->metric = grown;
	ev->metric_cap = cap;
	return true;
}

uint32_t
metric_find(const struct events *ev, struct kl_span id)
{
	uint32_t i;

	for (i = 0; i < ev->metrics; i++)
		if (kl_span_is(id, ev->metric[i].id))
			return i;
	return NONE;
}

static void
draw_id(const struct events *ev, uint64_t *random, char out[METRIC_ID + 1])
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789";
	int i;

	do {
		for (i = 0; i < METRIC_ID; i++)
			out[i] = digit[random_next(random) % 62];
		out[METRIC_ID] = '\0';
	} while (metric_find(ev, KL_SPAN(out)) != NONE);
}

uint32_t
metric_take(struct events *ev, struct kl_span name, struct kl_span service,
    const char *id, uint64_t now_us, uint64_t *random)
{
	struct metric m = { .created = now_us };
	uint32_t i;

	for (i = 0; i < ev->metrics; i++)
		if (kl_span_eq(ev->metric[i].name, name) &&
		    kl_span_eq(ev->metric[i].service, service))
			return i;
	if (ev->metrics == ev->metric_cap && !grow(ev))
		return NONE;
	if (id != NULL)
		memcpy(m.id, id, METRIC_ID + 1);
	else
		draw_id(ev, random, m.id);
	if (!keep(&m.name, name))
		return NONE;
	if (!keep(&m.service, service)) {
		free((void *)(uintptr_t)m.name.s);
		return NONE;
	}
	ev->metric[ev->metrics] = m;
	return ev->metrics++;
}

/* --- events ----------------------------------------------------------------
 */

char event_made[1];

static bool
is_made(const struct event *e)
{
	return e->text == event_made;
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
	    n > ev->n || !is_made(&ev->event[n - 1]))
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

	at = made_by(ev, unique);
	if (at != NONE && ev->event[at].profile == profile &&
	    ev->event[at].metric == metric)
		return at;
	while ((at = index_next(&ev->unique, h, &i)) != NONE) {
		const struct event *e = &ev->event[at];

		if (e->profile == profile && e->metric == metric &&
		    kl_span_eq(event_unique(e, &room), unique))
			return at;
	}
	return NONE;
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

/* Room for n more. */
static bool
room_for(struct events *ev, uint32_t n)
{
	uint64_t cap = ev->cap;
	struct event *grown;

	if (ev->cap - ev->n >= n)
		return true;
	cap = cap == 0 ? 1024 : cap + cap / 2;
	if (cap < (uint64_t)ev->n + n)
		cap = (uint64_t)ev->n + n;
	if (cap >= NONE ||
	    (grown = realloc(ev->event, cap * sizeof(*grown))) == NULL)
		return false;
	ev->event = grown;
	ev->cap = (uint32_t)cap;
	return true;
}

/* The event is in its place: into the orders of time, and to its profile. */
static bool
enter(struct events *ev, struct store *st, uint32_t at)
{
	struct event *e = &ev->event[at];

	if (!timeline_add(&ev->line, ev->event, at) ||
	    !timeline_add(&ev->metric[e->metric].line, ev->event, at))
		return false;
	e->older = st->profile[e->profile].events;
	st->profile[e->profile].events = at + 1;
	if (st->profile[e->profile].last_event < e->time)
		st->profile[e->profile].last_event = e->time;
	ev->n++;
	return true;
}

bool
events_make(struct events *ev, struct store *st, uint32_t n,
    void (*when)(void *ctx, uint32_t i, struct event *e), void *ctx)
{
	struct event *e;
	uint32_t i;

	if (!room_for(ev, n))
		return false;
	for (i = 0; i < n; i++) {
		e = &ev->event[ev->n];
		*e = (struct event){ .id = make_id(ev, ev->n),
			.text = event_made,
			.n = ev->n + 1 };
		when(ctx, i, e);
		if (!enter(ev, st, ev->n))
			return false;
	}
	return true;
}

uint32_t
event_add(struct events *ev, struct store *st, const struct event *e,
    struct kl_span unique, struct kl_span properties)
{
	struct event *to;
	uint32_t at = ev->n;

	if (!room_for(ev, 1))
		return NONE;
	to = &ev->event[at];
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
	return enter(ev, st, at) ? at : NONE;
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
	if (i >= ev->n || ev->event[i].id != v)
		for (i = 0; i < ev->kept && ev->event[i].id != v;)
			i++;
	if (i < ev->n && ev->event[i].id == v && ev->event[i].text != NULL)
		*at = (uint32_t)i;
	return true;
}

/* --- leaving ---------------------------------------------------------------
 */

static void
drop(struct events *ev, uint32_t at)
{
	struct event *e = &ev->event[at];
	struct event_text room;

	if (!is_made(e)) {
		index_del(&ev->unique,
		    twin_hash(ev, e->profile, e->metric,
			event_unique(e, &room)),
		    at);
		free(e->text);
	}
	e->text = NULL;
}

void
events_leave(struct events *ev, struct store *st, uint32_t profile)
{
	uint32_t i = st->profile[profile].events;

	for (; i != 0; i = ev->event[i - 1].older)
		drop(ev, i - 1);
	st->profile[profile].events = 0;
}

bool
events_move(struct events *ev, struct store *st, uint32_t from, uint32_t to)
{
	uint32_t i = st->profile[from].events, older;
	struct event_text room;

	for (; i != 0; i = older) {
		struct event *e = &ev->event[i - 1];
		struct kl_span u = event_unique(e, &room);

		older = e->older;
		/* The same event of both is one event. */
		if (event_twin(ev, to, e->metric, u) != NONE) {
			drop(ev, i - 1);
			continue;
		}
		if (!is_made(e)) {
			index_del(&ev->unique,
			    twin_hash(ev, from, e->metric, u), i - 1);
			if (!index_put(&ev->unique,
				twin_hash(ev, to, e->metric, u), i - 1))
				return false;
		}
		e->profile = to;
		e->older = st->profile[to].events;
		st->profile[to].events = i;
	}
	st->profile[from].events = 0;
	if (st->profile[to].last_event < st->profile[from].last_event)
		st->profile[to].last_event = st->profile[from].last_event;
	return true;
}

void
events_free(struct events *ev)
{
	uint32_t i;

	for (i = 0; i < ev->n; i++)
		if (!is_made(&ev->event[i]))
			free(ev->event[i].text);
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
