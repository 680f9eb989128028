/* SPDX-License-Identifier: MIT */
/* http.c - requests in and answers out, by libmicrohttpd. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common.h"
#include "http.h"

#define SWALLOW_MAX ((size_t)64 << 20) /* of a body that is too long */
#define KEEP_BODY ((size_t)1 << 20)    /* a buffer larger than this is freed */

enum {
	PHASE_NEW,
	PHASE_BODY,
	PHASE_WAITING
};

/* --- answers ---------------------------------------------------------------
 */

/* The body with a pause amid it, or a byte at a time. */
static ssize_t
dribble(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct req *q = cls;
	size_t left = q->out.n - (size_t)pos, half = q->out.n / 2;
	bool slow = q->fault->kind == FAULT_SLOW;

	if (q->server->stopping)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (!q->paused && (slow || pos == half)) {
		q->paused = true;
		server_wait(q->server, q, q->fault->ms);
		return 0;
	}
	if (slow) {
		q->paused = false;
		left = 1;
	} else if (pos < half)
		left = half - (size_t)pos;
	if (left > max)
		left = max;
	memcpy(buf, q->out.s + pos, left);
	return (ssize_t)left;
}

static void
add_headers(struct MHD_Response *r, const struct req *q)
{
	char allow[32] = "";
	size_t n = 0;
	int v;

	if (q->out.n > 0 && q->status != 429)
		(void)MHD_add_response_header(r, "Content-Type",
		    q->html ? "text/html; charset=UTF-8"
			    : "application/vnd.api+json");
	if (q->retry_after[0] != '\0')
		(void)MHD_add_response_header(r, "Retry-After", q->retry_after);
	else if (q->rate_limit[0] != '\0') {
		(void)MHD_add_response_header(r, "RateLimit-Limit",
		    q->rate_limit);
		(void)MHD_add_response_header(r, "RateLimit-Remaining",
		    q->rate_remaining);
		(void)MHD_add_response_header(r, "RateLimit-Reset",
		    q->rate_reset);
	}
	if (q->location[0] != '\0')
		(void)MHD_add_response_header(r, "Location", q->location);
	if (q->status != 405)
		return;
	for (v = 0; v < VERBS; v++)
		if (q->verbs & 1U << v)
			n += (size_t)snprintf(allow + n, sizeof(allow) - n,
			    "%s%s", n > 0 ? ", " : "", verb_name((enum verb)v));
	(void)MHD_add_response_header(r, "Allow", allow);
}

/* Hand the answer over; MHD_NO drops the connection. */
static enum MHD_Result
deliver(struct server *s, struct req *q)
{
	struct MHD_Response *r;
	enum MHD_Result rc;
	bool tease = q->fault != NULL && q->out.n > 0 &&
	    (q->fault->kind == FAULT_STALL || q->fault->kind == FAULT_SLOW);

	if (s->set.verbose)
		cmd_say("%s %.*s %d", q->verb_sent, (int)q->path.n, q->path.s,
		    q->status);
	if (q->fault != NULL && faults_raw(q, q->conn->fd))
		return MHD_NO;
	q->server = s;
	r = tease ? MHD_create_response_from_callback(q->out.n, 32768, dribble,
			q, NULL)
		  : MHD_create_response_from_buffer(q->out.n,
			q->out.n > 0 ? (void *)q->out.s : (void *)"",
			MHD_RESPMEM_PERSISTENT);
	if (r == NULL)
		return MHD_NO;
	add_headers(r, q);
	rc = MHD_queue_response(q->mhd, (unsigned)q->status, r);
	MHD_destroy_response(r);
	return rc;
}

/* --- requests ---------------------------------------------------------------
 */

void *
http_target(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	struct server *s = cls;
	struct req *q = s->pool;
	size_t n = strlen(uri);

	if (q != NULL)
		s->pool = q->next;
	else if ((q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	q->next = NULL;
	q->box = s->box;
	q->mhd = mhd;
	q->body.max = MAX_BODY + 1;
	if ((q->target = malloc(n + 1)) != NULL)
		memcpy(q->target, uri, n + 1);
	return q;
}

static const char *
header(const struct req *q, const char *name)
{
	return MHD_lookup_connection_value(q->mhd, MHD_HEADER_KIND, name);
}

/* Everything but the body is known: find out what is asked for. */
static enum MHD_Result
begin(struct server *s, struct req *q, const char *method)
{
	const union MHD_ConnectionInfo *info;
	const char *mark, *length;
	uint64_t n;

	info =
	    MHD_get_connection_info(q->mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	if (q->target == NULL || info == NULL || info->socket_context == NULL)
		return MHD_NO;
	q->conn = info->socket_context;
	q->number = ++s->box->requests;
	q->verb_sent = method;
	q->verb = verb_of(method);
	mark = strchr(q->target, '?');
	q->path = KL_SPAN(q->target);
	q->search = (struct kl_span){ "", 0 };
	if (mark != NULL) {
		q->path.n = (size_t)(mark - q->target);
		q->search = KL_SPAN(mark + 1);
	}
	q->op = op_find(q->verb, q->path, q->id, &q->verbs);
	q->authorization = header(q, "Authorization");
	q->revision = header(q, "revision");
	q->opt_out = header(q, "X-Klaviyo-Revision-Fall-Forward-Opt-Out");
	q->content_type = header(q, "Content-Type");
	q->content_encoding = header(q, "Content-Encoding");
	q->host = header(q, "Host");
	q->origin = header(q, "Origin");
	q->fault = faults_pick(s->faults, q->op, false, &s->box->random);
	if (q->fault != NULL && q->fault->kind == FAULT_RESET_BEFORE) {
		faults_reset(q->conn->fd);
		return MHD_NO;
	}
	length = header(q, "Content-Length");
	if (length != NULL && kl_parse_u64(length, strlen(length), &n) &&
	    n <= MAX_BODY)
		(void)kl_buf_room(&q->body, (size_t)n);
	q->phase = PHASE_BODY;
	return MHD_YES;
}

/* The request is here: answer it, now or after the latency. */
static enum MHD_Result
finish(struct server *s, struct req *q)
{
	uint64_t pause = s->set.latency;

	if (request_gate(q) && (q->fault == NULL || !faults_answer(q)))
		request_run(q);
	log_put(q);
	if (q->fault != NULL && q->fault->kind == FAULT_STALL && q->out.n == 0)
		pause += q->fault->ms;
	q->phase = PHASE_WAITING;
	if (pause == 0)
		return deliver(s, q);
	server_wait(s, q, pause);
	return MHD_YES;
}

enum MHD_Result
http_request(void *cls, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *n,
    void **ctx)
{
	struct server *s = cls;
	struct req *q = *ctx;

	(void)mhd;
	(void)url;
	(void)version;
	if (q == NULL)
		return MHD_NO;
	if (q->phase == PHASE_NEW)
		return begin(s, q, method);
	if (q->phase == PHASE_WAITING)
		return deliver(s, q);
	if (*n == 0)
		return finish(s, q);
	q->body_seen += *n;
	if (q->body_seen <= MAX_BODY)
		kl_buf_put(&q->body, data, *n);
	*n = 0;
	return q->body_seen > SWALLOW_MAX ? MHD_NO : MHD_YES;
}

void
http_done(void *cls, struct MHD_Connection *mhd, void **ctx,
    enum MHD_RequestTerminationCode why)
{
	struct server *s = cls;
	struct req *q = *ctx, kept = { 0 };

	(void)mhd;
	if (q == NULL)
		return;
	if (q->fault != NULL && q->fault->kind == FAULT_CLOSE_IDLE &&
	    why == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		server_close_later(s, q->conn, q->fault->ms);
	free(q->target);
	query_free(&q->query);
	if (q->body.cap > KEEP_BODY)
		kl_buf_free(&q->body);
	kl_buf_reset(&q->body);
	kl_buf_reset(&q->out);
	kept.body = q->body;
	kept.out = q->out;
	kept.next = s->pool;
	*q = kept;
	s->pool = q;
	*ctx = NULL;
}
