/* SPDX-License-Identifier: MIT */
/* pulled-open.c - the file of what was pulled: its tables, opened and closed.
 */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "pulled.h"

static const char tables[] =
    "CREATE TABLE about("
    "id INTEGER PRIMARY KEY CHECK(id=1), question TEXT NOT NULL,"
    " mark BLOB NOT NULL, since INTEGER, known INTEGER NOT NULL);"
    "CREATE TABLE run("
    "id INTEGER PRIMARY KEY CHECK(id=1), how INTEGER NOT NULL,"
    " place BLOB NOT NULL, file INTEGER NOT NULL, dev INTEGER NOT NULL,"
    " ino INTEGER NOT NULL, base INTEGER NOT NULL, size INTEGER NOT NULL,"
    " read INTEGER NOT NULL, rows INTEGER NOT NULL, pages INTEGER NOT NULL,"
    " started INTEGER NOT NULL, newest INTEGER, early INTEGER NOT NULL,"
    " plan INTEGER NOT NULL);"
    "CREATE TABLE seen(digest BLOB PRIMARY KEY, at INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE fresh(digest BLOB PRIMARY KEY, at INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE all0(key TEXT PRIMARY KEY, digest BLOB NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE all1(key TEXT PRIMARY KEY, digest BLOB NOT NULL)"
    " WITHOUT ROWID;";

static const struct kl_sql_kind kind = { .application = 0x6B6C7075, /* klpu */
	.schema = 1,
	.tables = tables,
	.user = "kl-pull",
	.what = "state of kl-pull",
	.remedy = "name another file, or remove this one; everything is then "
		  "pulled again",
	.anew = "use that version, or name another file" };

/* A question takes the words of the file; if they differ, they are told. */
static enum kl_rc
same_question(struct kl_pulled *s, struct sqlite3_stmt *st,
    const char *question, const unsigned char mark[KL_STORE_DIGEST],
    struct kl_err *err)
{
	const char *was = (const char *)sqlite3_column_text(st, 0);

	if (was == NULL || sqlite3_column_bytes(st, 1) != KL_STORE_DIGEST)
		return kl_sql_damaged(&s->q, err);
	if (memcmp(sqlite3_column_blob(st, 1), mark, KL_STORE_DIGEST) != 0) {
		(void)kl_err_set(err, KL_ECONFIG,
		    "%s was made with another hash key", s->q.name);
		kl_err_hint(err,
		    "give that one with --hash-key, or name "
		    "another file");
		return KL_ECONFIG;
	}
	if (question != NULL && strcmp(was, question) != 0) {
		(void)kl_err_set(err, KL_ECONFIG, "%s is about something else",
		    s->q.name);
		kl_err_code(err, "other_question");
		kl_err_hint(err, "it is about %.180s; name another file", was);
		return KL_ECONFIG;
	}
	if (sqlite3_column_type(st, 2) != SQLITE_NULL)
		s->since = sqlite3_column_int64(st, 2);
	s->known = sqlite3_column_int(st, 3) != 0;
	return KL_OK;
}

/* What the file is about, or from now on will be. */
static enum kl_rc
load_about(struct kl_pulled *s, const char *question, struct kl_err *err)
{
	static const char purpose[] = "what kl-pull has pulled";
	unsigned char mark[KL_STORE_DIGEST];
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc;

	kl_pulled_digest(s, (struct kl_span){ purpose, sizeof(purpose) }, mark);
	rc = kl_sql_prepare(&s->q,
	    "SELECT question, mark, since, known FROM about", &st, err);
	if (rc == KL_OK && (rc = kl_sql_step(&s->q, st, err)) == KL_OK)
		rc = same_question(s, st, question, mark, err);
	else if (rc == KL_EOF && question == NULL)
		rc = kl_sql_damaged(&s->q, err);
	(void)sqlite3_finalize(st);
	if (rc != KL_EOF)
		return rc;
	st = NULL;
	rc = kl_sql_prepare(&s->q, "INSERT INTO about VALUES(1,?,?,NULL,0)",
	    &st, err);
	if (rc == KL_OK) {
		(void)sqlite3_bind_text(st, 1, question, -1, SQLITE_STATIC);
		kl_sql_bind(st, 2, mark);
		rc = kl_sql_run(&s->q, st, err);
	}
	(void)sqlite3_finalize(st);
	return rc;
}

static enum kl_rc
load_run(struct kl_pulled *s, struct kl_err *err)
{
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc;

	rc = kl_sql_prepare(&s->q,
	    "SELECT how, place, file, dev, ino, base, size, read, rows,"
	    " pages, started, newest, early, plan FROM run",
	    &st, err);
	if (rc == KL_OK && (rc = kl_sql_step(&s->q, st, err)) == KL_OK) {
		s->run = (struct kl_pulled_run){
			(enum kl_pulled_how)sqlite3_column_int(st, 0),
			sqlite3_column_int(st, 2) != 0,
			(uint64_t)sqlite3_column_int64(st, 3),
			(uint64_t)sqlite3_column_int64(st, 4),
			(uint64_t)sqlite3_column_int64(st, 5),
			(uint64_t)sqlite3_column_int64(st, 6),
			(uint64_t)sqlite3_column_int64(st, 7),
			(uint64_t)sqlite3_column_int64(st, 8),
			(uint64_t)sqlite3_column_int64(st, 9),
			sqlite3_column_int64(st, 10)
		};
		kl_buf_put(&s->place, sqlite3_column_blob(st, 1),
		    (size_t)sqlite3_column_bytes(st, 1));
		if (sqlite3_column_type(st, 11) != SQLITE_NULL)
			s->newest = sqlite3_column_int64(st, 11);
		s->early = sqlite3_column_int64(st, 12);
		s->plan = sqlite3_column_int(st, 13) != 0 ? KL_PULLED_ALL
							  : KL_PULLED_SINCE;
		rc = kl_buf_check(&s->place, err);
	}
	(void)sqlite3_finalize(st);
	return rc == KL_EOF ? KL_OK : rc;
}

static enum kl_rc
load(struct kl_pulled *s, const char *question, struct kl_err *err)
{
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc;

	if ((rc = load_about(s, question, err)) != KL_OK ||
	    (rc = load_run(s, err)) != KL_OK)
		return rc;
	rc = kl_sql_prepare(&s->q, "SELECT max(at) FROM seen", &st, err);
	if (rc == KL_OK && (rc = kl_sql_step(&s->q, st, err)) == KL_OK &&
	    sqlite3_column_type(st, 0) != SQLITE_NULL)
		s->seen_last = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
kl_pulled_open(struct kl_pulled **to, const char *path, bool create,
    const char *question, const struct kl_hash_key *hash, struct kl_err *err)
{
	struct kl_pulled *s;
	enum kl_rc rc;

	*to = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return kl_err_nomem(err);
	kl_hmac_set(&s->hmac, hash->byte, sizeof(hash->byte));
	s->since = s->newest = s->seen_last = KL_PULLED_NEVER;
	rc = kl_sql_open(&s->q, &kind, path, create,
	    "PRAGMA cache_size=-8192; PRAGMA wal_autocheckpoint=4000", err);
	if (rc == KL_OK && (rc = load(s, question, err)) == KL_OK &&
	    (rc = kl_pulled_prepare(s, err)) == KL_OK)
		rc = kl_sql_commit(&s->q, err);
	if (rc != KL_OK) {
		kl_pulled_close(s);
		return rc;
	}
	*to = s;
	return KL_OK;
}

void
kl_pulled_close(struct kl_pulled *s)
{
	if (s == NULL)
		return;
	kl_pulled_finalize(s);
	kl_sql_rollback(&s->q);
	kl_sql_close(&s->q);
	kl_wipe(&s->hmac, sizeof(s->hmac));
	kl_buf_free(&s->place);
	kl_buf_free(&s->tmp);
	free(s->note);
	free(s);
}
