/* SPDX-License-Identifier: MIT */
/*
 * stamp-format.c - formats for times.
 *
 * A format is checked and laid out in steps once; short forms such as %F are
 * written out then, so that reading and writing know only single parts.
 */

#include <string.h>

#include "stamp-parts.h"

static const struct stamp_number numbers[] = {
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

const char *const stamp_months[] = { "January", "February", "March", "April",
	"May", "June", "July", "August", "September", "October", "November",
	"December", NULL };
const char *const stamp_weekdays[] = { "Sunday", "Monday", "Tuesday",
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

const struct stamp_number *
stamp_number(char letter)
{
	size_t i;

	for (i = 0; i < COUNT(numbers); i++)
		if (numbers[i].letter == letter)
			return &numbers[i];
	return NULL;
}

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
		} else if (stamp_number(s[i]) == NULL &&
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
	return part == 'f' || stamp_number(part) != NULL;
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

bool
stamp_has(const struct kl_stamp_format *f, const char *letters)
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
	if (!stamp_has(f, "Yy"))
		return "no year (%Y)";
	if (!stamp_has(f, "j") && (!stamp_has(f, "mbB") || !stamp_has(f, "de")))
		return "no month and day (%m and %d)";
	if (stamp_has(f, "I") != stamp_has(f, "p"))
		return "%I and %p need each other";
	if (stamp_has(f, "H") && stamp_has(f, "I"))
		return "%H and %I exclude each other";
	if (stamp_has(f, "M") && !stamp_has(f, "HI"))
		return "minutes without hours";
	if (stamp_has(f, "S") && !stamp_has(f, "M"))
		return "seconds without minutes";
	if (stamp_has(f, "f") && !stamp_has(f, "S"))
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
	f->zoned = stamp_has(f, "zZ");
	return KL_OK;
}

enum kl_rc
stamp_bad(struct kl_err *err, const char *what)
{
	(void)kl_err_set(err, KL_EDATA, "date does not fit its format: %s",
	    what);
	kl_err_code(err, "date_invalid");
	kl_err_hint(err,
	    "correct the date, or the format in the "
	    "convert function");
	return KL_EDATA;
}
