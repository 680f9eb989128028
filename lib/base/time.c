/* SPDX-License-Identifier: MIT */
/* time.c - civil dates, times as text, and identifiers that sort by time. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kl/random.h"
#include "kl/time.h"

#define DAY 86400
#define ERA_YEARS 400 /* after which the calendar repeats */
#define ERA_DAYS 146097
#define EPOCH 719468 /* days from 0000-03-01 to 1970-01-01 */

/* Euclidean division: the quotient rounded down. */
static int64_t
div_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years are counted from March, so that the leap day is the last of them. */
int64_t
kl_days_from_civil(int64_t y, unsigned m, unsigned d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = div_down(y, ERA_YEARS);
	yoe = y - era * ERA_YEARS;
	doy = (153 * (int64_t)(m > 2 ? m - 3 : m + 9) + 2) / 5 + (int64_t)d - 1;
	return era * ERA_DAYS + yoe * 365 + yoe / 4 - yoe / 100 + doy - EPOCH;
}

void
kl_civil_from_days(int64_t days, int64_t *y, unsigned *m, unsigned *d)
{
	int64_t era, doe, yoe, doy, mp;

	/* EPOCH is added after the division: days may be near the limit. */
	era = div_down(days, ERA_DAYS);
	doe = days - era * ERA_DAYS + EPOCH;
	era += doe / ERA_DAYS;
	doe %= ERA_DAYS;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * ERA_YEARS + (*m <= 2);
}

static char *
put2(char *p, unsigned v)
{
	*p++ = (char)('0' + v / 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

/* The date and time of day; returns the end.  Years of four digits, all that
 * occur, are written without printf: this runs once a record. */
static char *
format_time(char *p, int64_t seconds)
{
	unsigned m, d, s = (unsigned)((seconds % DAY + DAY) % DAY);
	int64_t y;

	kl_civil_from_days(div_down(seconds, DAY), &y, &m, &d);
	if (y >= 0 && y <= 9999)
		p = put2(put2(p, (unsigned)y / 100), (unsigned)y % 100);
	else
		p += snprintf(p, KL_TIME_TEXT - 22, "%lld", (long long)y);
	*p++ = '-';
	p = put2(p, m);
	*p++ = '-';
	p = put2(p, d);
	*p++ = 'T';
	p = put2(p, s / 3600);
	*p++ = ':';
	p = put2(p, s / 60 % 60);
	*p++ = ':';
	return put2(p, s % 60);
}

const char *
kl_time_text(int64_t seconds, char out[KL_TIME_TEXT])
{
	memcpy(format_time(out, seconds), "+00:00", sizeof("+00:00"));
	return out;
}

const char *
kl_time_text_ms(uint64_t ms, char out[KL_TIME_TEXT])
{
	char *p = format_time(out, (int64_t)(ms / 1000));
	unsigned frac = (unsigned)(ms % 1000);

	*p++ = '.';
	*p++ = (char)('0' + frac / 100);
	p = put2(p, frac % 100);
	memcpy(p, "+00:00", sizeof("+00:00"));
	return out;
}

/* 48 bits of milliseconds, 80 random ones, five to a character. */
void
kl_run_id(char out[KL_RUN_ID])
{
	static const char digit[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint64_t ms = kl_now_wall(), r[2];
	size_t i;

	/* Where the kernel has no random bytes, what no other process shares
	 * at this moment must do: nothing secret hangs on it. */
	if (!kl_random(r, sizeof(r))) {
		r[0] = (uint64_t)getpid() << 8;
		r[1] = kl_now_mono();
	}
	for (i = 10; i-- > 0; ms >>= 5)
		out[i] = digit[ms & 31];
	for (i = 10; i < 18; i++, r[0] >>= 5)
		out[i] = digit[r[0] & 31];
	for (; i < 26; i++, r[1] >>= 5)
		out[i] = digit[r[1] & 31];
	out[26] = '\0';
}
