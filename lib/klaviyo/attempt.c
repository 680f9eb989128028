/* SPDX-License-Identifier: MIT */
/* attempt.c - what one exchange means, and how to say it. */

#include <stdio.h>
#include <string.h>

#include "attempt.h"
#include "kl/count.h"
#include "kl/errors.h"
#include "kl/time.h"

/* --- reading -------------------------------------------------------------- */

static const enum kl_failure by_end[] = {
	[KL_HTTP_ANSWERED] = KL_FAIL_NONE,
	[KL_HTTP_LOOKUP] = KL_FAIL_UNSENT,
	[KL_HTTP_CONNECT] = KL_FAIL_UNSENT,
	[KL_HTTP_TLS] = KL_FAIL_FOREIGN,
	[KL_HTTP_CUT] = KL_FAIL_CUT,
	[KL_HTTP_STALL] = KL_FAIL_CUT,
	[KL_HTTP_TOOBIG] = KL_FAIL_FOREIGN,
	[KL_HTTP_GARBAGE] = KL_FAIL_NONSENSE,
};

static bool
is_html(const struct kl_http_res *res)
{
	char type[100];
	size_t i = 0;

	if (kl_http_header(res, "content-type", type, sizeof(type)))
		return strncmp(type, "text/html", 9) == 0;
	while (i < res->body.n && strchr(" \t\r\n", res->body.s[i]) != NULL)
		i++;
	return i < res->body.n && res->body.s[i] == '<';
}

static bool
is_success(const struct kl_endpoint *ep, int status)
{
	size_t i;

	for (i = 0; i < sizeof(ep->success) / sizeof(ep->success[0]); i++)
		if (ep->success[i] == status)
			return true;
	return false;
}

/* A success must be one of the endpoint's, and look like one. */
static enum kl_failure
check_success(struct attempt *a, struct kl_alike *alike, struct kl_json *doc)
{
	struct kl_span body = a->res->body;
	bool needed = a->res->status == 200 || a->res->status == 201;

	if (!is_success(a->ep, a->res->status) || a->html)
		return KL_FAIL_NONSENSE;
	if (body.n == 0)
		return needed ? KL_FAIL_NONSENSE : KL_FAIL_NONE;
	if (kl_alike_scan(alike, doc, body.s, body.n, a->res->spare, NULL) !=
	    KL_OK) {
		a->bad_json = true;
		return KL_FAIL_NONSENSE;
	}
	return KL_FAIL_NONE;
}

static enum kl_failure
by_answer(struct attempt *a, struct kl_alike *alike, struct kl_json *doc)
{
	const struct kl_http_res *res = a->res;
	enum kl_failure f = kl_failure_of(res->status, a->retry_after >= 0);
	char text[40];

	a->html = is_html(res);
	/* Cloudflare asks whether we are a person: a page, or its header. */
	if (kl_http_header(res, "cf-mitigated", text, sizeof(text)) ||
	    (res->status == 403 && a->html))
		return KL_FAIL_CHALLENGE;
	return f == KL_FAIL_NONE ? check_success(a, alike, doc) : f;
}

void
attempt_read(struct attempt *a, const struct kl_endpoint *ep,
    const struct kl_http_res *res, struct kl_alike *alike, struct kl_json *doc)
{
	char after[80], date[80];
	bool has;

	*a = (struct attempt){ .ep = ep, .res = res, .retry_after = -1 };
	doc->nodes = 0;
	has = kl_http_header(res, "retry-after", after, sizeof(after));
	(void)kl_http_header(res, "date", date, sizeof(date));
	a->retry_after =
	    kl_retry_after(has ? after : NULL, date, kl_now_wall());
	a->failure = by_end[res->end];
	if (res->end == KL_HTTP_ANSWERED)
		a->failure = by_answer(a, alike, doc);
}

/* --- saying --------------------------------------------------------------- */

/* "12 s", "5 min", "3 h": enough to decide whether to wait. */
static const char *
duration(uint64_t ms, char *to, size_t size)
{
	uint64_t s = (ms + 999) / 1000;

	if (s < 120)
		(void)snprintf(to, size, "%llu s", (unsigned long long)s);
	else if (s < 7200)
		(void)snprintf(to, size, "%llu min",
		    (unsigned long long)(s + 59) / 60);
	else
		(void)snprintf(to, size, "%llu h",
		    (unsigned long long)(s + 3599) / 3600);
	return to;
}

static void
say_later(const struct situation *s, struct kl_err *err)
{
	if (s->effect == KL_UNSURE)
		kl_err_hint(err,
		    "whether the request was applied is not "
		    "known");
	else
		kl_err_hint(err, "run the same command again later");
}

/* Names that trackers' blocklists hold resolve to nowhere. */
static bool
is_nowhere(const char *address)
{
	return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

static void
say_unsent(const struct attempt *a, const struct situation *s,
    struct kl_err *err)
{
	if (a->res->end == KL_HTTP_LOOKUP)
		(void)kl_err_set(err, KL_ERETRY, "cannot find %s: %s", s->host,
		    a->res->why);
	else
		(void)kl_err_set(err, KL_ERETRY,
		    "cannot connect to %s (%s): %s", s->host,
		    a->res->address[0] != '\0' ? a->res->address : "no address",
		    a->res->why);
	kl_err_code(err, "not_reached");
	if (is_nowhere(a->res->address) ||
	    (a->res->end == KL_HTTP_LOOKUP &&
		strcmp(s->host, "a.klaviyo.com") == 0))
		kl_err_hint(err,
		    "many DNS blocklists of trackers hold "
		    "a.klaviyo.com: allow it in the resolver of "
		    "this network");
	else if (a->res->end == KL_HTTP_LOOKUP)
		kl_err_hint(err, "check the base URL");
	else
		say_later(s, err);
}

static void
say_cut(const struct attempt *a, const struct situation *s, struct kl_err *err)
{
	(void)kl_err_set(err, KL_ERETRY,
	    "the connection to %s failed "
	    "%u times: %s",
	    s->host, s->attempts, a->res->why);
	if (s->attempts == 1)
		(void)kl_err_set(err, KL_ERETRY,
		    "the connection to %s failed: %s", s->host, a->res->why);
	kl_err_code(err, a->res->end == KL_HTTP_STALL ? "stalled" : "cut_off");
	say_later(s, err);
}

static void
say_limited(const struct attempt *a, const struct situation *s,
    struct kl_err *err)
{
	uint64_t budget = s->patience->budget_ms;
	char asked[32], most[32], at[KL_TIME_TEXT];
	uint64_t wall = kl_now_wall() + s->wait;

	(void)duration(budget, most, sizeof(most));
	if (s->day)
		(void)kl_err_set(err, KL_ERETRY,
		    "klaviyo's limit of a day for %s is used up (%d): it asks "
		    "to wait %s, until %s",
		    a->ep->name, a->res->status,
		    duration(s->wait, asked, sizeof(asked)),
		    kl_time_text((int64_t)(wall / 1000), at));
	else if (a->retry_after >= 0 && (uint64_t)a->retry_after > budget)
		(void)kl_err_set(err, KL_ERETRY,
		    "klaviyo's rate limit is used up (%d): it asks to wait "
		    "%s, longer than the %s this run may wait",
		    a->res->status, duration(s->wait, asked, sizeof(asked)),
		    most);
	else
		(void)kl_err_set(err, KL_ERETRY,
		    "klaviyo's rate limit is used up (%d): no progress in %s",
		    a->res->status, most);
	kl_err_code(err, "rate_limit");
	kl_err_hint(err,
	    "run the same command again later; other programs "
	    "may be using the account's limit");
}

static void
say_busy(const struct attempt *a, const struct situation *s, struct kl_err *err)
{
	char asked[60] = "", most[32];

	if (a->retry_after >= 0)
		(void)snprintf(asked, sizeof(asked), ", it asks to wait %s",
		    duration((uint64_t)a->retry_after, most, sizeof(most)));
	(void)kl_err_set(err, KL_ERETRY,
	    "klaviyo is not available: status %d, %s%s", a->res->status,
	    KL_COUNT(s->attempts, "attempt", "attempts"), asked);
	kl_err_code(err, "unavailable");
	say_later(s, err);
}

static void
say_challenge(const struct attempt *a, const struct situation *s,
    struct kl_err *err)
{
	(void)s;
	(void)kl_err_set(err, KL_ERETRY,
	    "a Cloudflare challenge stands before klaviyo (%d): this is not "
	    "about the key",
	    a->res->status);
	kl_err_code(err, "challenge");
	kl_err_hint(err,
	    "the network's address is suspected to be a bot's: "
	    "try later, or from another network");
}

static void
say_nonsense(const struct attempt *a, const struct situation *s,
    struct kl_err *err)
{
	const struct kl_http_res *res = a->res;

	if (res->end == KL_HTTP_GARBAGE)
		(void)kl_err_set(err, KL_EPROTO,
		    "%s does not answer in HTTP: "
		    "%s",
		    s->host, res->why);
	else if (a->html)
		(void)kl_err_set(err, KL_EPROTO,
		    "%s answers %d with an HTML page instead of JSON", s->host,
		    res->status);
	else if (a->bad_json)
		(void)kl_err_set(err, KL_EPROTO,
		    "%s answers %d with JSON that is malformed or cut short, "
		    "%zu bytes",
		    s->host, res->status, res->body.n);
	else if (is_success(a->ep, res->status))
		(void)kl_err_set(err, KL_EPROTO, "%s answers %d without a body",
		    s->host, res->status);
	else
		(void)kl_err_set(err, KL_EPROTO,
		    "%s answers %d, which %s never does", s->host, res->status,
		    a->ep->name);
	kl_err_code(err, "nonsense");
	if (s->effect == KL_UNSURE)
		say_later(s, err);
	else
		kl_err_hint(err,
		    "is it Klaviyo? check the base URL, and for a "
		    "proxy or login page in between");
}

static void
say_foreign(const struct attempt *a, const struct situation *s,
    struct kl_err *err)
{
	const struct kl_http_res *res = a->res;

	if (res->end == KL_HTTP_TLS) {
		(void)kl_err_set(err, KL_ECONFIG,
		    "no trusted connection to %s: %s", s->host, res->why);
		kl_err_code(err, "not_trusted");
		kl_err_hint(err,
		    "behind a proxy that opens connections, give "
		    "its certificate with --cacert");
	} else if (res->end == KL_HTTP_TOOBIG) {
		(void)kl_err_set(err, KL_EPROTO,
		    "the answer of %s is over the limit of 64 MiB, or its "
		    "headers over 256 KiB",
		    s->host);
		kl_err_code(err, "answer_too_large");
	} else if (res->status >= 300 && res->status < 400) {
		(void)kl_err_set(err, KL_EPROTO,
		    "%s answers with a redirect (%d), which is not followed",
		    s->host, res->status);
		kl_err_code(err, "redirect");
		kl_err_hint(err,
		    "check the base URL; the key is sent to no "
		    "other place");
	} else {
		(void)kl_err_set(err, KL_EPROTO, "%s answers with status %d",
		    s->host, res->status);
		kl_err_code(err, "nonsense");
	}
}

typedef void sayer(const struct attempt *, const struct situation *,
    struct kl_err *);

static sayer *const sayers[KL_FAILURES] = {
	[KL_FAIL_UNSENT] = say_unsent,
	[KL_FAIL_CUT] = say_cut,
	[KL_FAIL_BUSY] = say_busy,
	[KL_FAIL_LIMITED] = say_limited,
	[KL_FAIL_LATER] = say_busy,
	[KL_FAIL_CHALLENGE] = say_challenge,
	[KL_FAIL_NONSENSE] = say_nonsense,
	[KL_FAIL_FOREIGN] = say_foreign,
};

void
attempt_err(const struct attempt *a, const struct situation *s,
    struct kl_json *doc, struct kl_err *err)
{
	struct kl_span body = a->res->body;

	if (a->failure == KL_FAIL_NONE)
		return;
	if (sayers[a->failure] != NULL) {
		sayers[a->failure](a, s, err);
		return;
	}
	/* A refusal: its own words, if they are JSON. */
	if (body.n > 0)
		(void)kl_json_scan(doc, body.s, body.n, NULL);
	(void)kl_errors_err(a->ep, a->res->status, doc, err);
}
