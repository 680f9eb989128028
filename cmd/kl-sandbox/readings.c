/* SPDX-License-Identifier: MIT */
/* readings.c - choices where the evidence about the service is missing. */

#include "box.h"

/* A value of a reading and what it does: sets a flag, or one of those that
 * have more than two values. */
struct choice {
	const char *name, *value;
	size_t flag; /* offset of a bool */
	int to;
};
#define FLAGS(name, no, yes, field)                                            \
	{ name, no, offsetof(struct readings, field), false },                 \
	{                                                                      \
		name, yes, offsetof(struct readings, field), true              \
	}
#define DUPLICATE_ROWS (SIZE_MAX - 1)
#define IDENTITY (SIZE_MAX - 2)
#define REGION (SIZE_MAX - 3)

/* The first value of a name is what is done if nothing is said. */
static const struct choice choices[] = {
	{ "import-duplicate", "merge", DUPLICATE_ROWS, IMPORT_MERGE },
	{ "import-duplicate", "400", DUPLICATE_ROWS, IMPORT_REFUSE },
	{ "import-duplicate", "error", DUPLICATE_ROWS, IMPORT_ERROR },
	{ "identity-conflict", "409", IDENTITY, CONFLICT_REFUSE },
	{ "identity-conflict", "move", IDENTITY, CONFLICT_MOVE },
	{ "identity-conflict", "merge", IDENTITY, CONFLICT_MERGE },
	FLAGS("revision-absent", "400", "forward", revision_forward),
	FLAGS("oversize", "413", "400", oversize_400),
	FLAGS("coordinates", "absent", "null", null_coordinates),
	FLAGS("null-property", "keep", "unset", null_unsets),
	FLAGS("account-opt-in", "single", "double", opt_in_double),
	FLAGS("subscribe-unknown", "drop", "create", subscribe_new),
	FLAGS("history-double-opt-in", "accept", "400", consented_400),
	FLAGS("unsubscribe-list", "stay", "leave", leave_list),
	FLAGS("suppress-unknown", "create", "skip", suppress_skips),
	FLAGS("events-duplicate", "fail", "drop", events_dropped),
	FLAGS("events-limit", "400", "drop", limits_dropped),
	FLAGS("events-since", "2000", "1990", since_1990),
	FLAGS("events-identity", "merge", "ignore", no_event_merge),
	FLAGS("test-domains", "drop", "keep", test_domains),
	FLAGS("merge-answer", "recorded", "published", merge_201),
	FLAGS("profile-count", "exact", "lag", count_lags),
	FLAGS("sms-age-gate", "none", "required", age_gate),
	{ "sms-region", "any", REGION, 0 },
};
#define CHOICES (sizeof(choices) / sizeof(choices[0]))

static void
choose(struct readings *r, const struct choice *c)
{
	if (c->flag == DUPLICATE_ROWS)
		r->import_duplicate = c->to;
	else if (c->flag == IDENTITY)
		r->identity_conflict = (enum conflict)c->to;
	else if (c->flag == REGION)
		r->sms_region = NULL;
	else
		*(bool *)((char *)r + c->flag) = c->to != 0;
}

/* What is wrong with the specification, and what there is. */
static enum kl_rc
refuse(struct kl_span name, struct kl_err *err)
{
	struct kl_buf b = { 0 };
	size_t i;

	for (i = 0; i < CHOICES; i++)
		if (kl_span_is(name, choices[i].name))
			kl_buf_printf(&b, "%s%s", b.n > 0 ? ", " : "",
			    choices[i].value);
	if (b.n > 0) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "--reading: %.*s has no such value", (int)name.n, name.s);
		kl_err_hint(err, "it can be %s", kl_buf_str(&b));
	} else {
		(void)kl_err_set(err, KL_EUSAGE,
		    "--reading: nothing is called '%.*s'", (int)name.n, name.s);
		kl_err_hint(err, "kl-sandbox(1) lists the readings");
	}
	kl_buf_free(&b);
	return KL_EUSAGE;
}

enum kl_rc
readings_set(struct readings *r, const char *spec, struct kl_err *err)
{
	const char *eq = strchr(spec, '=');
	struct kl_span name = { spec, strlen(spec) };
	size_t i;

	if (eq == NULL)
		return kl_err_set(err, KL_EUSAGE, "--reading takes NAME=VALUE");
	name.n = (size_t)(eq - spec);
	if (kl_span_is(name, "any-max")) {
		if (kl_parse_u64(eq + 1, strlen(eq + 1), &r->any_max) &&
		    r->any_max > 0 && r->any_max <= FILTER_VALUES)
			return KL_OK;
		return kl_err_set(err, KL_EUSAGE,
		    "--reading: any-max takes a number from 1 to %d",
		    FILTER_VALUES);
	}
	if (kl_span_is(name, "sms-region") && eq[1] == '+' &&
	    strspn(eq + 2, "0123456789") == strlen(eq + 2)) {
		r->sms_region = eq + 1;
		return KL_OK;
	}
	for (i = 0; i < CHOICES; i++)
		if (kl_span_is(name, choices[i].name) &&
		    strcmp(eq + 1, choices[i].value) == 0) {
			choose(r, &choices[i]);
			return KL_OK;
		}
	return refuse(name, err);
}
