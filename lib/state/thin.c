/* SPDX-License-Identifier: MIT */
/* thin.c - keep the log of pending rows from growing without end. */

#include <sqlite3.h>
#include <string.h>

#include "kl/time.h"
#include "sort.h"

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

/* The layout of a pending row: key, seq, record, content. */
#define ROW "didv"
#define ROW_SEQ 16
#define ROW_RECORD 24

/* Two rows of one key that say the same, whatever their numbers. */
static bool
repeats(const unsigned char *a, const unsigned char *b)
{
	return memcmp(a, b, ROW_SEQ) == 0 &&
	    memcmp(a + ROW_RECORD, b + ROW_RECORD,
		KL_SORT_RECORD - ROW_RECORD) == 0;
}

static enum kl_rc
drop_from(struct kl_store *s, struct kl_sort *all, struct sqlite3_stmt *drop,
    struct kl_err *err)
{
	unsigned char last[KL_SORT_RECORD];
	const unsigned char *row;
	bool first = true;
	enum kl_rc rc;

	while ((rc = kl_sort_next(all, &row, err)) == KL_OK) {
		if (!first && repeats(row, last)) {
			(void)sqlite3_bind_int64(drop, 1,
			    kl_sort_int(row + ROW_SEQ));
			if ((rc = kl_sql_run(&s->q, drop, err)) != KL_OK)
				return rc;
		}
		memcpy(last, row, sizeof(last));
		first = false;
	}
	return rc == KL_EOF ? KL_OK : rc;
}

/* A row that says what the one before it said is not needed: a receipt of
 * either stands for both. */
static enum kl_rc
drop_repeats(struct kl_store *s, struct kl_err *err)
{
	struct sqlite3_stmt *drop = NULL;
	struct kl_sort *all = NULL;
	enum kl_rc rc;

	rc = kl_sort_query(&all, &s->q,
	    "SELECT key, seq, record, value FROM pending", ROW, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&s->q, "DELETE FROM pending WHERE seq=?",
		    &drop, err);
	if (rc == KL_OK)
		rc = drop_from(s, all, drop, err);
	(void)sqlite3_finalize(drop);
	kl_sort_free(all);
	return rc;
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
