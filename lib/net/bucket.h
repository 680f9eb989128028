/* SPDX-License-Identifier: MIT */
#ifndef BUCKET_H
#define BUCKET_H

#include "flights.h"
#include "kl/governor.h"
#include "tape.h"

/*
 * bucket.h - what is known of one bucket, and what follows from it.
 *
 * Plain memory that several processes may share, one at a time: no pointers,
 * all zero is "nothing known", and there is no content that would break
 * anything.  A process may die between any two writes: tapes, flights and
 * members are written a word at a time, and what was learned has a sum, without
 * which it counts as nothing.  Wrong content is outlived: no wait is longer
 * than a week, and tapes roll on.
 */

#define BUCKET_MEMBERS 16

/* A governor that starts requests here, or wants to. */
struct member {
	uint64_t who;  /* a random number; 0: free */
	uint64_t last; /* its last start */
	uint64_t want; /* until when its wish to start counts */
};

/* What the service told, by headers and refusals. */
struct learned {
	struct kl_rate told; /* limits; 0: unsaid */
	uint32_t unlimited;
	uint64_t held;	  /* nothing starts before */
	uint64_t cut_at;  /* when the share was cut, and grows from; 0: never */
	uint64_t cut_for; /* until then a refusal is the same one */
	uint32_t level;	  /* 65536ths of the minute's limit that we got */
	uint32_t wide;	  /* ms a second is longer: requests bunch up */
	uint64_t foreign; /* until then others are taken to be there */
	uint64_t spread;  /* when the next start is due in a spread */
	uint64_t last;	  /* start, whosoever */
	uint64_t left_until; /* until then ... */
	uint32_t left;	     /* ... only so many may start */
	uint32_t unused;
	uint64_t sum;
};

struct bucket {
	uint64_t burst[TAPE_BURST];
	uint64_t steady[TAPE_STEADY];
	uint64_t daily[TAPE_DAILY];
	uint64_t flight[FLIGHTS];
	struct member member[BUCKET_MEMBERS];
	struct learned learned;
};

/* Who asks, and how. */
struct claim {
	uint64_t who;
	const struct kl_rate *rate;
	unsigned percent; /* of the limits: 1..100 */
	uint64_t gap;
	uint64_t now;
};

/* When a request may start (at most now: at once), and why not earlier. */
struct due {
	uint64_t at;
	enum kl_hold why;
	uint32_t limit;
};

/* Before anything else, each time: drop what makes no sense. */
void bucket_check(struct bucket *b, uint64_t now);

struct due bucket_due(const struct bucket *b, const struct claim *c);
/* The claim stands in the queue until then. */
void bucket_want(struct bucket *b, const struct claim *c, uint64_t until);
void bucket_start(struct bucket *b, const struct claim *c);
/* What started at start has an answer, or never will: the service has counted
 * it by now, if it did. */
void bucket_landed(struct bucket *b, uint64_t start, uint64_t now);
/* What started at start came to nothing, or was refused: the service did not
 * count it. */
void bucket_unsent(struct bucket *b, uint64_t start);
void bucket_told(struct bucket *b, const struct kl_rate *rate,
    const struct kl_ratelimit *rl, uint64_t now);
void bucket_unlimited(struct bucket *b);
void bucket_refused(struct bucket *b, const struct kl_rate *rate, uint64_t ms,
    uint64_t now);
/* Nothing starts for ms, for a reason that is not the limits. */
void bucket_pause(struct bucket *b, uint64_t ms, uint64_t now);
void bucket_budget(const struct bucket *b, const struct kl_rate *rate,
    struct kl_budget *to, uint64_t now);

#endif /* BUCKET_H */
