/* SPDX-License-Identifier: MIT */

/*
 * filter-check.c - the filter language of the service, as far as a slip can be
 * told from here.
 */

#include <stdio.h>
#include <string.h>

#include "kl/json.h"
#include "kl/near.h"
#include "kl/query.h"

#define NAMES_MAX 20

struct walk {
	const char *begin, *s, *end;
	const struct kl_filter_field *filters;
	struct kl_err *err;
	enum kl_rc rc;
};

static bool
fail(struct walk *w, const char *what)
{
	(void)kl_err_set(w->err, KL_EUSAGE, "where: byte %zu: %s",
	    (size_t)(w->s - w->begin) + 1, what);
	kl_err_code(w->err, "filter_syntax");
	w->rc = KL_EUSAGE;
	return false;
}

static bool
at(const struct walk *w, char c)
{
	return w->s < w->end && *w->s == c;
}

static bool
take(struct walk *w, char c, const char *what)
{
	if (!at(w, c))
		return fail(w, what);
	w->s++;
	return true;
}

static struct kl_span
word(struct walk *w, const char *more)
{
	struct kl_span s = { w->s, 0 };
	char c;

	while (w->s < w->end) {
		c = *w->s;
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') ||
			(c != '\0' && strchr(more, c) != NULL)))
			break;
		w->s++;
	}
	s.n = (size_t)(w->s - s.s);
	return s;
}

/* A text in quotes of either kind; a backslash takes the next byte along. */
static bool
text(struct walk *w)
{
	char quote = *w->s++;

	while (w->s < w->end && *w->s != quote) {
		if ((unsigned char)*w->s < ' ')
			return fail(w, "a control character in a text");
		w->s += 1 + (*w->s == '\\' && w->s + 1 < w->end);
	}
	return take(w, quote, "a text without its closing quote");
}

static bool
value(struct walk *w, bool list)
{
	if (at(w, '"') || at(w, '\''))
		return text(w);
	if (!list && at(w, '[')) {
		do {
			w->s++;
			if (!value(w, true))
				return false;
		} while (at(w, ','));
		return take(w, ']', "a list without its closing bracket");
	}
	/* Numbers, words and times look alike from here. */
	if (word(w, "+-:._").n == 0)
		return fail(w, "a value is missing");
	return true;
}

static bool
wrong_name(struct walk *w, struct kl_span name, const char *const *names,
    const char *what)
{
	const char *near = kl_near(names, name.s, name.n);

	w->rc = KL_EUSAGE;
	(void)kl_err_set(w->err, KL_EUSAGE, "where: %s %.*s", what,
	    name.n > 100 ? 100 : (int)name.n, name.s);
	kl_err_code(w->err, "filter_unknown");
	if (near != NULL)
		kl_err_hint(w->err, "%s?", near);
	return false;
}

static bool
wrong_op(struct walk *w, struct kl_span name)
{
	const char *names[NAMES_MAX] = { "and" };
	unsigned n = 1, bit;

	for (bit = 1; bit < KL_OP_BEYOND; bit <<= 1)
		names[n++] = kl_op_name((enum kl_op)bit);
	return wrong_name(w, name, names, "there is no operator");
}

/* The operators that the service has for the field. */
static bool
wrong_use(struct walk *w, const struct kl_filter_field *f, unsigned op)
{
	struct kl_buf b = { 0 };
	unsigned bit;

	for (bit = 1; bit < KL_OP_BEYOND; bit <<= 1)
		if (f->ops & bit)
			kl_buf_printf(&b, "%s%s", b.n > 0 ? ", " : "",
			    kl_op_name((enum kl_op)bit));
	(void)kl_err_set(w->err, KL_EUSAGE,
	    "where: klaviyo does not compare %s with %s", f->field,
	    kl_op_name((enum kl_op)op));
	kl_err_code(w->err, "filter_unknown");
	kl_err_hint(w->err, "%s", kl_buf_str(&b));
	kl_buf_free(&b);
	w->rc = KL_EUSAGE;
	return false;
}

/* A field the table has not may be newer than the table; one that is a slip
 * away from a field it has is refused. */
static bool
check_field(struct walk *w, unsigned op, struct kl_span name)
{
	const struct kl_filter_field *f;
	const char *names[NAMES_MAX] = { NULL };
	size_t n = 0;

	if (w->filters == NULL)
		return true;
	for (f = w->filters; f->field != NULL; f++) {
		if (kl_span_is(name, f->field))
			return (f->ops & op) != 0 || wrong_use(w, f, op);
		if (n + 1 < NAMES_MAX)
			names[n++] = f->field;
	}
	if (kl_near(names, name.s, name.n) != NULL)
		return wrong_name(w, name, names, "klaviyo filters by no");
	return true;
}

static bool
condition(struct walk *w, unsigned op)
{
	struct kl_span field = word(w, "_.-$");

	if (field.n == 0)
		return fail(w, "a field is missing");
	if (op != KL_OP_HAS &&
	    (!take(w, ',', "a value is missing") || !value(w, false)))
		return false;
	return take(w, ')', "a condition without its closing parenthesis") &&
	    check_field(w, op, field);
}

static bool conditions(struct walk *w, unsigned least, bool within);

static bool
expression(struct walk *w, bool within)
{
	struct kl_span name = word(w, "-");
	const char *before = w->s;
	unsigned op;

	if (name.n == 0)
		return fail(w, "an operator is missing, as equals");
	if (!take(w, '(', "an operator is followed by ("))
		return false;
	if (kl_span_is(name, "and")) {
		if (within) {
			w->s = before;
			return fail(w, "and within and");
		}
		return conditions(w, 2, true) &&
		    take(w, ')', "and without its closing parenthesis");
	}
	if ((op = kl_op_of(name)) == 0)
		return wrong_op(w, name);
	return condition(w, op);
}

/* Conditions with commas between them. */
static bool
conditions(struct walk *w, unsigned least, bool within)
{
	unsigned n = 0;

	do {
		w->s += n > 0;
		if (!expression(w, within))
			return false;
		n++;
	} while (at(w, ','));
	return n >= least || fail(w, "and takes two conditions or more");
}

enum kl_rc
kl_filter_check(struct kl_span filter, const struct kl_filter_field *filters,
    struct kl_err *err)
{
	struct walk w = { filter.s, filter.s, filter.s + filter.n, filters, err,
		KL_OK };

	if (filter.n > KL_FILTER_MAX)
		return kl_err_set(err, KL_EUSAGE,
		    "where: a filter of %zu bytes; %d are the most", filter.n,
		    KL_FILTER_MAX);
	if (!kl_utf8_valid(filter.s, filter.n))
		return kl_err_set(err, KL_EUSAGE, "where: not UTF-8");
	if (conditions(&w, 1, false) && w.s < w.end)
		(void)fail(&w, "something after the last condition");
	return w.rc;
}
