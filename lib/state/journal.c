/* SPDX-License-Identifier: MIT */
/* journal.c - batches: intended, taken as jobs, settled. */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"

static const char tables[] =
    "CREATE TABLE run("
    "id INTEGER PRIMARY KEY CHECK(id=1), run TEXT NOT NULL,"
    " what TEXT NOT NULL, mark BLOB NOT NULL, started INTEGER NOT NULL,"
    " finished INTEGER NOT NULL, lines INTEGER NOT NULL, input BLOB);"
    "CREATE TABLE batch("
    "seq INTEGER PRIMARY KEY, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, line INTEGER NOT NULL,"
    " records INTEGER NOT NULL, input BLOB NOT NULL, body BLOB NOT NULL,"
    " at INTEGER NOT NULL, outcome BLOB, http INTEGER, attempts INTEGER,"
    " started INTEGER, ms INTEGER);"
    "CREATE TABLE job("
    "seq INTEGER NOT NULL, n INTEGER NOT NULL, id TEXT NOT NULL,"
    " people BLOB, http INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    " PRIMARY KEY(seq, n)) WITHOUT ROWID;";

static const struct kl_sql_kind kind = { .application = 0x6B6C6A6E, /* kljn */
	.schema = 1,
	.tables = tables,
	.user = "run",
	.what = "journal",
	.remedy = "name another file, or remove this one; the run then begins "
		  "anew",
	.anew = "use that version, or name another file" };

/* --- open and close -------------------------------------------------------
 */

static enum kl_rc
prepare(struct kl_journal *j, struct kl_err *err)
{
	const struct {
		struct sqlite3_stmt **st;
		const char *sql;
	} all[] = {
		{ &j->get,
		    "SELECT first, last, line, records, input, body, at,"
		    " outcome, http, attempts, started, ms"
		    " FROM batch WHERE seq=?" },
		{ &j->outcome, "SELECT outcome FROM batch WHERE seq=?" },
		{ &j->job_get,
		    "SELECT id, people, http, attempts FROM job"
		    " WHERE seq=? ORDER BY n LIMIT 1 OFFSET ?" },
		{ &j->intend,
		    "INSERT INTO batch(seq, first, last, line, records, input,"
		    " body, at) VALUES(?,?,?,?,?,?,?,?)" },
		{ &j->job,
		    "INSERT INTO job SELECT ?1, (SELECT count(*) FROM job"
		    " WHERE seq=?1), ?2, ?3, ?4, ?5" },
		{ &j->settle,
		    "UPDATE batch SET outcome=?2, http=?3, attempts=?4,"
		    " started=?5, ms=?6 WHERE seq=?1" },
	};
	enum kl_rc rc = KL_OK;
	size_t i;

	for (i = 0; rc == KL_OK && i < sizeof(all) / sizeof(*all); i++)
		rc = kl_sql_prepare(&j->q, all[i].sql, all[i].st, err);
	return rc;
}

enum kl_rc
kl_journal_open(struct kl_journal **to, const char *path,
    const struct kl_hash_key *hash, struct kl_err *err)
{
	static const char purpose[] = "a journal of kl";
	unsigned char key[KL_SHA256];
	struct kl_journal *j;
	enum kl_rc rc;

	*to = NULL;
	if ((j = calloc(1, sizeof(*j))) == NULL)
		return kl_err_nomem(err);
	kl_hmac_sha256(hash->byte, sizeof(hash->byte), purpose, sizeof(purpose),
	    key);
	kl_hmac_set(&j->hmac, key, sizeof(key));
	kl_wipe(key, sizeof(key));
	rc = kl_sql_open(&j->q, &kind, path, true,
	    "PRAGMA wal_autocheckpoint=4000", err);
	j->open_tx = rc == KL_OK;
	if (rc == KL_OK && (rc = prepare(j, err)) == KL_OK)
		rc = kl_journal_load(j, err);
	if (rc == KL_OK)
		rc = kl_journal_sync(j, err);
	if (rc != KL_OK) {
		kl_journal_close(j);
		return rc;
	}
	*to = j;
	return KL_OK;
}

void
kl_journal_close(struct kl_journal *j)
{
	if (j == NULL)
		return;
	(void)sqlite3_finalize(j->get);
	(void)sqlite3_finalize(j->outcome);
	(void)sqlite3_finalize(j->job_get);
	(void)sqlite3_finalize(j->intend);
	(void)sqlite3_finalize(j->job);
	(void)sqlite3_finalize(j->settle);
	if (j->open_tx)
		(void)kl_sql_exec(&j->q, "ROLLBACK", NULL);
	kl_sql_close(&j->q);
	kl_wipe(&j->hmac, sizeof(j->hmac));
	free(j);
}

const struct kl_hmac *
kl_journal_hmac(const struct kl_journal *j)
{
	return &j->hmac;
}

/* --- changes --------------------------------------------------------------
 */

/* A change failed: what belongs together cannot be written any more. */
static enum kl_rc
broken(struct kl_journal *j, enum kl_rc rc, const struct kl_err *why,
    struct kl_err *err)
{
	if (j->broken.rc == KL_OK) {
		j->broken = *why;
		j->broken.rc = rc;
	}
	if (j->open_tx)
		(void)kl_sql_exec(&j->q, "ROLLBACK", NULL);
	j->open_tx = false;
	if (err != NULL)
		*err = j->broken;
	return j->broken.rc;
}

enum kl_rc
kl_journal_change(struct kl_journal *j, struct kl_err *err)
{
	struct kl_err why = { 0 };
	enum kl_rc rc = KL_OK;

	if (j->broken.rc != KL_OK)
		return broken(j, j->broken.rc, &j->broken, err);
	if (!j->open_tx)
		rc = kl_sql_exec(&j->q, "BEGIN IMMEDIATE", &why);
	if (rc != KL_OK)
		return broken(j, rc, &why, err);
	j->open_tx = true;
	return KL_OK;
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
	if (!j->open_tx)
		return KL_OK;
	if ((rc = kl_sql_exec(&j->q, "COMMIT", &why)) != KL_OK)
		return broken(j, rc, &why, err);
	j->open_tx = false;
	return KL_OK;
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
