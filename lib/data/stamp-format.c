/* SPDX-License-Identifier: MIT */
/*
 * stamp-format.c - times by a format, read and written.
 *
 * A format is checked and laid out in steps once; short forms such as %F are
 * written out then, so that reading and writing know only single parts.
 */

#include <stdio.h>
#include <string.h>

#include "kl/time.h"
#include "kl/timestamp.h"
#include "stamp.h"

#define DAY 86400
#define YY_PIVOT 69 /* POSIX strptime: 69-99 are 1969-1999 */

/* Values read, one for each part that is a number. */
enum part {
	YEAR,
	YY,
	MONTH,
	DAY_OF_MONTH,
	DAY_OF_YEAR,
	HOUR,
	HOUR12,
	MINUTE,
	SECOND,
	PARTS
};

static const struct number {
	char letter;
	enum part part;
	unsigned char width; /* digits, at most; all of them if fixed */
	bool fixed;
	unsigned short lo, hi;
	const char *name;
} numbers[] = {
	{ 'Y', YEAR, 4, true, 0, 9999, "year" },
	{ 'y', YY, 2, true, 0, 99, "year" },
	{ 'm', MONTH, 2, false, 1, 12, "month" },
	{ 'd', DAY_OF_MONTH, 2, false, 1, 31, "day" },
	{ 'e', DAY_OF_MONTH, 2, false, 1, 31, "day" },
	{ 'j', DAY_OF_YEAR, 3, false, 1, 366, "day of the year" },
	{ 'H', HOUR, 2, false, 0, 23, "hour" },
	{ 'I', HOUR12, 2, false, 1, 12, "hour" },
	{ 'M', MINUTE, 2, false, 0, 59, "minute" },
	{ 'S', SECOND, 2, false, 0, 59, "second" },
};

/* Parts that stand for several; 'h' is another name of 'b'. */
static const struct {
	char letter;
	const char *text;
} shorts[] = {
	{ 'F', "%Y-%m-%d" },
	{ 'T', "%H:%M:%S" },
	{ 'R', "%H:%M" },
	{ 'D', "%m/%d/%y" },
	{ 'h', "%b" },
};

static const char *const months[] = { "January", "February", "March", "April",
	"May", "June", "July", "August", "September", "October", "November",
	"December", NULL };
static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday",
	"Wednesday", "Thursday", "Friday", "Saturday", NULL };

static const struct {
	const char *name;
	enum kl_stamp_kind kind;
} words[] = {
	{ "rfc3339", KL_STAMP_RFC3339 },
	{ "epoch", KL_STAMP_EPOCH },
	{ "epoch_ms", KL_STAMP_MS },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct number *
number_of(char letter)
{
	size_t i;

	for (i = 0; i < COUNT(numbers); i++)
		if (numbers[i].letter == letter)
			return &numbers[i];
	return NULL;
}

/* --- checking a format ---------------------------------------------------- */

static enum kl_rc
bad_format(struct kl_err *err, const char *what)
{
	(void)kl_err_set(err, KL_ECONFIG, "date format: %s", what);
	kl_err_hint(err,
	    "as in date:%%Y-%%m-%%d, date:%%d.%%m.%%Y %%H:%%M@+01:00 or "
	    "date:epoch");
	return KL_ECONFIG;
}

static bool
add_step(struct kl_stamp_format *f, char part, char c)
{
	if (f->n == KL_STAMP_STEPS)
		return false;
	f->step[f->n].part = part;
	f->step[f->n].c = c;
	f->step[f->n].tight = false;
	f->n++;
	return true;
}

/* Lay the text out in steps.  NULL, or what is wrong. */
static const char *
lay_out(struct kl_stamp_format *f, const char *s, size_t n)
{
	static const char *const full = "over 64 characters";
	const char *what;
	size_t i, k;

	for (i = 0; i < n; i++) {
		if (s[i] != '%') {
			if (!add_step(f, 0, s[i]))
				return full;
			continue;
		}
		if (++i == n)
			return "ends with a single %";
		for (k = 0; k < COUNT(shorts); k++)
			if (shorts[k].letter == s[i])
				break;
		if (k < COUNT(shorts)) {
			what =
			    lay_out(f, shorts[k].text, strlen(shorts[k].text));
			if (what != NULL)
				return what;
		} else if (s[i] == '%') {
			if (!add_step(f, 0, '%'))
				return full;
		} else if (number_of(s[i]) == NULL &&
		    strchr("bBaApfzZ", s[i]) == NULL) {
			return "an unknown letter after %";
		} else if (!add_step(f, s[i], 0)) {
			return full;
		}
	}
	return NULL;
}

static bool
is_number(char part)
{
	return part == 'f' || number_of(part) != NULL;
}

/* Mark numbers that touch. */
static void
mark_tight(struct kl_stamp_format *f)
{
	size_t i;

	for (i = 0; i + 1 < f->n; i++)
		if (is_number(f->step[i].part) &&
		    is_number(f->step[i + 1].part))
			f->step[i].tight = f->step[i + 1].tight = true;
}

static bool
has(const struct kl_stamp_format *f, const char *letters)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->step[i].part != 0 &&
		    strchr(letters, f->step[i].part) != NULL)
			return true;
	return false;
}

/* NULL, or what a format lacks. */
static const char *
lacks(const struct kl_stamp_format *f)
{
	if (!has(f, "Yy"))
		return "no year (%Y)";
	if (!has(f, "j") && (!has(f, "mbB") || !has(f, "de")))
		return "no month and day (%m and %d)";
	if (has(f, "I") != has(f, "p"))
		return "%I and %p need each other";
	if (has(f, "H") && has(f, "I"))
		return "%H and %I exclude each other";
	if (has(f, "M") && !has(f, "HI"))
		return "minutes without hours";
	if (has(f, "S") && !has(f, "M"))
		return "seconds without minutes";
	if (has(f, "f") && !has(f, "S"))
		return "a fraction without seconds";
	return NULL;
}

enum kl_rc
kl_stamp_format(struct kl_span text, struct kl_stamp_format *f,
    struct kl_err *err)
{
	const char *what;
	size_t i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < COUNT(words); i++)
		if (kl_span_is(text, words[i].name)) {
			f->kind = words[i].kind;
			f->zoned = true;
			return KL_OK;
		}
	if (text.n == 0)
		return bad_format(err, "empty");
	if ((what = lay_out(f, text.s, text.n)) != NULL ||
	    (what = lacks(f)) != NULL)
		return bad_format(err, what);
	mark_tight(f);
	f->zoned = has(f, "zZ");
	return KL_OK;
}

/* --- reading -------------------------------------------------------------- */

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
read_number(struct reading *r, const struct number *x, bool tight)
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
	int m = read_name(r, months);

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
	const struct number *x = number_of(letter);
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
		r->weekday = read_name(r, weekdays);
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

static enum kl_rc
bad_date(struct kl_err *err, const char *what)
{
	(void)kl_err_set(err, KL_EDATA, "date does not fit its format: %s",
	    what);
	kl_err_code(err, "date_invalid");
	kl_err_hint(err,
	    "correct the date, or the format in the "
	    "convert function");
	return KL_EDATA;
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
		return bad_date(err, "no digits");
	if (!ms && i < n && s[i] == '.' &&
	    (k = stamp_fraction(s + i + 1, n - i - 1, &ns)) > 0)
		i += 1 + k;
	if (i != n)
		return bad_date(err,
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
	(void)bad_date(err, "beyond the year 9999");
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
	return bad_date(err,
	    strcmp(r.what, "end") == 0 ? "something is left over at its end"
				       : what);
}

/* --- writing -------------------------------------------------------------- */

/* The date and time of day on its own clock. */
struct clock {
	int64_t year, days;
	unsigned v[PARTS];
	uint32_t ns;
	int32_t offset;
};

static void
set_clock(struct clock *c, const struct kl_stamp *t, int32_t offset)
{
	int64_t local = t->sec + offset, s;

	s = (local % DAY + DAY) % DAY;
	c->days = (local - s) / DAY;
	kl_civil_from_days(c->days, &c->year, &c->v[MONTH],
	    &c->v[DAY_OF_MONTH]);
	c->v[YEAR] = (unsigned)c->year;
	c->v[YY] = (unsigned)(c->year % 100);
	c->v[DAY_OF_YEAR] =
	    (unsigned)(c->days - kl_days_from_civil(c->year, 1, 1) + 1);
	c->v[HOUR] = (unsigned)(s / 3600);
	c->v[HOUR12] = (c->v[HOUR] + 11) % 12 + 1;
	c->v[MINUTE] = (unsigned)(s / 60 % 60);
	c->v[SECOND] = (unsigned)(s % 60);
	c->ns = t->ns;
	c->offset = offset;
}

static void
put_part(struct kl_buf *b, const struct clock *c, char letter)
{
	const struct number *x = number_of(letter);
	const char *name;

	if (x != NULL && letter == 'e') {
		kl_buf_printf(b, "%2u", c->v[x->part]);
		return;
	}
	if (x != NULL) {
		kl_buf_printf(b, "%0*u", (int)x->width, c->v[x->part]);
		return;
	}
	switch (letter) {
	case 'b':
	case 'B':
		name = months[c->v[MONTH] - 1];
		kl_buf_put(b, name, letter == 'b' ? 3 : strlen(name));
		break;
	case 'a':
	case 'A':
		name = weekdays[(c->days % 7 + 11) % 7];
		kl_buf_put(b, name, letter == 'a' ? 3 : strlen(name));
		break;
	case 'p':
		kl_buf_puts(b, c->v[HOUR] < 12 ? "AM" : "PM");
		break;
	case 'f':
		kl_buf_printf(b, "%06u", (unsigned)(c->ns / 1000));
		break;
	case 'z':
		stamp_put_offset(b, c->offset);
		break;
	default:
		kl_buf_puts(b, "UTC");
	}
}

static void
put_epoch(struct kl_buf *b, const struct kl_stamp *t, bool ms)
{
	if (ms)
		kl_buf_printf(b, "%lld",
		    (long long)(t->sec * 1000 + t->ns / 1000000));
	else if (t->ns == 0)
		kl_buf_printf(b, "%lld", (long long)t->sec);
	else if (t->sec >= 0)
		kl_buf_printf(b, "%lld.%09u", (long long)t->sec,
		    (unsigned)t->ns);
	else
		kl_buf_printf(b, "-%lld.%09u", (long long)(-t->sec - 1),
		    (unsigned)(1000000000 - t->ns));
}

enum kl_rc
kl_stamp_print(struct kl_buf *b, const struct kl_stamp_format *f,
    const struct kl_stamp *t, int32_t offset, struct kl_err *err)
{
	struct clock c;
	size_t i;

	if (f->kind == KL_STAMP_RFC3339 || f->kind == KL_STAMP_PLAIN) {
		kl_stamp_put(b, t);
		return KL_OK;
	}
	if (f->kind != KL_STAMP_TEXT) {
		put_epoch(b, t, f->kind == KL_STAMP_MS);
		return KL_OK;
	}
	/* %Z writes UTC, so the clock must show it. */
	if (has(f, "Z") && !has(f, "z"))
		offset = 0;
	else if (f->zoned)
		offset = t->offset;
	set_clock(&c, t, offset);
	if (c.year < 0 || c.year > 9999 ||
	    (has(f, "y") && !has(f, "Y") &&
		(c.year < 1900 + YY_PIVOT || c.year >= 2000 + YY_PIVOT)))
		return bad_date(err, "the year cannot be written");
	for (i = 0; i < f->n; i++)
		if (f->step[i].part != 0)
			put_part(b, &c, f->step[i].part);
		else
			kl_buf_putc(b, f->step[i].c);
	return KL_OK;
}
