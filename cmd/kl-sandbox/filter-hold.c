/* SPDX-License-Identifier: MIT */
/* filter-hold.c - whether the conditions of a filter hold. */

#include <stdlib.h>
#include <string.h>

#include "filter.h"

void
filter_free(struct filter *f)
{
	free(f->value);
	kl_buf_free(&f->text);
	*f = (struct filter){ .any_max = f->any_max };
}

struct kl_span
filter_value(const struct filter *f, size_t i)
{
	return (struct kl_span){ f->text.s + f->value[i].at, f->value[i].n };
}

bool
condition_has(const struct filter *f, const struct condition *c,
    struct kl_span json)
{
	size_t i;

	for (i = c->from; i < c->from + c->n; i++)
		if (kl_span_eq(filter_value(f, i), json))
			return true;
	return false;
}

/* Where part is in s, both without their quotes: at its start, its end, or
 * anywhere. */
static bool
text_in(enum filter_op op, struct kl_span s, struct kl_span part)
{
	size_t i, last;

	if (s.n < part.n)
		return false;
	last = s.n - part.n;
	for (i = op == OP_ENDS_WITH ? last : 0;
	     i <= (op == OP_STARTS_WITH ? 0 : last); i++)
		if (memcmp(s.s + i, part.s, part.n) == 0)
			return true;
	return false;
}

bool
filter_texts(const struct filter *f, struct kl_span json)
{
	struct kl_span s = { json.s + 1, json.n - 2 }, v;
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct condition *c = &f->c[i];

		if (c->op == OP_EQUALS || c->op == OP_ANY) {
			if (!condition_has(f, c, json))
				return false;
			continue;
		}
		v = filter_value(f, c->from);
		if (!text_in(c->op, s, (struct kl_span){ v.s + 1, v.n - 2 }))
			return false;
	}
	return true;
}

bool
condition_time(const struct condition *c, uint64_t us)
{
	int64_t t = (int64_t)us;

	switch (c->op) {
	case OP_LESS_THAN:
		return t < c->time;
	case OP_LESS_OR_EQUAL:
		return t <= c->time;
	case OP_GREATER_THAN:
		return t > c->time;
	case OP_GREATER_OR_EQUAL:
		return t >= c->time;
	default:
		return false;
	}
}
