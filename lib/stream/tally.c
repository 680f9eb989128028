/* SPDX-License-Identifier: MIT */
/* tally.c - the count that says no record was lost. */

#include "kl/tally.h"
#include "kl/count.h"
#include "kl/json.h"

static const char *const names[KL_OUTCOMES] = {
	[KL_ACCEPTED] = "accepted",
	[KL_UNCHANGED] = "unchanged",
	[KL_FILTERED] = "filtered",
	[KL_REJECTED] = "rejected",
	[KL_FAILED] = "failed",
	[KL_UNKNOWN] = "unknown",
};

const char *
kl_outcome_name(enum kl_outcome o)
{
	return names[o];
}

enum kl_rc
kl_tally_check(const struct kl_tally *t, struct kl_err *err)
{
	uint64_t sum = 0;
	int o;

	for (o = 0; o < KL_OUTCOMES; o++)
		sum += t->count[o];
	if (sum != t->read)
		return kl_err_set(err, KL_EBUG, "%s read but %s accounted for",
		    KL_COUNT(t->read, "record was", "records were"),
		    KL_COUNT(sum, "is", "are"));
	return KL_OK;
}

void
kl_tally_text(const struct kl_tally *t, struct kl_buf *b)
{
	int o;

	kl_buf_printf(b, "read %llu = %llu accepted",
	    (unsigned long long)t->read,
	    (unsigned long long)t->count[KL_ACCEPTED]);
	for (o = KL_UNCHANGED; o < KL_OUTCOMES; o++)
		if (t->count[o] != 0)
			kl_buf_printf(b, " + %llu %s",
			    (unsigned long long)t->count[o], names[o]);
	kl_buf_printf(b, "; wrote %llu", (unsigned long long)t->written);
	if (t->removed != 0)
		kl_buf_printf(b, "; removed %llu",
		    (unsigned long long)t->removed);
}

void
kl_tally_json(const struct kl_tally *t, struct kl_buf *b)
{
	int o;

	kl_json_put_int(b, "read", (int64_t)t->read);
	for (o = 0; o < KL_OUTCOMES; o++)
		kl_json_put_int(b, names[o], (int64_t)t->count[o]);
	kl_json_put_int(b, "written", (int64_t)t->written);
}

int
kl_tally_exit(const struct kl_tally *t)
{
	if (t->count[KL_FAILED] != 0 || t->count[KL_UNKNOWN] != 0)
		return 69;
	return t->count[KL_REJECTED] != 0 ? 1 : 0;
}
