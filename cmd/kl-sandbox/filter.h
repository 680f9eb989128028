/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "errors.h"
#include "kl/buf.h"

/*
 * filter.h - the filter language of the query string.
 *
 *	filter = expr *( "," expr )			all must hold
 *	expr   = "and(" expr 1*( "," expr ) ")" / op "(" field [ "," value ] ")"
 *	value  = string / number / word / time / "[" value *( "," value ) "]"
 */

enum filter_op {
	OP_EQUALS,
	OP_ANY,
	OP_LESS_THAN,
	OP_LESS_OR_EQUAL,
	OP_GREATER_THAN,
	OP_GREATER_OR_EQUAL,
	OP_CONTAINS,
	OP_CONTAINS_ANY,
	OP_CONTAINS_ALL,
	OP_STARTS_WITH,
	OP_ENDS_WITH,
	OP_HAS,
	OPS
};
#define OP(name) (1U << OP_##name)
#define OPS_RANGE                                                              \
	(OP(LESS_THAN) | OP(LESS_OR_EQUAL) | OP(GREATER_THAN) |                \
	    OP(GREATER_OR_EQUAL))

enum filter_type {
	IS_TEXT,
	IS_TIME,
	IS_SECONDS /* a number: seconds since 1970 */
};

/* What an endpoint can be filtered by; a table ends with field NULL. */
struct filter_rule {
	const char *field;
	unsigned ops;
	enum filter_type type;
	int what;	  /* the endpoint's number for the field */
	const char *only; /* words that are allowed, with spaces; or NULL */
};

/* One condition.  Texts are JSON strings, in spelling of the writer of
 * kl/json.h; values [from, from + n) of the filter. */
struct condition {
	const struct filter_rule *rule;
	enum filter_op op;
	size_t from, n;
	int64_t time; /* microseconds since 1970, but of IS_TEXT */
};

#define CONDITIONS 16
#define FILTER_VALUES 10000

struct filter {
	struct condition c[CONDITIONS];
	size_t n;
	struct {
		size_t at, n;
	} * value; /* owned */
	size_t values, cap;
	struct kl_buf text;
	size_t any_max; /* values in one list */
};

/* Parse s by the rules.  False: *p says what is wrong (parameter "filter").
 * The filter is to be freed either way. */
bool filter_parse(struct filter *f, const struct filter_rule *rules,
    struct kl_span s, struct problem *p);
void filter_free(struct filter *f);

/* The text of value i, as JSON. */
struct kl_span filter_value(const struct filter *f, size_t i);
/* True if one of the condition's values is the text (JSON). */
bool condition_has(const struct filter *f, const struct condition *c,
    struct kl_span json);
/* True if every condition holds for this one text (JSON). */
bool filter_texts(const struct filter *f, struct kl_span json);
/* True if a time (microseconds) fulfils a range condition. */
bool condition_time(const struct condition *c, uint64_t us);

#endif /* SANDBOX_FILTER_H */
