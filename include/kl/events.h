/* SPDX-License-Identifier: MIT */
#ifndef KL_EVENTS_H
#define KL_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/client.h"
#include "kl/err.h"
#include "kl/send.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/events.h - events in batches, each counted once.
 *
 * The service tells events apart by person, metric and unique_id: the first
 * one it processes stays, later ones are dropped.  Where an event has no
 * unique_id it takes the time in seconds, so that of two in one second one is
 * lost.  Every event therefore leaves with a unique_id: its own, or
 *
 *	kl1-DIGEST	the first 16 bytes of the SHA-256, base64url, of the
 *			person (the first present of external_id, e-mail
 *			address, folded, phone number, id, _kx),
 *			metric, time in whole seconds, properties with sorted
 *			names and numbers as written, value and currency
 *	kl1-DIGEST-N	the same, of an event that was equal to N before it in
 *			this run
 *
 * so that the same input makes the same ids, and sending it again changes
 * nothing.  What is equal is remembered in at most 64 MiB.
 */

/* How events are taken: times as KL_STAMP_PLAIN reads them, in whole seconds.
 * All zero is the default. */
struct kl_events_opts {
	bool time_now;	     /* an event with neither time nor unique_id is
			      * one of now; else it is refused */
	bool collapse_equal; /* equal events are one */
	bool backfill;	     /* what does not say so itself is history, which
			      * starts no flow */
	bool test_domains;   /* take addresses the service drops */
	bool utf8_email;     /* see kl_email_check() */
	bool drop_unknown;   /* leave out members no event has */
	bool match_id;	     /* profiles are matched by their id too */
	bool verify;	     /* remember what is accepted for
			      * kl_events_verify() */
	uint64_t most;	     /* different events without an id of their own; 0:
			      * KL_EVENTS_MOST */
};
#define KL_EVENTS_MOST 2750000 /* takes 57 MiB while it grows */

/* So old an event is likely to be history: seconds. */
#define KL_EVENTS_OLD (7 * 86400)

struct kl_events; /* opaque: a run of events */

/* KL_OK or KL_ENOMEM. */
enum kl_rc kl_events_new(struct kl_events **to,
    const struct kl_events_opts *opts, struct kl_err *err);
void kl_events_free(struct kl_events *e);

/* What was seen, of records that were taken. */
struct kl_events_stats {
	uint64_t named;	  /* given a unique_id */
	uint64_t equal;	  /* of them, equal to an earlier one */
	uint64_t stamped; /* given the time of now */
	uint64_t old;	  /* older than a week, and no history */
	uint64_t dropped; /* unknown members left out */
	uint64_t nulls;	  /* null members of profiles left out */
	/* With a journal: equal to one that was taken, but of an input that
	 * began elsewhere, and without an id of their own. */
	uint64_t ambiguous;
};
struct kl_events_stats kl_events_stats(const struct kl_events *e);

/*
 * When the run is over: read what was accepted back, by metric and time,
 * again and again until all of it is there, ms have passed or *stop is not 0.
 * Of each event 16 bytes are kept, of up to KL_EVENTS_VERIFIED (64 MiB); more
 * are unchecked, and so are those of people known by _kx alone.  Pages are read
 * several at once (kl/ranges.h), for which the client should have as many
 * requests in parallel; they take 36 MiB at most.  Scopes
 * events:read, profiles:read, metrics:read.  KL_OK, whatever is missing; or
 * what a request failed with.
 */
struct kl_verified {
	uint64_t recorded, missing, unchecked;
};
#define KL_EVENTS_VERIFIED 4000000
enum kl_rc kl_events_verify(struct kl_events *e, struct kl_client *c,
    uint64_t ms, const volatile int *stop, struct kl_verified *to,
    struct kl_err *err);

/* Then: the line of what is missing, i from 0 up, in the order of the input.
 * False after the last. */
bool kl_events_missing(struct kl_events *e, uint64_t i, uint64_t *line);

/* The verb that sends them; its kl_send_opts.ctx is the run of events.  Rejects
 * have the
 * codes of kl_event_check(), time_missing and event_too_big. */
extern const struct kl_verb kl_verb_track;

#ifdef __cplusplus
}
#endif

#endif /* KL_EVENTS_H */
