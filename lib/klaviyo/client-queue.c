/* SPDX-License-Identifier: MIT */
/* client-queue.c - calls in, in order. */

#include <stdlib.h>
#include <string.h>

#include "client.h"

void
pending_free(struct pending *p)
{
	if (p == NULL)
		return;
	kl_buf_free(&p->url);
	kl_buf_free(&p->label);
	free(p);
}

void
queue_add(struct queue *q, struct pending *p)
{
	p->next = NULL;
	*q->last = p;
	q->last = &p->next;
}

struct pending *
queue_take(struct queue *q, struct pending *p)
{
	struct pending **at = &q->first;

	while (p != NULL && *at != NULL && *at != p)
		at = &(*at)->next;
	if ((p = *at) == NULL)
		return NULL;
	*at = p->next;
	if (q->last == &p->next)
		q->last = at;
	return p;
}

/* The buckets that the call draws on. */
static struct kl_ask
ask_of(const struct kl_call *call)
{
	enum kl_ep ep = call->ep->twin != 0 ? call->ep->twin : call->ep->ep;
	enum kl_extra extra = kl_extra_of(call->ep, call->query);
	struct kl_ask ask = { .gap = call->gap_ms };

	ask.bucket[0] = ep;
	ask.rate[0] = &kl_endpoint(ep)->rate;
	if (extra != KL_EXTRA_NONE) {
		ask.bucket[1] = (unsigned)KL_EPS + extra;
		ask.rate[1] = kl_extra_rate(extra);
	}
	return ask;
}

unsigned
pending_bucket(const struct pending *p)
{
	return p->ask.bucket[p->ask.rate[1] != NULL];
}

const struct kl_rate *
pending_rate(const struct pending *p)
{
	return p->ask.rate[p->ask.rate[1] != NULL];
}

enum kl_rc
kl_client_start(struct kl_client *c, const struct kl_call *call,
    struct kl_err *err)
{
	bool needs_id = strstr(call->ep->path, "{id}") != NULL;
	struct pending *p;
	enum kl_rc rc;

	if (needs_id && (call->id == NULL || call->id[0] == '\0'))
		return kl_err_set(err, KL_EBUG, "call of %s without its id",
		    call->ep->name);
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return kl_err_nomem(err);
	p->ep = call->ep;
	p->body = call->body;
	p->tag = call->tag;
	p->ask = ask_of(call);
	p->once = call->once;
	kl_buf_puts(&p->url, c->base);
	tell_path(&p->url, call);
	if (call->query.n > 0) {
		kl_buf_putc(&p->url, '?');
		kl_buf_span(&p->url, call->query);
	}
	if (c->opts.talk.trace != NULL)
		tell_label(&p->label, call);
	if ((rc = kl_buf_check(&p->url, err)) != KL_OK ||
	    (rc = kl_buf_check(&p->label, err)) != KL_OK) {
		pending_free(p);
		return rc;
	}
	queue_add(&c->waiting, p);
	return KL_OK;
}
