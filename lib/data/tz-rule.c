/* SPDX-License-Identifier: MIT */
/*
 * tz-rule.c - rules such as CET-1CEST,M3.5.0,M10.5.0/3, which say what comes
 * after the last transition a file lists.
 */

#include <string.h>

#include "kl/time.h"
#include "zone.h"

#define DAY 86400
#define TWO_IN_THE_MORNING 7200
/* A day has 24 hours; RFC 8536 lets a rule name an hour a week away. */
#define OFFSET_HOURS 24
#define RULE_HOURS 167

struct reading {
	const char *s, *end;
};

static bool
take_char(struct reading *r, char c)
{
	if (r->s == r->end || *r->s != c)
		return false;
	r->s++;
	return true;
}

/* A number from lo to hi, of at most three digits. */
static bool
take_number(struct reading *r, int lo, int hi, int *v)
{
	int n = 0;

	*v = 0;
	while (n < 3 && r->s < r->end && *r->s >= '0' && *r->s <= '9') {
		*v = *v * 10 + (*r->s++ - '0');
		n++;
	}
	return n > 0 && *v >= lo && *v <= hi;
}

/* Letters, at least three, or anything between < and >. */
static bool
take_name(struct reading *r)
{
	const char *from = r->s;

	if (take_char(r, '<')) {
		while (r->s < r->end && *r->s != '>')
			r->s++;
		return take_char(r, '>') && r->s - from >= 5;
	}
	while (r->s < r->end && (*r->s | 0x20) >= 'a' && (*r->s | 0x20) <= 'z')
		r->s++;
	return r->s - from >= 3;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool
take_time(struct reading *r, int hours, int32_t *t)
{
	bool minus = take_char(r, '-');
	int h, m = 0, s = 0;

	if (!minus)
		(void)take_char(r, '+');
	if (!take_number(r, 0, hours, &h) ||
	    (take_char(r, ':') &&
		(!take_number(r, 0, 59, &m) ||
		    (take_char(r, ':') && !take_number(r, 0, 59, &s)))))
		return false;
	*t = (h * 60 + m) * 60 + s;
	if (minus)
		*t = -*t;
	return true;
}

static bool
take_day(struct reading *r, struct tz_day *d)
{
	bool good;

	if (!take_char(r, ','))
		return false;
	if (take_char(r, 'M')) {
		d->kind = TZ_WEEKDAY;
		good = take_number(r, 1, 12, &d->month) && take_char(r, '.') &&
		    take_number(r, 1, 5, &d->week) && take_char(r, '.') &&
		    take_number(r, 0, 6, &d->day);
	} else if (take_char(r, 'J')) {
		d->kind = TZ_JULIAN;
		good = take_number(r, 1, 365, &d->day);
	} else {
		d->kind = TZ_OF_YEAR;
		good = take_number(r, 0, 365, &d->day);
	}
	d->time = TWO_IN_THE_MORNING;
	return good &&
	    (!take_char(r, '/') || take_time(r, RULE_HOURS, &d->time));
}

bool
tz_rule_read(struct tz_rule *rule, const char *s, size_t n)
{
	struct reading r = { s, s + n };
	int32_t west;

	memset(rule, 0, sizeof(*rule));
	if (!take_name(&r) || !take_time(&r, OFFSET_HOURS, &west))
		return false;
	rule->standard = -west; /* POSIX counts westwards */
	if (r.s == r.end)
		return true;
	rule->has_summer = true;
	rule->summer = rule->standard + 3600;
	if (!take_name(&r))
		return false;
	if (r.s < r.end && *r.s != ',') {
		if (!take_time(&r, OFFSET_HOURS, &west))
			return false;
		rule->summer = -west;
	}
	return take_day(&r, &rule->start) && take_day(&r, &rule->end) &&
	    r.s == r.end;
}

/* The days from 1970 on of the day in that year. */
static int64_t
days_of(const struct tz_day *d, int64_t year)
{
	int64_t first, next;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	int weekday, day;

	first = kl_days_from_civil(year, 1, 1);
	if (d->kind == TZ_OF_YEAR)
		return first + d->day;
	if (d->kind == TZ_JULIAN)
		return first + d->day - 1 + (leap && d->day > 59);
	first = kl_days_from_civil(year, (unsigned)d->month, 1);
	next = d->month == 12
	    ? kl_days_from_civil(year + 1, 1, 1)
	    : kl_days_from_civil(year, (unsigned)d->month + 1, 1);
	/* 1970-01-01 was a Thursday; days may be negative. */
	weekday = (int)((first % 7 + 11) % 7);
	day = (d->day - weekday + 7) % 7 + (d->week - 1) * 7;
	while (first + day >= next)
		day -= 7;
	return first + day;
}

int32_t
tz_rule_at(const struct tz_rule *rule, int64_t utc)
{
	int64_t local = utc + rule->standard, start, end, year, days;
	unsigned m, d;
	bool summer;

	if (!rule->has_summer)
		return rule->standard;
	days = (local - ((local % DAY + DAY) % DAY)) / DAY;
	kl_civil_from_days(days, &year, &m, &d);
	start = days_of(&rule->start, year) * DAY + rule->start.time -
	    rule->standard;
	end = days_of(&rule->end, year) * DAY + rule->end.time - rule->summer;
	/* South of the equator summer is both ends of the year. */
	summer =
	    start < end ? utc >= start && utc < end : utc >= start || utc < end;
	return summer ? rule->summer : rule->standard;
}
