/* SPDX-License-Identifier: MIT */
/* event-view.c - one event as it is, and its id. */

#include <stdio.h>
#include <string.h>

#include "events.h"

char event_made[1];

bool
event_is_made(const struct event *e)
{
	return e->text == event_made;
}

struct event *
event_kept(const struct events *ev, uint32_t at)
{
	const struct crowds *m = ev->made;

	if (at < m->event_from)
		return &ev->event[at];
	if (at >= m->event_to)
		return &ev->event[at - (m->event_to - m->event_from)];
	return own_get(&ev->changed, at);
}

uint64_t
event_make_id(const struct events *ev, uint32_t at)
{
	uint64_t x = ev->seed ^ at;

	x = (x ^ x >> 31) * 0x7FB5D329728EA185u;
	x = (x ^ x >> 27) * 0x81DADEF4BC2DD44Du;
	return (x & 0xFFFFFFFF00000000u) | (at ^ (uint32_t)ev->seed);
}

struct event
event_view(const struct events *ev, uint32_t at)
{
	const struct event *e = event_kept(ev, at);
	const struct deeds *d;
	struct event made = { .text = event_made, .n = at + 1 };

	if (e != NULL)
		return *e;
	d = crowd_deeds(ev->made, at);
	made.id = event_make_id(ev, at);
	made.time = deed_time(d, at);
	made.profile = deed_profile(d, at);
	made.metric = deed_metric(d, at);
	made.older = crowd_newest(ev->made, made.profile, at);
	return made;
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
	if (event_is_made(e))
		return composed(room,
		    snprintf(room->s, sizeof(room->s), "\"gen-%u\"", e->n));
	return (struct kl_span){ e->text, e->unique };
}

struct kl_span
event_properties(const struct event *e, struct event_text *room)
{
	static const char *const items[] = { "free", "basic", "plus", "pro" };
	uint64_t r = (e->id ^ e->id >> 29) * 0x9E3779B97F4A7C15u;

	if (event_is_made(e))
		return composed(room,
		    snprintf(room->s, sizeof(room->s),
			"{\"Item\":\"%s\",\"Quantity\":%u,"
			"\"$event_id\":\"gen-%u\",\"$value\":%u.%02u}",
			items[r >> 32 & 3], (unsigned)(r >> 48 & 7) + 1, e->n,
			(unsigned)(r >> 24 & 255), (unsigned)(r >> 56 & 63)));
	return (struct kl_span){ e->text + e->unique, e->n - e->unique };
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
