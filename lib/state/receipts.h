/* SPDX-License-Identifier: MIT */
#ifndef STATE_RECEIPTS_H
#define STATE_RECEIPTS_H

#include "sql.h"

/*
 * receipts.h - receipts in their temporary file, and what becomes of them.
 *
 * Table got has a row for each record of a receipt; table met says which
 * pending row it turned out to be of; done has the pending rows that are to
 * go.
 */
struct kl_sort;

struct kl_receipts {
	struct kl_sql q;
	struct sqlite3_stmt *end, *record, *met;
	struct kl_sort *done;
	int64_t dones; /* rows in it */
	int64_t n;     /* records so far */
	int64_t from;  /* the first of the receipt at hand */
	struct kl_store_receipt receipt;
	bool open; /* a receipt is */
};

/* Which pending row each record is of: fill met. */
enum kl_rc kl_receipts_match(struct kl_receipts *r, struct kl_store *s,
    struct kl_store_counts *counts, struct kl_err *err);

#endif /* STATE_RECEIPTS_H */
