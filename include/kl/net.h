/* SPDX-License-Identifier: MIT */
#ifndef KL_NET_H
#define KL_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/net.h - when to send, and when to send again.
 *
 * Both halves are pure: they take the time as an argument and never wait, so
 * that a day of rate limits is tested in a millisecond.  Times are
 * milliseconds of a clock that never steps back.
 */

/* --- when to send --------------------------------------------------------- */

/* How many requests fit into a second, a minute, a day.  0: no such limit. */
struct kl_rate {
	uint32_t burst;	 /* in any 1 s */
	uint32_t steady; /* in any 60 s */
	uint32_t daily;	 /* in any 24 h */
};

/* The least time in ms n requests take at that rate, from the start of the
 * first to the start of the last. */
uint64_t kl_rate_ms(const struct kl_rate *rate, uint64_t n);

/*
 * A governor keeps the requests of each bucket (one endpoint of one account)
 * within its windows.  The service counts in fixed windows whose beginning is
 * not known, so no window of that length, wherever it begins, gets more than
 * the limit.
 */
struct kl_governor; /* opaque */

/* buckets of them, numbered from 0.  NULL only when out of memory. */
struct kl_governor *kl_governor_new(unsigned buckets);
void kl_governor_free(struct kl_governor *g);

/*
 * Milliseconds until a request of the bucket may start: 0 is now.  rate is
 * the endpoint's; it holds until the service says otherwise.  gap is the
 * least time since the start of the bucket's last request.
 */
uint64_t kl_governor_wait(struct kl_governor *g, unsigned bucket,
    const struct kl_rate *rate, uint64_t gap, uint64_t now);

/* A request of the bucket starts now.  KL_OK or KL_ENOMEM. */
enum kl_rc kl_governor_sent(struct kl_governor *g, unsigned bucket,
    uint64_t now, struct kl_err *err);

/* The last start of the bucket came to nothing: there was no connection, and
 * the service has not counted it. */
void kl_governor_unsent(struct kl_governor *g, unsigned bucket);

/* What the RateLimit headers of an answer said. */
struct kl_ratelimit {
	struct kl_rate rate; /* the windows of RateLimit-Limit, 0: unsaid */
	int64_t remaining;   /* -1: unsaid */
	int64_t reset;	     /* seconds; -1: unsaid */
};

/* Read the three headers' values (any may be NULL).  Values that make no
 * sense count as unsaid.  Returns false if nothing was said. */
bool kl_ratelimit_read(struct kl_ratelimit *rl, const char *limit,
    const char *remaining, const char *reset);

/* An answer told the limits: they replace those of the table. */
void kl_governor_told(struct kl_governor *g, unsigned bucket,
    const struct kl_ratelimit *rl, uint64_t now);

/* A successful answer came without any such header, from a service that has
 * no limits (only a local one may say so): the bucket is no longer paced. */
void kl_governor_unlimited(struct kl_governor *g, unsigned bucket);

/* The service refused with 429: nothing of the bucket starts for ms, and
 * after that slower for a while, because others share the quota. */
void kl_governor_hold(struct kl_governor *g, unsigned bucket, uint64_t ms,
    uint64_t now);

/* --- when to send again --------------------------------------------------- */

/*
 * What repeating a request may do, if it is not known whether the first one
 * took effect.  This is a property of the endpoint.
 */
enum kl_replay {
	KL_REPLAY_FREE, /* nothing more: reads, upserts, adds and removes */
	KL_REPLAY_SAME, /* nothing more, if it is the same to the byte: events
			 * by their unique_id.  A later refusal as duplicate
			 * acknowledges the first */
	KL_REPLAY_GONE, /* nothing more; a later 404 acknowledges the first */
	KL_REPLAY_ASK,	/* harm: only after looking whether it took effect */
};

/* What became of one attempt. */
enum kl_failure {
	KL_FAIL_NONE,	   /* answered with success */
	KL_FAIL_UNSENT,	   /* no connection: the service never saw it */
	KL_FAIL_CUT,	   /* reset, cut or timed out after sending began */
	KL_FAIL_BUSY,	   /* 408 500 502 503 504 522 524 */
	KL_FAIL_LIMITED,   /* 429, or 503 with Retry-After: not applied */
	KL_FAIL_CHALLENGE, /* a Cloudflare page in place of the service */
	KL_FAIL_NONSENSE,  /* success in a form it cannot have: HTML, bad
			    * JSON, a body cut short */
	KL_FAIL_FOREIGN,   /* what no repetition cures: a redirect, a body or
			    * header over the cap, a certificate */
	KL_FAIL_ACCESS,	   /* 401, 403 */
	KL_FAIL_REFUSED,   /* any other 4xx: not applied */
	KL_FAILURES
};

/* The class of an HTTP status, retry_after telling whether the answer had
 * that header.  2xx is KL_FAIL_NONE, 3xx and what is no status FOREIGN. */
enum kl_failure kl_failure_of(int status, bool retry_after);

/* True if an attempt that ended so may have taken effect. */
bool kl_failure_unsure(enum kl_failure failure);

/* Limits of patience.  Each 0 means the default. */
struct kl_patience {
	uint64_t budget_ms; /* without progress: 15 min */
	uint64_t base_ms;   /* first delay at most: 50 */
	uint64_t cap_ms;    /* any delay at most: 30 s */
	unsigned nonsense;  /* attempts answered with nonsense: 4 */
};

/* One attempt that has failed, and what came before it. */
struct kl_attempt {
	enum kl_failure failure;
	enum kl_replay replay;
	unsigned attempts;   /* made so far, this one included: from 1 */
	unsigned nonsense;   /* of them, answered with nonsense */
	int64_t retry_after; /* ms the service asks to wait; -1: unsaid */
	uint64_t idle;	     /* ms without progress until now */
	uint32_t random;     /* any number, for the jitter */
};

enum kl_verdict {
	KL_SETTLED, /* final: hand the answer on */
	KL_RETRY,   /* again, after *wait ms */
	KL_TIRED,   /* it might have worked later, but patience is over */
};

/*
 * Judge one attempt.  Retry-After is honoured in full, plus up to a tenth of
 * it; where the service names no time, the delay is random up to
 * min(cap, base * 2^n).  A wait that would outlast the budget is KL_TIRED at
 * once.
 */
enum kl_verdict kl_retry_judge(const struct kl_patience *p,
    const struct kl_attempt *a, uint64_t *wait);

/*
 * The value of Retry-After in ms: seconds, or an HTTP date, which is compared
 * with date (the answer's own Date header) if that is one, else with wall (ms
 * since 1970).  -1 for NULL and for what is neither; a past date is 0; more
 * than a week is a week.
 */
int64_t kl_retry_after(const char *value, const char *date, uint64_t wall);

/* Seconds since 1970 of an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT"; the
 * two obsolete forms as well); -1 if it is none. */
int64_t kl_http_date(const char *s);

#ifdef __cplusplus
}
#endif

#endif /* KL_NET_H */
