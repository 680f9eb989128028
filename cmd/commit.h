/* SPDX-License-Identifier: MIT */
#ifndef CMD_COMMIT_H
#define CMD_COMMIT_H

#include "filter.h"
#include "kl/rowkey.h"
#include "kl/store.h"

/*
 * cmd/commit.h - kl-diff --commit: what receipts say becomes what is known.
 */

struct cmd_commit {
	struct cmd_filter *f; /* borrowed: where receipts are read */
	struct kl_rows *rows; /* borrowed: the digests of records */
	struct kl_store_counts counts;
	/* While it runs: */
	struct kl_receipts *receipts;
	struct kl_buf text;
};

/*
 * Read receipts to their end, then open the state, commit them and say what
 * came of it: so the kl-diff at the other end of the same pipeline has let go
 * of the state.  What was read before a wrong receipt is committed.
 */
enum kl_rc cmd_commit(struct cmd_commit *c, const char *state,
    const struct kl_hash_key *hash, struct kl_err *err);

/* The counts for the summary. */
void cmd_commit_json(const struct kl_store_counts *n, struct kl_buf *b);

#endif /* CMD_COMMIT_H */
