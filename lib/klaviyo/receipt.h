/* SPDX-License-Identifier: MIT */
#ifndef KL_RECEIPT_H
#define KL_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "kl/buf.h"
#include "kl/digest.h"

/*
 * receipt.h - what is said on stdout of a batch that is settled.
 *
 *	{"receipt":1,"run","seq","action","account","list","from","to",
 *	 "counts":{"accepted","unchanged","rejected","failed","unknown"},
 *	 "status":"complete|accepted|rejected|unknown","http","job",
 *	 "attempts","started","ms","body_sha256","resumed"}
 *
 * No address and no key is ever in it.  Where a batch took more than one job,
 * "job" is the last and "jobs" lists them all; "records" comes with a hash
 * key only: [line, digest, outcome] for each record in the order of the
 * input.
 */

struct kl_receipt {
	const char *run, *action;
	const char *account, *list;	/* NULL where not known */
	bool complete;			/* success means done, not just taken */
	bool resumed;			/* it is told once more */
	const struct kl_hash_key *hash; /* NULL: no records */
};

/* Append the receipt of a settled batch, without newline. */
void kl_receipt_put(struct kl_buf *out, const struct kl_receipt *r,
    const struct kl_batch *b);

/* How many records of a batch have each outcome. */
void kl_receipt_count(const struct kl_batch *b, uint64_t count[KL_OUTCOMES]);

#endif /* KL_RECEIPT_H */
