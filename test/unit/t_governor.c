/* SPDX-License-Identifier: MIT */
/* t_governor.c - rate windows, in a time of our own making. */

#define _DEFAULT_SOURCE /* random() */

#include <stdlib.h>

#include "kl/net.h"
#include "ok.h"

static const struct kl_rate m = { 10, 150, 0 };

/* Send n requests as fast as the governor lets us, from time t on; log[] gets
 * when each started.  Returns the time after the last. */
static uint64_t
run(struct kl_governor *g, const struct kl_rate *rate, unsigned n, uint64_t t,
    uint64_t *log)
{
	uint64_t wait;
	unsigned i;

	for (i = 0; i < n; i++) {
		while ((wait = kl_governor_wait(g, 0, rate, 0, t)) > 0)
			t += wait;
		(void)kl_governor_sent(g, 0, t, NULL);
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
	struct kl_governor *g = kl_governor_new(2);
	uint64_t end;

	end = run(g, &m, 1000, 5000, log);
	ok(most_within(log, 1000, 1000) == 10,
	    "never more than the burst in any second, and all of it");
	ok(most_within(log, 1000, 60000) == 150,
	    "never more than the steady limit in any minute, and all of it");
	ok(end - 5000 < 6 * 61000 + 15000, "and no slower than that");
	ok(kl_governor_wait(g, 1, &m, 0, end) == 0,
	    "another bucket is not concerned");
	kl_governor_free(g);
}

static void
test_daily(void)
{
	struct kl_rate daily = { 10, 150, 150 };
	struct kl_governor *g = kl_governor_new(1);
	uint64_t t = run(g, &daily, 150, 0, NULL);

	ok(kl_governor_wait(g, 0, &daily, 0, t + 100000) > 86000000 - 100000,
	    "the day's quota is used up until tomorrow");
	kl_governor_free(g);
}

static void
test_gap(void)
{
	struct kl_governor *g = kl_governor_new(1);

	ok(kl_governor_wait(g, 0, &m, 500, 1000) == 0, "the first may start");
	(void)kl_governor_sent(g, 0, 1000, NULL);
	ok(kl_governor_wait(g, 0, &m, 500, 1200) == 300,
	    "the next after the gap");
	ok(kl_governor_wait(g, 0, &m, 0, 1200) == 0, "or at once without one");
	kl_governor_free(g);
}

static void
test_hold(void)
{
	struct kl_governor *g = kl_governor_new(1);
	static uint64_t log[200];
	uint64_t t;

	kl_governor_hold(g, 0, 30000, 1000);
	ok(kl_governor_wait(g, 0, &m, 0, 1000) == 30000, "nothing starts");
	ok(kl_governor_wait(g, 0, &m, 0, 30999) == 1, "to the millisecond");
	ok(kl_governor_wait(g, 0, &m, 0, 31000) == 0, "then it goes on");
	kl_governor_hold(g, 0, 10, 1000);
	ok(kl_governor_wait(g, 0, &m, 0, 2000) == 29000,
	    "a shorter hold does not end a longer one");
	t = run(g, &m, 8, 31000, log);
	ok(t > 31000, "slower than before: 7 of 10 a second");
	t = run(g, &m, 20, 200000, log);
	ok(most_within(log, 20, 1000) == 10, "and as before after a while");
	kl_governor_free(g);
}

static void
test_told(void)
{
	struct kl_governor *g = kl_governor_new(1);
	struct kl_ratelimit rl = { .rate = { 3, 0, 0 },
		.remaining = -1,
		.reset = -1 };
	static uint64_t log[500];

	run(g, &m, 5, 0, log);
	kl_governor_told(g, 0, &rl, 0);
	run(g, &m, 20, 10000, log);
	ok(most_within(log, 20, 1000) == 3, "what the service says counts");
	rl.rate = (struct kl_rate){ 1000, 60000, 0 };
	kl_governor_told(g, 0, &rl, 20000);
	ok(run(g, &m, 500, 30000, log) == 30000, "upwards as well");
	rl = (struct kl_ratelimit){ .remaining = 0, .reset = 2 };
	kl_governor_told(g, 0, &rl, 40000);
	ok(kl_governor_wait(g, 0, &m, 0, 40000) == 2000,
	    "nothing remaining: wait for the reset");
	rl.reset = 4000000;
	kl_governor_told(g, 0, &rl, 50000);
	ok(kl_governor_wait(g, 0, &m, 0, 50000) == 60000,
	    "but never longer than a minute for it");
	kl_governor_free(g);

	g = kl_governor_new(1);
	kl_governor_unlimited(g, 0);
	ok(run(g, &m, 500, 0, log) == 0, "no limits, no waiting");
	kl_governor_hold(g, 0, 1000, 0);
	ok(kl_governor_wait(g, 0, &m, 0, 0) == 1000, "a 429 counts even so");
	kl_governor_free(g);
}

static void
test_unsent(void)
{
	struct kl_governor *g = kl_governor_new(1);
	struct kl_rate xs = { 1, 15, 0 };
	unsigned i;

	kl_governor_unsent(g, 0);
	for (i = 0; i < 100; i++) {
		(void)kl_governor_sent(g, 0, 500, NULL);
		kl_governor_unsent(g, 0);
	}
	ok(kl_governor_wait(g, 0, &xs, 0, 500) == 0,
	    "what never left does not count");
	(void)kl_governor_sent(g, 0, 500, NULL);
	ok(kl_governor_wait(g, 0, &xs, 0, 500) > 0, "what did leave does");
	kl_governor_free(g);
}

static void
test_headers(void)
{
	struct kl_ratelimit rl;

	ok(kl_ratelimit_read(&rl, "75, 75;w=1, 750;w=60", "73", "0") &&
		rl.rate.burst == 75 && rl.rate.steady == 750 &&
		rl.rate.daily == 0 && rl.remaining == 73 && rl.reset == 0,
	    "the header as recorded");
	ok(kl_ratelimit_read(&rl, "1,1 ; w=1,15;w=60,150;w=86400", NULL,
	       NULL) &&
		rl.rate.burst == 1 && rl.rate.steady == 15 &&
		rl.rate.daily == 150 && rl.remaining == -1,
	    "other spacing, and a day");
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

/* Any sequence of events keeps within the windows. */
static void
test_random(void)
{
	struct kl_governor *g = kl_governor_new(1);
	struct kl_rate rate = { 7, 40, 0 };
	static uint64_t log[3000];
	uint64_t t = 0, wait;
	unsigned n = 0;

	srandom(1);
	while (n < 3000) {
		t += (uint64_t)random() % 400;
		if (random() % 50 == 0)
			kl_governor_hold(g, 0, (uint64_t)random() % 3000, t);
		wait = kl_governor_wait(g, 0, &rate, 0, t);
		if (wait > 0)
			t += wait - (random() % 3 == 0 && wait > 1);
		if (kl_governor_wait(g, 0, &rate, 0, t) == 0) {
			(void)kl_governor_sent(g, 0, t, NULL);
			log[n++] = t;
		}
	}
	ok(most_within(log, n, 1000) <= 7 && most_within(log, n, 60000) <= 40,
	    "3000 requests in random order keep within both windows");
	kl_governor_free(g);
}

int
main(void)
{
	test_windows();
	test_daily();
	test_gap();
	test_hold();
	test_told();
	test_unsent();
	test_headers();
	test_estimate();
	test_random();
	return done();
}
