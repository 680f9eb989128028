/* SPDX-License-Identifier: MIT */
/* readings.c - choices where the evidence about the service is missing. */

#include "box.h"

enum {
	DUPLICATE_ROWS,
	IDENTITY,
	REVISION,
	OVERSIZE,
	COORDINATES
};

static const struct {
	const char *name, *value;
	int what, to;
} choices[] = {
	{ "import-duplicate", "merge", DUPLICATE_ROWS, IMPORT_MERGE },
	{ "import-duplicate", "400", DUPLICATE_ROWS, IMPORT_REFUSE },
	{ "import-duplicate", "error", DUPLICATE_ROWS, IMPORT_ERROR },
	{ "identity-conflict", "409", IDENTITY, CONFLICT_REFUSE },
	{ "identity-conflict", "move", IDENTITY, CONFLICT_MOVE },
	{ "revision-absent", "400", REVISION, false },
	{ "revision-absent", "forward", REVISION, true },
	{ "oversize", "413", OVERSIZE, false },
	{ "oversize", "400", OVERSIZE, true },
	{ "coordinates", "absent", COORDINATES, false },
	{ "coordinates", "null", COORDINATES, true },
};
#define CHOICES (sizeof(choices) / sizeof(choices[0]))

static void
choose(struct readings *r, int what, int to)
{
	switch (what) {
	case DUPLICATE_ROWS:
		r->import_duplicate = to;
		break;
	case IDENTITY:
		r->identity_conflict = (enum conflict)to;
		break;
	case REVISION:
		r->revision_forward = to != 0;
		break;
	case COORDINATES:
		r->null_coordinates = to != 0;
		break;
	default:
		r->oversize_400 = to != 0;
	}
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
		kl_err_hint(err,
		    "there are import-duplicate, identity-conflict, "
		    "revision-absent, oversize, coordinates and any-max");
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
	for (i = 0; i < CHOICES; i++)
		if (kl_span_is(name, choices[i].name) &&
		    strcmp(eq + 1, choices[i].value) == 0) {
			choose(r, choices[i].what, choices[i].to);
			return KL_OK;
		}
	return refuse(name, err);
}
