/* SPDX-License-Identifier: MIT */
/* check.c - what the service accepts as an address, a number, a time. */

#include <string.h>

#include "check.h"
#include "kl/time.h"

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
alnum(char c)
{
	return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (unsigned char)c >= 0x80;
}

static bool
atom(char c)
{
	return alnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Labels of letters, digits and inner hyphens; two at least, the last not
 * all digits. */
static bool
domain(const char *s, size_t n)
{
	size_t i, from = 0, labels = 0;
	bool letters = false;

	for (i = 0; i <= n; i++) {
		if (i < n && s[i] != '.') {
			if (!alnum(s[i]) && s[i] != '-')
				return false;
			letters = letters || !digit(s[i]);
			continue;
		}
		if (i == from || i - from > 63 || s[from] == '-' ||
		    s[i - 1] == '-')
			return false;
		labels++;
		from = i + 1;
		if (i < n)
			letters = false;
	}
	return labels > 1 && letters;
}

bool
check_email(struct kl_span e)
{
	const char *at = e.n == 0 ? NULL : memchr(e.s, '@', e.n);
	size_t i, n;

	if (at == NULL || e.n > 100)
		return false;
	n = (size_t)(at - e.s);
	if (n == 0 || n > 64 || e.s[0] == '.' || e.s[n - 1] == '.')
		return false;
	for (i = 0; i < n; i++)
		if (!atom(e.s[i]) && (e.s[i] != '.' || e.s[i + 1] == '.'))
			return false;
	return domain(at + 1, e.n - n - 1);
}

bool
check_phone(struct kl_span p)
{
	size_t i;

	if (p.n < 8 || p.n > 16 || p.s[0] != '+' || p.s[1] == '0')
		return false;
	for (i = 1; i < p.n; i++)
		if (!digit(p.s[i]))
			return false;
	return true;
}

/* Exactly width digits, as a number, then the character behind it. */
static bool
number(struct kl_span *s, size_t width, unsigned lo, unsigned hi, unsigned *v)
{
	size_t i;

	if (s->n < width)
		return false;
	for (*v = 0, i = 0; i < width; i++) {
		if (!digit(s->s[i]))
			return false;
		*v = *v * 10 + (unsigned)(s->s[i] - '0');
	}
	s->s += width;
	s->n -= width;
	return *v >= lo && *v <= hi;
}

static bool
skip(struct kl_span *s, const char *any)
{
	if (s->n == 0 || strchr(any, s->s[0]) == NULL || s->s[0] == '\0')
		return false;
	s->s++;
	s->n--;
	return true;
}

/* Z, or an offset, in minutes; none is UTC. */
static bool
offset(struct kl_span *s, int *minutes)
{
	unsigned h, m;
	int sign;

	*minutes = 0;
	if (s->n == 0 || skip(s, "Zz"))
		return s->n == 0;
	sign = s->s[0] == '-' ? -1 : 1;
	if (!skip(s, "+-") || !number(s, 2, 0, 23, &h))
		return false;
	(void)skip(s, ":");
	if (!number(s, 2, 0, 59, &m) || s->n != 0)
		return false;
	*minutes = sign * (int)(h * 60 + m);
	return true;
}

/* What stands behind the date. */
static bool
clock_time(struct kl_span *s, int64_t *us)
{
	unsigned h, m, sec, unit = 100000;
	int minutes;

	if (!skip(s, "Tt ") || !number(s, 2, 0, 23, &h) || !skip(s, ":") ||
	    !number(s, 2, 0, 59, &m) || !skip(s, ":") ||
	    !number(s, 2, 0, 60, &sec))
		return false;
	*us = ((int64_t)h * 3600 + m * 60 + sec) * 1000000;
	if (skip(s, ".")) {
		if (s->n == 0 || !digit(s->s[0]))
			return false;
		for (; s->n > 0 && digit(s->s[0]); s->s++, s->n--) {
			*us += (int64_t)unit * (s->s[0] - '0');
			unit /= 10;
		}
	}
	if (!offset(s, &minutes))
		return false;
	*us -= (int64_t)minutes * 60 * 1000000;
	return true;
}

bool
check_time(struct kl_span s, int64_t *us)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };
	unsigned y, m, d;
	int64_t day, rest = 0;
	bool leap;

	if (!number(&s, 4, 0, 9999, &y) || !skip(&s, "-") ||
	    !number(&s, 2, 1, 12, &m) || !skip(&s, "-") ||
	    !number(&s, 2, 1, 31, &d))
		return false;
	leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (d > days[m - 1] + (m == 2 && leap ? 1U : 0U))
		return false;
	if (s.n > 0 && !clock_time(&s, &rest))
		return false;
	day = kl_days_from_civil(y, m, d);
	*us = day * 86400 * 1000000 + rest;
	return true;
}
