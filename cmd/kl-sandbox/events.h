/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_EVENTS_H
#define SANDBOX_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "store.h"

/*
 * events.h - what people did, and the metrics it is counted under.
 *
 * An event is known by its number, from 0.  Times are whole seconds since
 * 1970, as the service keeps them.  Functions that return bool return false
 * only when memory ran out.  Events that are made up have numbers of their own
 * and cost nothing until they go, or go over to somebody else.
 */

/* Events in the order of their time, then of their coming.  What comes late
 * is sorted in when somebody looks. */
struct timeline {
	uint32_t *at; /* numbers of those stored; owned */
	size_t n, cap, sorted;
};

struct event {
	uint64_t id;
	uint32_t time, profile, metric;
	uint32_t older; /* of the same profile: its number plus one; 0: none */
	/* unique_id, then properties, as JSON; NULL: gone; event_made: made
	 * up, and composed whenever it is asked for. */
	char *text;
	uint32_t n;	 /* bytes of text; if made up, its number plus one */
	uint32_t unique; /* bytes of the unique_id */
};

extern char event_made[];
/* Room for what is composed. */
struct event_text {
	char s[192];
};

#define METRIC_ID 6

struct metric {
	char id[METRIC_ID + 1];
	struct kl_span name;	/* JSON; owned, as the next */
	struct kl_span service; /* JSON; empty: the API */
	uint64_t created;	/* microseconds since 1970 */
	bool valued;		/* some event of it had a value */
	struct timeline line;
};

struct events {
	uint32_t n; /* numbers given */
	/* Those that were never made up, by their numbers without the numbers
	 * of those that were. */
	struct event *event;
	uint32_t stored, cap;
	const struct crowds *made; /* of the store */
	struct own changed;	   /* of those made up: struct event */
	uint32_t kept; /* the first so many have ids of another run */
	struct timeline line;
	struct metric *metric;
	uint32_t metrics, metric_cap;
	struct index unique; /* by profile, metric and unique_id */
	uint64_t seed;
};

/* The metric of a name and service (JSON, in the spelling of the writer of
 * kl/json.h), made if it is new; NONE: memory.  id NULL: one is drawn from
 * random. */
uint32_t metric_take(struct events *ev, struct kl_span name,
    struct kl_span service, const char *id, uint64_t now_us, uint64_t *random);
/* NONE if there is none. */
uint32_t metric_find(const struct events *ev, struct kl_span id);

/* The event that has this unique_id already; NONE if none. */
uint32_t event_twin(const struct events *ev, uint32_t profile, uint32_t metric,
    struct kl_span unique);
/* Add one; id 0: made.  The number, or NONE: memory. */
uint32_t event_add(struct events *ev, struct store *st, const struct event *e,
    struct kl_span unique, struct kl_span properties);
/* Add some that are made up, of people who are there; ev->made has them. */
bool events_make(struct events *ev, struct store *st, const struct deeds *d);
/* Whether it is as it was made up; one that is stored, NULL if it is not. */
bool event_is_made(const struct event *e);
struct event *event_kept(const struct events *ev, uint32_t at);
/* The number of an event in the low half of its id, under a mask, and in the
 * high half what only this sandbox knows of it. */
uint64_t event_make_id(const struct events *ev, uint32_t at);
/* One of them as it is; text NULL: gone. */
struct event event_view(const struct events *ev, uint32_t at);
struct kl_span event_unique(const struct event *e, struct event_text *room);
struct kl_span event_properties(const struct event *e, struct event_text *room);

#define EVENT_ID 12 /* bytes, the NUL included */
void event_id(const struct event *e, char out[EVENT_ID]);
/* False if it is no event's id by its look; *at NONE if nothing has it. */
bool event_by_id(const struct events *ev, struct kl_span id, uint32_t *at);

/* The profile's events go with it, or go over to another. */
bool events_leave(struct events *ev, struct store *st, uint32_t profile);
bool events_move(struct events *ev, struct store *st, uint32_t from,
    uint32_t to);

/* The rows of a metric's events, or NONE: of all, by their time in seconds;
 * how many rows.  False: memory. */
bool events_rows(struct events *ev, uint32_t metric, struct row_of r[ROWS],
    size_t *n);
/* The rows of somebody's: *own is to be freed. */
bool events_rows_of(const struct events *ev, const struct store *st,
    uint32_t profile, struct timeline *own, struct row_of *r);

/* timeline.c: add an event that is stored.  False: memory. */
bool timeline_add(struct timeline *t, const struct events *ev, uint32_t at);

void events_free(struct events *ev);

#endif /* SANDBOX_EVENTS_H */
