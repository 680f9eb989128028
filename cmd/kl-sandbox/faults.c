/* SPDX-License-Identifier: MIT */
/* faults.c - what goes wrong on purpose. */

#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>

#include "faults.h"
#include "kl/near.h"

/* Name and default of ms. */
static const struct {
	const char *name;
	uint64_t ms;
} kinds[FAULTS] = {
	[FAULT_REFUSE] = { "refuse", 200 },
	[FAULT_RESET_BEFORE] = { "reset-before", 0 },
	[FAULT_RESET_HEADERS] = { "reset-headers", 0 },
	[FAULT_RESET_BODY] = { "reset-body", 0 },
	[FAULT_LOST_REPLY] = { "lost-reply", 0 },
	[FAULT_TRUNCATE] = { "truncate", 0 },
	[FAULT_WRONG_LENGTH] = { "wrong-length", 0 },
	[FAULT_HTML] = { "html", 0 },
	[FAULT_STALL] = { "stall", 60000 },
	[FAULT_SLOW] = { "slow", 10 },
	[FAULT_REDIRECT] = { "redirect", 0 },
	[FAULT_STATUS] = { "status", 1000 },
	[FAULT_CLOSE_IDLE] = { "close-idle", 0 },
};

static enum kl_rc
kind_of(struct rule *r, struct kl_span s, struct kl_err *err)
{
	const char *names[FAULTS + 1], *near;
	uint64_t status;
	int i;

	if (s.n > 7 && memcmp(s.s, "status=", 7) == 0) {
		if (!kl_parse_u64(s.s + 7, s.n - 7, &status) || status < 400 ||
		    status > 599)
			return kl_err_set(err, KL_EUSAGE,
			    "--fault: status takes 400 to 599");
		r->status = (int)status;
		s.n = 6;
	} else if (kl_span_is(s, "status"))
		return kl_err_set(err, KL_EUSAGE,
		    "--fault: status needs a number, as in status=503");
	for (i = 0; i < FAULTS; i++) {
		names[i] = kinds[i].name;
		if (kl_span_is(s, kinds[i].name)) {
			r->kind = (enum fault_kind)i;
			r->ms = kinds[i].ms;
			return KL_OK;
		}
	}
	names[FAULTS] = NULL;
	near = kl_near(names, s.s, s.n);
	(void)kl_err_set(err, KL_EUSAGE, "--fault: no fault is called '%.*s'",
	    (int)s.n, s.s);
	if (near != NULL)
		kl_err_hint(err, "did you mean %s?", near);
	return KL_EUSAGE;
}

/* NAME=NUMBER behind a colon. */
static enum kl_rc
setting(struct rule *r, struct kl_span name, struct kl_span v,
    struct kl_err *err)
{
	char text[32], *end;
	uint64_t n = 0;
	bool number = kl_parse_u64(v.s, v.n, &n);

	if (kl_span_is(name, "ms") && number && n <= 3600000) {
		r->ms = n;
		return KL_OK;
	}
	if (kl_span_is(name, "p") && v.n < sizeof(text) && v.n > 0) {
		memcpy(text, v.s, v.n);
		text[v.n] = '\0';
		r->p = strtod(text, &end);
		r->when = WITH_CHANCE;
		if (*end == '\0' && r->p >= 0 && r->p <= 1)
			return KL_OK;
	} else if (number && n > 0 &&
	    (kl_span_is(name, "at") || kl_span_is(name, "every"))) {
		r->when = name.s[0] == 'a' ? AT : EVERY;
		r->n = n;
		return KL_OK;
	}
	return kl_err_set(err, KL_EUSAGE,
	    "--fault: '%.*s' is not p=0..1, at=N, every=N or ms=N",
	    (int)(name.n + 1 + v.n), name.s);
}

static enum kl_rc
part(struct rule *r, struct kl_span s, struct kl_err *err)
{
	const char *eq = memchr(s.s, '=', s.n);
	size_t n;

	if (eq != NULL) {
		n = (size_t)(eq - s.s);
		return setting(r, (struct kl_span){ s.s, n },
		    (struct kl_span){ eq + 1, s.n - n - 1 }, err);
	}
	if (r->kind == FAULT_REFUSE)
		return kl_err_set(err, KL_EUSAGE,
		    "--fault: refuse is about connections and takes no "
		    "operation");
	if ((r->op = op_named(s)) != NULL)
		return KL_OK;
	(void)kl_err_set(err, KL_EUSAGE,
	    "--fault: no operation is called '%.*s'", (int)s.n, s.s);
	kl_err_hint(err, "kl-sandbox(1) lists them");
	return KL_EUSAGE;
}

enum kl_rc
faults_add(struct faults *f, const char *spec, struct kl_err *err)
{
	const char *p = spec, *end;
	struct rule *grown, r = { .when = ALL };
	enum kl_rc rc;

	for (;; p = end + 1) {
		end = strchr(p, ':');
		if (end == NULL)
			end = p + strlen(p);
		rc = (p == spec ? kind_of : part)(&r,
		    (struct kl_span){ p, (size_t)(end - p) }, err);
		if (rc != KL_OK)
			return rc;
		if (*end == '\0')
			break;
	}
	grown = realloc(f->rule, (f->n + 1) * sizeof(*grown));
	if (grown == NULL)
		return kl_err_nomem(err);
	f->rule = grown;
	f->rule[f->n++] = r;
	return KL_OK;
}

static bool
fires(struct rule *r, uint64_t *random)
{
	r->seen++;
	switch (r->when) {
	case ALL:
		return true;
	case WITH_CHANCE:
		return (double)(random_next(random) >> 11) *
		    (1.0 / 9007199254740992.0) <
		    r->p;
	case AT:
		return r->seen == r->n;
	case EVERY:
		return r->seen % r->n == 0;
	}
	return false;
}

const struct rule *
faults_pick(struct faults *f, const struct op *op, bool refuse,
    uint64_t *random)
{
	const struct rule *found = NULL;
	size_t i;

	for (i = 0; i < f->n; i++) {
		struct rule *r = &f->rule[i];

		if ((r->kind == FAULT_REFUSE) != refuse ||
		    (r->op != NULL && r->op != op))
			continue;
		if (fires(r, random) && found == NULL)
			found = r;
	}
	return found;
}

bool
faults_answer(struct req *q)
{
	const struct rule *r = q->fault;

	if (r->kind == FAULT_HTML) {
		reply_empty(q, 502);
		q->html = true;
		kl_buf_puts(&q->out,
		    "<!DOCTYPE html>\n<html><head><title>502 Bad "
		    "Gateway</title></head>\n<body><h1>Error 502</h1><p>The "
		    "web server reported a bad gateway.</p></body></html>\n");
		return true;
	}
	if (r->kind == FAULT_REDIRECT) {
		reply_empty(q, 302);
		(void)snprintf(q->location, sizeof(q->location),
		    "%s/elsewhere%.*s", q->box->base,
		    q->path.n > 80 ? 80 : (int)q->path.n, q->path.s);
		return true;
	}
	if (r->kind != FAULT_STATUS)
		return false;
	reply_status(q, r->status);
	(void)reply_failed(q);
	if (r->status == 429 || r->status == 503)
		(void)snprintf(q->retry_after, sizeof(q->retry_after), "%llu",
		    (unsigned long long)(r->ms + 999) / 1000);
	return true;
}

void
faults_reset(int fd)
{
	struct linger now = { 1, 0 };
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	/* Taking the address away from a connected socket resets it at once;
	 * the descriptor stays with the server to close. */
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	if (connect(fd, &nowhere, sizeof(nowhere)) != 0)
		(void)shutdown(fd, SHUT_RDWR);
}

/* The answer as it would be on the wire, length being what it claims. */
static void
put_answer(struct kl_buf *b, const struct req *q, size_t length)
{
	kl_buf_printf(b,
	    "HTTP/1.1 %d %s\r\nContent-Type: application/vnd.api+json\r\n",
	    q->status, q->status < 300 ? "OK" : "Error");
	if (q->rate_limit[0] != '\0')
		kl_buf_printf(b,
		    "RateLimit-Limit: %s\r\nRateLimit-Remaining: %s\r\n"
		    "RateLimit-Reset: %s\r\n",
		    q->rate_limit, q->rate_remaining, q->rate_reset);
	kl_buf_printf(b, "Content-Length: %zu\r\n\r\n", length);
}

bool
faults_raw(struct req *q, int fd)
{
	enum fault_kind kind = q->fault->kind;
	struct kl_buf b = { 0 };
	size_t n = 0;

	switch (kind) {
	case FAULT_RESET_HEADERS:
		put_answer(&b, q, q->out.n);
		b.n /= 2;
		break;
	case FAULT_RESET_BODY:
	case FAULT_TRUNCATE:
		/* An answer without a body promises one. */
		put_answer(&b, q, q->out.n > 0 ? q->out.n : 100);
		n = q->out.n / 2;
		break;
	case FAULT_WRONG_LENGTH:
		put_answer(&b, q, q->out.n / 2);
		n = q->out.n;
		break;
	case FAULT_LOST_REPLY:
		break;
	default:
		return false;
	}
	kl_buf_put(&b, q->out.s, n);
	/* What the socket does not take is lost, which is the point. */
	if (b.n > 0)
		(void)send(fd, b.s, b.n, MSG_NOSIGNAL);
	kl_buf_free(&b);
	if (kind == FAULT_RESET_HEADERS || kind == FAULT_RESET_BODY)
		faults_reset(fd);
	return true;
}
