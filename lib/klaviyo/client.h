/* SPDX-License-Identifier: MIT */
#ifndef CLIENT_H
#define CLIENT_H

#include "attempt.h"
#include "kl/buf.h"
#include "kl/client.h"
#include "kl/governor.h"

/*
 * client.h - the inside of the client, shared by its files:
 *
 *	client.c	making and freeing, and the loop
 *	client-queue.c	calls in, in order
 *	client-send.c	which of them may leave, and when
 *	client-judge.c	what came back, and what becomes of the call
 *	client-quota.c	the limits of the account, shared with other programs
 *	client-tell.c	words for people: labels, traces, waits
 *	attempt.c	what one exchange means
 *
 * A call is in one queue at a time: waiting (it has not left, or is to be
 * sent again) or wire.  The last that was answered is lent to the caller.
 */

/* A wait is cut into slices, so that no signal is overlooked for longer. */
#define SLICE_MS 250

/* A call between kl_client_start() and its answer. */
struct pending {
	struct pending *next;
	const struct kl_endpoint *ep;
	struct kl_buf url, label; /* label: what -v shows, no data in it */
	struct kl_span body;
	void *tag;
	struct kl_ask ask; /* what it draws on */
	uint64_t not_before;
	uint64_t first;	 /* start of the first attempt */
	uint64_t failed; /* end of the first that failed; 0: none */
	uint64_t sent_at, on_wire;
	unsigned attempts, nonsense;
	bool unsure, once;
	const char *why;    /* of not_before */
	struct kl_err last; /* what its last attempt failed of */
};

/* Singly linked, in order; last points to the final next. */
struct queue {
	struct pending *first, **last;
};

struct kl_client {
	struct kl_http *http;
	struct kl_governor *governor;
	struct kl_client_opts opts;
	char *base, *host;
	char *auth, *revision; /* header lines */
	const char *headers[6];
	struct queue waiting, wire; /* wire: those in an exchange */
	unsigned flying;
	unsigned streak; /* failures in a row that look like an outage */
	bool local, draining;
	bool heard; /* some answer has come, whatever it was */
	int stop_seen;
	uint64_t told_until; /* the wait that was told, or 0 */
	uint64_t good[KL_EPS];
	struct pending *answered; /* lent to the caller */
	struct pending *hopeless; /* waits for longer than patience lasts: */
	struct kl_wait hopeless_for;
	struct kl_allowance allowance; /* of retries */
	bool account_known, sharing;   /* the limits' file is that of the
					* account; there is one */
	struct kl_json doc;
	struct kl_alike alike; /* of pages, for the next */
	struct kl_client_count count;
};

/* client-queue.c */
void pending_free(struct pending *p);
void queue_add(struct queue *q, struct pending *p);
/* Take p out of the queue; the first one if p is NULL. */
struct pending *queue_take(struct queue *q, struct pending *p);

/* So many failures in a row, and only one request at a time is tried: an
 * outage is not answered with a crowd. */
#define STREAK 8

/*
 * client-send.c: send what may be sent.  *wait becomes the ms until the next
 * may be, or UINT64_MAX if only an answer can change that; *why the reason.
 */
enum kl_rc send_waiting(struct kl_client *c, uint64_t *wait, const char **why,
    struct kl_err *err);

/* client-judge.c: one exchange has ended.  KL_OK with a final answer, KL_AGAIN
 * if the call goes on. */
enum kl_rc take_result(struct kl_client *c, const struct kl_http_res *res,
    struct kl_answer *answer);
/* Answer a call that will not be sent any more; false if there is none. */
bool settle_drained(struct kl_client *c, struct kl_answer *answer);
bool settle_hopeless(struct kl_client *c, struct kl_answer *answer);

/* client-quota.c: count in the file of the account from now on, or of the
 * key, until an answer tells the account. */
void quota_begin(struct kl_client *c, const struct kl_client_opts *opts);
void quota_heed(struct kl_client *c, const struct pending *p, int status);
/* Say so if the file was lost. */
void quota_watch(struct kl_client *c);

/* The bucket that an answer's headers describe: the slower one. */
unsigned pending_bucket(const struct pending *p);
const struct kl_rate *pending_rate(const struct pending *p);

/* client-tell.c: the request as -v shows it. */
void tell_label(struct kl_buf *b, const struct kl_call *call);
void tell_path(struct kl_buf *b, const struct kl_call *call);
void tell_trace(struct kl_client *c, const struct pending *p,
    const struct kl_http_res *res);
/* Nothing can be sent for a while; said once for each such while. */
void tell_wait(struct kl_client *c, uint64_t wait, const char *why,
    uint64_t now);
void tell_going(struct kl_client *c);

#endif /* CLIENT_H */
