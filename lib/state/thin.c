/* SPDX-License-Identifier: MIT */
/* thin.c - keep the log of pending rows from growing without end. */

#include <sqlite3.h>
#include <string.h>

#include "kl/time.h"
#include "sql.h"

#define DAY ((uint64_t)86400000)
#define SPARE 10000 /* rows that are not worth it */

enum kl_rc
kl_store_prune(struct kl_store *s, struct kl_err *err)
{
	int64_t before = (int64_t)(kl_now_wall() - KL_STORE_DAYS * DAY);
	char sql[700];

	(void)sqlite3_snprintf(sizeof(sql), sql,
	    "DELETE FROM receipt WHERE at<%lld;"
	    "DELETE FROM pending WHERE seq<"
	    "(SELECT max(next) FROM generation WHERE started<%lld);"
	    "DELETE FROM generation WHERE next<=coalesce("
	    "(SELECT min(seq) FROM pending),%lld)"
	    " AND first<(SELECT max(first) FROM generation)",
	    (long long)before, (long long)before, (long long)s->next);
	return kl_sql_exec(&s->q, sql, err);
}

/* A pending row as far as it matters. */
struct row {
	unsigned char key[KL_STORE_DIGEST], record[KL_STORE_DIGEST],
	    value[KL_STORE_DIGEST];
	bool gone;
};

static enum kl_rc
get_row(struct kl_store *s, struct sqlite3_stmt *st, struct row *r,
    struct kl_err *err)
{
	enum kl_rc rc;

	*r = (struct row){ 0 };
	rc = kl_sql_digest(&s->q, st, 1, r->key, err);
	if (rc == KL_OK)
		rc = kl_sql_digest(&s->q, st, 2, r->record, err);
	if (rc == KL_EOF)
		return kl_sql_damaged(&s->q, err);
	if (rc != KL_OK)
		return rc;
	rc = kl_sql_digest(&s->q, st, 3, r->value, err);
	r->gone = rc == KL_EOF;
	return r->gone ? KL_OK : rc;
}

/* A row that says what the one before it said is not needed: a receipt of
 * either stands for both. */
static enum kl_rc
drop_repeats(struct kl_store *s, struct kl_err *err)
{
	struct sqlite3_stmt *all = NULL, *drop = NULL;
	struct row last = { 0 }, row;
	bool first = true;
	enum kl_rc rc;

	rc = kl_sql_prepare(&s->q,
	    "SELECT seq, key, record, value FROM pending ORDER BY key, seq",
	    &all, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&s->q, "DELETE FROM pending WHERE seq=?",
		    &drop, err);
	while (rc == KL_OK && (rc = kl_sql_step(&s->q, all, err)) == KL_OK) {
		if ((rc = get_row(s, all, &row, err)) != KL_OK)
			break;
		if (!first && memcmp(&row, &last, sizeof(row)) == 0) {
			(void)sqlite3_bind_int64(drop, 1,
			    sqlite3_column_int64(all, 0));
			rc = kl_sql_run(&s->q, drop, err);
		}
		last = row;
		first = false;
	}
	(void)sqlite3_finalize(all);
	(void)sqlite3_finalize(drop);
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
kl_store_thin(struct kl_store *s, struct kl_err *err)
{
	int64_t rows = 0, before = 0;
	char text[24];
	bool had, same;
	enum kl_rc rc;

	if ((rc = kl_store_prune(s, err)) != KL_OK ||
	    (rc = kl_sql_int(&s->q, "SELECT count(*) FROM pending", &rows,
		 err)) != KL_OK ||
	    (rc = kl_sql_int(&s->q,
		 "SELECT CAST(value AS TEXT) FROM meta WHERE name='thin'",
		 &before, err)) != KL_OK)
		return rc;
	/* What is left then is left for good: try again at twice that. */
	if (rows < SPARE || rows / 3 < before / 2)
		return KL_OK;
	if ((rc = drop_repeats(s, err)) != KL_OK ||
	    (rc = kl_sql_int(&s->q, "SELECT count(*) FROM pending", &rows,
		 err)) != KL_OK)
		return rc;
	(void)sqlite3_snprintf(sizeof(text), text, "%lld", (long long)rows);
	return kl_store_keep(s, "thin", text, strlen(text), &had, &same, err);
}
