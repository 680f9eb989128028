/* SPDX-License-Identifier: MIT */
/* t_time.c - civil dates against a calendar that is counted day by day. */

#include "kl/random.h"
#include "kl/time.h"
#include "ok.h"

static int
leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static unsigned
month_days(int64_t y, unsigned m)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };

	return days[m - 1] + (m == 2 && leap(y));
}

/* Every day of the years from..to, the first of which is day number day. */
static void
count(int64_t from, int64_t to, int64_t day, const char *what)
{
	int64_t y, back_y;
	unsigned m, d, back_m, back_d;
	int good = 1;

	for (y = from; y <= to; y++)
		for (m = 1; m <= 12; m++)
			for (d = 1; d <= month_days(y, m); d++, day++) {
				good &= kl_days_from_civil(y, m, d) == day;
				kl_civil_from_days(day, &back_y, &back_m,
				    &back_d);
				good &=
				    back_y == y && back_m == m && back_d == d;
			}
	ok(good, what);
}

static void
texts(void)
{
	char t[KL_TIME_TEXT];

	is(kl_time_text(0, t), "1970-01-01T00:00:00+00:00", "0 is 1970");
	is(kl_time_text(-1, t), "1969-12-31T23:59:59+00:00",
	    "before 1970 seconds count back");
	is(kl_time_text(1795406706, t), "2026-11-23T04:05:06+00:00",
	    "a time of today");
	is(kl_time_text(951868799, t), "2000-02-29T23:59:59+00:00",
	    "the leap day of 2000");
	is(kl_time_text(253402300799, t), "9999-12-31T23:59:59+00:00",
	    "the last second of four digits");
	is(kl_time_text(253402300800, t), "10000-01-01T00:00:00+00:00",
	    "and the one after");
	is(kl_time_text(-62167219201, t), "-1-12-31T23:59:59+00:00",
	    "a year before 0");
	is(kl_time_text(INT64_MAX, t), "292277026596-12-04T15:30:07+00:00",
	    "the last second of all fits");
	is(kl_time_text(INT64_MIN, t), "-292277022657-01-27T08:29:52+00:00",
	    "the first second of all fits");
	is(kl_time_text_ms(1795406706007, t), "2026-11-23T04:05:06.007+00:00",
	    "milliseconds have three digits");
	is(kl_time_text_ms(UINT64_MAX, t), "584556019-04-03T14:25:51.615+00:00",
	    "any number of them fits");
}

static void
clocks(void)
{
	uint64_t a = kl_now_mono(), w = kl_now_wall();

	kl_sleep_ms(3);
	ok(kl_now_mono() - a >= 3, "a sleep of 3 ms takes that at least");
	ok(kl_now_mono() - a < 60000, "and no minute");
	ok(w > 1700000000000 && w < 32503680000000,
	    "the wall clock counts milliseconds since 1970");
}

static void
run_ids(void)
{
	char a[KL_RUN_ID], b[KL_RUN_ID];

	kl_run_id(a);
	kl_sleep_ms(2);
	kl_run_id(b);
	ok(strlen(a) == 26 && strlen(b) == 26, "a run id has 26 characters");
	ok(strspn(a, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == 26,
	    "of Crockford's alphabet");
	ok(strcmp(a, b) < 0, "a later one sorts after");
	ok(strcmp(a + 10, b + 10) != 0, "the rest is random");
}

static void
randomness(void)
{
	unsigned char s[4096] = { 0 };
	size_t i, zeros = 0;

	ok(kl_random(s, sizeof(s)), "the kernel has random bytes");
	for (i = 0; i < sizeof(s); i++)
		zeros += s[i] == 0;
	ok(zeros < 128, "and they fill the whole buffer");
	ok(kl_random(NULL, 0), "none is always to be had");
}

int
main(void)
{
	count(1900, 2100, -25567, "every day from 1900 to 2100, both ways");
	count(-401, 5, -865990, "years before and around 0");
	count(9990, 10010, 2929245, "years around 10000");
	ok(kl_days_from_civil(1970, 1, 1) == 0, "day 0 is 1970-01-01");
	texts();
	clocks();
	run_ids();
	randomness();
	return done();
}
