/* SPDX-License-Identifier: MIT */
#ifndef EVENT_PRIV_H
#define EVENT_PRIV_H

/* event-priv.h - what event.c and event-check.c share. */

#include "kl/event.h"

#include "exam.h"

/* The bytes an event object adds to those of its record at the most. */
#define EVENT_ADDED                                                            \
	sizeof("{\"type\":\"event\",\"attributes\":{\"metric\":{\"data\":"     \
	       "{\"type\":\"metric\",\"attributes\":{\"name\":}}},"            \
	       "\"properties\":{}}}")

/* Describe member m as one that no event has. */
enum kl_rc event_unknown(struct kl_event *e, const struct kl_json *doc,
    uint32_t m, struct kl_err *err);

/* Describe the member that is missing. */
enum kl_rc event_missing(const char *name, const char *hint,
    struct kl_err *err);

#endif /* EVENT_PRIV_H */
