/* SPDX-License-Identifier: MIT */
/* gone.c - keys that are known and were not seen. */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "sort.h"

struct kl_gone {
	struct kl_sql q;
	struct kl_sort *seen;			/* until they are found */
	struct sqlite3_stmt *here, *gone, *del; /* afterwards */
};

enum kl_rc
kl_gone_new(struct kl_gone **to, struct kl_err *err)
{
	struct kl_gone *g = calloc(1, sizeof(*g));
	enum kl_rc rc;

	*to = NULL;
	if (g == NULL)
		return kl_err_nomem(err);
	if ((rc = kl_sql_spool(&g->q, err)) == KL_OK &&
	    (rc = kl_sql_exec(&g->q,
		 "CREATE TABLE here(key BLOB PRIMARY KEY) WITHOUT ROWID;"
		 "CREATE TABLE gone(key BLOB PRIMARY KEY) WITHOUT ROWID",
		 err)) == KL_OK)
		rc = kl_sort_new(&g->seen, err);
	if (rc != KL_OK)
		kl_gone_free(g);
	else
		*to = g;
	return rc;
}

void
kl_gone_free(struct kl_gone *g)
{
	if (g == NULL)
		return;
	kl_sort_free(g->seen);
	(void)sqlite3_finalize(g->here);
	(void)sqlite3_finalize(g->gone);
	(void)sqlite3_finalize(g->del);
	kl_sql_close(&g->q);
	free(g);
}

enum kl_rc
kl_gone_seen(struct kl_gone *g, const unsigned char key[KL_STORE_DIGEST],
    struct kl_err *err)
{
	return kl_sort_add(g->seen, key, KL_STORE_DIGEST, err);
}

/* The keys that were seen, once each, in a table of their own. */
static enum kl_rc
keep_seen(struct kl_gone *g, struct kl_err *err)
{
	struct sqlite3_stmt *add = NULL;
	const unsigned char *key;
	enum kl_rc rc;

	rc = kl_sql_prepare(&g->q, "INSERT OR IGNORE INTO here VALUES(?)", &add,
	    err);
	while (
	    rc == KL_OK && (rc = kl_sort_next(g->seen, &key, err)) == KL_OK) {
		kl_sql_bind(add, 1, key);
		rc = kl_sql_run(&g->q, add, err);
	}
	(void)sqlite3_finalize(add);
	kl_sort_free(g->seen);
	g->seen = NULL;
	return rc == KL_EOF ? KL_OK : rc;
}

/* The known keys and those seen, both in order, side by side. */
static enum kl_rc
subtract(struct kl_gone *g, struct kl_store *s, struct sqlite3_stmt *known,
    struct sqlite3_stmt *here, struct sqlite3_stmt *add, uint64_t *n,
    uint64_t *gone, struct kl_err *err)
{
	unsigned char a[KL_STORE_DIGEST], b[KL_STORE_DIGEST];
	enum kl_rc rc, left = KL_AGAIN;
	int order;

	while ((rc = kl_sql_step(&s->q, known, err)) == KL_OK) {
		++*n;
		if ((rc = kl_sql_digest(&s->q, known, 0, a, err)) != KL_OK)
			return rc;
		order = -1;
		while (left != KL_EOF) {
			if (left == KL_OK &&
			    (order = memcmp(a, b, sizeof(a))) <= 0)
				break;
			if ((left = kl_sql_step(&g->q, here, err)) == KL_OK)
				left = kl_sql_digest(&g->q, here, 0, b, err);
			if (left < 0)
				return left;
			order = -1;
		}
		if (order == 0)
			continue;
		++*gone;
		kl_sql_bind(add, 1, a);
		if ((rc = kl_sql_run(&g->q, add, err)) != KL_OK)
			return rc;
	}
	return rc == KL_EOF ? KL_OK : rc;
}

/* What is asked afterwards. */
static enum kl_rc
prepare(struct kl_gone *g, struct kl_err *err)
{
	enum kl_rc rc;

	rc = kl_sql_prepare(&g->q, "SELECT 1 FROM here WHERE key=?", &g->here,
	    err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&g->q, "SELECT 1 FROM gone WHERE key=?",
		    &g->gone, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&g->q, "DELETE FROM gone WHERE key=?",
		    &g->del, err);
	return rc;
}

enum kl_rc
kl_gone_find(struct kl_gone *g, struct kl_store *s, uint64_t *known,
    uint64_t *gone, struct kl_err *err)
{
	struct sqlite3_stmt *all = NULL, *here = NULL, *add = NULL;
	enum kl_rc rc;

	*known = *gone = 0;
	rc = keep_seen(g, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&s->q, "SELECT key FROM known ORDER BY key",
		    &all, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&g->q, "SELECT key FROM here ORDER BY key",
		    &here, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&g->q, "INSERT INTO gone VALUES(?)", &add,
		    err);
	if (rc == KL_OK)
		rc = subtract(g, s, all, here, add, known, gone, err);
	(void)sqlite3_finalize(all);
	(void)sqlite3_finalize(here);
	(void)sqlite3_finalize(add);
	return rc == KL_OK ? prepare(g, err) : rc;
}

static enum kl_rc
ask(struct kl_gone *g, struct sqlite3_stmt *st, const unsigned char *key,
    bool *yes, struct kl_err *err)
{
	enum kl_rc rc;

	kl_sql_bind(st, 1, key);
	rc = kl_sql_step(&g->q, st, err);
	*yes = rc == KL_OK;
	(void)sqlite3_reset(st);
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
kl_gone_was_seen(struct kl_gone *g, const unsigned char key[KL_STORE_DIGEST],
    bool *yes, struct kl_err *err)
{
	return ask(g, g->here, key, yes, err);
}

enum kl_rc
kl_gone_is(struct kl_gone *g, const unsigned char key[KL_STORE_DIGEST],
    bool *yes, struct kl_err *err)
{
	return ask(g, g->gone, key, yes, err);
}

enum kl_rc
kl_gone_drop(struct kl_gone *g, const unsigned char key[KL_STORE_DIGEST],
    bool *was, struct kl_err *err)
{
	enum kl_rc rc;

	kl_sql_bind(g->del, 1, key);
	rc = kl_sql_run(&g->q, g->del, err);
	*was = rc == KL_OK && sqlite3_changes(g->q.db) > 0;
	return rc;
}
