/* SPDX-License-Identifier: MIT */
#ifndef STATE_JOURNAL_H
#define STATE_JOURNAL_H

#include "kl/journal.h"
#include "sql.h"

/*
 * journal.h - an open journal, shared by the files that write and read it.
 */
struct kl_journal {
	struct kl_sql q;
	struct kl_hmac hmac;
	struct kl_journal_run run;
	bool open_tx;
	struct kl_err broken; /* the failure after which nothing is recorded */
	struct sqlite3_stmt *get, *outcome, *job_get, *intend, *job, *settle;
};

/* A change is to be made: begin a transaction, if none is open. */
enum kl_rc kl_journal_change(struct kl_journal *j, struct kl_err *err);

/* Make it. */
enum kl_rc kl_journal_run_st(struct kl_journal *j, struct sqlite3_stmt *st,
    struct kl_err *err);

/* Read the run that is in the file, within the transaction at hand. */
enum kl_rc kl_journal_load(struct kl_journal *j, struct kl_err *err);

#endif /* STATE_JOURNAL_H */
