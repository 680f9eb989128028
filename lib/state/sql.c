/* SPDX-License-Identifier: MIT */
/* sql.c - a connection that knows its name, and failures in our words. */

#include <sqlite3.h>
#include <string.h>

#include "sql.h"

enum kl_rc
kl_sql_damaged(const struct kl_sql *q, struct kl_err *err)
{
	if (q->kind == NULL)
		return kl_err_set(err, KL_EDATA, "%s is damaged", q->name);
	(void)kl_err_set(err, KL_EDATA, "%s is damaged, or no %s", q->name,
	    q->kind->what);
	kl_err_hint(err, "%s", q->kind->remedy);
	return KL_EDATA;
}

/* What each failure of SQLite is to us; anything else is a bug. */
static const struct {
	int code;
	enum kl_rc rc;
	const char *what;
} failures[] = {
	{ SQLITE_BUSY, KL_ERETRY, "in use" },
	{ SQLITE_LOCKED, KL_ERETRY, "in use" },
	{ SQLITE_FULL, KL_EIO, "no space left for it" },
	{ SQLITE_IOERR, KL_EIO, "cannot be read or written" },
	{ SQLITE_CANTOPEN, KL_ECREATE, "cannot be opened or created" },
	{ SQLITE_PERM, KL_ECREATE, "access is not permitted" },
	{ SQLITE_AUTH, KL_ECREATE, "access is not permitted" },
	{ SQLITE_READONLY, KL_ECREATE, "cannot be written" },
	{ SQLITE_TOOBIG, KL_ETOOBIG, "has a value that is too long" },
};

static enum kl_rc
in_use(const struct kl_sql *q, struct kl_err *err)
{
	(void)kl_err_set(err, KL_ERETRY, "%s: another %s is using it", q->name,
	    q->kind != NULL ? q->kind->user : "program");
	kl_err_hint(err, "try again when it has ended");
	return KL_ERETRY;
}

enum kl_rc
kl_sql_fail(const struct kl_sql *q, int code, struct kl_err *err)
{
	size_t i;

	code &= 0xFF; /* the rest says more than we need */
	if (code == SQLITE_NOMEM)
		return kl_err_nomem(err);
	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		return kl_sql_damaged(q, err);
	for (i = 0; i < sizeof(failures) / sizeof(*failures); i++)
		if (failures[i].code == code) {
			if (failures[i].rc == KL_ERETRY)
				return in_use(q, err);
			return kl_err_set(err, failures[i].rc, "%s: %s",
			    q->name, failures[i].what);
		}
	/* A table that is missing or has other columns is no table of ours. */
	if (code == SQLITE_ERROR || code == SQLITE_CONSTRAINT ||
	    code == SQLITE_MISMATCH || code == SQLITE_SCHEMA)
		return kl_sql_damaged(q, err);
	return kl_err_set(err, KL_EBUG, "%s: %s", q->name,
	    sqlite3_errstr(code));
}

enum kl_rc
kl_sql_exec(struct kl_sql *q, const char *sql, struct kl_err *err)
{
	int code = sqlite3_exec(q->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? KL_OK : kl_sql_fail(q, code, err);
}

enum kl_rc
kl_sql_begin(struct kl_sql *q, struct kl_err *err)
{
	enum kl_rc rc;

	if (q->open_tx)
		return KL_OK;
	rc = kl_sql_exec(q, "BEGIN IMMEDIATE", err);
	q->open_tx = rc == KL_OK;
	return rc;
}

enum kl_rc
kl_sql_commit(struct kl_sql *q, struct kl_err *err)
{
	enum kl_rc rc;

	if (!q->open_tx)
		return KL_OK;
	if ((rc = kl_sql_exec(q, "COMMIT", err)) != KL_OK)
		kl_sql_rollback(q);
	q->open_tx = false;
	return rc;
}

void
kl_sql_rollback(struct kl_sql *q)
{
	/* SQLite has done so by itself after some failures. */
	if (q->open_tx && !sqlite3_get_autocommit(q->db))
		(void)sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
	q->open_tx = false;
}

enum kl_rc
kl_sql_prepare(struct kl_sql *q, const char *sql, struct sqlite3_stmt **st,
    struct kl_err *err)
{
	int code = sqlite3_prepare_v3(q->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    st, NULL);

	return code == SQLITE_OK ? KL_OK : kl_sql_fail(q, code, err);
}

enum kl_rc
kl_sql_step(const struct kl_sql *q, struct sqlite3_stmt *st, struct kl_err *err)
{
	int code = sqlite3_step(st);

	if (code == SQLITE_ROW)
		return KL_OK;
	(void)sqlite3_reset(st);
	return code == SQLITE_DONE ? KL_EOF : kl_sql_fail(q, code, err);
}

enum kl_rc
kl_sql_run(const struct kl_sql *q, struct sqlite3_stmt *st, struct kl_err *err)
{
	enum kl_rc rc = kl_sql_step(q, st, err);

	(void)sqlite3_reset(st);
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
kl_sql_int(struct kl_sql *q, const char *sql, int64_t *v, struct kl_err *err)
{
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc;

	*v = 0;
	if ((rc = kl_sql_prepare(q, sql, &st, err)) != KL_OK)
		return rc;
	if ((rc = kl_sql_step(q, st, err)) == KL_OK)
		*v = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return rc == KL_EOF ? KL_OK : rc;
}

void
kl_sql_bind(struct sqlite3_stmt *st, int i, const unsigned char *digest)
{
	if (digest != NULL)
		(void)sqlite3_bind_blob(st, i, digest, KL_STORE_DIGEST,
		    SQLITE_STATIC);
	else
		(void)sqlite3_bind_null(st, i);
}

enum kl_rc
kl_sql_digest(const struct kl_sql *q, struct sqlite3_stmt *st, int i,
    unsigned char digest[KL_STORE_DIGEST], struct kl_err *err)
{
	const void *p = sqlite3_column_blob(st, i);

	if (p == NULL && sqlite3_column_type(st, i) == SQLITE_NULL)
		return KL_EOF;
	if (p == NULL || sqlite3_column_bytes(st, i) != KL_STORE_DIGEST)
		return kl_sql_damaged(q, err);
	memcpy(digest, p, KL_STORE_DIGEST);
	return KL_OK;
}

enum kl_rc
kl_sql_spool(struct kl_sql *q, struct kl_err *err)
{
	char sql[200];
	int code;

	*q = (struct kl_sql){ .name = "a temporary file" };
	code = sqlite3_open_v2("", &q->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL);
	if (code != SQLITE_OK) {
		kl_sql_close(q);
		return kl_sql_fail(q, code, err);
	}
	(void)sqlite3_snprintf(sizeof(sql), sql,
	    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
	    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-%d; BEGIN",
	    (int)(KL_STORE_SPOOL >> 10));
	return kl_sql_exec(q, sql, err);
}

void
kl_sql_close(struct kl_sql *q)
{
	(void)sqlite3_close(q->db);
	q->db = NULL;
}
