/* SPDX-License-Identifier: MIT */
#ifndef STATE_SQL_H
#define STATE_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/err.h"
#include "kl/store.h"

/*
 * sql.h - what the files of this layer share of SQLite: a connection that
 * knows its name, and failures in our words.
 */

struct sqlite3;
struct sqlite3_stmt;

/* What a file is to be: how it tells itself from others, and its words. */
struct kl_sql_kind {
	int application, schema; /* PRAGMA application_id, user_version */
	const char *tables;	 /* made in a fresh one */
	const char *user;	 /* "kl-diff": whose it is */
	const char *what;	 /* "state of kl-diff" */
	const char *remedy;	 /* for one that is damaged */
	const char *anew;	 /* for one of a newer version */
};

struct kl_sql {
	struct sqlite3 *db;
	const struct kl_sql_kind *kind;
	char name[256]; /* what errors call it */
	bool open_tx;	/* a transaction is; see kl_sql_begin() */
};

/*
 * Open the file at path, locked for us alone, durable with every commit; with
 * create it is made, 0600, if it is not there.  settings are further PRAGMAs.
 * On success a transaction is open, so that more can be looked at before
 * anything is changed.
 */
enum kl_rc kl_sql_open(struct kl_sql *q, const struct kl_sql_kind *kind,
    const char *path, bool create, const char *settings, struct kl_err *err);

/* A private temporary database; nobody else sees it, it ends with us. */
enum kl_rc kl_sql_spool(struct kl_sql *q, struct kl_err *err);

/* Close it; NULL db is allowed. */
void kl_sql_close(struct kl_sql *q);

/* Describe the failure code of SQLite. */
enum kl_rc kl_sql_fail(const struct kl_sql *q, int code, struct kl_err *err);

/* A file that cannot be what it says. */
enum kl_rc kl_sql_damaged(const struct kl_sql *q, struct kl_err *err);

/* Begin a transaction, if none is open; end it, if one is.  What cannot be
 * committed is undone. */
enum kl_rc kl_sql_begin(struct kl_sql *q, struct kl_err *err);
enum kl_rc kl_sql_commit(struct kl_sql *q, struct kl_err *err);
void kl_sql_rollback(struct kl_sql *q);

/* Run statements without results.  Prepare one, for long use. */
enum kl_rc kl_sql_exec(struct kl_sql *q, const char *sql, struct kl_err *err);
enum kl_rc kl_sql_prepare(struct kl_sql *q, const char *sql,
    struct sqlite3_stmt **st, struct kl_err *err);

/* The one integer a query gives; 0 if it gives no row. */
enum kl_rc kl_sql_int(struct kl_sql *q, const char *sql, int64_t *v,
    struct kl_err *err);

/* Bind a digest, borrowed until the statement is reset; NULL binds null. */
void kl_sql_bind(struct sqlite3_stmt *st, int i, const unsigned char *digest);

/* The digest in column i of the row at hand: KL_OK; KL_EOF if it is null;
 * KL_EDATA if it is no digest. */
enum kl_rc kl_sql_digest(const struct kl_sql *q, struct sqlite3_stmt *st, int i,
    unsigned char digest[KL_STORE_DIGEST], struct kl_err *err);

/* Step: KL_OK with a row, KL_EOF without one (the statement is then reset),
 * or the failure. */
enum kl_rc kl_sql_step(const struct kl_sql *q, struct sqlite3_stmt *st,
    struct kl_err *err);

/* Step a statement that gives no rows, and reset it. */
enum kl_rc kl_sql_run(const struct kl_sql *q, struct sqlite3_stmt *st,
    struct kl_err *err);

/* --- an open state, shared by the files of this layer ----------------------
 */

struct kl_prints; /* fingerprints of known rows; prints.c */

struct kl_store {
	struct kl_sql q;
	bool broken;	      /* a change failed: no more are made */
	bool begun;	      /* a generation is */
	bool empty;	      /* nothing is known */
	int64_t next;	      /* number of the next pending row */
	uint64_t asked;	      /* rows looked up so far */
	uint64_t load_at;     /* load fingerprints then; UINT64_MAX: never */
	struct kl_prints *fp; /* may be NULL */
	struct sqlite3_stmt *find, *mark, *log, *generation;
};

/* A text kept beside the rows; *same tells that it is what is there, which it
 * is afterwards. */
enum kl_rc kl_store_keep(struct kl_store *s, const char *name, const void *text,
    size_t n, bool *had, bool *same, struct kl_err *err);

/* Leave one pending row of those that follow each other with one content. */
enum kl_rc kl_store_thin(struct kl_store *s, struct kl_err *err);

/* Forget receipts and pending rows of KL_STORE_DAYS ago, and generations that
 * have no rows left. */
enum kl_rc kl_store_prune(struct kl_store *s, struct kl_err *err);

/*
 * Fingerprints of all known rows that are not dirty.  *to is NULL if there is
 * no room for them.  has: the row is known with that content; drop: it is not
 * any more.  Where *failed becomes true they are of no use from then on.
 */
enum kl_rc kl_prints_load(struct kl_prints **to, struct kl_store *s,
    struct kl_err *err);
bool kl_prints_has(struct kl_prints *fp, const unsigned char *key,
    const unsigned char *value, bool *failed);
void kl_prints_drop(struct kl_prints *fp, const unsigned char *key,
    const unsigned char *value, bool *failed);
void kl_prints_free(struct kl_prints *fp);

#endif /* STATE_SQL_H */
