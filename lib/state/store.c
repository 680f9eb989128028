/* SPDX-License-Identifier: MIT */
/* store.c - open, check, lock and close a state. */

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql.h"

/*
 * pending.seq numbers rows for good: a row is newer than what is known if its
 * number is higher.  generation.first is the number of a run's first row, so
 * that the line of a row in the output of its run is seq - first + 1.
 */
static const char tables[] =
    "CREATE TABLE IF NOT EXISTS meta("
    "name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS known("
    "key BLOB PRIMARY KEY, value BLOB NOT NULL, seq INTEGER NOT NULL,"
    " dirty INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS pending("
    "seq INTEGER PRIMARY KEY, key BLOB NOT NULL, record BLOB NOT NULL,"
    " value BLOB);"
    "CREATE TABLE IF NOT EXISTS generation("
    "first INTEGER PRIMARY KEY, started INTEGER NOT NULL,"
    " next INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS receipt("
    "id BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;";

static const struct kl_sql_kind kind = { .application = 0x6B6C6466, /* kldf */
	.schema = 1,
	.tables = tables,
	.user = "kl-diff",
	.what = "state of kl-diff",
	.remedy = "restore it from a copy, or name another file: every record "
		  "is then offered once more",
	.anew = "use that version, or start a new state" };

/* The state must have been made with this secret. */
static enum kl_rc
check_hash(struct kl_store *s, const struct kl_hash_key *hash,
    struct kl_err *err)
{
	static const char mark[] = "a state of kl-diff";
	unsigned char md[KL_SHA256];
	bool had, same;
	enum kl_rc rc;

	kl_hmac_sha256(hash->byte, sizeof(hash->byte), mark, sizeof(mark), md);
	rc = kl_store_keep(s, "hash", md, KL_STORE_DIGEST, &had, &same, err);
	if (rc != KL_OK || !had || same)
		return rc;
	(void)kl_err_set(err, KL_ECONFIG, "%s was made with another hash key",
	    s->q.name);
	kl_err_hint(err,
	    "give the key of that time with --hash-key, or start "
	    "a new state");
	return KL_ECONFIG;
}

/* Where numbers go on: after everything that was ever numbered. */
static enum kl_rc
find_next(struct kl_store *s, struct kl_err *err)
{
	int64_t any = 0;
	enum kl_rc rc;

	rc = kl_sql_int(&s->q,
	    "SELECT max(coalesce((SELECT max(seq) FROM pending)+1,1),"
	    " coalesce((SELECT max(next) FROM generation),1))",
	    &s->next, err);
	if (rc == KL_OK)
		rc = kl_sql_int(&s->q, "SELECT EXISTS(SELECT 1 FROM known)",
		    &any, err);
	s->empty = any == 0;
	return rc;
}

static enum kl_rc
prepare(struct kl_store *s, struct kl_err *err)
{
	const struct {
		struct sqlite3_stmt **st;
		const char *sql;
	} all[] = {
		{ &s->find, "SELECT value, dirty FROM known WHERE key=?" },
		{ &s->mark, "UPDATE known SET dirty=1 WHERE key=?" },
		{ &s->log, "INSERT INTO pending VALUES(?,?,?,?)" },
		{ &s->generation,
		    "UPDATE generation SET next=? WHERE first="
		    "(SELECT max(first) FROM generation)" },
	};
	enum kl_rc rc = KL_OK;
	size_t i;

	for (i = 0; rc == KL_OK && i < sizeof(all) / sizeof(*all); i++)
		rc = kl_sql_prepare(&s->q, all[i].sql, all[i].st, err);
	return rc;
}

/* It is locked, and ours: see whether it is what it should be. */
static enum kl_rc
set_up(struct kl_store *s, const struct kl_hash_key *hash, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = check_hash(s, hash, err)) != KL_OK ||
	    (rc = find_next(s, err)) != KL_OK ||
	    (rc = prepare(s, err)) != KL_OK)
		return rc;
	return kl_sql_commit(&s->q, err);
}

enum kl_rc
kl_store_open(struct kl_store **to, const char *path, bool create,
    const struct kl_hash_key *hash, struct kl_err *err)
{
	struct kl_store *s;
	char settings[100];
	enum kl_rc rc;

	*to = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return kl_err_nomem(err);
	(void)snprintf(settings, sizeof(settings),
	    "PRAGMA cache_size=-%d; PRAGMA wal_autocheckpoint=4000",
	    (int)(KL_STORE_CACHE >> 10));
	rc = kl_sql_open(&s->q, &kind, path, create, settings, err);
	if (rc == KL_OK)
		rc = set_up(s, hash, err);
	if (rc != KL_OK) {
		kl_sql_rollback(&s->q);
		(void)kl_store_close(s, NULL);
		return rc;
	}
	*to = s;
	return KL_OK;
}

enum kl_rc
kl_store_close(struct kl_store *s, struct kl_err *err)
{
	enum kl_rc rc;

	if (s == NULL)
		return KL_OK;
	rc = s->q.open_tx ? kl_store_sync(s, err) : KL_OK;
	kl_sql_rollback(&s->q);
	(void)sqlite3_finalize(s->find);
	(void)sqlite3_finalize(s->mark);
	(void)sqlite3_finalize(s->log);
	(void)sqlite3_finalize(s->generation);
	kl_prints_free(s->fp);
	kl_sql_close(&s->q);
	free(s);
	return rc;
}

enum kl_rc
kl_store_pending(struct kl_store *s, uint64_t *pending, struct kl_err *err)
{
	int64_t v = 0;
	enum kl_rc rc;

	rc = kl_sql_int(&s->q, "SELECT count(*) FROM pending", &v, err);
	*pending = (uint64_t)v;
	return rc;
}
