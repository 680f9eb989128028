/* SPDX-License-Identifier: MIT */
/* t_governor.c - rate windows, in a time of our own making. */

#define _DEFAULT_SOURCE /* random() */

#include <stdlib.h>

#include "../../lib/net/bucket.h"
#include "kl/governor.h"
#include "ok.h"

static const struct kl_rate m = { 10, 150, 0 };

/* A request that is answered at once. */
static struct kl_wait
take_for(struct kl_governor *g, const struct kl_ask *ask, uint64_t t)
{
	struct kl_wait w = kl_governor_take(g, ask, t);

	if (w.ms == 0)
		kl_governor_landed(g, ask, t, t);
	return w;
}

static struct kl_wait
take(struct kl_governor *g, const struct kl_rate *rate, uint64_t t)
{
	const struct kl_ask ask = { .rate = { rate, NULL } };

	return take_for(g, &ask, t);
}

/* Send n requests as fast as the governor lets us, from time t on; log[] gets
 * when each started.  Returns the time after the last. */
static uint64_t
run(struct kl_governor *g, const struct kl_rate *rate, unsigned n, uint64_t t,
    uint64_t *log)
{
	struct kl_wait w;
	unsigned i;

	for (i = 0; i < n; i++) {
		while ((w = take(g, rate, t)).ms > 0)
			t += w.ms;
		if (log != NULL)
			log[i] = t;
	}
	return t;
}

/* The most starts within any window of that length. */
static unsigned
most_within(const uint64_t *log, unsigned n, uint64_t ms)
{
	unsigned i, k = 0, most = 0;

	for (i = 0; i < n; i++) {
		while (log[i] - log[k] >= ms)
			k++;
		if (i - k + 1 > most)
			most = i - k + 1;
	}
	return most;
}

static void
test_windows(void)
{
	static uint64_t log[1000];
	struct kl_governor *g = kl_governor_new(2, 0);
	const struct kl_ask other = { .bucket = { 1 }, .rate = { &m, NULL } };
	uint64_t end;

	end = run(g, &m, 1000, 5000, log);
	ok(most_within(log, 1000, 1000) == 10,
	    "never more than the burst in any second, and all of it");
	ok(most_within(log, 1000, 60000) == 150,
	    "never more than the steady limit in any minute, and all of it");
	ok(end - 5000 < 6 * 60500 + 16000, "and no slower than that");
	ok(log[4] == 5000 && log[9] < 6000,
	    "half of a second's limit at once, the rest within it");
	ok(log[149] - 5000 < 16000, "a short job has the speed of a burst");
	ok(kl_governor_take(g, &other, end).ms == 0,
	    "another bucket is not concerned");
	kl_governor_free(g);
}

static void
test_daily(void)
{
	const struct kl_rate daily = { 10, 150, 150 };
	struct kl_governor *g = kl_governor_new(1, 0);
	uint64_t t = run(g, &daily, 150, 1000, NULL), s;
	struct kl_wait w = take(g, &daily, t + 100000);

	ok(w.ms > 86400000 - 300000 && w.ms < 86400000 + 700000,
	    "the day's quota is used up until tomorrow");
	ok(w.why == KL_HOLD_DAY && w.limit == 150, "and it says so");
	for (s = t; s < t + 86000000; s += 3600000)
		w = take(g, &daily, s);
	ok(w.ms > 0, "all day long");
	ok(take(g, &daily, t + 86400000 + 700000).ms == 0, "then it is back");
	kl_governor_free(g);
}

static void
test_gap(void)
{
	struct kl_governor *g = kl_governor_new(1, 0);
	struct kl_ask ask = { .rate = { &m, NULL }, .gap = 500 };
	struct kl_wait w;

	ok(kl_governor_take(g, &ask, 1000).ms == 0, "the first may start");
	w = kl_governor_take(g, &ask, 1200);
	ok(w.ms == 300 && w.why == KL_HOLD_GAP, "the next after the gap");
	ask.gap = 0;
	ok(kl_governor_take(g, &ask, 1200).ms == 0, "or at once without one");
	kl_governor_free(g);
}

/* A request that draws on two buckets. */
static void
test_two(void)
{
	const struct kl_rate l = { 75, 750, 0 }, slow = { 1, 15, 0 };
	struct kl_governor *g = kl_governor_new(2, 0);
	const struct kl_ask both = { .bucket = { 0, 1 },
		.rate = { &l, &slow } };
	struct kl_budget b;
	struct kl_wait w;

	ok(kl_governor_take(g, &both, 1000).ms == 0, "the first may start");
	w = kl_governor_take(g, &both, 1000);
	ok(w.ms > 900 && w.bucket == 1 && w.limit == 1,
	    "the second waits for the slower bucket");
	ok(take(g, &l, 1000).ms == 0, "who does not need that, does not");
	kl_governor_unsent(g, &both, 1000);
	kl_governor_budget(g, 0, &l, &b, 1000);
	ok(b.used.steady == 1, "what never left is taken back");
	kl_governor_budget(g, 1, &slow, &b, 1000);
	ok(b.used.steady == 0, "out of both");
	kl_governor_free(g);
}

static void
test_refused(void)
{
	struct kl_governor *g = kl_governor_new(1, 0);
	static uint64_t log[400];
	struct kl_budget b;
	struct kl_wait w;

	kl_governor_refused(g, 0, &m, 30000, 1000);
	w = take(g, &m, 1000);
	ok(w.ms == 30000 && w.why == KL_HOLD_REFUSED, "nothing starts");
	ok(take(g, &m, 30999).ms == 1, "to the millisecond");
	kl_governor_budget(g, 0, &m, &b, 11000);
	ok(b.held == 20000 && b.share < 150, "which can be asked");
	ok(take(g, &m, 31000).ms == 0, "then it goes on");
	kl_governor_refused(g, 0, &m, 10000, 32000);
	kl_governor_refused(g, 0, &m, 10, 32001);
	ok(take(g, &m, 33000).ms == 9000,
	    "a shorter hold does not end a longer one");
	run(g, &m, 100, 42000, log);
	ok(log[99] - log[0] > 45000, "spread over the minute, and less of it");
	run(g, &m, 300, 600000, log);
	ok(most_within(log, 300, 60000) == 150 && log[149] - log[0] < 16000,
	    "and as before after some minutes");
	kl_governor_refused(g, 0, &m, 7200000, 900000);
	ok(take(g, &m, 900000).ms == 7200000, "hours are waited for as well");
	kl_governor_pause(g, 0, 5000, 8200000);
	ok(take(g, &m, 8202000).ms == 3000, "a pause is a pause");
	run(g, &m, 150, 8300000, log);
	ok(log[149] - log[0] < 16000, "but say nothing about a minute");
	kl_governor_free(g);
}

/* What we got until the minute was used up is what we may have of the next. */
static void
test_share(void)
{
	struct kl_governor *g = kl_governor_new(1, 0);
	struct kl_budget b;
	uint64_t t = run(g, &m, 100, 100000, NULL);

	kl_governor_refused(g, 0, &m, 40000, t);
	kl_governor_budget(g, 0, &m, &b, t + 40000);
	ok(b.share >= 92 && b.share <= 99,
	    "the share is what was ours of the full minute");
	kl_governor_budget(g, 0, &m, &b, t + 40000 + 60000);
	ok(b.share >= 98 && b.share <= 100, "which it grows back to");
	kl_governor_budget(g, 0, &m, &b, t + 40000 + 150000);
	ok(b.share > 103 && b.share < 130, "and beyond");
	kl_governor_budget(g, 0, &m, &b, t + 40000 + 240000);
	ok(b.share == 0, "until it is all");
	run(g, &m, 10, t + 400000, NULL);
	kl_governor_refused(g, 0, &m, 20000, t + 402000);
	kl_governor_budget(g, 0, &m, &b, t + 422000);
	ok(b.share > 60 && b.share <= 75,
	    "who got little of it claims a half all the same");
	kl_governor_free(g);
}

/* A request may be counted until it is answered, and what it is answered. */
static void
test_flight(void)
{
	const struct kl_rate two = { 2, 150, 0 };
	const struct kl_ask ask = { .rate = { &two, NULL } };
	struct kl_governor *g = kl_governor_new(1, 0);
	struct kl_budget b;

	(void)kl_governor_take(g, &ask, 1000);
	(void)kl_governor_take(g, &ask, 1000);
	ok(kl_governor_take(g, &ask, 3900).ms > 0,
	    "what has no answer is in the second for as long as that");
	kl_governor_landed(g, &ask, 1000, 3900);
	ok(kl_governor_take(g, &ask, 4899).ms > 0,
	    "and until one has passed since the answer");
	kl_governor_landed(g, &ask, 1000, 3950);
	ok(kl_governor_take(g, &ask, 4940).ms == 0, "but no longer");
	kl_governor_budget(g, 0, &two, &b, 5000);
	ok(b.used.steady == 3, "each is counted once");
	kl_governor_unsent(g, &ask, 4940);
	kl_governor_budget(g, 0, &two, &b, 5000);
	ok(b.used.steady == 2, "one that was refused is not");
	ok(kl_governor_take(g, &ask, 5000).ms == 0 &&
		kl_governor_take(g, &ask, 10100).ms == 0,
	    "a program that was killed holds up nobody for long");
	kl_governor_free(g);
}

/* Requests that leave a second apart and arrive within one. */
static void
test_bunched(void)
{
	struct kl_governor *g = kl_governor_new(1, 0);
	static uint64_t log[20];
	struct kl_budget b;

	run(g, &m, 10, 1000, NULL);
	kl_governor_refused(g, 0, &m, 1000, 1900);
	kl_governor_budget(g, 0, &m, &b, 3000);
	ok(b.share == 0, "a second that is full of ours is not shared");
	run(g, &m, 20, 10000, log);
	ok(log[10] - log[0] > 1080, "they leave further apart from then on");
	kl_governor_free(g);
}

static void
test_told(void)
{
	struct kl_governor *g = kl_governor_new(1, 0);
	struct kl_ratelimit rl = { .rate = { 3, 0, 0 },
		.remaining = -1,
		.reset = -1 };
	static uint64_t log[500];
	struct kl_budget b;

	run(g, &m, 5, 1000, log);
	kl_governor_told(g, 0, &m, &rl, 1000);
	run(g, &m, 20, 10000, log);
	ok(most_within(log, 20, 1000) == 3, "what the service says counts");
	rl.rate = (struct kl_rate){ 1000, 60000, 0 };
	kl_governor_told(g, 0, &m, &rl, 20000);
	ok(run(g, &m, 500, 30000, log) == 30000, "upwards as well");
	rl = (struct kl_ratelimit){ .remaining = 0, .reset = 2 };
	kl_governor_told(g, 0, &m, &rl, 40000);
	ok(take(g, &m, 40000).ms == 2000,
	    "nothing remaining: wait for the reset");
	rl.reset = 4000000;
	kl_governor_told(g, 0, &m, &rl, 50000);
	ok(take(g, &m, 50000).ms == 60000,
	    "but never longer than a minute for it");
	kl_governor_free(g);

	g = kl_governor_new(1, 0);
	rl = (struct kl_ratelimit){ .rate = m,
		.current = 10,
		.remaining = 5,
		.reset = 1 };
	run(g, &m, 5, 1000, NULL);
	kl_governor_told(g, 0, &m, &rl, 1010);
	kl_governor_budget(g, 0, &m, &b, 1010);
	ok(b.share == 0, "a second's count that is ours says nothing new");
	rl.remaining = 0;
	kl_governor_told(g, 0, &m, &rl, 1020);
	kl_governor_budget(g, 0, &m, &b, 1020);
	ok(b.share == 150 && b.held == 1000,
	    "one that is more shows that others are there");
	run(g, &m, 4, 3000, log);
	ok(log[3] - log[1] >= 780, "whom we do not crowd");
	kl_governor_budget(g, 0, &m, &b, 63000);
	ok(b.share == 0, "for a minute");
	kl_governor_free(g);

	g = kl_governor_new(1, 0);
	rl = (struct kl_ratelimit){ .rate = m,
		.current = 150,
		.remaining = 2,
		.reset = 30 };
	kl_governor_told(g, 0, &m, &rl, 1000);
	(void)run(g, &m, 2, 1000, log);
	ok(log[1] <= 2000 && take(g, &m, 10000).ms == 21000,
	    "a minute's count is kept to until its end");
	ok(take(g, &m, 31000).ms == 0, "and not longer");
	kl_governor_free(g);
}

static void
test_unlimited(void)
{
	struct kl_governor *g = kl_governor_new(1, 0);

	kl_governor_unlimited(g, 0, 1000);
	ok(run(g, &m, 500, 1000, NULL) == 1000, "no limits, no waiting");
	kl_governor_refused(g, 0, &m, 1000, 1000);
	ok(take(g, &m, 1000).ms == 1000, "a 429 counts even so");
	kl_governor_free(g);
}

static void
test_max_rate(void)
{
	struct kl_governor *g = kl_governor_new(1, 50);
	static uint64_t log[300];

	run(g, &m, 300, 1000, log);
	ok(most_within(log, 300, 60000) == 75 &&
		most_within(log, 300, 1000) == 5,
	    "half of each limit, if that is all one may have");
	kl_governor_free(g);
}

static void
test_unsent(void)
{
	struct kl_governor *g = kl_governor_new(1, 0);
	const struct kl_rate xs = { 1, 15, 0 };
	const struct kl_ask ask = { .rate = { &xs, NULL } };
	unsigned i, n = 0;

	kl_governor_unsent(g, &ask, 500);
	for (i = 0; i < 100; i++) {
		n += take(g, &xs, 500).ms == 0;
		kl_governor_unsent(g, &ask, 500);
	}
	ok(n == 100, "what never left does not count");
	(void)take(g, &xs, 500);
	ok(take(g, &xs, 500).ms > 0, "what did leave does");
	kl_governor_free(g);
}

/* --- several on one bucket ------------------------------------------------ */

static struct due
due(struct bucket *b, uint64_t who, uint64_t now)
{
	static const struct kl_rate one = { 1, 60, 0 };
	struct claim c = { who, &one, 100, 0, now };
	struct due d;

	bucket_check(b, now);
	d = bucket_due(b, &c);
	if (d.at > now)
		bucket_want(b, &c, d.at);
	else {
		bucket_start(b, &c);
		bucket_landed(b, now, now);
	}
	return d;
}

static void
test_queue(void)
{
	struct bucket b = { 0 };
	uint64_t who, t = 1000;

	/* One has used up the second; then two more come. */
	ok(due(&b, 1, t).at <= t, "one starts");
	ok(due(&b, 2, t).at > t && due(&b, 3, t).at > t, "then all wait");
	t = due(&b, 2, t).at;
	ok(due(&b, 1, t).at > t,
	    "who has had something lets those go first who had nothing");
	ok(due(&b, 3, t).at > t, "in their turn");
	ok(due(&b, 2, t).at <= t, "one");
	t = due(&b, 3, t).at;
	ok(due(&b, 2, t).at > t && due(&b, 1, t).at > t &&
		due(&b, 3, t).at <= t,
	    "after the other");
	t = due(&b, 1, t).at;
	ok(due(&b, 2, t).at > t && due(&b, 3, t).at > t &&
		due(&b, 1, t).at <= t,
	    "and round again");

	/* Dead ones hold up nobody. */
	b = (struct bucket){ 0 };
	(void)due(&b, 1, t);
	for (who = 100; who < 140; who++)
		(void)due(&b, who, t);
	t += 30000;
	ok(due(&b, 1, t).at <= t, "who does not come in time is passed over");
}

/* Whatever the bytes are, it is outlived. */
static void
test_damage(void)
{
	static struct bucket b;
	unsigned char *p = (unsigned char *)&b;
	unsigned i, round, good = 0;
	uint64_t t = 500000000, n;

	for (round = 0; round < 200; round++) {
		for (i = 0; i < sizeof(b); i++)
			p[i] = (unsigned char)random();
		if (round % 2 != 0) /* but in the sum */
			b.learned = (struct learned){ .cut_at = t * 2 };
		for (n = 0; n < 2 * 86400000; n += 600000)
			if (due(&b, 1, t + n).at <= t + n)
				break;
		good += n < 2 * 86400000;
	}
	ok(good == 200,
	    "random bytes stop nobody for longer than a day or two");
}

/* --- headers, estimates --------------------------------------------------- */

static void
test_headers(void)
{
	struct kl_ratelimit rl;

	ok(kl_ratelimit_read(&rl, "75, 75;w=1, 750;w=60", "73", "0") &&
		rl.rate.burst == 75 && rl.rate.steady == 750 &&
		rl.rate.daily == 0 && rl.current == 75 && rl.remaining == 73 &&
		rl.reset == 0,
	    "the header as recorded");
	ok(kl_ratelimit_read(&rl, "1,1 ; w=1,15;w=60,150;w=86400", NULL,
	       NULL) &&
		rl.rate.burst == 1 && rl.rate.steady == 15 &&
		rl.rate.daily == 150 && rl.remaining == -1,
	    "other spacing, and a day");
	ok(kl_ratelimit_read(&rl, "75;w=1, 750;w=60", "3", "1") &&
		rl.current == 0,
	    "which window it is about may be left open");
	ok(!kl_ratelimit_read(&rl, NULL, NULL, NULL), "no headers");
	ok(!kl_ratelimit_read(&rl, "", "", ""), "empty headers");
	ok(!kl_ratelimit_read(&rl, "75", NULL, NULL), "a number alone");
	ok(!kl_ratelimit_read(&rl, "x;w=1, ;w=60, -5;w=1, 0;w=1, 5;w=", "many",
	       "1.5"),
	    "nonsense");
	ok(!kl_ratelimit_read(&rl, "99999999999;w=1", NULL, NULL),
	    "an absurd limit");
	ok(kl_ratelimit_read(&rl, NULL, NULL, "17") && rl.reset == 17,
	    "one alone counts");
}

static void
test_estimate(void)
{
	struct kl_rate none = { 0 };

	ok(kl_rate_ms(&m, 0) == 0 && kl_rate_ms(&m, 10) == 0, "one burst");
	ok(kl_rate_ms(&m, 11) >= 1000 && kl_rate_ms(&m, 11) < 1100,
	    "the next needs a second");
	ok(kl_rate_ms(&m, 301) >= 120000 && kl_rate_ms(&m, 301) < 122000,
	    "three minutes' worth need two");
	ok(kl_rate_ms(&none, 1000000) == 0, "no limit, no time");
	ok(kl_rate_ms(&m, UINT64_MAX) == UINT64_MAX, "for ever");
}

/* Programs that ask again and again, every 100 ms if they may: how often one
 * was held, and the longest time between two of one's. */
static unsigned
ask_on(unsigned programs, unsigned percent, uint64_t *longest)
{
	static struct bucket b;
	uint64_t at[4] = { 0 }, last[4] = { 0 }, t, pace, due_at;
	struct claim c = { .rate = &m, .percent = percent };
	struct kl_budget left;
	unsigned i, held = 0;

	b = (struct bucket){ 0 };
	*longest = 0;
	for (t = 1; t < 600000; t += 5)
		for (i = 0; i < programs; i++) {
			if (t < at[i])
				continue;
			c.who = i + 1;
			c.now = t;
			if ((due_at = bucket_due(&b, &c).at) > t) {
				bucket_want(&b, &c, due_at);
				held += t >= at[i] + 1000;
				continue;
			}
			bucket_start(&b, &c);
			bucket_landed(&b, t, t);
			if (last[i] != 0 && t - last[i] > *longest)
				*longest = t - last[i];
			last[i] = t;
			bucket_budget(&b, &m, &left, t);
			pace = kl_budget_pace(&left, percent);
			at[i] = t + (pace > 100 ? pace : 100);
		}
	return held;
}

static void
test_ask_on(void)
{
	struct kl_budget b = { .limit = m };
	uint64_t longest;

	ok(kl_budget_pace(&b, 0) == 0, "who begins may ask quickly");
	b.used.steady = 150;
	ok(kl_budget_pace(&b, 0) == 40000, "when nothing is left, hardly");
	b.limit.steady = 0;
	ok(kl_budget_pace(&b, 0) == 0, "without a limit of a minute, always");
	b = (struct kl_budget){ .limit = m, .used = m, .unlimited = true };
	ok(kl_budget_pace(&b, 0) == 0, "without limits, always");
	ok(ask_on(1, 100, &longest) == 0 && longest < 2000,
	    "one that asks on at that pace never waits for the minute");
	ok(ask_on(4, 100, &longest) == 0 && longest < 7000, "nor do four");
	ok(ask_on(1, 50, &longest) == 0 && longest < 4000,
	    "nor one that may use half of it");
}

/* Any sequence of events keeps within the windows. */
static void
test_random(void)
{
	struct kl_governor *g = kl_governor_new(1, 0);
	const struct kl_rate rate = { 7, 40, 0 };
	static uint64_t log[3000];
	uint64_t t = 0;
	struct kl_wait w;
	unsigned n = 0;

	srandom(1);
	while (n < 3000) {
		t += (uint64_t)random() % 400;
		if (random() % 50 == 0)
			kl_governor_refused(g, 0, &rate,
			    (uint64_t)random() % 3000, t);
		if ((w = take(g, &rate, t)).ms > 0)
			t += w.ms - (random() % 3 == 0 && w.ms > 1);
		else
			log[n++] = t;
	}
	ok(most_within(log, n, 1000) <= 7 && most_within(log, n, 60000) <= 42,
	    "3000 requests in random order keep within both windows");
	kl_governor_free(g);
}

int
main(void)
{
	test_windows();
	test_daily();
	test_gap();
	test_two();
	test_refused();
	test_share();
	test_flight();
	test_bunched();
	test_told();
	test_unlimited();
	test_max_rate();
	test_unsent();
	test_queue();
	test_damage();
	test_headers();
	test_estimate();
	test_ask_on();
	test_random();
	return done();
}
