/* SPDX-License-Identifier: MIT */
/* client.c - calls in flight: making, freeing, and the loop. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "kl/time.h"
#include "kl/url.h"
#include "kl/version.h"

#define PARALLEL 8
#define BUDGET_MS ((uint64_t)15 * 60 * 1000)

/* --- making and freeing --------------------------------------------------- */

/* "name: value", owned. */
static char *
header(const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 1;
	char *s = malloc(size);

	if (s != NULL)
		(void)snprintf(s, size, "%s%s", name, value);
	return s;
}

static bool
key_good(const char *key)
{
	size_t n = key != NULL ? strlen(key) : 0;

	return n > 0 && n <= 255 &&
	    strspn(key,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == n;
}

static enum kl_rc
check_opts(const struct kl_client_opts *opts, struct kl_url *u,
    struct kl_err *err)
{
	const char *base =
	    opts->base_url != NULL ? opts->base_url : KL_BASE_URL;
	enum kl_rc rc;

	if ((rc = kl_url_base(u, base, err)) != KL_OK)
		return rc;
	if (key_good(opts->key))
		return KL_OK;
	(void)kl_err_set(err, KL_ECONFIG,
	    "the key is no API key: it has "
	    "other characters than letters, "
	    "digits, - and _");
	kl_err_code(err, "key_malformed");
	return KL_ECONFIG;
}

/* The parts made of the options' strings. */
static bool
copy_opts(struct kl_client *c, const struct kl_url *u)
{
	const char *base =
	    c->opts.base_url != NULL ? c->opts.base_url : KL_BASE_URL;
	size_t n = strlen(base);

	while (n > 0 && base[n - 1] == '/')
		n--;
	c->base = strndup(base, n);
	c->host = strndup(u->host.s, u->host.n);
	c->auth = header("Authorization: Klaviyo-API-Key ", c->opts.key);
	c->revision = header("revision: ",
	    c->opts.revision != NULL ? c->opts.revision : KL_REVISION);
	c->opts.key = c->opts.base_url = c->opts.revision = NULL;
	c->opts.account = NULL;
	c->headers[0] = c->auth;
	c->headers[1] = c->revision;
	c->headers[2] = "Accept: application/vnd.api+json";
	/* A retired revision is to fail, not to answer in another shape. */
	c->headers[3] = "X-Klaviyo-Revision-Fall-Forward-Opt-Out: 1";
	c->headers[4] = "Content-Type: application/vnd.api+json";
	return c->base != NULL && c->host != NULL && c->auth != NULL &&
	    c->revision != NULL;
}

enum kl_rc
kl_client_new(struct kl_client **to, const struct kl_client_opts *opts,
    struct kl_err *err)
{
	struct kl_http_opts h = { .cacert = opts->cacert,
		.connect_ms = opts->connect_ms,
		.stall_ms = opts->stall_ms,
		.total_ms = opts->total_ms };
	struct kl_client *c;
	struct kl_url u;
	enum kl_rc rc;

	if ((rc = check_opts(opts, &u, err)) != KL_OK)
		return rc;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return kl_err_nomem(err);
	c->opts = *opts;
	if (c->opts.parallel == 0)
		c->opts.parallel = PARALLEL;
	if (c->opts.patience.budget_ms == 0)
		c->opts.patience.budget_ms = BUDGET_MS;
	h.connections = c->opts.parallel;
	c->waiting.last = &c->waiting.first;
	c->wire.last = &c->wire.first;
	c->local = kl_url_loopback(&u);
	c->governor =
	    kl_governor_new((unsigned)KL_EPS + KL_EXTRAS, opts->max_percent);
	if (!copy_opts(c, &u) || c->governor == NULL)
		rc = kl_err_nomem(err);
	else
		rc = kl_http_new(&c->http, &h, err);
	if (rc == KL_OK && opts->share)
		quota_begin(c, opts);
	if (rc != KL_OK) {
		kl_client_free(c);
		return rc;
	}
	*to = c;
	return KL_OK;
}

void
kl_client_free(struct kl_client *c)
{
	struct pending *p;

	if (c == NULL)
		return;
	kl_http_free(c->http);
	while ((p = queue_take(&c->waiting, NULL)) != NULL)
		pending_free(p);
	while ((p = queue_take(&c->wire, NULL)) != NULL) {
		kl_governor_landed(c->governor, &p->ask, p->sent_at,
		    kl_now_mono());
		pending_free(p);
	}
	pending_free(c->answered);
	kl_governor_free(c->governor);
	kl_json_free(&c->doc);
	kl_alike_free(&c->alike);
	if (c->auth != NULL)
		kl_wipe(c->auth, strlen(c->auth));
	free(c->auth);
	free(c->revision);
	free(c->base);
	free(c->host);
	free(c);
}

const char *
kl_client_base(const struct kl_client *c)
{
	return c->base;
}

struct kl_client_count
kl_client_counts(const struct kl_client *c)
{
	return c->count;
}

unsigned
kl_client_busy(const struct kl_client *c)
{
	const struct pending *p;
	unsigned n = c->flying;

	for (p = c->waiting.first; p != NULL; p = p->next)
		n++;
	return n;
}

bool
kl_client_stopped(const struct kl_client *c)
{
	return c->opts.stop != NULL && *c->opts.stop != 0;
}

void
kl_client_drain(struct kl_client *c)
{
	c->draining = true;
}

/* --- the loop ------------------------------------------------------------- */

static bool
stopped(struct kl_client *c)
{
	int v = c->opts.stop != NULL ? *c->opts.stop : 0;

	if (v == c->stop_seen)
		return false;
	c->stop_seen = v;
	return true;
}

/* How long to look at the sockets before looking at the queue again. */
static uint64_t
slice(const struct kl_client *c, uint64_t wait, uint64_t end, uint64_t now)
{
	uint64_t left = end > now ? end - now : 0;
	uint64_t ms = wait < left ? wait : left;

	return c->opts.stop != NULL && ms > SLICE_MS ? SLICE_MS : ms;
}

enum kl_rc
kl_client_next(struct kl_client *c, uint64_t ms, int fd,
    struct kl_answer *answer, struct kl_err *err)
{
	uint64_t from = kl_now_mono(), end, wait, now;
	struct kl_http_res res;
	const char *why = NULL;
	enum kl_rc rc;

	end = ms > UINT64_MAX - from ? UINT64_MAX : from + ms;
	pending_free(c->answered);
	c->answered = NULL;
	for (;;) {
		if (stopped(c))
			return KL_AGAIN;
		if (settle_drained(c, answer))
			return KL_OK;
		if ((rc = send_waiting(c, &wait, &why, err)) != KL_OK)
			return rc;
		if (settle_hopeless(c, answer))
			return KL_OK;
		if (c->flying == 0 && c->waiting.first == NULL)
			return KL_EOF;
		from = kl_now_mono();
		ms = slice(c, wait, end, from);
		rc = kl_http_next(c->http, ms, fd, &res, err);
		now = kl_now_mono();
		if (rc == KL_OK)
			rc = take_result(c, &res, answer);
		else if (rc == KL_AGAIN && now - from < ms) {
			/* fd, or a signal, which is told only once. */
			(void)stopped(c);
			return KL_AGAIN;
		}
		if (rc != KL_AGAIN)
			return rc;
		if (now >= end)
			return KL_AGAIN;
	}
}

enum kl_rc
kl_client_call(struct kl_client *c, const struct kl_call *call,
    struct kl_answer *answer, struct kl_err *err)
{
	enum kl_rc rc;

	*answer = (struct kl_answer){ .doc = &c->doc };
	if (kl_client_busy(c) > 0)
		return kl_err_set(err, KL_EBUG,
		    "a call that waits while others are in flight");
	if ((rc = kl_client_start(c, call, err)) != KL_OK)
		return rc;
	do
		rc = kl_client_next(c, UINT64_MAX, -1, answer, err);
	while (rc == KL_AGAIN && !kl_client_stopped(c));
	if (rc == KL_AGAIN) {
		(void)kl_err_set(err, KL_ERETRY, "stopped by a signal");
		kl_err_code(err, "stopped");
		return KL_ERETRY;
	}
	if (rc == KL_OK && answer->err.rc != KL_OK) {
		rc = answer->err.rc;
		if (err != NULL)
			*err = answer->err;
	}
	return rc;
}
