/* SPDX-License-Identifier: MIT */
#ifndef STATE_JOURNAL_H
#define STATE_JOURNAL_H

#include "kl/journal.h"
#include "marks.h"
#include "sql.h"

/*
 * journal.h - an open journal, shared by the files that write and read it.
 */
struct kl_journal {
	struct kl_sql q;
	struct kl_hmac hmac;
	struct kl_journal_run run;
	struct kl_err broken; /* the failure after which nothing is recorded */
	struct sqlite3_stmt *get, *outcome, *job_get, *intend, *job, *settle;
	/* Events: a row of the table taken for each batch, numbered through
	 * all runs; that of the first batch of this one is first. */
	struct marks marks;
	struct kl_journal_events events;
	uint64_t first;
	uint64_t held;	 /* events in the table */
	uint64_t keep;	 /* ms that they are kept */
	uint64_t oldest; /* when the oldest was sent; 0: not known */
	bool elsewhere;
	struct sqlite3_stmt *intend_events, *settle_events, *eldest, *forget;
	struct sqlite3_stmt *forgotten;
};

/* A change is to be made: begin a transaction, if none is open. */
enum kl_rc kl_journal_change(struct kl_journal *j, struct kl_err *err);

/* Make it. */
enum kl_rc kl_journal_run_st(struct kl_journal *j, struct sqlite3_stmt *st,
    struct kl_err *err);

/* Read the run that is in the file, within the transaction at hand. */
enum kl_rc kl_journal_load(struct kl_journal *j, struct kl_err *err);

/* The tables of events, made if they are not there. */
enum kl_rc kl_journal_events_open(struct kl_journal *j, struct kl_err *err);
void kl_journal_events_close(struct kl_journal *j);

/* A run begins: forget all that was taken, or that it was by this run. */
enum kl_rc kl_journal_events_begin(struct kl_journal *j, bool all,
    struct kl_err *err);

#endif /* STATE_JOURNAL_H */
