/* SPDX-License-Identifier: MIT */
/* journal-run.c - the run a journal is of: begun, read again, finished. */

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"

/* What a journal begun with this hash key is marked with. */
static void
mark_of(const struct kl_journal *j, unsigned char mark[KL_SHA256])
{
	kl_hmac(&j->hmac, "mark", 4, mark);
}

const struct kl_journal_run *
kl_journal_run(const struct kl_journal *j)
{
	return &j->run;
}

/* A number no smaller than 0. */
static bool
take_uint(struct sqlite3_stmt *st, int i, uint64_t *v)
{
	sqlite3_int64 n = sqlite3_column_int64(st, i);

	*v = (uint64_t)n;
	return n >= 0;
}

static bool
take_text(struct sqlite3_stmt *st, int i, char *to, size_t size)
{
	const unsigned char *s = sqlite3_column_text(st, i);
	size_t n = (size_t)sqlite3_column_bytes(st, i);

	if (s == NULL || n >= size || memchr(s, '\0', n) != NULL)
		return false;
	memcpy(to, s, n);
	to[n] = '\0';
	return true;
}

static enum kl_rc
take_run(struct kl_journal *j, struct sqlite3_stmt *st, struct kl_err *err)
{
	struct kl_journal_run *r = &j->run;
	unsigned char mark[KL_SHA256], held[KL_JOURNAL_DIGEST];
	enum kl_rc rc;

	if (!take_text(st, 0, r->run, sizeof(r->run)) || r->run[0] == '\0' ||
	    !take_text(st, 1, r->what, sizeof(r->what)) ||
	    !take_uint(st, 3, &r->started) || !take_uint(st, 4, &r->finished) ||
	    !take_uint(st, 5, &r->lines) ||
	    kl_sql_digest(&j->q, st, 2, held, NULL) != KL_OK)
		return kl_sql_damaged(&j->q, err);
	rc = kl_sql_digest(&j->q, st, 6, r->input, err);
	if (rc == KL_EOF && r->finished != 0)
		return kl_sql_damaged(&j->q, err);
	mark_of(j, mark);
	r->same_key = memcmp(mark, held, sizeof(held)) == 0;
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
kl_journal_load(struct kl_journal *j, struct kl_err *err)
{
	struct sqlite3_stmt *st = NULL;
	int64_t batches = 0, last = 0, settled = 0;
	enum kl_rc rc;

	j->run = (struct kl_journal_run){ .same_key = true };
	rc = kl_sql_prepare(&j->q,
	    "SELECT run, what, mark, started, finished, lines, input FROM run",
	    &st, err);
	if (rc == KL_OK && (rc = kl_sql_step(&j->q, st, err)) == KL_OK)
		rc = take_run(j, st, err);
	(void)sqlite3_finalize(st);
	if (rc != KL_OK)
		return rc == KL_EOF ? KL_OK : rc;
	if ((rc = kl_sql_int(&j->q, "SELECT count(*) FROM batch", &batches,
		 err)) != KL_OK ||
	    (rc = kl_sql_int(&j->q, "SELECT max(seq) FROM batch", &last,
		 err)) != KL_OK ||
	    (rc = kl_sql_int(&j->q,
		 "SELECT count(*) FROM batch WHERE outcome IS NOT NULL",
		 &settled, err)) != KL_OK)
		return rc;
	if (batches != last || (j->run.finished != 0 && settled != batches))
		return kl_sql_damaged(&j->q, err);
	j->run.batches = (uint64_t)batches;
	j->run.settled = (uint64_t)settled;
	return KL_OK;
}

static enum kl_rc
begin(struct kl_journal *j, const char *run, const char *what, uint64_t now,
    bool forget, struct kl_err *err)
{
	unsigned char mark[KL_SHA256];
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc = kl_journal_change(j, err);

	if (rc == KL_OK)
		rc = kl_sql_exec(&j->q,
		    "DELETE FROM run; DELETE FROM batch; DELETE FROM job", err);
	if (rc == KL_OK)
		rc = kl_journal_events_begin(j, forget, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&j->q,
		    "INSERT INTO run VALUES(1,?,?,?,?,0,0,NULL)", &st, err);
	if (rc != KL_OK)
		return rc;
	mark_of(j, mark);
	(void)sqlite3_bind_text(st, 1, run, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 2, what, -1, SQLITE_STATIC);
	kl_sql_bind(st, 3, mark);
	(void)sqlite3_bind_int64(st, 4, (sqlite3_int64)now);
	rc = kl_journal_run_st(j, st, err);
	(void)sqlite3_finalize(st);
	if (rc != KL_OK || (rc = kl_journal_sync(j, err)) != KL_OK)
		return rc;
	j->run = (struct kl_journal_run){ .same_key = true, .started = now };
	(void)snprintf(j->run.run, sizeof(j->run.run), "%s", run);
	(void)snprintf(j->run.what, sizeof(j->run.what), "%s", what);
	return KL_OK;
}

enum kl_rc
kl_journal_begin(struct kl_journal *j, const char *run, const char *what,
    uint64_t now, struct kl_err *err)
{
	return begin(j, run, what, now, true, err);
}

enum kl_rc
kl_journal_next(struct kl_journal *j, const char *run, const char *what,
    uint64_t now, struct kl_err *err)
{
	return begin(j, run, what, now, false, err);
}

enum kl_rc
kl_journal_finish(struct kl_journal *j, uint64_t lines,
    const unsigned char input[KL_JOURNAL_DIGEST], uint64_t now,
    struct kl_err *err)
{
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc = kl_journal_change(j, err);

	if (rc == KL_OK)
		rc = kl_sql_prepare(&j->q,
		    "UPDATE run SET finished=?, lines=?, input=?", &st, err);
	if (rc != KL_OK)
		return rc;
	(void)sqlite3_bind_int64(st, 1, (sqlite3_int64)now);
	(void)sqlite3_bind_int64(st, 2, (sqlite3_int64)lines);
	kl_sql_bind(st, 3, input);
	rc = kl_journal_run_st(j, st, err);
	(void)sqlite3_finalize(st);
	return rc == KL_OK ? kl_journal_sync(j, err) : rc;
}

/* --- batches, read again -------------------------------------------------- */

/* The rest of the row, if the batch is settled. */
static bool
take_outcome(struct sqlite3_stmt *st, struct kl_journal_batch *b)
{
	uint64_t attempts, http;

	if (sqlite3_column_type(st, 7) == SQLITE_NULL)
		return true;
	b->settled = true;
	if (!take_uint(st, 8, &http) || http > 999 ||
	    !take_uint(st, 9, &attempts) || attempts > UINT32_MAX ||
	    !take_uint(st, 10, &b->started) || !take_uint(st, 11, &b->ms))
		return false;
	b->http = (int)http;
	b->attempts = (unsigned)attempts;
	return true;
}

enum kl_rc
kl_journal_get(struct kl_journal *j, uint64_t seq, struct kl_journal_batch *b,
    struct kl_err *err)
{
	struct sqlite3_stmt *st = j->get;
	enum kl_rc rc;

	*b = (struct kl_journal_batch){ .seq = seq };
	(void)sqlite3_bind_int64(st, 1, (sqlite3_int64)seq);
	if ((rc = kl_sql_step(&j->q, st, err)) != KL_OK)
		return rc;
	if (!take_uint(st, 0, &b->from) || !take_uint(st, 1, &b->to) ||
	    !take_uint(st, 2, &b->line) || !take_uint(st, 3, &b->records) ||
	    b->records == 0 ||
	    kl_sql_digest(&j->q, st, 4, b->input, NULL) != KL_OK ||
	    kl_sql_digest(&j->q, st, 5, b->body, NULL) != KL_OK ||
	    !take_uint(st, 6, &b->at) || !take_outcome(st, b))
		rc = kl_sql_damaged(&j->q, err);
	(void)sqlite3_reset(st);
	return rc;
}

enum kl_rc
kl_journal_outcomes(struct kl_journal *j, const struct kl_journal_batch *b,
    struct kl_buf *to, struct kl_err *err)
{
	struct sqlite3_stmt *st = j->outcome;
	const void *s;
	size_t n;
	enum kl_rc rc;

	kl_buf_reset(to);
	(void)sqlite3_bind_int64(st, 1, (sqlite3_int64)b->seq);
	if ((rc = kl_sql_step(&j->q, st, err)) != KL_OK)
		return rc;
	s = sqlite3_column_blob(st, 0);
	n = (size_t)sqlite3_column_bytes(st, 0);
	if (s == NULL || (n != 1 && n != b->records))
		rc = kl_sql_damaged(&j->q, err);
	else {
		kl_buf_put(to, s, n);
		rc = kl_buf_check(to, err);
	}
	(void)sqlite3_reset(st);
	return rc;
}

enum kl_rc
kl_journal_job_get(struct kl_journal *j, uint64_t seq, unsigned n,
    struct kl_journal_job *job, struct kl_err *err)
{
	struct sqlite3_stmt *st = j->job_get;
	uint64_t http, attempts;
	const void *s;
	enum kl_rc rc;

	kl_buf_reset(&job->people);
	(void)sqlite3_bind_int64(st, 1, (sqlite3_int64)seq);
	(void)sqlite3_bind_int64(st, 2, (sqlite3_int64)n);
	if ((rc = kl_sql_step(&j->q, st, err)) != KL_OK)
		return rc;
	if (!take_text(st, 0, job->id, sizeof(job->id)) ||
	    !take_uint(st, 2, &http) || http > 999 ||
	    !take_uint(st, 3, &attempts) || attempts > UINT32_MAX)
		rc = kl_sql_damaged(&j->q, err);
	else {
		job->http = (int)http;
		job->attempts = (unsigned)attempts;
		if ((s = sqlite3_column_blob(st, 1)) != NULL)
			kl_buf_put(&job->people, s,
			    (size_t)sqlite3_column_bytes(st, 1));
		rc = kl_buf_check(&job->people, err);
	}
	(void)sqlite3_reset(st);
	return rc;
}
