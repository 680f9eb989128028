/* SPDX-License-Identifier: MIT */
#ifndef KL_CLIENT_H
#define KL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/endpoints.h"
#include "kl/err.h"
#include "kl/json.h"
#include "kl/net.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/client.h - calls to Klaviyo, several in flight, each with one final
 * answer.
 *
 * Pacing, retries and the reading of answers happen inside: a caller starts
 * calls and takes answers, one thread, no callbacks but for messages.
 *
 *	kl_client_start(c, &call, &err);	as many as wanted; queues
 *	while ((rc = kl_client_next(c, ms, fd, &answer, &err)) == KL_OK)
 *		...				in the order they finish
 *
 * Calls of one endpoint are sent in the order they were started; retries may
 * change it.  Answers come in any order.
 */

struct kl_client; /* opaque */

#define KL_BASE_URL "https://a.klaviyo.com"

/* What the client tells while it works.  No key, no data of people. */
struct kl_client_talk {
	void *ctx;
	/* One attempt has ended: "GET /api/lists 200 in 12 ms". */
	void (*trace)(void *ctx, const char *line);
	/* Nothing can be sent for ms, because ... ("rate limit"); ms 0 when
	 * that is over.  Only for waits of a second or more. */
	void (*wait)(void *ctx, uint64_t ms, const char *why);
	/* The file of used limits (share, below) had to be made anew or, a
	 * minor thing, cannot be had: this client counts alone. */
	void (*quota)(void *ctx, const struct kl_err *what, bool minor);
};

/* All zero but for key is ready for use. */
struct kl_client_opts {
	const char *base_url; /* NULL: KL_BASE_URL; kl_url_base() */
	const char *key;      /* needed; copied, wiped by kl_client_free() */
	const char *revision; /* NULL: KL_REVISION */
	const char *cacert;   /* PEM file instead of the system's, or NULL */
	uint64_t connect_ms, stall_ms, total_ms; /* kl/http.h */
	struct kl_patience patience; /* kl/net.h; at most 30 s until the
				      * service has answered once */
	unsigned parallel;	     /* requests in flight: 8 */
	bool share;	      /* count what is used of the account's limits
			       * together with all clients of this user
			       * that do: kl/governor.h */
	const char *account;  /* whose they are; NULL: as the service
			       * says when kl_account_get() or the like
			       * asks, and that of the key until then */
	unsigned max_percent; /* of each limit, for this client: 100 */
	struct kl_client_talk talk; /* may be all NULL */
	const volatile int *stop;   /* see kl_client_next(); or NULL */
};

/*
 * KL_OK; KL_ECONFIG for a base URL or key that cannot be (no socket is
 * opened), or an unreadable cacert; KL_ENOMEM.
 */
enum kl_rc kl_client_new(struct kl_client **to,
    const struct kl_client_opts *opts, struct kl_err *err);

/* Wipe the key and free all; calls in flight are given up.  NULL allowed. */
void kl_client_free(struct kl_client *c);

/* One call. */
struct kl_call {
	const struct kl_endpoint *ep;
	const char *id; /* for {id} in the path: copied, encoded here */
	struct kl_span
	    query;	     /* encoded (kl_url_param()), without "?": copied */
	struct kl_span body; /* JSON: borrowed until answered, sent as it is
			      * each time */
	uint64_t gap_ms;     /* at least since the endpoint's last start */
	bool once;	     /* it can be done without: one attempt, and none
			      * if that would have to wait for 2 s */
	void *tag;	     /* comes back with the answer */
};

/* What is known about the effect of a call. */
enum kl_effect {
	KL_APPLIED, /* one of the endpoint's success statuses (202: taken) */
	KL_REFUSED, /* the service refused: nothing changed */
	KL_UNSENT, /* it never had an effect; the same call may be made again */
	KL_UNSURE, /* sent at least once, and no answer tells */
};

/* The end of a call.  Spans and doc are borrowed until the next
 * kl_client_next() or kl_client_call(). */
struct kl_answer {
	void *tag;
	const struct kl_endpoint *ep;
	enum kl_effect effect;
	int status;		   /* of the last attempt; 0: none arrived */
	struct kl_span body;	   /* as received; may be empty */
	const struct kl_json *doc; /* the body, scanned; nodes 0: no JSON */
	unsigned attempts;	   /* requests made; 0: none */
	bool unsure_before;	   /* an earlier attempt's effect is unknown: a
				    * refusal may be its acknowledgement */
	uint64_t ms;		   /* from the first start to now */
	uint64_t waited_ms;	   /* of it, waiting for limits and retries */
	int64_t retry_after;	   /* ms, of the last attempt; -1: unsaid */
	struct kl_err err;	   /* rc KL_OK if applied; else in clear words:
				    * KL_EREFUSED, KL_EACCESS, KL_ERETRY,
				    * KL_EPROTO, KL_ECONFIG (no trust) */
};

/* Queue a call.  Never waits.  KL_OK; KL_EBUG if id is missing; KL_ENOMEM. */
enum kl_rc kl_client_start(struct kl_client *c, const struct kl_call *call,
    struct kl_err *err);

/*
 * Work until a call has its final answer (KL_OK, whatever the answer is), ms
 * have passed, fd (-1: none) is readable or *stop has changed (KL_AGAIN), or
 * there is nothing to wait for (KL_EOF; fd is not waited for then).
 * UINT64_MAX waits for ever.  KL_ENOMEM and KL_EIO are failures of our own;
 * the client can then only be freed.
 */
enum kl_rc kl_client_next(struct kl_client *c, uint64_t ms, int fd,
    struct kl_answer *answer, struct kl_err *err);

/*
 * One call and its answer; nothing else may be in flight (KL_EBUG).  Returns
 * KL_OK if it was applied, else the rc of answer->err, copied into err; if
 * *stop changed, KL_ERETRY with code "stopped".
 */
enum kl_rc kl_client_call(struct kl_client *c, const struct kl_call *call,
    struct kl_answer *answer, struct kl_err *err);

/* True once *stop has changed: kl_client_next() had a reason for KL_AGAIN. */
bool kl_client_stopped(const struct kl_client *c);

/* Calls started and not answered. */
unsigned kl_client_busy(const struct kl_client *c);

/*
 * Send nothing from now on, retries included: what waits is answered at once
 * (KL_UNSENT, or KL_UNSURE), what is on the wire may end.  For a shutdown.
 */
void kl_client_drain(struct kl_client *c);

/* The base URL in use, without a final slash.  Lives as long as c. */
const char *kl_client_base(const struct kl_client *c);

/* True if the account need not be asked for: it is known whose limits are
 * counted, it cannot be known, or nothing is shared. */
bool kl_client_knows_account(const struct kl_client *c);

/* How far apart requests to an endpoint are to be that ask again and again, in
 * ms: kl_budget_pace(). */
uint64_t kl_client_pace(struct kl_client *c, const struct kl_endpoint *ep);

/* Requests made, answers 429, retries, and ms spent waiting, so far. */
struct kl_client_count {
	uint64_t requests, limited, retries, waited_ms;
};
struct kl_client_count kl_client_counts(const struct kl_client *c);

#ifdef __cplusplus
}
#endif

#endif /* KL_CLIENT_H */
