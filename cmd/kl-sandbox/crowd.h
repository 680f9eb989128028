/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_CROWD_H
#define SANDBOX_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consent.h"
#include "kl/buf.h"
#include "numbers.h"
#include "pace.h"

/*
 * crowd.h - people and events that are made up: each is a function of its
 * number.
 *
 * None of this is ever changed once the sandbox serves.  Who or what has been
 * changed since is kept elsewhere, see own.h, and no longer asked for here.
 */

/* People with numbers that follow each other. */
struct crowd {
	uint32_t from, n;
	uint64_t salt;
	struct pace pace;      /* when they came */
	uint32_t plan, orders; /* keys of two properties */
};

/* Events, the same: of the first so many people, in turn by a rule. */
#define METRICS_MADE 4
struct deeds {
	uint32_t from, n;
	uint64_t salt;
	struct pace pace;
	uint32_t metric[METRICS_MADE];
	uint32_t people;
	uint64_t factor, back, shift; /* see deeds_of() */
};

/* What those with numbers from and up to to agreed to, or why mail to them is
 * held back: for all reasons in turn, the last the first. */
struct accord {
	uint32_t from, to;
	struct pace pace;
	bool suppressed;
};

struct crowds {
	struct crowd crowd[CROWDS];
	struct deeds deeds[CROWDS];
	struct accord accord[CROWDS];
	size_t crowds, deeds_n, accords;
	uint32_t from, to;	       /* numbers of people: all crowds */
	uint32_t event_from, event_to; /* and of events */
};

/* --- people --- */

static inline bool
crowds_have(const struct crowds *m, uint32_t at)
{
	return at >= m->from && at < m->to;
}

/* When somebody came: microseconds since 1970. */
uint64_t crowd_came(const struct crowds *m, uint32_t at);

/* Their attributes: pairs as store.h has them, identifiers first. */
#define CROWD_BLOB 320
size_t crowd_blob(const struct crowds *m, uint32_t at,
    unsigned char out[CROWD_BLOB]);

/* Whom an identifier (JSON) would be of by its look; NONE. */
uint32_t crowd_find(const struct crowds *m, enum key k, struct kl_span json);

/* Their consent, with room for suppressions; false: never asked for any. */
bool crowd_consent(const struct crowds *m, uint32_t at, struct consent *c,
    struct suppression room[CROWDS]);

/* The same, one accord, for anybody.  False: memory. */
bool accord_apply(const struct accord *a, uint32_t at, struct consent **c);

/* --- events --- */

/* Who does what comes out of these: people is not 0. */
struct deeds deeds_of(uint32_t from, uint32_t n, uint32_t people,
    struct pace pace, uint64_t salt);
/* The events of one number; its number is one of theirs. */
const struct deeds *crowd_deeds(const struct crowds *m, uint32_t event);
uint32_t deed_profile(const struct deeds *d, uint32_t event);
uint32_t deed_metric(const struct deeds *d, uint32_t event);
uint32_t deed_time(const struct deeds *d, uint32_t event); /* seconds */

/* How many are of a metric, and the i-th of them. */
uint32_t deeds_with(const struct deeds *d, uint32_t metric);
uint32_t deed_nth(const struct deeds *d, uint32_t metric, uint32_t i);

/* The newest event of somebody with a number less than before, plus one; 0:
 * there is none. */
uint32_t crowd_newest(const struct crowds *m, uint32_t at, uint32_t before);

#endif /* SANDBOX_CROWD_H */
