/* SPDX-License-Identifier: MIT */
/* journal.c - batches: intended, taken as jobs, settled. */

#include <sqlite3.h>
#include <string.h>

#include "journal.h"

/* A change failed: what belongs together cannot be written any more. */
static enum kl_rc
broken(struct kl_journal *j, enum kl_rc rc, const struct kl_err *why,
    struct kl_err *err)
{
	if (j->broken.rc == KL_OK) {
		j->broken = *why;
		j->broken.rc = rc;
	}
	kl_sql_rollback(&j->q);
	if (err != NULL)
		*err = j->broken;
	return j->broken.rc;
}

enum kl_rc
kl_journal_change(struct kl_journal *j, struct kl_err *err)
{
	struct kl_err why = { 0 };
	enum kl_rc rc;

	if (j->broken.rc != KL_OK)
		return broken(j, j->broken.rc, &j->broken, err);
	rc = kl_sql_begin(&j->q, &why);
	return rc == KL_OK ? KL_OK : broken(j, rc, &why, err);
}

enum kl_rc
kl_journal_run_st(struct kl_journal *j, struct sqlite3_stmt *st,
    struct kl_err *err)
{
	struct kl_err why = { 0 };
	enum kl_rc rc = kl_sql_run(&j->q, st, &why);

	(void)sqlite3_clear_bindings(st);
	return rc == KL_OK ? KL_OK : broken(j, rc, &why, err);
}

enum kl_rc
kl_journal_sync(struct kl_journal *j, struct kl_err *err)
{
	struct kl_err why = { 0 };
	enum kl_rc rc;

	if (j->broken.rc != KL_OK)
		return broken(j, j->broken.rc, &j->broken, err);
	rc = kl_sql_commit(&j->q, &why);
	return rc == KL_OK ? KL_OK : broken(j, rc, &why, err);
}

static void
bind_int(struct sqlite3_stmt *st, int i, uint64_t v)
{
	(void)sqlite3_bind_int64(st, i, (sqlite3_int64)v);
}

enum kl_rc
kl_journal_intend(struct kl_journal *j, const struct kl_journal_batch *b,
    struct kl_err *err)
{
	struct sqlite3_stmt *st = j->intend;
	enum kl_rc rc = kl_journal_change(j, err);

	if (rc != KL_OK)
		return rc;
	bind_int(st, 1, b->seq);
	bind_int(st, 2, b->from);
	bind_int(st, 3, b->to);
	bind_int(st, 4, b->line);
	bind_int(st, 5, b->records);
	kl_sql_bind(st, 6, b->input);
	kl_sql_bind(st, 7, b->body);
	bind_int(st, 8, b->at);
	return kl_journal_run_st(j, st, err);
}

enum kl_rc
kl_journal_job(struct kl_journal *j, uint64_t seq,
    const struct kl_journal_job *job, struct kl_err *err)
{
	struct sqlite3_stmt *st = j->job;
	enum kl_rc rc = kl_journal_change(j, err);

	if (rc != KL_OK)
		return rc;
	bind_int(st, 1, seq);
	(void)sqlite3_bind_text(st, 2, job->id, -1, SQLITE_STATIC);
	if (job->people.n > 0)
		(void)sqlite3_bind_blob64(st, 3, job->people.s, job->people.n,
		    SQLITE_STATIC);
	(void)sqlite3_bind_int(st, 4, job->http);
	bind_int(st, 5, job->attempts);
	return kl_journal_run_st(j, st, err);
}

enum kl_rc
kl_journal_settle(struct kl_journal *j, const struct kl_journal_batch *b,
    const unsigned char *outcomes, size_t n, struct kl_err *err)
{
	struct sqlite3_stmt *st = j->settle;
	enum kl_rc rc = kl_journal_change(j, err);

	if (rc != KL_OK)
		return rc;
	bind_int(st, 1, b->seq);
	(void)sqlite3_bind_blob64(st, 2, outcomes, n, SQLITE_STATIC);
	(void)sqlite3_bind_int(st, 3, b->http);
	bind_int(st, 4, b->attempts);
	bind_int(st, 5, b->started);
	bind_int(st, 6, b->ms);
	return kl_journal_run_st(j, st, err);
}
