/* SPDX-License-Identifier: MIT */
/* t_retry.c - the table of retries, row by row; no time passes. */

#include "kl/net.h"
#include "ok.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void
test_statuses(void)
{
	static const struct {
		int status;
		bool retry_after;
		enum kl_failure want;
	} rows[] = {
		{ 200, false, KL_FAIL_NONE },
		{ 201, false, KL_FAIL_NONE },
		{ 202, false, KL_FAIL_NONE },
		{ 204, false, KL_FAIL_NONE },
		{ 299, false, KL_FAIL_NONE },
		{ 0, false, KL_FAIL_FOREIGN },
		{ 101, false, KL_FAIL_FOREIGN },
		{ 301, false, KL_FAIL_FOREIGN },
		{ 302, false, KL_FAIL_FOREIGN },
		{ 307, true, KL_FAIL_FOREIGN },
		{ 400, false, KL_FAIL_REFUSED },
		{ 401, false, KL_FAIL_ACCESS },
		{ 403, false, KL_FAIL_ACCESS },
		{ 404, false, KL_FAIL_REFUSED },
		{ 405, false, KL_FAIL_REFUSED },
		{ 408, false, KL_FAIL_BUSY },
		{ 409, false, KL_FAIL_REFUSED },
		{ 410, false, KL_FAIL_REFUSED },
		{ 413, false, KL_FAIL_REFUSED },
		{ 415, false, KL_FAIL_REFUSED },
		{ 429, false, KL_FAIL_LIMITED },
		{ 429, true, KL_FAIL_LIMITED },
		{ 500, false, KL_FAIL_BUSY },
		{ 501, false, KL_FAIL_BUSY },
		{ 502, false, KL_FAIL_BUSY },
		{ 503, false, KL_FAIL_BUSY },
		{ 503, true, KL_FAIL_LATER },
		{ 504, false, KL_FAIL_BUSY },
		{ 522, false, KL_FAIL_BUSY },
		{ 524, false, KL_FAIL_BUSY },
		{ 600, false, KL_FAIL_FOREIGN },
		{ -1, false, KL_FAIL_FOREIGN },
	};
	char what[80];
	size_t i;

	for (i = 0; i < N(rows); i++) {
		(void)snprintf(what, sizeof(what), "status %d%s",
		    rows[i].status,
		    rows[i].retry_after ? " with Retry-After" : "");
		ok(kl_failure_of(rows[i].status, rows[i].retry_after) ==
			rows[i].want,
		    what);
	}
}

/* Failure class times replay class: the remedy, and what the judge makes of
 * it after the first attempt. */
static void
test_table(void)
{
	static const struct {
		const char *name;
		enum kl_failure failure;
		enum kl_remedy free, ask; /* FREE, SAME, GONE alike; ASK */
		bool unsure;
	} rows[] = {
		{ "success", KL_FAIL_NONE, KL_DONE, KL_DONE, false },
		{ "unsent", KL_FAIL_UNSENT, KL_REPEAT, KL_REPEAT, false },
		{ "cut", KL_FAIL_CUT, KL_REPEAT, KL_SETTLE, true },
		{ "busy", KL_FAIL_BUSY, KL_REPEAT, KL_SETTLE, true },
		{ "limited", KL_FAIL_LIMITED, KL_WAIT, KL_WAIT, false },
		{ "later", KL_FAIL_LATER, KL_WAIT, KL_WAIT, false },
		{ "challenge", KL_FAIL_CHALLENGE, KL_FEW, KL_FEW, false },
		{ "nonsense", KL_FAIL_NONSENSE, KL_FEW, KL_SETTLE, true },
		{ "foreign", KL_FAIL_FOREIGN, KL_STOP, KL_STOP, false },
		{ "access", KL_FAIL_ACCESS, KL_STOP, KL_STOP, false },
		{ "refused", KL_FAIL_REFUSED, KL_REJECT, KL_REJECT, false },
	};
	static const enum kl_replay replays[] = { KL_REPLAY_FREE,
		KL_REPLAY_SAME, KL_REPLAY_GONE, KL_REPLAY_ASK };
	static const enum kl_verdict verdicts[] = { [KL_DONE] = KL_SETTLED,
		[KL_WAIT] = KL_RETRY,
		[KL_REPEAT] = KL_RETRY,
		[KL_FEW] = KL_RETRY,
		[KL_SETTLE] = KL_SETTLED,
		[KL_REJECT] = KL_SETTLED,
		[KL_STOP] = KL_SETTLED };
	struct kl_patience p = { 0 };
	enum kl_remedy want;
	uint64_t wait;
	char what[80];
	size_t i, k;

	ok(N(rows) == KL_FAILURES, "every class has a row here");
	for (i = 0; i < N(rows); i++)
		for (k = 0; k < N(replays); k++) {
			struct kl_attempt a = { .failure = rows[i].failure,
				.replay = replays[k],
				.attempts = 1,
				.nonsense = 1,
				.retry_after = -1 };

			(void)snprintf(what, sizeof(what),
			    "%s, replay class %zu", rows[i].name, k);
			want = replays[k] == KL_REPLAY_ASK ? rows[i].ask
							   : rows[i].free;
			ok(kl_remedy(rows[i].failure, replays[k]) == want &&
				kl_retry_judge(&p, &a, &wait) == verdicts[want],
			    what);
		}
	for (i = 0; i < N(rows); i++)
		ok(kl_failure_unsure(rows[i].failure) == rows[i].unsure,
		    rows[i].name);
}

static uint64_t
delay(enum kl_failure f, unsigned attempts, int64_t after, uint32_t random)
{
	struct kl_patience p = { 0 };
	struct kl_attempt a = { .failure = f,
		.attempts = attempts,
		.nonsense = 1,
		.retry_after = after,
		.random = random };
	uint64_t wait = 0;

	return kl_retry_judge(&p, &a, &wait) == KL_RETRY ? wait : UINT64_MAX;
}

static void
test_delays(void)
{
	uint64_t most[] = { 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800,
		25600, 30000, 30000 };
	unsigned i;

	for (i = 0; i < N(most); i++) {
		ok(delay(KL_FAIL_BUSY, i + 1, -1, 999) == most[i],
		    "doubles up to the cap");
		ok(delay(KL_FAIL_BUSY, i + 1, -1, 0) == most[i] / 1000,
		    "is random from nothing up to it");
	}
	ok(delay(KL_FAIL_BUSY, 4000000000U, -1, 999) == 30000,
	    "any number of attempts keeps the cap");
	ok(delay(KL_FAIL_LIMITED, 1, 7000, 0) == 7000,
	    "Retry-After is honoured in full");
	ok(delay(KL_FAIL_LIMITED, 1, 7000, 999) > 7000 &&
		delay(KL_FAIL_LIMITED, 1, 7000, 999) <= 7700,
	    "and spread over a tenth more");
	ok(delay(KL_FAIL_LIMITED, 1, 60000, 999) > 60000 &&
		delay(KL_FAIL_LIMITED, 1, 60000, 999) <= 61000,
	    "but no more than a second");
	ok(delay(KL_FAIL_LIMITED, 1, 120000, 0) == 120000,
	    "also beyond the cap of our own delays");
	ok(delay(KL_FAIL_LIMITED, 1, 0, 999) == 50,
	    "zero is soon, not at once");
	ok(delay(KL_FAIL_LIMITED, 1, -1, 0) >= 500,
	    "429 without it is no hot loop");
	ok(delay(KL_FAIL_BUSY, 1, 5000, 0) == 5000,
	    "Retry-After of a 502 counts too");
}

static void
test_patience(void)
{
	struct kl_patience p = { .budget_ms = 1000 };
	struct kl_attempt a = { .failure = KL_FAIL_LIMITED,
		.attempts = 1,
		.retry_after = 1000 };
	uint64_t wait;

	ok(kl_retry_judge(&p, &a, &wait) == KL_RETRY && wait == 1000,
	    "a wait as long as the budget is made");
	a.retry_after = 1001;
	ok(kl_retry_judge(&p, &a, &wait) == KL_TIRED && wait == 1001,
	    "a longer one is given up at once, and told");
	a.retry_after = 0;
	a.idle = 999;
	ok(kl_retry_judge(&p, &a, &wait) == KL_RETRY, "just before the end");
	a.idle = 1000;
	ok(kl_retry_judge(&p, &a, &wait) == KL_TIRED, "at the end");
	a = (struct kl_attempt){ .failure = KL_FAIL_NONSENSE,
		.attempts = 3,
		.nonsense = 3,
		.retry_after = -1 };
	ok(kl_retry_judge(&p, &a, &wait) == KL_RETRY, "nonsense three times");
	a.nonsense = 4;
	ok(kl_retry_judge(&p, &a, &wait) == KL_SETTLED, "four times is final");
	a.failure = KL_FAIL_CHALLENGE;
	ok(kl_retry_judge(&p, &a, &wait) == KL_TIRED,
	    "a challenge may pass later");
}

static void
test_allowance(void)
{
	struct kl_allowance q = { 0 };
	struct kl_patience p = { 0 };
	struct kl_attempt a = { .failure = KL_FAIL_BUSY,
		.attempts = 1,
		.retry_after = -1,
		.allowance = 7000 };
	uint64_t wait;
	unsigned i;

	for (i = 0; i < 16; i++) {
		ok(kl_allowance_wait(&q, KL_FAIL_CUT, 5000) == 0,
		    "a few may be made at once");
		kl_allowance_spend(&q, KL_FAIL_CUT, 5000);
	}
	wait = kl_allowance_wait(&q, KL_FAIL_BUSY, 5000);
	ok(wait > 35000 && wait <= 36000, "the next in 36 s");
	ok(kl_allowance_wait(&q, KL_FAIL_BUSY, 5000 + wait) == 0, "not later");
	ok(kl_allowance_wait(&q, KL_FAIL_LIMITED, 5000) < wait,
	    "a 429 is cheaper: the service answers");
	kl_allowance_refund(&q, 5000);
	ok(kl_allowance_wait(&q, KL_FAIL_BUSY, 5000) == 0,
	    "a success gives one back");
	for (i = 0; i < 1000; i++)
		kl_allowance_refund(&q, 5000);
	for (i = 0; i < 17; i++)
		kl_allowance_spend(&q, KL_FAIL_CUT, 5000);
	ok(kl_allowance_wait(&q, KL_FAIL_CUT, 5000) > 0,
	    "but no more than that is saved up");
	ok(kl_retry_judge(&p, &a, &wait) == KL_RETRY && wait == 7000,
	    "the judge waits for it");
	a.idle = 15 * 60 * 1000 - 6000;
	ok(kl_retry_judge(&p, &a, &wait) == KL_TIRED,
	    "unless patience ends before");
}

/* Calls of one process, all of which fail for that long: how many requests
 * are made beyond each one's first, and whether all have given up. */
static unsigned
outage(unsigned calls, uint64_t ms, enum kl_failure f, unsigned *tired)
{
	struct {
		uint64_t at;
		unsigned attempts;
	} call[8] = { { 0, 0 } };
	struct kl_allowance q = { 0 };
	struct kl_patience p = { 0 };
	unsigned i, further = 0;
	uint64_t now, wait;

	*tired = 0;
	for (now = 0; now < ms; now++)
		for (i = 0; i < calls; i++) {
			struct kl_attempt a = { .failure = f,
				.attempts = ++call[i].attempts,
				.retry_after = -1,
				.idle = now,
				.allowance = kl_allowance_wait(&q, f, now),
				.random = (uint32_t)now * 2654435761U };

			if (now < call[i].at) {
				call[i].attempts--;
				continue;
			}
			further += call[i].attempts > 1;
			if (kl_retry_judge(&p, &a, &wait) == KL_RETRY) {
				kl_allowance_spend(&q, f, now);
				call[i].at = now + wait + 1;
				continue;
			}
			call[i].at = UINT64_MAX;
			++*tired;
		}
	return further;
}

static void
test_outage(void)
{
	static const enum kl_failure kinds[] = { KL_FAIL_UNSENT, KL_FAIL_CUT,
		KL_FAIL_BUSY, KL_FAIL_LATER };
	unsigned i, calls, n, tired;
	char what[80];

	for (i = 0; i < N(kinds); i++)
		for (calls = 1; calls <= 8; calls *= 2) {
			n = outage(calls, 600000, kinds[i], &tired);
			(void)snprintf(what, sizeof(what),
			    "ten minutes of outage, kind %u, %u calls: %u "
			    "further requests",
			    i, calls, n);
			ok(n >= 8 && n + calls - 1 <= 40 && tired == 0, what);
		}
	n = outage(4, 16 * 60000, KL_FAIL_BUSY, &tired);
	ok(tired == 4 && n <= 60, "after fifteen all are given up");
}

static void
test_retry_after(void)
{
	static const struct {
		const char *value, *date;
		int64_t want;
	} rows[] = {
		{ NULL, NULL, -1 },
		{ "", NULL, -1 },
		{ "soon", NULL, -1 },
		{ "-1", NULL, -1 },
		{ "1.5", NULL, -1 },
		{ "1", NULL, 1000 },
		{ "0", NULL, 0 },
		{ " 30 ", NULL, 30000 },
		{ "604800", NULL, 604800000 },
		{ "604801", NULL, 604800000 },
		{ "99999999999999999999", NULL, 604800000 },
		{ "Sun, 06 Nov 1994 08:49:47 GMT",
		    "Sun, 06 Nov 1994 08:49:37 GMT", 10000 },
		{ "Sun, 06 Nov 1994 08:49:27 GMT",
		    "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
		{ "Sun, 06 Nov 1994 08:49:47 GMT", NULL, 10000 },
		{ "Sun, 06 Nov 1994 08:49:47 GMT", "nonsense", 10000 },
		{ "Sun, 06 Nov 2094 08:49:47 GMT", NULL, 604800000 },
		{ "Sun, 06 Nov 1994 08:49:47 UTC", NULL, -1 },
	};
	size_t i;

	for (i = 0; i < N(rows); i++)
		ok(kl_retry_after(rows[i].value, rows[i].date, 784111777000) ==
			rows[i].want,
		    rows[i].value != NULL ? rows[i].value : "no header");
}

static void
test_dates(void)
{
	ok(kl_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777,
	    "the form of today");
	ok(kl_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == 784111777,
	    "the form of RFC 850");
	ok(kl_http_date("Sun Nov  6 08:49:37 1994") == 784111777,
	    "the form of asctime()");
	ok(kl_http_date("Mon, 23 Nov 2026 03:54:27 GMT") == 1795406067,
	    "a date in 2026");
	ok(kl_http_date("Sun, 06 Nov 1994 24:49:37 GMT") == -1, "hour 24");
	ok(kl_http_date("Sun, 32 Nov 1994 08:49:37 GMT") == -1, "day 32");
	ok(kl_http_date("Sun, 06 Foo 1994 08:49:37 GMT") == -1, "month Foo");
	ok(kl_http_date("Sun, 06 Nov 1994 08:49:37 GMT ") == -1, "a tail");
	ok(kl_http_date("Sun, 06 Nov 1994") == -1, "a day alone");
	ok(kl_http_date(",") == -1 && kl_http_date("") == -1, "nothing");
}

int
main(void)
{
	test_statuses();
	test_table();
	test_delays();
	test_patience();
	test_allowance();
	test_outage();
	test_retry_after();
	test_dates();
	return done();
}
