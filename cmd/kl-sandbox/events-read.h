/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_EVENTS_READ_H
#define SANDBOX_EVENTS_READ_H

#include "body.h"
#include "box.h"

/*
 * events-read.h - what may stand in a request that brings events.
 */

/* Where the nodes of an event go. */
enum {
	EV_PROPERTIES,
	EV_TIME,
	EV_VALUE,
	EV_CURRENCY,
	EV_UNIQUE,
	EV_METRIC,
	EV_SERVICE,
	EV_PROFILE,    /* of one event alone */
	EV_ATTRIBUTES, /* all of them */
	EV_NODES
};

/* Where those of the events of one profile go. */
enum {
	GROUP_PROFILE,
	GROUP_EVENTS,
	GROUP_NODES
};

/* The data of POST /api/events; found has EV_NODES nodes.  Pointers begin at
 * the document. */
bool event_read_one(struct box *box, uint32_t data, uint64_t now,
    uint32_t *found, struct problem *p);
/* The list of groups of a bulk request; 0: *p. */
uint32_t events_read_groups(struct box *box, uint32_t data, struct problem *p);
/* A group, found has GROUP_NODES; an event in it, EV_NODES.  Pointers begin at
 * the group, at the event. */
bool events_read_group(struct box *box, uint32_t group, uint32_t *found,
    struct problem *p);
bool event_read(struct box *box, uint32_t node, uint64_t now, uint32_t *found,
    struct problem *p);

/* The limits that the service tells but not with which answer: false and *p
 * if the event is over one. */
bool event_fits(const struct box *box, const uint32_t *found,
    struct problem *p);
bool event_profile_fits(const struct box *box, uint32_t profile,
    struct problem *p);

/* When it happened, in seconds since 1970. */
uint32_t event_time(const struct box *box, const uint32_t *found, uint64_t now);

/* The properties of an event as they are stored and shown: with the rest of it
 * under the names that it has among them in answers. */
void event_compose(const struct box *box, const uint32_t *found,
    const struct metric *m, struct kl_span unique, struct kl_buf *b);

/* True for an address of a domain whose events are dropped without a word. */
bool test_address(struct kl_span email_json);

#endif /* SANDBOX_EVENTS_READ_H */
