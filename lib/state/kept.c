/* SPDX-License-Identifier: MIT */
/* kept.c - values that are kept under a name. */

#include <sqlite3.h>
#include <string.h>

#include "sql.h"

/* What is kept under the name: compared, then replaced. */
enum kl_rc
kl_store_keep(struct kl_store *s, const char *name, const void *text, size_t n,
    bool *had, bool *same, struct kl_err *err)
{
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc;

	*had = *same = false;
	rc = kl_sql_prepare(&s->q, "SELECT value FROM meta WHERE name=?", &st,
	    err);
	if (rc != KL_OK)
		return rc;
	(void)sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
	if ((rc = kl_sql_step(&s->q, st, err)) == KL_OK) {
		*had = true;
		*same = (size_t)sqlite3_column_bytes(st, 0) == n &&
		    (n == 0 ||
			memcmp(sqlite3_column_blob(st, 0), text, n) == 0);
	}
	(void)sqlite3_finalize(st);
	if ((rc != KL_OK && rc != KL_EOF) || *same)
		return rc == KL_EOF ? KL_OK : rc;
	rc = kl_sql_prepare(&s->q, "INSERT OR REPLACE INTO meta VALUES(?,?)",
	    &st, err);
	if (rc != KL_OK)
		return rc;
	(void)sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_blob64(st, 2, n > 0 ? text : "", n, SQLITE_STATIC);
	rc = kl_sql_run(&s->q, st, err);
	(void)sqlite3_finalize(st);
	return rc;
}
