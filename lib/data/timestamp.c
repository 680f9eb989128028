/* SPDX-License-Identifier: MIT */
/*
 * timestamp.c - RFC 3339, and offsets from UTC.
 */

#include <string.h>

#include "kl/time.h"
#include "kl/timestamp.h"
#include "stamp.h"

#define DAY 86400

/* Days of a month; 0 for a month there is not. */
unsigned
stamp_month_days(unsigned y, unsigned m)
{
	static const unsigned char days[] = { 0, 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };

	if (m > 12)
		return 0;
	if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
		return 29;
	return days[m];
}

/* A fixed number of digits; -1 if there are others. */
static int
digits(const char *s, size_t n)
{
	int v = 0;

	for (; n > 0; n--, s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s - '0');
	}
	return v;
}

size_t
stamp_fraction(const char *s, size_t n, uint32_t *ns)
{
	uint32_t v = 0, unit = 100000000;
	size_t i;

	for (i = 0; i < n && i < 9 && s[i] >= '0' && s[i] <= '9'; i++) {
		v += (uint32_t)(s[i] - '0') * unit;
		unit /= 10;
	}
	*ns = v;
	return i;
}

size_t
stamp_offset(const char *s, size_t n, int32_t *offset)
{
	size_t used = 3;
	int h, m = 0;

	*offset = 0;
	if (n >= 1 && (s[0] == 'Z' || s[0] == 'z'))
		return 1;
	if (n < 3 || (s[0] != '+' && s[0] != '-') ||
	    (h = digits(s + 1, 2)) < 0 || h > 23)
		return 0;
	if (n >= 6 && s[3] == ':' && (m = digits(s + 4, 2)) >= 0)
		used = 6;
	else if (n >= 5 && (m = digits(s + 3, 2)) >= 0)
		used = 5;
	else
		m = 0;
	if (m > 59)
		return 0;
	*offset = (h * 60 + m) * 60 * (s[0] == '-' ? -1 : 1);
	return used;
}

bool
kl_stamp_zone(const char *s, size_t n, int32_t *offset)
{
	*offset = 0;
	if (n == 3 && (memcmp(s, "UTC", 3) == 0 || memcmp(s, "GMT", 3) == 0))
		return true;
	return n > 0 && stamp_offset(s, n, offset) == n;
}

static enum kl_rc
wrong(struct kl_err *err, const char *what)
{
	(void)kl_err_set(err, KL_EDATA, "time is not RFC 3339: %s", what);
	kl_err_code(err, "time_invalid");
	kl_err_hint(err, "it must look like 2026-11-23T04:05:06+00:00");
	return KL_EDATA;
}

/* The date and time of day, 19 characters.  NULL, or what is wrong. */
static const char *
date_time(const char *s, struct kl_stamp *t)
{
	int y = digits(s, 4), mo = digits(s + 5, 2), d = digits(s + 8, 2);
	int h = digits(s + 11, 2), mi = digits(s + 14, 2);
	int sec = digits(s + 17, 2);

	if (y < 0 || mo < 0 || d < 0 || s[4] != '-' || s[7] != '-')
		return "no date of the form YYYY-MM-DD";
	if (s[10] != 'T' && s[10] != 't')
		return "no T between date and time";
	if (h < 0 || mi < 0 || sec < 0 || s[13] != ':' || s[16] != ':')
		return "no time of the form hh:mm:ss";
	if (d < 1 || (unsigned)d > stamp_month_days((unsigned)y, (unsigned)mo))
		return "no such day";
	if (h > 23 || mi > 59 || sec > 59)
		return "no such time of day";
	t->sec = kl_days_from_civil(y, (unsigned)mo, (unsigned)d) * DAY +
	    (h * 60 + mi) * 60 + sec;
	return NULL;
}

enum kl_rc
kl_stamp_parse(const char *s, size_t n, struct kl_stamp *t, struct kl_err *err)
{
	struct kl_stamp got = { 0 };
	const char *what;
	size_t i = 19, k;

	if (n < 19)
		return wrong(err, n == 10 ? "only a date" : "too short");
	if ((what = date_time(s, &got)) != NULL)
		return wrong(err, what);
	if (i < n && s[i] == '.') {
		if ((k = stamp_fraction(s + i + 1, n - i - 1, &got.ns)) == 0)
			return wrong(err, "no digits after the point");
		i += 1 + k;
		if (i < n && s[i] >= '0' && s[i] <= '9')
			return wrong(err, "over 9 digits after the point");
	}
	if (i == n)
		return wrong(err, "no offset from UTC");
	k = stamp_offset(s + i, n - i, &got.offset);
	if (k != n - i || (k != 1 && k != 6))
		return wrong(err, "the offset is not Z or +hh:mm");
	got.sec -= got.offset;
	*t = got;
	return KL_OK;
}

void
stamp_put2(struct kl_buf *b, unsigned v)
{
	kl_buf_putc(b, (char)('0' + v / 10 % 10));
	kl_buf_putc(b, (char)('0' + v % 10));
}

void
stamp_put_offset(struct kl_buf *b, int32_t offset)
{
	unsigned m = (unsigned)(offset < 0 ? -offset : offset) / 60;

	kl_buf_putc(b, offset < 0 ? '-' : '+');
	stamp_put2(b, m / 60);
	kl_buf_putc(b, ':');
	stamp_put2(b, m % 60);
}

void
kl_stamp_put(struct kl_buf *b, const struct kl_stamp *t)
{
	char text[KL_TIME_TEXT];
	uint32_t ns = t->ns, unit = 100000000;
	size_t n;

	(void)kl_time_text(t->sec + t->offset, text);
	n = strlen(text) - 6; /* without +00:00 */
	kl_buf_put(b, text, n);
	if (ns > 0) {
		kl_buf_putc(b, '.');
		for (; ns > 0; ns %= unit, unit /= 10)
			kl_buf_putc(b, (char)('0' + ns / unit));
	}
	stamp_put_offset(b, t->offset);
}
