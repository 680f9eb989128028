/* SPDX-License-Identifier: MIT */
#ifndef KL_GOVERNOR_H
#define KL_GOVERNOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/err.h"
#include "kl/net.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/governor.h - when a request may start, for all programs of a user.
 *
 * A governor keeps the requests of each bucket (one endpoint of one account)
 * within its windows of a second, a minute and a day.  The service counts in
 * fixed windows whose beginning is not known, so no window of that length,
 * wherever it begins, gets more than the limit.  Nor is it known when on its
 * way a request is counted; so it is taken to be in a window from its start
 * until a window's length after its answer.  The limits belong to the
 * account and not to a program: what governors count can be in a file that
 * all of them share (kl_governor_share()), and others, whom nobody here can
 * see, may draw on them as well.  What the service says of that, in headers
 * and refusals, is taken into account:
 *
 * - Nobody else is there: requests start at the speed the second's limit
 *   allows, until the minute's is used up.  A short job is done soonest so,
 *   and a long one fills every minute.
 * - Somebody else is: they start evenly spread over the minute, so that two
 *   who cannot see each other do not meet in the same second.
 * - The service refused (429): nobody starts anything until Retry-After is
 *   over.  From then on the minute's limit is what we got of it before that,
 *   and grows along a cubic curve: slowly while it is near what was refused,
 *   faster and faster after that, until it is whole again.
 *
 * Time is an argument and nothing waits, so that days of limits are tested in
 * milliseconds; it is kl_now_mono(), which all processes of a machine agree
 * on.
 */

struct kl_governor; /* opaque; not for two threads at once */

/*
 * Count for buckets of them, numbered from 0, in memory of our own.
 * max_percent: start no more than so much of each limit ourselves, whatever
 * others leave (1..100; 0 means 100).  NULL only when out of memory.
 */
struct kl_governor *kl_governor_new(unsigned buckets, unsigned max_percent);
void kl_governor_free(struct kl_governor *g);

/* What a request draws on: its endpoint's bucket and, if rate[1] is not NULL,
 * one that it shares with others.  The rates are the published ones; they
 * hold until the service says otherwise. */
struct kl_ask {
	unsigned bucket[2];
	const struct kl_rate *rate[2];
	uint64_t gap; /* ms since our own last start in bucket[0]; 0: none */
};

/* What a request waits for. */
enum kl_hold {
	KL_HOLD_NONE,	 /* nothing: it may start */
	KL_HOLD_GAP,	 /* the gap that was asked for */
	KL_HOLD_SECOND,	 /* the limit of a second ... */
	KL_HOLD_MINUTE,	 /* ... a minute ... */
	KL_HOLD_DAY,	 /* ... a day is used up */
	KL_HOLD_SPREAD,	 /* its turn, while others use the account */
	KL_HOLD_REFUSED, /* the time that the service named */
};

struct kl_wait {
	uint64_t ms; /* 0: go */
	enum kl_hold why;
	uint32_t limit;	 /* of that window; 0: none has to do with it */
	unsigned bucket; /* whose */
};

/*
 * Start a request, if it may: ms is 0 then and it is counted.  Else it is to
 * be tried again after ms, which is also its place in the queue: of several
 * programs that wait, the one that started nothing for the longest time goes
 * first.
 */
struct kl_wait kl_governor_take(struct kl_governor *g, const struct kl_ask *ask,
    uint64_t now);

/*
 * Each start has an end, which is told by one of these two; start is the time
 * that kl_governor_take() was given.
 *
 * landed: it was answered, or broke off; the service has counted it by now, if
 * it did.
 */
void kl_governor_landed(struct kl_governor *g, const struct kl_ask *ask,
    uint64_t start, uint64_t now);
/* unsent: there was no connection, or it was refused with 429; the service has
 * not counted it. */
void kl_governor_unsent(struct kl_governor *g, const struct kl_ask *ask,
    uint64_t start);

/* What the RateLimit headers of an answer said. */
struct kl_ratelimit {
	struct kl_rate rate; /* the windows of RateLimit-Limit, 0: unsaid */
	uint32_t current;    /* limit of the window that is described by: */
	int64_t remaining;   /* -1: unsaid */
	int64_t reset;	     /* seconds; -1: unsaid */
};

/* Read the three headers' values (any may be NULL).  Values that make no
 * sense count as unsaid.  Returns false if nothing was said. */
bool kl_ratelimit_read(struct kl_ratelimit *rl, const char *limit,
    const char *remaining, const char *reset);

/* An answer told the limits: they replace the published ones.  A count that
 * is more than ours shows that others use the account. */
void kl_governor_told(struct kl_governor *g, unsigned bucket,
    const struct kl_rate *rate, const struct kl_ratelimit *rl, uint64_t now);

/* A successful answer came without any such header, from a service that has
 * no limits (only a local one may say so): the bucket is no longer paced. */
void kl_governor_unlimited(struct kl_governor *g, unsigned bucket,
    uint64_t now);

/* The service refused with 429 and asked to wait for ms. */
void kl_governor_refused(struct kl_governor *g, unsigned bucket,
    const struct kl_rate *rate, uint64_t ms, uint64_t now);

/* The service asked to wait for ms for another reason: that it is down. */
void kl_governor_pause(struct kl_governor *g, unsigned bucket, uint64_t ms,
    uint64_t now);

/* What is left of a bucket, for people. */
struct kl_budget {
	struct kl_rate limit; /* 0: none */
	struct kl_rate used;  /* in the last second, minute, day */
	uint32_t share; /* of the minute, while others use it; 0: all of it */
	uint64_t held;	/* ms until a refusal is over */
	unsigned programs; /* that started something in the last minute */
	bool unlimited;
};
void kl_governor_budget(struct kl_governor *g, unsigned bucket,
    const struct kl_rate *rate, struct kl_budget *b, uint64_t now);

/*
 * How far apart requests are to be that ask again and again, in ms: 0 while
 * two thirds of the minute's limit are left, then so far that the rest lasts,
 * if all programs heed it.  So that what is asked last need not wait for the
 * next minute.  percent: of the limit, that one may use; 0 means 100.
 */
uint64_t kl_budget_pace(const struct kl_budget *b, unsigned percent);

/*
 * Count in the file of that name from now on, together with all programs that
 * do the same: in $XDG_RUNTIME_DIR/kl (or /run/user/UID/kl), else in
 * $XDG_STATE_HOME/kl (or ~/.local/state/kl).  The file is 0600, in a folder
 * of ours with 0700, is no link, is of this boot of the machine, and holds
 * numbers only.  One that is damaged or somebody else's is replaced.  A
 * program that is killed while it counts leaves nothing to repair.
 *
 * name: letters, digits and -, at most KL_GOVERNOR_NAME.  KL_OK, with *note
 * (rc KL_OK: nothing) saying what had to be replaced; KL_ECREATE if there is
 * no such file to be had: the governor then goes on as it was.
 */
#define KL_GOVERNOR_NAME 64
enum kl_rc kl_governor_share(struct kl_governor *g, const char *name,
    struct kl_err *note, struct kl_err *err);

/* True while a file is shared.  It turns false if that file fails later: the
 * governor then goes on alone. */
bool kl_governor_shared(const struct kl_governor *g);

/* A word of at most 23 letters and digits that is kept in the file beside the
 * counts, for who shares it: the account that this file is an alias of.
 * Empty if none was set, or nothing is shared. */
#define KL_GOVERNOR_WORD 24
void kl_governor_word(struct kl_governor *g, char word[KL_GOVERNOR_WORD]);
void kl_governor_word_set(struct kl_governor *g, const char *word);

#ifdef __cplusplus
}
#endif

#endif /* KL_GOVERNOR_H */
