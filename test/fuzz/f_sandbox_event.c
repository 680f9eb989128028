/* SPDX-License-Identifier: MIT */
/*
 * f_sandbox_event.c - events as the sandbox reads them, alone and in bulk.
 * What is refused has a reason in UTF-8; what is taken is kept as JSON with
 * its unique_id in it, and found again by that.
 */

#include <assert.h>
#include <stdint.h>

#include "body.c"
#include "check.c"
#include "consent.c"
#include "errors.c"
#include "events-read.c"
#include "events.c"
#include "index.c"
#include "order.c"
#include "store-id.c"
#include "store-list.c"
#include "store.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
refused(const struct problem *p)
{
	assert(p->detail[0] != '\0');
	assert(kl_utf8_valid(p->detail, strlen(p->detail)));
}

/* One that was taken, for somebody. */
static void
taken(struct box *box, const uint32_t *found, uint32_t at)
{
	struct event e = { .profile = at };
	struct kl_json stored = { .max_depth = 256 };
	struct kl_buf names = { 0 }, text = { 0 };
	struct problem p = { 0 };
	struct kl_span name, unique;
	uint64_t random = 7;
	uint32_t no;

	if (!event_fits(box, found, &p))
		refused(&p);
	assert(body_room(&box->doc, &names));
	name = body_json(&box->doc, found[EV_METRIC], &names);
	unique = found[EV_UNIQUE] != 0
	    ? body_json(&box->doc, found[EV_UNIQUE], &names)
	    : KL_SPAN("\"1\"");
	e.time = event_time(box, found, UINT64_C(1700000000000000));
	e.metric = metric_take(&box->events, name, (struct kl_span){ NULL, 0 },
	    NULL, 1, &random);
	event_compose(box, found, &box->events.metric[e.metric], unique, &text);
	assert(kl_json_scan(&stored, text.s, text.n, NULL) == KL_OK);
	assert(kl_json_get(&stored, 0, "$event_id") != 0);
	if (event_twin(&box->events, at, e.metric, unique) == NONE) {
		no = event_add(&box->events, &box->store, &e, unique,
		    (struct kl_span){ text.s, text.n });
		assert(no != NONE);
	}
	assert(event_twin(&box->events, at, e.metric, unique) != NONE);
	kl_json_free(&stored);
	kl_buf_free(&names);
	kl_buf_free(&text);
}

static void
one(struct box *box, uint32_t at)
{
	const uint64_t now = UINT64_C(1700000000000000);
	uint32_t found[EV_NODES], in[GROUP_NODES], list;
	struct problem p = { 0 };

	if (event_read_one(box, 0, now, found, &p)) {
		taken(box, found, at);
		return;
	}
	refused(&p);
	if ((list = events_read_groups(box, 0, &p)) == 0) {
		refused(&p);
		return;
	}
	kl_json_each (g, &box->doc, list) {
		if (!events_read_group(box, g, in, &p)) {
			refused(&p);
			continue;
		}
		kl_json_each (e, &box->doc, in[GROUP_EVENTS])
			if (event_read(box, e, now, found, &p))
				taken(box, found, at);
			else
				refused(&p);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data, *end = s + size, *nl;
	struct box box = { .events.seed = 42 };
	size_t i;

	assert(store_open(&box.store, 42));
	assert(store_add(&box.store, 1, (struct kl_span){ NULL, 0 }) == 0);
	for (; s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (nl == NULL)
			nl = end;
		if (kl_json_scan(&box.doc, s, (size_t)(nl - s), NULL) == KL_OK)
			one(&box, 0);
	}
	assert(timeline_sort(&box.events.line, box.events.event));
	for (i = 1; i < box.events.line.n; i++)
		assert(box.events.event[box.events.line.at[i - 1]].time <=
		    box.events.event[box.events.line.at[i]].time);
	events_leave(&box.events, &box.store, 0);
	events_free(&box.events);
	kl_json_free(&box.doc);
	store_close(&box.store);
	return 0;
}
