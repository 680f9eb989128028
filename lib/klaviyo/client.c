/* SPDX-License-Identifier: MIT */
/* client.c - calls in flight: queue, pace, send, judge, send again. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempt.h"
#include "kl/random.h"
#include "kl/time.h"
#include "kl/url.h"
#include "kl/version.h"

#define PARALLEL 8
#define BUDGET_MS ((uint64_t)15 * 60 * 1000)
/* So many failures in a row, and only one request at a time is tried: an
 * outage is not answered with a crowd. */
#define STREAK 8
/* Patience of a client that has not had a single answer yet. */
#define FIRST_MS 30000
/* A wait is cut into slices, so that no signal is overlooked for longer. */
#define SLICE_MS 250
/* Waits shorter than this are not worth a word. */
#define TELL_MS 1000

/* A call between kl_client_start() and its answer. */
struct pending {
	struct pending *next;
	const struct kl_endpoint *ep;
	struct kl_buf url, label; /* label: what -v shows, no data in it */
	struct kl_span body;
	void *tag;
	uint64_t gap, not_before;
	uint64_t first;	 /* start of the first attempt */
	uint64_t failed; /* end of the first that failed; 0: none */
	uint64_t sent_at, on_wire;
	unsigned attempts, nonsense;
	bool unsure;
	const char *why; /* of not_before */
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
	unsigned flying, streak;
	bool local, draining;
	bool heard; /* some answer has come, whatever it was */
	int stop_seen;
	uint64_t told_until; /* the wait that was told, or 0 */
	uint64_t good[KL_EPS];
	struct pending *answered; /* lent to the caller */
	struct pending *hopeless; /* waits for longer than patience lasts */
	struct kl_json doc;
	struct kl_client_count count;
};

/* --- making and freeing --------------------------------------------------- */

static void
pending_free(struct pending *p)
{
	if (p == NULL)
		return;
	kl_buf_free(&p->url);
	kl_buf_free(&p->label);
	free(p);
}

static void
append(struct queue *q, struct pending *p)
{
	p->next = NULL;
	*q->last = p;
	q->last = &p->next;
}

/* Take p out of the queue; the first one if p is NULL. */
static struct pending *
take(struct queue *q, struct pending *p)
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
	c->governor = kl_governor_new(KL_EPS);
	if (!copy_opts(c, &u) || c->governor == NULL)
		rc = kl_err_nomem(err);
	else
		rc = kl_http_new(&c->http, &h, err);
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
	while ((p = take(&c->waiting, NULL)) != NULL)
		pending_free(p);
	while ((p = take(&c->wire, NULL)) != NULL)
		pending_free(p);
	pending_free(c->answered);
	kl_governor_free(c->governor);
	kl_json_free(&c->doc);
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

bool
kl_client_local(const struct kl_client *c)
{
	return c->local;
}

struct kl_client_count
kl_client_counts(const struct kl_client *c)
{
	return c->count;
}

/* --- queueing ------------------------------------------------------------- */

/* The path with its id; encoded. */
static void
put_path(struct kl_buf *b, const struct kl_call *call)
{
	const char *path = call->ep->path, *hole = strstr(path, "{id}");

	if (hole == NULL) {
		kl_buf_puts(b, path);
		return;
	}
	kl_buf_put(b, path, (size_t)(hole - path));
	kl_url_encode(b, call->id, strlen(call->id));
	kl_buf_puts(b, hole + 4);
}

/* Parameters that say what is asked for, never about whom. */
static bool
harmless(struct kl_span item)
{
	static const char *const names[] = { "page%5Bsize%5D=", "fields%5B",
		"additional-fields%5B", "sort=", "include=" };
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		if (item.n >= n && memcmp(item.s, names[i], n) == 0)
			return true;
	}
	return false;
}

/* Encoded text with the brackets and commas that everyone writes plainly. */
static void
put_readable(struct kl_buf *b, struct kl_span s)
{
	static const struct {
		const char *code;
		char plain;
	} known[] = { { "%5B", '[' }, { "%5D", ']' }, { "%2C", ',' } };
	size_t i, k;

	for (i = 0; i < s.n; i++) {
		for (k = 0; k < 3; k++)
			if (i + 3 <= s.n &&
			    memcmp(s.s + i, known[k].code, 3) == 0)
				break;
		kl_buf_putc(b, k < 3 ? known[k].plain : s.s[i]);
		i += k < 3 ? 2 : 0;
	}
}

/* The request as -v shows it: a filter's or cursor's value is left out, and
 * so is the id of a person. */
static void
put_label(struct kl_buf *b, const struct kl_call *call)
{
	struct kl_span q = call->query, item;
	const char *p;

	kl_buf_printf(b, "%s ", call->ep->method);
	if (strncmp(call->ep->path, "/api/profiles/", 14) == 0)
		kl_buf_puts(b, call->ep->path);
	else
		put_path(b, call);
	while (q.n > 0) {
		kl_buf_putc(b, q.s == call->query.s ? '?' : '&');
		p = memchr(q.s, '&', q.n);
		item = (struct kl_span){ q.s,
			p != NULL ? (size_t)(p - q.s) : q.n };
		q.s += item.n + (p != NULL);
		q.n -= item.n + (p != NULL);
		if (harmless(item)) {
			put_readable(b, item);
			continue;
		}
		p = memchr(item.s, '=', item.n);
		put_readable(b,
		    (struct kl_span){ item.s,
			p != NULL ? (size_t)(p - item.s) + 1 : item.n });
		if (p != NULL)
			kl_buf_puts(b, "...");
	}
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
	p->gap = call->gap_ms;
	kl_buf_puts(&p->url, c->base);
	put_path(&p->url, call);
	if (call->query.n > 0) {
		kl_buf_putc(&p->url, '?');
		kl_buf_span(&p->url, call->query);
	}
	if (c->opts.talk.trace != NULL)
		put_label(&p->label, call);
	if ((rc = kl_buf_check(&p->url, err)) != KL_OK ||
	    (rc = kl_buf_check(&p->label, err)) != KL_OK) {
		pending_free(p);
		return rc;
	}
	append(&c->waiting, p);
	return KL_OK;
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

void
kl_client_drain(struct kl_client *c)
{
	c->draining = true;
}

/* --- telling -------------------------------------------------------------- */

static void
trace(struct kl_client *c, const struct pending *p,
    const struct kl_http_res *res)
{
	struct kl_buf b = { 0 };

	if (c->opts.talk.trace == NULL)
		return;
	kl_buf_span(&b, (struct kl_span){ p->label.s, p->label.n });
	if (res->end == KL_HTTP_ANSWERED)
		kl_buf_printf(&b, " %d", res->status);
	else
		kl_buf_printf(&b, " failed (%s)", res->why);
	kl_buf_printf(&b, " in %llu ms", (unsigned long long)res->ms);
	if (p->body.n > 0)
		kl_buf_printf(&b, ", %zu bytes sent", p->body.n);
	if (res->body.n > 0)
		kl_buf_printf(&b, ", %zu received", res->body.n);
	if (p->attempts > 1)
		kl_buf_printf(&b, ", attempt %u", p->attempts);
	c->opts.talk.trace(c->opts.talk.ctx, kl_buf_str(&b));
	kl_buf_free(&b);
}

/* Say that nothing can be sent for a while; once for each such while. */
static void
tell_wait(struct kl_client *c, uint64_t wait, const char *why, uint64_t now)
{
	if (c->opts.talk.wait == NULL || wait < TELL_MS ||
	    now + wait <= c->told_until + SLICE_MS)
		return;
	c->told_until = now + wait;
	c->opts.talk.wait(c->opts.talk.ctx, wait, why);
}

static void
tell_going(struct kl_client *c)
{
	if (c->told_until == 0)
		return;
	c->told_until = 0;
	c->opts.talk.wait(c->opts.talk.ctx, 0, NULL);
}

/* --- sending -------------------------------------------------------------- */

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
	(void)take(&c->waiting, p);
	append(&c->wire, p);
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
static enum kl_rc
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

/* --- judging -------------------------------------------------------------- */

/* What the answer said of the limits goes to the governor. */
static void
learn(struct kl_client *c, const struct attempt *a, uint64_t now)
{
	char limit[200], remaining[40], reset[40];
	unsigned bucket = a->ep->ep;
	struct kl_ratelimit rl;

	if (a->failure == KL_FAIL_UNSENT)
		kl_governor_unsent(c->governor, bucket);
	(void)kl_http_header(a->res, "ratelimit-limit", limit, sizeof(limit));
	(void)kl_http_header(a->res, "ratelimit-remaining", remaining,
	    sizeof(remaining));
	(void)kl_http_header(a->res, "ratelimit-reset", reset, sizeof(reset));
	if (kl_ratelimit_read(&rl, limit, remaining, reset))
		kl_governor_told(c->governor, bucket, &rl, now);
	else if (a->failure == KL_FAIL_NONE && c->local)
		kl_governor_unlimited(c->governor, bucket);
}

/* Failures that count as an outage, if nothing else comes back. */
static void
count_streak(struct kl_client *c, enum kl_failure f)
{
	if (f == KL_FAIL_UNSENT || f == KL_FAIL_CUT || f == KL_FAIL_BUSY)
		c->streak++;
	else
		c->streak = 0;
}

static enum kl_verdict
judge(struct kl_client *c, struct pending *p, const struct attempt *a,
    uint64_t now, uint64_t *wait)
{
	struct kl_patience patience = c->opts.patience;
	struct kl_attempt at = { .failure = a->failure,
		.replay = p->ep->replay,
		.retry_after = a->retry_after };
	uint64_t since;

	if (a->failure == KL_FAIL_NONSENSE || a->failure == KL_FAIL_CHALLENGE)
		p->nonsense++;
	if (p->failed == 0)
		p->failed = now;
	since = p->failed;
	/* While others of the bucket get through, a limit is no standstill. */
	if (a->failure == KL_FAIL_LIMITED && c->good[p->ep->ep] > since)
		since = c->good[p->ep->ep];
	at.idle = now - since;
	at.attempts = p->attempts;
	at.nonsense = p->nonsense;
	if (!kl_random(&at.random, sizeof(at.random)))
		at.random = (uint32_t)now;
	/* A service that never answered may not be one: a name mistyped. */
	if (!c->heard && patience.budget_ms > FIRST_MS)
		patience.budget_ms = FIRST_MS;
	return kl_retry_judge(&patience, &at, wait);
}

/* Whether a call that ends with this attempt had an effect. */
static enum kl_effect
effect(const struct pending *p, const struct attempt *a)
{
	bool reads = strcmp(p->ep->method, "GET") == 0;
	/* What ends the call may itself be what leaves the effect open. */
	bool unsure = p->unsure || kl_failure_unsure(a->failure);
	enum kl_effect otherwise = unsure && !reads ? KL_UNSURE : KL_UNSENT;

	switch (a->failure) {
	case KL_FAIL_NONE:
		return KL_APPLIED;
	case KL_FAIL_REFUSED:
		return KL_REFUSED;
	case KL_FAIL_ACCESS:
		return otherwise == KL_UNSURE ? KL_UNSURE : KL_REFUSED;
	case KL_FAIL_FOREIGN:
		if (a->res->end == KL_HTTP_TOOBIG && !reads)
			return KL_UNSURE;
		return otherwise;
	default:
		return otherwise;
	}
}

/* Lend the final answer of p. */
static void
settle(struct kl_client *c, struct pending *p, const struct attempt *a,
    const struct situation *s, struct kl_answer *answer)
{
	uint64_t now = kl_now_mono();

	*answer = (struct kl_answer){ .tag = p->tag,
		.ep = p->ep,
		.effect = s->effect,
		.attempts = p->attempts,
		.unsure_before = p->unsure,
		.retry_after = -1,
		.doc = &c->doc };
	if (p->attempts > 0) {
		answer->ms = now - p->first;
		answer->waited_ms = answer->ms - p->on_wire;
	}
	if (a != NULL) {
		answer->status = a->res->status;
		answer->body = a->res->body;
		answer->retry_after = a->retry_after;
		attempt_err(a, s, &c->doc, &answer->err);
	}
	c->answered = p;
}

/* Why a call waits, for people. */
static const char *const reasons[KL_FAILURES] = {
	[KL_FAIL_UNSENT] = "no connection",
	[KL_FAIL_CUT] = "the connection broke",
	[KL_FAIL_BUSY] = "klaviyo is not available",
	[KL_FAIL_LIMITED] = "rate limit",
	[KL_FAIL_CHALLENGE] = "a Cloudflare challenge",
	[KL_FAIL_NONSENSE] = "a strange answer",
};

/* One exchange has ended.  KL_OK with a final answer, KL_AGAIN if the call
 * goes on. */
static enum kl_rc
take_result(struct kl_client *c, const struct kl_http_res *res,
    struct kl_answer *answer)
{
	struct pending *p = take(&c->wire, res->tag);
	uint64_t now = kl_now_mono(), wait;
	struct situation s = { .host = c->host, .patience = &c->opts.patience };
	enum kl_verdict v;
	struct attempt a;

	c->flying--;
	p->on_wire += now - p->sent_at;
	attempt_read(&a, p->ep, res, &c->doc);
	c->heard |= res->status != 0;
	trace(c, p, res);
	learn(c, &a, now);
	count_streak(c, a.failure);
	if (a.failure == KL_FAIL_NONE)
		c->good[p->ep->ep] = now;
	v = judge(c, p, &a, now, &wait);
	if (a.failure == KL_FAIL_LIMITED) {
		c->count.limited++;
		kl_governor_hold(c->governor, p->ep->ep, wait, now);
	}
	if (v == KL_RETRY && !c->draining) {
		p->unsure |= kl_failure_unsure(a.failure);
		p->not_before = now + wait;
		p->why = reasons[a.failure];
		c->count.retries++;
		append(&c->waiting, p);
		return KL_AGAIN;
	}
	s.attempts = p->attempts;
	s.wait = wait;
	s.effect = effect(p, &a);
	settle(c, p, &a, &s, answer);
	return KL_OK;
}

/* The end of a call that waits and will not be sent (again). */
static void
settle_unsent(struct kl_client *c, struct pending *p, struct kl_answer *answer)
{
	struct situation s = { .effect = KL_UNSENT };

	if (p->unsure && strcmp(p->ep->method, "GET") != 0)
		s.effect = KL_UNSURE;
	c->doc.nodes = 0;
	(void)take(&c->waiting, p);
	settle(c, p, NULL, &s, answer);
}

/* While draining: what waits is over. */
static bool
settle_drained(struct kl_client *c, struct kl_answer *answer)
{
	struct pending *p = c->waiting.first;

	if (!c->draining || p == NULL)
		return false;
	settle_unsent(c, p, answer);
	(void)kl_err_set(&answer->err, KL_ERETRY, "stopped before %s was %s",
	    p->ep->name, p->attempts == 0 ? "sent" : "answered");
	kl_err_code(&answer->err, "stopped");
	return true;
}

/* What could only be sent after patience is over need not wait for it. */
static bool
settle_hopeless(struct kl_client *c, struct kl_answer *answer)
{
	struct pending *p = c->hopeless;

	c->hopeless = NULL;
	if (p == NULL)
		return false;
	settle_unsent(c, p, answer);
	(void)kl_err_set(&answer->err, KL_ERETRY,
	    "klaviyo's rate limit for %s is used up for longer than this run "
	    "may wait",
	    p->ep->name);
	kl_err_code(&answer->err, "rate_limit");
	kl_err_hint(&answer->err, "run the same command again later");
	return true;
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
	while (rc == KL_AGAIN && (c->opts.stop == NULL || *c->opts.stop == 0));
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
