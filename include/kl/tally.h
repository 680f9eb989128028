/* SPDX-License-Identifier: MIT */
#ifndef KL_TALLY_H
#define KL_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/tally.h - the count that says no record was lost.
 *
 * Every record that was read ends in exactly one of the outcomes:
 *
 *	read = accepted + unchanged + filtered + rejected + failed + unknown
 *
 * counted on input.  What was written is a count of its own.
 */

enum kl_outcome {
	KL_ACCEPTED,  /* passed on (filters); applied, or taken with 202 */
	KL_UNCHANGED, /* known already, not sent */
	KL_FILTERED,  /* left out because the user asked for it */
	KL_REJECTED,  /* wrong: to the rejects, with the reason */
	KL_FAILED,    /* right, but the service refused or was not reached */
	KL_UNKNOWN,   /* sent, and no answer tells what became of it */
	KL_OUTCOMES
};

struct kl_tally {
	uint64_t read;
	uint64_t count[KL_OUTCOMES];
	uint64_t written;
	uint64_t removed; /* people taken off a list because they were not
			   * read: no records */
};

/* "accepted", "unchanged", ... */
const char *kl_outcome_name(enum kl_outcome o);

/* KL_OK if the sum holds, KL_EBUG with both numbers if not. */
enum kl_rc kl_tally_check(const struct kl_tally *t, struct kl_err *err);

/* "read 59 = 57 accepted + 2 rejected; wrote 57": outcomes of 0 are left
 * out but for accepted; "; removed 5" follows if anybody was. */
void kl_tally_text(const struct kl_tally *t, struct kl_buf *b);

/* The same as members of an open JSON object, all of them. */
void kl_tally_json(const struct kl_tally *t, struct kl_buf *b);

/* The exit status the counts call for: 69 if any failed or is unknown, 1 if
 * any was rejected, else 0. */
int kl_tally_exit(const struct kl_tally *t);

#ifdef __cplusplus
}
#endif

#endif /* KL_TALLY_H */
