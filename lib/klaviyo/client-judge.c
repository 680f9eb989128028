/* SPDX-License-Identifier: MIT */
/* client-judge.c - what came back, and what becomes of the call. */

#include <string.h>

#include "client.h"
#include "kl/random.h"
#include "kl/time.h"

/* Patience of a client that has not had a single answer yet. */
#define FIRST_MS 30000
#define MINUTE_MS 60000

/* Whether the service has counted the request. */
static void
account_for(struct kl_client *c, const struct pending *p, enum kl_failure f,
    uint64_t now)
{
	if (f == KL_FAIL_UNSENT || f == KL_FAIL_LIMITED)
		kl_governor_unsent(c->governor, &p->ask, p->sent_at);
	else
		kl_governor_landed(c->governor, &p->ask, p->sent_at, now);
}

/* What the answer said of the limits goes to the governor. */
static void
learn(struct kl_client *c, const struct pending *p, const struct attempt *a,
    uint64_t now)
{
	char limit[200], remaining[40], reset[40];
	unsigned bucket = pending_bucket(p);
	struct kl_ratelimit rl;

	(void)kl_http_header(a->res, "ratelimit-limit", limit, sizeof(limit));
	(void)kl_http_header(a->res, "ratelimit-remaining", remaining,
	    sizeof(remaining));
	(void)kl_http_header(a->res, "ratelimit-reset", reset, sizeof(reset));
	if (kl_ratelimit_read(&rl, limit, remaining, reset))
		kl_governor_told(c->governor, bucket, pending_rate(p), &rl,
		    now);
	else if (a->failure == KL_FAIL_NONE && c->local)
		kl_governor_unlimited(c->governor, bucket, now);
}

/* Failures that count as an outage, if nothing else comes back. */
static void
count_streak(struct kl_client *c, enum kl_failure f)
{
	if (f == KL_FAIL_UNSENT || f == KL_FAIL_CUT || f == KL_FAIL_BUSY ||
	    f == KL_FAIL_LATER)
		c->streak++;
	else
		c->streak = 0;
}

/* True if it was refused for longer than the window of a minute lasts. */
static bool
is_day(const struct pending *p, const struct attempt *a)
{
	return a->failure == KL_FAIL_LIMITED && p->ep->rate.daily != 0 &&
	    a->retry_after > (int64_t)MINUTE_MS + 1000;
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
	at.allowance = kl_allowance_wait(&c->allowance, a->failure, now);
	at.attempts = p->attempts;
	at.nonsense = p->nonsense;
	if (!kl_random(&at.random, sizeof(at.random)))
		at.random = (uint32_t)now;
	/* A service that never answered may not be one: a name mistyped. */
	if (!c->heard && patience.budget_ms > FIRST_MS)
		patience.budget_ms = FIRST_MS;
	/* A day's limit is not slept through. */
	if (is_day(p, a) && patience.budget_ms > MINUTE_MS)
		patience.budget_ms = MINUTE_MS;
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
	[KL_FAIL_LATER] = "klaviyo is not available",
	[KL_FAIL_CHALLENGE] = "a Cloudflare challenge",
	[KL_FAIL_NONSENSE] = "a strange answer",
};

/* Nobody is to send before the time that the service named. */
static void
tell_governor(struct kl_client *c, const struct pending *p,
    const struct attempt *a, uint64_t wait, uint64_t now)
{
	uint64_t ms = a->retry_after > 0 ? (uint64_t)a->retry_after : wait;

	if (a->failure == KL_FAIL_LATER)
		kl_governor_pause(c->governor, pending_bucket(p), ms, now);
	if (a->failure != KL_FAIL_LIMITED)
		return;
	c->count.limited++;
	kl_governor_refused(c->governor, pending_bucket(p), pending_rate(p), ms,
	    now);
}

static void
send_again(struct kl_client *c, struct pending *p, enum kl_failure failure,
    uint64_t wait, uint64_t now)
{
	p->unsure |= kl_failure_unsure(failure);
	p->not_before = now + wait;
	p->why = reasons[failure];
	kl_allowance_spend(&c->allowance, failure, now);
	c->count.retries++;
	queue_add(&c->waiting, p);
}

/* One exchange has ended.  KL_OK with a final answer, KL_AGAIN if the call
 * goes on. */
enum kl_rc
take_result(struct kl_client *c, const struct kl_http_res *res,
    struct kl_answer *answer)
{
	struct pending *p = queue_take(&c->wire, res->tag);
	uint64_t now = kl_now_mono(), wait;
	struct situation s = { .host = c->host, .patience = &c->opts.patience };
	enum kl_verdict v;
	struct attempt a;

	c->flying--;
	p->on_wire += now - p->sent_at;
	attempt_read(&a, p->ep, res, &c->alike, &c->doc);
	c->heard |= res->status != 0;
	account_for(c, p, a.failure, now);
	/* First, for what is learned is about that account. */
	if (a.failure == KL_FAIL_NONE || a.failure == KL_FAIL_ACCESS)
		quota_heed(c, p, res->status);
	learn(c, p, &a, now);
	count_streak(c, a.failure);
	if (a.failure == KL_FAIL_NONE) {
		c->good[p->ep->ep] = now;
		kl_allowance_refund(&c->allowance, now);
	}
	v = judge(c, p, &a, now, &wait);
	tell_governor(c, p, &a, wait, now);
	tell_trace(c, p, res);
	quota_watch(c);
	s.attempts = p->attempts;
	s.wait = wait;
	s.day = is_day(p, &a);
	s.effect = effect(p, &a);
	if (v != KL_RETRY || c->draining || p->once) {
		settle(c, p, &a, &s, answer);
		return KL_OK;
	}
	attempt_err(&a, &s, &c->doc, &p->last);
	send_again(c, p, a.failure, wait, now);
	return KL_AGAIN;
}

/* The end of a call that waits and will not be sent (again). */
static void
settle_unsent(struct kl_client *c, struct pending *p, struct kl_answer *answer)
{
	struct situation s = { .effect = KL_UNSENT };

	if (p->unsure && strcmp(p->ep->method, "GET") != 0)
		s.effect = KL_UNSURE;
	c->doc.nodes = 0;
	(void)queue_take(&c->waiting, p);
	settle(c, p, NULL, &s, answer);
}

/* While draining: what waits is over. */
bool
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
bool
settle_hopeless(struct kl_client *c, struct kl_answer *answer)
{
	struct pending *p = c->hopeless;
	char at[KL_TIME_TEXT];
	uint64_t wall;

	c->hopeless = NULL;
	if (p == NULL)
		return false;
	settle_unsent(c, p, answer);
	/* What it failed of tells more than that its turn is far off. */
	if (p->last.rc != KL_OK) {
		answer->err = p->last;
		return true;
	}
	wall = kl_now_wall() + c->hopeless_for.ms;
	if (c->hopeless_for.why == KL_HOLD_DAY)
		(void)kl_err_set(&answer->err, KL_ERETRY,
		    "the limit of %u a day for %s is used up until %s",
		    c->hopeless_for.limit, p->ep->name,
		    kl_time_text((int64_t)(wall / 1000), at));
	else
		(void)kl_err_set(&answer->err, KL_ERETRY,
		    "klaviyo's rate limit for %s is used up until %s, longer "
		    "than this run may wait",
		    p->ep->name, kl_time_text((int64_t)(wall / 1000), at));
	kl_err_code(&answer->err, "rate_limit");
	kl_err_hint(&answer->err, "run the same command again later");
	return true;
}
