/* SPDX-License-Identifier: MIT */
/* client-send.c - which calls may leave, and when. */

#include <string.h>

#include "client.h"
#include "kl/time.h"

/* The longest wait for what can be done without. */
#define ONCE_MS ((uint64_t)2000)

static enum kl_rc
put_on_wire(struct kl_client *c, struct pending *p, uint64_t now,
    struct kl_err *err)
{
	const char *headers[6];
	struct kl_http_req req = { .method = p->ep->method,
		.url = kl_buf_str(&p->url),
		.headers = headers,
		.body = p->body,
		.tag = p };
	enum kl_rc rc;

	memcpy(headers, c->headers, sizeof(headers));
	if (p->body.s == NULL)
		headers[4] = NULL; /* no content, no type */
	if ((rc = kl_http_start(c->http, &req, err)) != KL_OK) {
		kl_governor_unsent(c->governor, &p->ask, now);
		return rc;
	}
	(void)queue_take(&c->waiting, p);
	queue_add(&c->wire, p);
	c->flying++;
	c->count.requests++;
	if (p->attempts++ == 0)
		p->first = now;
	p->sent_at = now;
	tell_going(c);
	return KL_OK;
}

/* What a call waits for, for people. */
static const char *const reasons[] = {
	[KL_HOLD_GAP] = "the time between two requests",
	[KL_HOLD_SECOND] = "rate limit",
	[KL_HOLD_MINUTE] = "rate limit",
	[KL_HOLD_DAY] = "rate limit of a day",
	[KL_HOLD_SPREAD] = "rate limit, which others use too",
	[KL_HOLD_REFUSED] = "rate limit",
};

/* When the queue is to be looked at again, and why not now. */
struct turn {
	uint64_t wait;
	const char *why;
	bool blocked[KL_EPS + KL_EXTRAS]; /* buckets */
};

static void
sooner(struct turn *t, uint64_t wait, const char *why)
{
	if (wait >= t->wait)
		return;
	t->wait = wait;
	t->why = why;
}

/* True if something that was sent already waits to be sent again. */
static bool
retries_wait(const struct kl_client *c)
{
	const struct pending *p;

	for (p = c->waiting.first; p != NULL; p = p->next)
		if (p->attempts > 0)
			return true;
	return false;
}

/* Ask for the call's turn. */
static bool
may_leave(struct kl_client *c, struct pending *p, uint64_t now, struct turn *t)
{
	struct kl_wait w;

	if (p->not_before > now) {
		sooner(t, p->not_before - now, p->why);
		return false;
	}
	/* In an outage nothing new is tried, only what was. */
	if (c->streak >= STREAK && p->attempts == 0 && retries_wait(c))
		return false;
	/* In order within a bucket: who waits holds up the rest. */
	if (t->blocked[p->ask.bucket[0]] ||
	    (p->ask.rate[1] != NULL && t->blocked[p->ask.bucket[1]]))
		return false;
	w = kl_governor_take(c->governor, &p->ask, now);
	if (w.ms == 0)
		return true;
	t->blocked[w.bucket] = true;
	/* A day is not slept through. */
	if (w.ms > (p->once ? ONCE_MS : c->opts.patience.budget_ms) ||
	    w.why == KL_HOLD_DAY) {
		c->hopeless = p;
		c->hopeless_for = w;
	}
	sooner(t, w.ms, reasons[w.why]);
	return false;
}

enum kl_rc
send_waiting(struct kl_client *c, uint64_t *wait, const char **why,
    struct kl_err *err)
{
	struct turn t = { .wait = UINT64_MAX };
	struct pending *p, *next;
	uint64_t now = kl_now_mono();
	unsigned most = c->streak >= STREAK ? 1 : c->opts.parallel;
	enum kl_rc rc;

	for (p = c->waiting.first; p != NULL && c->flying < most; p = next) {
		next = p->next;
		if (may_leave(c, p, now, &t) &&
		    (rc = put_on_wire(c, p, now, err)) != KL_OK)
			return rc;
	}
	*wait = t.wait;
	*why = t.why;
	if (c->flying == 0 && t.wait != UINT64_MAX)
		tell_wait(c, t.wait, t.why, now);
	return KL_OK;
}
