/* SPDX-License-Identifier: MIT */
/* stamp-read.c - times by a format, read. */

#include <stdio.h>
#include <string.h>

#include "kl/time.h"
#include "stamp-parts.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* What was read; -1 is "not there". */
struct reading {
	const char *s, *end;
	int v[PARTS];
	int pm, weekday;
	uint32_t ns;
	int32_t offset;
	const char *what; /* what is wrong */
};

static bool
fail(struct reading *r, const char *what)
{
	r->what = what;
	return false;
}

static bool
read_number(struct reading *r, const struct stamp_number *x, bool tight)
{
	int v = 0;
	size_t n = 0;

	while (n < x->width && r->s < r->end && *r->s >= '0' && *r->s <= '9') {
		v = v * 10 + (*r->s++ - '0');
		n++;
	}
	if (n == 0 || ((x->fixed || tight) && n < x->width))
		return fail(r, x->name);
	if (v < x->lo || v > x->hi ||
	    (r->v[x->part] >= 0 && r->v[x->part] != v))
		return fail(r, x->name);
	r->v[x->part] = v;
	return true;
}

/* True if the text goes on with name, n letters of it, in any case. */
static bool
goes_on(const struct reading *r, const char *name, size_t n)
{
	size_t i;

	if ((size_t)(r->end - r->s) < n)
		return false;
	for (i = 0; i < n; i++)
		if ((r->s[i] | 0x20) != (name[i] | 0x20))
			return false;
	return true;
}

/* The index of the name that follows, whole or its first letters; -1: none. */
static int
read_name(struct reading *r, const char *const *names)
{
	size_t n;
	int i;

	for (i = 0; names[i] != NULL; i++) {
		n = strlen(names[i]);
		if (!goes_on(r, names[i], n) &&
		    !goes_on(r, names[i], n = n > 4 ? 4 : n) &&
		    !goes_on(r, names[i], n = 3))
			continue;
		/* Four letters only for "Sept", "Tues" and their like: a
		 * word must not go on after what was read. */
		if (r->end - r->s > (ptrdiff_t)n && (r->s[n] | 0x20) >= 'a' &&
		    (r->s[n] | 0x20) <= 'z')
			continue;
		r->s += n;
		return i;
	}
	return -1;
}

static bool
read_month(struct reading *r)
{
	int m = read_name(r, stamp_months);

	if (m < 0 || (r->v[MONTH] >= 0 && r->v[MONTH] != m + 1))
		return fail(r, "month");
	r->v[MONTH] = m + 1;
	return true;
}

static bool
read_half(struct reading *r)
{
	static const char *const half[] = { "am", "pm", "a.m.", "p.m." };
	size_t i;

	for (i = COUNT(half); i-- > 0;)
		if (goes_on(r, half[i], strlen(half[i]))) {
			r->s += strlen(half[i]);
			r->pm = i % 2;
			return true;
		}
	return fail(r, "AM or PM");
}

static bool
read_zone(struct reading *r, char letter)
{
	size_t n = (size_t)(r->end - r->s), k = 0;

	if (letter == 'z')
		k = stamp_offset(r->s, n, &r->offset);
	else if (n >= 3 && kl_stamp_zone(r->s, 3, &r->offset) && *r->s != '+' &&
	    *r->s != '-')
		k = 3;
	else if (n >= 1 && *r->s == 'Z')
		k = 1;
	r->s += k;
	return k > 0 || fail(r, "offset from UTC");
}

static bool
read_blank(struct reading *r)
{
	const char *from = r->s;

	while (r->s < r->end && (*r->s == ' ' || *r->s == '\t'))
		r->s++;
	return r->s > from || fail(r, "blank");
}

static bool
read_part(struct reading *r, char letter, bool tight)
{
	const struct stamp_number *x = stamp_number(letter);
	size_t n;

	if (x != NULL) {
		if (letter == 'e' && r->s < r->end && *r->s == ' ')
			r->s++;
		return read_number(r, x, tight);
	}
	switch (letter) {
	case 'b':
	case 'B':
		return read_month(r);
	case 'a':
	case 'A':
		r->weekday = read_name(r, stamp_weekdays);
		return r->weekday >= 0 || fail(r, "weekday");
	case 'p':
		return read_half(r);
	case 'f':
		n = stamp_fraction(r->s, (size_t)(r->end - r->s), &r->ns);
		r->s += n;
		return n > 0 || fail(r, "fraction");
	default:
		return read_zone(r, letter);
	}
}

static bool
read_steps(struct reading *r, const struct kl_stamp_format *f)
{
	size_t i;
	bool good;

	for (i = 0; i < f->n; i++) {
		if (f->step[i].part != 0)
			good = read_part(r, f->step[i].part, f->step[i].tight);
		else if (f->step[i].c == ' ')
			good = read_blank(r);
		else
			good = (r->s < r->end && *r->s++ == f->step[i].c) ||
			    fail(r, "separator");
		if (!good)
			return false;
	}
	return r->s == r->end || fail(r, "end");
}

/* The days since 1970 of what was read.  False for a day there is not. */
static bool
to_days(struct reading *r, int64_t *days)
{
	int y = r->v[YEAR], m = r->v[MONTH], d = r->v[DAY_OF_MONTH];
	int yy = r->v[YY], yday = r->v[DAY_OF_YEAR];
	unsigned of_feb;

	if (yy >= 0) {
		yy += yy >= YY_PIVOT ? 1900 : 2000;
		if (y >= 0 && y != yy)
			return fail(r, "year");
		y = yy;
	}
	of_feb = stamp_month_days((unsigned)y, 2);
	if (yday > (of_feb == 29 ? 366 : 365))
		return fail(r, "day of the year");
	if (m < 0 || d < 0) {
		*days = kl_days_from_civil(y, 1, 1) + yday - 1;
	} else {
		if ((unsigned)d > stamp_month_days((unsigned)y, (unsigned)m))
			return fail(r, "day");
		*days = kl_days_from_civil(y, (unsigned)m, (unsigned)d);
		if (yday >= 0 &&
		    *days != kl_days_from_civil(y, 1, 1) + yday - 1)
			return fail(r, "day of the year");
	}
	/* 1970-01-01 was a Thursday; days may be negative. */
	if (r->weekday >= 0 && r->weekday != (int)((*days % 7 + 11) % 7))
		return fail(r, "weekday");
	return true;
}

static int
part_or_0(const struct reading *r, enum part part)
{
	return r->v[part] < 0 ? 0 : r->v[part];
}

static bool
to_stamp(struct reading *r, struct kl_stamp *t)
{
	int64_t days;
	int h = part_or_0(r, HOUR);

	if (!to_days(r, &days))
		return false;
	if (r->v[HOUR12] >= 0)
		h = r->v[HOUR12] % 12 + 12 * r->pm;
	t->sec = days * DAY + (h * 60 + part_or_0(r, MINUTE)) * 60 +
	    part_or_0(r, SECOND) - r->offset;
	t->ns = r->ns;
	t->offset = r->offset;
	return true;
}

/* Seconds or milliseconds since 1970: digits, for seconds with a fraction. */
static enum kl_rc
scan_epoch(const char *s, size_t n, bool ms, struct kl_stamp *t,
    struct kl_err *err)
{
	static const int64_t first = -62167219200, last = 253402300799;
	bool minus = n > 0 && s[0] == '-';
	size_t i = minus, k = 0;
	int64_t v = 0;
	uint32_t ns = 0;

	for (; i < n && s[i] >= '0' && s[i] <= '9' && i < 18; i++)
		v = v * 10 + (s[i] - '0');
	if (i == (size_t)minus)
		return stamp_bad(err, "no digits");
	if (!ms && i < n && s[i] == '.' &&
	    (k = stamp_fraction(s + i + 1, n - i - 1, &ns)) > 0)
		i += 1 + k;
	if (i != n)
		return stamp_bad(err,
		    "more than the digits of a time since 1970");
	if (ms) {
		ns = (uint32_t)(v % 1000) * 1000000;
		v /= 1000;
	}
	/* Before 1970 the fraction counts from the second below. */
	t->sec = !minus ? v : ns > 0 ? -v - 1 : -v;
	t->ns = minus && ns > 0 ? 1000000000 - ns : ns;
	t->offset = 0;
	if (t->sec >= first && t->sec <= last)
		return KL_OK;
	(void)stamp_bad(err, "beyond the year 9999");
	if (!ms)
		kl_err_hint(err,
		    "if these are milliseconds, convert with "
		    "date:epoch_ms");
	return KL_EDATA;
}

/* Without a format: what can be nothing else. */
static enum kl_rc
scan_plain(const char *s, size_t n, struct kl_stamp *t, struct kl_err *err)
{
	size_t digits = 0;
	enum kl_rc rc;

	while (digits < n && s[digits] >= '0' && s[digits] <= '9')
		digits++;
	if (digits == 0 || digits == 4) {
		rc = kl_stamp_parse(s, n, t, err);
	} else if (s[0] == '1' && (digits == 10 || digits == 13)) {
		rc = scan_epoch(s, n, digits == 13, t, err);
	} else {
		rc = kl_err_set(err, KL_EDATA,
		    "neither RFC 3339 nor seconds or milliseconds since 1970");
	}
	if (rc == KL_EDATA) {
		kl_err_code(err, "date_invalid");
		kl_err_hint(err,
		    "say how it is written with a convert function, such as "
		    "date:%%d.%%m.%%Y %%H:%%M@+01:00 or date:epoch");
	}
	return rc;
}

enum kl_rc
kl_stamp_scan(const struct kl_stamp_format *f, const char *s, size_t n,
    int32_t offset, struct kl_stamp *t, struct kl_err *err)
{
	struct reading r = { .s = s,
		.end = s + n,
		.pm = -1,
		.weekday = -1,
		.offset = offset };
	char what[80];

	if (f->kind == KL_STAMP_RFC3339)
		return kl_stamp_parse(s, n, t, err);
	if (f->kind == KL_STAMP_PLAIN)
		return scan_plain(s, n, t, err);
	if (f->kind != KL_STAMP_TEXT)
		return scan_epoch(s, n, f->kind == KL_STAMP_MS, t, err);
	memset(r.v, -1, sizeof(r.v));
	if (read_steps(&r, f) && to_stamp(&r, t))
		return KL_OK;
	(void)snprintf(what, sizeof(what), "the %s is wrong", r.what);
	return stamp_bad(err,
	    strcmp(r.what, "end") == 0 ? "something is left over at its end"
				       : what);
}
