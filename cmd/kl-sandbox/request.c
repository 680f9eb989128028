/* SPDX-License-Identifier: MIT */
/* request.c - the way of a request through all the checks to its answer. */

#include <stdio.h>
#include <strings.h>

#include "box.h"

/* 127.0.0.1 or localhost, and perhaps a port. */
static bool
local_host(const char *host)
{
	static const char *const names[] = { "127.0.0.1", "localhost" };
	size_t i, n;

	for (i = 0; i < 2; i++) {
		n = strlen(names[i]);
		if (strncasecmp(host, names[i], n) != 0)
			continue;
		if (host[n] == ':' && strlen(host + n) <= 6)
			n += 1 + strspn(host + n + 1, "0123456789");
		if (host[n] == '\0')
			return true;
	}
	return false;
}

/*
 * A page in a browser must not reach the sandbox: a foreign name that
 * resolves to 127.0.0.1 shows in Host, a script's request in Origin.
 */
bool
request_gate(struct req *q)
{
	if (q->host != NULL && local_host(q->host) && q->origin == NULL) {
		/* Links lead to where the client believes us to be. */
		(void)snprintf(q->box->base, sizeof(q->box->base), "http://%s",
		    q->host);
		return true;
	}
	reply_bad(q, NO_PERMISSION, "/data/", "%s",
	    q->origin != NULL
		? "Requests from web pages are not served."
		: "The Host header must be 127.0.0.1 or localhost.");
	(void)reply_failed(q);
	return false;
}

static bool
json_type(const char *t)
{
	static const char *const types[] = { "application/vnd.api+json",
		"application/json" };
	size_t i, n;

	for (i = 0; t != NULL && i < 2; i++) {
		n = strlen(types[i]);
		if (strncasecmp(t, types[i], n) == 0 &&
		    (t[n] == '\0' || t[n] == ';' || t[n] == ' '))
			return true;
	}
	return false;
}

static bool
body_check(struct req *q, struct problem *p)
{
	if (!q->op->body)
		return true;
	if (!json_type(q->content_type))
		return problem_set(p, BAD_TYPE, "/data/",
		    "Unsupported media type in request. Use "
		    "application/vnd.api+json.");
	if (q->content_encoding != NULL &&
	    strcasecmp(q->content_encoding, "identity") != 0)
		return problem_set(p, BAD_TYPE, "/data/",
		    "Unsupported content encoding in request.");
	if (q->body_seen > MAX_BODY)
		return problem_set(p,
		    q->box->readings.oversize_400 ? BAD_INPUT : TOO_LARGE,
		    "/data/", "The request body exceeds 5 MB.");
	return true;
}

/* Another family in include= needs that family's scope as well. */
static unsigned
include_scopes(const struct req *q)
{
	static const struct {
		const char *word;
		unsigned scope;
	} families[] = { { "lists", LISTS_READ }, { "segments", SEGMENTS_READ },
		{ "profile", PROFILES_READ }, { "metric", METRICS_READ },
		{ "tags", TAGS_READ }, { "push-tokens", PUSH_TOKENS_READ },
		{ "conversations", CONVERSATIONS_READ },
		{ "flow-triggers", FLOWS_READ } };
	unsigned need = 0;
	size_t i;
	int bit;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		bit = word_index(q->op->include, KL_SPAN(families[i].word));
		if (bit >= 0 && (q->query.include & 1U << bit))
			need |= families[i].scope;
	}
	return need;
}

static bool
checked(struct req *q, struct problem *p)
{
	struct problem bad_query;
	unsigned scopes;
	bool query;

	if (q->verbs == 0)
		return problem_set(p, NOT_FOUND, "/data/",
		    "The requested resource was not found.");
	if (!auth_check(q, &scopes, p))
		return false;
	if (q->op == NULL)
		return problem_set(p, BAD_METHOD, "/data/",
		    "Method \"%.20s\" not allowed.", q->verb_sent);
	query = query_read(q, &bad_query);
	if (!limits_take(q, p) || !revision_check(q, p) ||
	    !scope_check(q->op, include_scopes(q), scopes, p))
		return false;
	if (!query) {
		*p = bad_query;
		return false;
	}
	return body_check(q, p);
}

void
request_run(struct req *q)
{
	struct problem p;

	q->now = box_now(q->box);
	if (checked(q, &p))
		q->op->run(q);
	else
		reply_problem(q, &p, "");
	(void)reply_failed(q);
	if (q->out.rc != KL_OK) {
		q->errors = 0;
		kl_buf_reset(&q->out);
		reply_bad(q, BROKEN, "/data", "out of memory");
		(void)reply_failed(q);
	}
	ledger_flush(q->box);
}
