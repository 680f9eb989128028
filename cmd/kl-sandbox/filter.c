/* SPDX-License-Identifier: MIT */
/* filter.c - the filter language of the query string. */

#include <string.h>

#include "check.h"
#include "filter.h"
#include "kl/json.h"
#include "kl/room.h"

#define DEPTH 8

static const char *const op_names[OPS] = {
	[OP_EQUALS] = "equals",
	[OP_ANY] = "any",
	[OP_LESS_THAN] = "less-than",
	[OP_LESS_OR_EQUAL] = "less-or-equal",
	[OP_GREATER_THAN] = "greater-than",
	[OP_GREATER_OR_EQUAL] = "greater-or-equal",
	[OP_CONTAINS] = "contains",
	[OP_CONTAINS_ANY] = "contains-any",
	[OP_CONTAINS_ALL] = "contains-all",
	[OP_STARTS_WITH] = "starts-with",
	[OP_ENDS_WITH] = "ends-with",
	[OP_HAS] = "has",
};

struct parser {
	const char *p, *end;
	struct filter *f;
	const struct filter_rule *rules;
	struct problem *problem;
	struct kl_buf tmp;
};

static bool
wrong(struct parser *ps, const char *what)
{
	return problem_parameter(ps->problem, "filter",
	    "Invalid filter provided: %s.", what);
}

static void
blanks(struct parser *ps)
{
	while (ps->p < ps->end && *ps->p == ' ')
		ps->p++;
}

/* The character, after blanks. */
static bool
take(struct parser *ps, char c)
{
	blanks(ps);
	if (ps->p == ps->end || *ps->p != c)
		return false;
	ps->p++;
	return true;
}

static bool
word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("_-.$", c) != NULL);
}

static struct kl_span
word(struct parser *ps)
{
	const char *from;

	blanks(ps);
	for (from = ps->p; ps->p < ps->end && word_char(*ps->p); ps->p++)
		;
	return (struct kl_span){ from, (size_t)(ps->p - from) };
}

static bool
add_value(struct parser *ps, struct kl_span text)
{
	struct filter *f = ps->f;

	if (f->values == FILTER_VALUES)
		return wrong(ps, "too many values");
	if (!KL_ROOM(f->value, f->values, f->cap, 16))
		return wrong(ps, "out of memory");
	f->value[f->values].at = f->text.n;
	kl_json_put_text(&f->text, text.s, text.n);
	f->value[f->values].n = f->text.n - f->value[f->values].at;
	f->values++;
	return f->text.rc == KL_OK || wrong(ps, "too long");
}

/* '...' or "..."; the quote inside is escaped by one backslash. */
static bool
quoted(struct parser *ps)
{
	char quote = *ps->p++;

	kl_buf_reset(&ps->tmp);
	for (; ps->p < ps->end; ps->p++) {
		if (*ps->p == quote) {
			ps->p++;
			return add_value(ps,
			    (struct kl_span){ ps->tmp.s, ps->tmp.n });
		}
		if (*ps->p == '\\' && ps->p + 1 < ps->end &&
		    (ps->p[1] == quote || ps->p[1] == '\\'))
			ps->p++;
		kl_buf_putc(&ps->tmp, *ps->p);
	}
	return wrong(ps, "a string is not closed");
}

/* A number, a time, true, false: what stands up to a comma or bracket. */
static bool
bare(struct parser *ps)
{
	const char *from = ps->p;

	while (ps->p < ps->end && strchr(",)]( '\"[", *ps->p) == NULL)
		ps->p++;
	if (ps->p == from)
		return wrong(ps, "a value is missing");
	return add_value(ps, (struct kl_span){ from, (size_t)(ps->p - from) });
}

static bool
scalar(struct parser *ps)
{
	blanks(ps);
	if (ps->p < ps->end && (*ps->p == '\'' || *ps->p == '"'))
		return quoted(ps);
	return bare(ps);
}

static bool
value(struct parser *ps, struct condition *c)
{
	c->from = ps->f->values;
	if (!take(ps, '[')) {
		c->n = 1;
		return c->op != OP_ANY ? scalar(ps)
				       : wrong(ps, "any takes a list");
	}
	do {
		if (!scalar(ps))
			return false;
	} while (take(ps, ','));
	c->n = ps->f->values - c->from;
	if (!take(ps, ']'))
		return wrong(ps, "a list is not closed");
	if (c->n > ps->f->any_max)
		return problem_parameter(ps->problem, "filter",
		    "Too many values in a list: the maximum is %zu.",
		    ps->f->any_max);
	if (c->n > 1 && c->op != OP_ANY)
		return wrong(ps, "only any takes a list of several values");
	return true;
}

/* "Allowed operators are ..." */
static bool
bad_op(struct parser *ps, struct kl_span op, const struct filter_rule *r)
{
	char allowed[120] = "";
	size_t n = 0, len;
	int i;

	for (i = 0; i < OPS; i++) {
		if (!(r->ops & 1U << i))
			continue;
		len = strlen(op_names[i]);
		if (n + len + 3 > sizeof(allowed))
			break;
		memcpy(allowed + n, n > 0 ? ", " : "", n > 0 ? 2 : 0);
		n += n > 0 ? 2 : 0;
		memcpy(allowed + n, op_names[i], len + 1);
		n += len;
	}
	return problem_parameter(ps->problem, "filter",
	    "'%.*s' is not an allowed filter operator for %s.  Allowed "
	    "operators are %s",
	    op.n > 60 ? 60 : (int)op.n, op.s, r->field, allowed);
}

static bool
allowed_word(const char *only, struct kl_span json)
{
	const char *p, *end;
	size_t n;

	for (p = only; *p != '\0'; p = *end == '\0' ? end : end + 1) {
		end = strchr(p, ' ');
		if (end == NULL)
			end = p + strlen(p);
		n = (size_t)(end - p);
		if (json.n == n + 2 && memcmp(json.s + 1, p, n) == 0)
			return true;
	}
	return false;
}

/* Seconds, perhaps with a fraction, as microseconds. */
static bool
seconds(struct kl_span s, int64_t *us)
{
	int64_t unit = 1000000;
	bool point = false;
	size_t i;

	*us = 0;
	for (i = 0; i < s.n; i++) {
		if (s.s[i] == '.' && !point && i > 0 && i + 1 < s.n) {
			point = true;
			continue;
		}
		if (s.s[i] < '0' || s.s[i] > '9' || *us > INT64_MAX / 100)
			return false;
		if (!point)
			*us = *us * 10 + (int64_t)(s.s[i] - '0') * 1000000;
		else
			*us += (s.s[i] - '0') * (unit /= 10);
	}
	return s.n > 0;
}

/* What the rule says about the values. */
static bool
judge(struct parser *ps, struct condition *c)
{
	struct kl_span v;
	size_t i;

	for (i = c->from; i < c->from + c->n; i++) {
		v = filter_value(ps->f, i);
		if (c->rule->only != NULL && !allowed_word(c->rule->only, v))
			return problem_parameter(ps->problem, "filter",
			    "Invalid value for %s.  Allowed values are %s",
			    c->rule->field, c->rule->only);
		if (c->rule->type == IS_TIME &&
		    !check_time((struct kl_span){ v.s + 1, v.n - 2 }, &c->time))
			return problem_parameter(ps->problem, "filter",
			    "Invalid datetime for %s.", c->rule->field);
		if (c->rule->type == IS_SECONDS &&
		    !seconds((struct kl_span){ v.s + 1, v.n - 2 }, &c->time))
			return problem_parameter(ps->problem, "filter",
			    "Invalid number for %s.", c->rule->field);
	}
	return true;
}

static bool
condition(struct parser *ps, struct kl_span name)
{
	struct filter *f = ps->f;
	const struct filter_rule *r = ps->rules;
	struct condition *c;
	struct kl_span field = word(ps);
	int op;

	while (r->field != NULL && !kl_span_is(field, r->field))
		r++;
	if (field.n == 0)
		return wrong(ps, "a field is missing");
	if (r->field == NULL)
		return problem_parameter(ps->problem, "filter",
		    "'%.*s' is not an allowed filter field for this resource.",
		    field.n > 100 ? 100 : (int)field.n, field.s);
	for (op = 0; op < OPS && !kl_span_is(name, op_names[op]);)
		op++;
	if (op == OPS || !(r->ops & 1U << op))
		return bad_op(ps, name, r);
	if (f->n == CONDITIONS)
		return wrong(ps, "too many conditions");
	c = &f->c[f->n++];
	*c = (struct condition){ .rule = r, .op = (enum filter_op)op };
	if (op != OP_HAS && !take(ps, ','))
		return wrong(ps, "a value is missing");
	if (op != OP_HAS && (!value(ps, c) || !judge(ps, c)))
		return false;
	return take(ps, ')') || wrong(ps, "a bracket is not closed");
}

static bool
expressions(struct parser *ps, int depth, size_t *n)
{
	struct kl_span name;
	size_t inner;

	*n = 0;
	do {
		name = word(ps);
		if (name.n == 0 || !take(ps, '('))
			return wrong(ps, "an expression is missing");
		if (!kl_span_is(name, "and")) {
			if (!condition(ps, name))
				return false;
		} else {
			if (depth == DEPTH)
				return wrong(ps, "too deep");
			if (!expressions(ps, depth + 1, &inner))
				return false;
			if (inner < 2)
				return wrong(ps, "and takes two expressions");
			if (!take(ps, ')'))
				return wrong(ps, "a bracket is not closed");
		}
		++*n;
	} while (take(ps, ','));
	return true;
}

bool
filter_parse(struct filter *f, const struct filter_rule *rules,
    struct kl_span s, struct problem *p)
{
	struct parser ps = { s.s, s.s + s.n, f, rules, p, { 0 } };
	size_t n;
	bool good;

	if (f->any_max == 0)
		f->any_max = FILTER_VALUES;
	good = expressions(&ps, 0, &n);
	if (good && ps.p != ps.end)
		good = wrong(&ps, "something follows the last expression");
	kl_buf_free(&ps.tmp);
	return good;
}
