/* SPDX-License-Identifier: MIT */
/*
 * f_sandbox_filter.c - the sandbox's filter language.  What is accepted has
 * conditions that the rules allow and values that are JSON strings.
 */

#include <assert.h>
#include <stdint.h>

#include "check.c"
#include "errors.c"
#include "filter-hold.c"
#include "filter.c"

static const struct filter_rule rules[] = {
	{ "email", OP(ANY) | OP(EQUALS), IS_TEXT, 0, NULL },
	{ "joined_group_at", OPS_RANGE, IS_TIME, 1, NULL },
	{ "status", OP(ANY) | OP(EQUALS), IS_TEXT, 2, "queued complete" },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_value(struct kl_span v)
{
	struct kl_json doc = { 0 };

	assert(v.n >= 2 && v.s[0] == '"');
	assert(kl_json_scan(&doc, v.s, v.n, NULL) == KL_OK);
	kl_json_free(&doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_span s = { (const char *)data, size };
	struct filter f = { .any_max = 100 };
	struct problem p = { 0 };
	size_t i, k;

	/* The query string is known to be UTF-8 by then. */
	if (!kl_utf8_valid(s.s, s.n))
		return 0;
	if (!filter_parse(&f, rules, s, &p)) {
		assert(p.detail[0] != '\0' && p.parameter);
		assert(kl_utf8_valid(p.detail, strlen(p.detail)));
	} else {
		assert(f.n >= 1 && f.n <= CONDITIONS);
		for (i = 0; i < f.n; i++) {
			const struct condition *c = &f.c[i];

			assert(c->rule->ops & 1U << c->op);
			assert(c->n >= 1 && c->n <= 100);
			for (k = c->from; k < c->from + c->n; k++)
				check_value(filter_value(&f, k));
		}
	}
	filter_free(&f);
	return 0;
}
