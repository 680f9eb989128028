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
 * kl/net.h - rates, and what to do when a request has failed.
 *
 * Pure: the time is an argument and nothing waits, so that a day of failures
 * is tested in a millisecond.  Times are milliseconds of a clock that never
 * steps back.  When a request may start is kl/governor.h's.
 */

/* How many requests fit into a second, a minute, a day.  0: no such limit. */
struct kl_rate {
	uint32_t burst;	 /* in any 1 s */
	uint32_t steady; /* in any 60 s */
	uint32_t daily;	 /* in any 24 h */
};

/* The least time in ms n requests take at that rate, from the start of the
 * first to the start of the last. */
uint64_t kl_rate_ms(const struct kl_rate *rate, uint64_t n);

/* That part of a rate, in percent (0: all of it), but at least 1 of each. */
struct kl_rate kl_rate_part(const struct kl_rate *rate, unsigned percent);

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
	KL_FAIL_LIMITED,   /* 429: not applied */
	KL_FAIL_LATER,	   /* 503 with Retry-After: not applied */
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

/*
 * What is to be done about it: the whole policy, by class of failure and by
 * what repeating may do.
 */
enum kl_remedy {
	KL_DONE,   /* nothing: it worked */
	KL_WAIT,   /* again, when the service says so */
	KL_REPEAT, /* again, soon, and ever later */
	KL_FEW,	   /* again, but only a few times */
	KL_SETTLE, /* not again: find out first whether it took effect */
	KL_REJECT, /* not again: it is about what was sent */
	KL_STOP,   /* not again, nor anything else: it is about all requests */
};
enum kl_remedy kl_remedy(enum kl_failure failure, enum kl_replay replay);

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
	uint64_t allowance;  /* ms until another retry is allowed: see below */
	uint32_t random;     /* any number, for the jitter */
};

enum kl_verdict {
	KL_SETTLED, /* final: hand the answer on */
	KL_RETRY,   /* again, after *wait ms */
	KL_TIRED,   /* it might have worked later, but patience is over */
};

/*
 * Judge one attempt.  Retry-After is honoured in full, plus up to a tenth of
 * it but no more than a second; where the service names no time, the delay is
 * random up to min(cap, base * 2^n).  A wait that would outlast the budget is
 * KL_TIRED at once.
 */
enum kl_verdict kl_retry_judge(const struct kl_patience *p,
    const struct kl_attempt *a, uint64_t *wait);

/*
 * The allowance of retries: so that on a bad day all the patience of all
 * calls together does not multiply the load of a service that is down.  A few
 * retries may be made at once, then one in 36 s; each success gives one back.
 * Ten minutes of outage see no more than 33 of them.  All zero is full.
 */
struct kl_allowance {
	uint64_t spent, at;
};
/* Ms until a retry of that failure is covered; 0: now. */
uint64_t kl_allowance_wait(const struct kl_allowance *q, enum kl_failure f,
    uint64_t now);
void kl_allowance_spend(struct kl_allowance *q, enum kl_failure f,
    uint64_t now);
void kl_allowance_refund(struct kl_allowance *q, uint64_t now);

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
