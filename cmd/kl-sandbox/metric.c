/* SPDX-License-Identifier: MIT */
/* metric.c - what events are counted under. */

#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "events.h"
#include "kl/room.h"

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
	if (!KL_ROOM(ev->metric, ev->metrics, ev->metric_cap, 16))
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
