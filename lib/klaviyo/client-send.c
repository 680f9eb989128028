/* SPDX-License-Identifier: MIT */
/* client-send.c - which calls may leave, and when. */

#include <string.h>

#include "client.h"
#include "kl/time.h"

/* So many failures in a row, and only one request at a time is tried: an
 * outage is not answered with a crowd. */
#define STREAK 8

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
	if ((rc = kl_governor_sent(c->governor, p->ep->ep, now, err)) != KL_OK)
		return rc;
	if ((rc = kl_http_start(c->http, &req, err)) != KL_OK)
		return rc;
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

/*
 * Send what may be sent.  *wait becomes the ms until the next may be, or
 * UINT64_MAX if only an answer can change that; *why the reason.
 */
enum kl_rc
send_waiting(struct kl_client *c, uint64_t *wait, const char **why,
    struct kl_err *err)
{
	bool blocked[KL_EPS] = { false };
	struct pending *p, *next;
	uint64_t now = kl_now_mono(), w;
	unsigned most;
	enum kl_rc rc;

	*wait = UINT64_MAX;
	most = c->streak >= STREAK ? 1 : c->opts.parallel;
	for (p = c->waiting.first; p != NULL; p = next) {
		next = p->next;
		if (c->flying >= most)
			break;
		if (p->not_before > now) {
			if (p->not_before - now < *wait) {
				*wait = p->not_before - now;
				*why = p->why;
			}
			continue;
		}
		/* In order within a bucket: who waits holds up the rest. */
		if (blocked[p->ep->ep])
			continue;
		w = kl_governor_wait(c->governor, p->ep->ep, &p->ep->rate,
		    p->gap, now);
		if (w > 0) {
			blocked[p->ep->ep] = true;
			if (w > c->opts.patience.budget_ms)
				c->hopeless = p;
			if (w < *wait) {
				*wait = w;
				*why = "rate limit";
			}
			continue;
		}
		if ((rc = put_on_wire(c, p, now, err)) != KL_OK)
			return rc;
	}
	if (c->flying == 0 && *wait != UINT64_MAX)
		tell_wait(c, *wait, *why, now);
	return KL_OK;
}
