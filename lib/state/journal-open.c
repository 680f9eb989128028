/* SPDX-License-Identifier: MIT */
/* journal-open.c - the file of a journal: its tables, opened and closed. */

#include <sqlite3.h>
#include <stdlib.h>

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
	.schema = 2, /* 1 had no events */
	.tables = tables,
	.user = "run",
	.what = "journal",
	.remedy = "name another file, or remove this one; the run then begins "
		  "anew",
	.anew = "use that version, or name another file" };

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
	if (rc == KL_OK && (rc = prepare(j, err)) == KL_OK &&
	    (rc = kl_journal_events_open(j, err)) == KL_OK)
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
	kl_journal_events_close(j);
	kl_sql_rollback(&j->q);
	kl_sql_close(&j->q);
	kl_wipe(&j->hmac, sizeof(j->hmac));
	free(j);
}

const struct kl_hmac *
kl_journal_hmac(const struct kl_journal *j)
{
	return &j->hmac;
}
