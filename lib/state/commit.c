/* SPDX-License-Identifier: MIT */
/*
 * commit.c - what receipts say becomes what is known.
 *
 * Receipts and pending rows are brought together by sorting, not by looking
 * each up: memory stays bounded and the state is written in the order of its
 * keys.
 */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "kl/time.h"
#include "receipts.h"
#include "sort.h"

static enum kl_rc
set_up(struct kl_receipts *r, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = kl_sql_spool(&r->q, err)) != KL_OK ||
	    (rc = kl_sql_exec(&r->q,
		 "CREATE TABLE receipt(id BLOB, a INTEGER, b INTEGER);"
		 "CREATE TABLE got(n INTEGER PRIMARY KEY, line INTEGER,"
		 " record BLOB, started INTEGER, fate INTEGER,"
		 " removes INTEGER);"
		 "CREATE TABLE met(key BLOB, seq INTEGER, n INTEGER,"
		 " fate INTEGER)",
		 err)) != KL_OK ||
	    (rc = kl_sql_prepare(&r->q, "INSERT INTO receipt VALUES(?,?,?)",
		 &r->end, err)) != KL_OK ||
	    (rc = kl_sql_prepare(&r->q, "INSERT INTO got VALUES(?,?,?,?,?,?)",
		 &r->record, err)) != KL_OK ||
	    (rc = kl_sql_prepare(&r->q, "INSERT INTO met VALUES(?,?,?,?)",
		 &r->met, err)) != KL_OK)
		return rc;
	return kl_sort_new(&r->done, err);
}

enum kl_rc
kl_receipts_new(struct kl_receipts **to, struct kl_err *err)
{
	struct kl_receipts *r = calloc(1, sizeof(*r));
	enum kl_rc rc;

	*to = NULL;
	if (r == NULL)
		return kl_err_nomem(err);
	if ((rc = set_up(r, err)) != KL_OK) {
		kl_receipts_free(r);
		return rc;
	}
	*to = r;
	return KL_OK;
}

void
kl_receipts_free(struct kl_receipts *r)
{
	if (r == NULL)
		return;
	(void)sqlite3_finalize(r->end);
	(void)sqlite3_finalize(r->record);
	(void)sqlite3_finalize(r->met);
	kl_sort_free(r->done);
	kl_sql_close(&r->q);
	free(r);
}

/* The receipt at hand has all its records. */
static enum kl_rc
end_receipt(struct kl_receipts *r, struct kl_err *err)
{
	if (!r->open)
		return KL_OK;
	r->open = false;
	kl_sql_bind(r->end, 1, r->receipt.id);
	(void)sqlite3_bind_int64(r->end, 2, r->from);
	(void)sqlite3_bind_int64(r->end, 3, r->n);
	return kl_sql_run(&r->q, r->end, err);
}

enum kl_rc
kl_receipts_add(struct kl_receipts *r, const struct kl_store_receipt *receipt,
    struct kl_err *err)
{
	enum kl_rc rc = end_receipt(r, err);

	r->receipt = *receipt;
	r->from = r->n;
	r->open = true;
	return rc;
}

enum kl_rc
kl_receipts_record(struct kl_receipts *r, uint64_t line,
    const unsigned char record[KL_STORE_DIGEST], enum kl_fate fate,
    struct kl_err *err)
{
	struct sqlite3_stmt *st = r->record;

	/* A line that no run can have passed is as good as none. */
	(void)sqlite3_bind_int64(st, 1, r->n++);
	(void)sqlite3_bind_int64(st, 2,
	    line < (uint64_t)1 << 48 ? (int64_t)line : 0);
	kl_sql_bind(st, 3, record);
	(void)sqlite3_bind_int64(st, 4,
	    r->receipt.started < (uint64_t)1 << 62 ? (int64_t)r->receipt.started
						   : 0);
	(void)sqlite3_bind_int64(st, 5, (int64_t)fate);
	(void)sqlite3_bind_int64(st, 6, r->receipt.removes);
	return kl_sql_run(&r->q, st, err);
}

/* --- receipts that were committed before -----------------------------------
 */

/* Note the receipt; *again tells that it was noted before. */
static enum kl_rc
note(struct kl_store *s, struct sqlite3_stmt *add, const unsigned char *id,
    bool *again, struct kl_err *err)
{
	enum kl_rc rc;

	kl_sql_bind(add, 1, id);
	(void)sqlite3_bind_int64(add, 2, (int64_t)kl_now_wall());
	rc = kl_sql_run(&s->q, add, err);
	*again = sqlite3_changes(s->q.db) == 0;
	return rc;
}

static enum kl_rc
pass_over(struct kl_store *s, struct kl_receipts *r, struct sqlite3_stmt *each,
    struct sqlite3_stmt *add, struct sqlite3_stmt *drop,
    struct kl_store_counts *counts, struct kl_err *err)
{
	unsigned char id[KL_STORE_DIGEST];
	int64_t a, b;
	bool again;
	enum kl_rc rc;

	while ((rc = kl_sql_step(&r->q, each, err)) == KL_OK) {
		a = sqlite3_column_int64(each, 1);
		b = sqlite3_column_int64(each, 2);
		if ((rc = kl_sql_digest(&r->q, each, 0, id, err)) != KL_OK ||
		    (rc = note(s, add, id, &again, err)) != KL_OK)
			return rc;
		if (!again)
			continue;
		counts->repeated += (uint64_t)(b - a);
		(void)sqlite3_bind_int64(drop, 1, a);
		(void)sqlite3_bind_int64(drop, 2, b);
		if ((rc = kl_sql_run(&r->q, drop, err)) != KL_OK)
			return rc;
	}
	return rc == KL_EOF ? KL_OK : rc;
}

static enum kl_rc
drop_repeated(struct kl_store *s, struct kl_receipts *r,
    struct kl_store_counts *counts, struct kl_err *err)
{
	struct sqlite3_stmt *each = NULL, *add = NULL, *drop = NULL;
	enum kl_rc rc;

	if ((rc = end_receipt(r, err)) == KL_OK &&
	    (rc = kl_sql_prepare(&r->q,
		 "SELECT id, a, b FROM receipt ORDER BY rowid", &each, err)) ==
		KL_OK &&
	    (rc = kl_sql_prepare(&s->q,
		 "INSERT OR IGNORE INTO receipt VALUES(?,?)", &add, err)) ==
		KL_OK &&
	    (rc = kl_sql_prepare(&r->q, "DELETE FROM got WHERE n>=? AND n<?",
		 &drop, err)) == KL_OK)
		rc = pass_over(s, r, each, add, drop, counts, err);
	(void)sqlite3_finalize(each);
	(void)sqlite3_finalize(add);
	(void)sqlite3_finalize(drop);
	return rc;
}

/* --- what the rows of one key come to ------------------------------------- */

/* A pending row, and the receipt it met. */
struct row {
	unsigned char key[KL_STORE_DIGEST], record[KL_STORE_DIGEST],
	    value[KL_STORE_DIGEST];
	bool gone;
	int64_t seq;
};

/* The key at hand.  Its rows come newest first. */
struct key {
	struct row newest;
	bool any;	 /* a row was seen */
	bool is_newest;	 /* rows so far said what the newest says */
	int64_t arrived; /* order of the receipt that says so, or -1 */
	int64_t seq;	 /* of the row that arrived */
	int64_t stale;	 /* order of the last stale receipt, or -1 */
	int64_t floor;	 /* the newest row that had one */
	int64_t known;	 /* seq of what is known, or 0 */
	unsigned char value[KL_STORE_DIGEST]; /* and its content */
};

struct commit {
	struct kl_store *s;
	struct kl_receipts *r;
	struct kl_store_counts *counts;
	struct kl_sort *rows, *met;
	struct sqlite3_stmt *seq, *put, *del, *dirty;
	struct key key;
	int64_t met_seq, met_n; /* the match at hand */
	enum kl_fate met_fate;
	bool no_more; /* matches are used up */
};

/* Layouts of the rows, newest first, and of what they met: the offset of each
 * column after the key. */
#define ROWS "djdv"
#define ROW_SEQ 16
#define ROW_RECORD 24
#define ROW_VALUE 40
#define ROW_GONE 56
#define MET "djii"
#define MET_SEQ 16
#define MET_N 24
#define MET_FATE 32

static enum kl_rc
next_met(struct commit *c, struct kl_err *err)
{
	const unsigned char *p;
	enum kl_rc rc = kl_sort_next(c->met, &p, err);

	if (rc == KL_EOF) {
		c->no_more = true;
		return KL_OK;
	}
	if (rc != KL_OK)
		return rc;
	c->met_seq = kl_sort_down(p + MET_SEQ);
	c->met_n = kl_sort_int(p + MET_N);
	c->met_fate = (enum kl_fate)kl_sort_int(p + MET_FATE);
	return KL_OK;
}

static enum kl_rc
drop_row(struct commit *c, int64_t seq, struct kl_err *err)
{
	unsigned char rec[8];

	kl_sort_put(rec, seq);
	c->r->dones++;
	return kl_sort_add(c->r->done, rec, sizeof(rec), err);
}

/*
 * Write what the key came to.  Where only superseded rows did arrive, a key
 * that is not known becomes known all the same, without content: what is
 * older than they are must not pass for the newest row when they, and the
 * rows that superseded them, have left the log.
 */
static enum kl_rc
end_key(struct commit *c, struct kl_err *err)
{
	const struct key *k = &c->key;
	struct sqlite3_stmt *st = c->dirty;

	if (!k->any || (k->arrived < 0 && k->stale < 0))
		return KL_OK;
	(void)sqlite3_bind_int64(c->dirty, 2, k->floor);
	if (k->arrived >= 0 && k->newest.gone)
		st = c->del;
	else if (k->arrived >= 0) {
		st = c->put;
		kl_sql_bind(st, 2, k->newest.value);
		(void)sqlite3_bind_int64(st, 3, k->seq);
		(void)sqlite3_bind_int64(st, 4, k->stale > k->arrived);
	}
	kl_sql_bind(st, 1, k->newest.key);
	return kl_sql_run(&c->s->q, st, err);
}

static enum kl_rc
begin_key(struct commit *c, const struct row *row, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = end_key(c, err)) != KL_OK)
		return rc;
	c->key = (struct key){ .newest = *row,
		.any = true,
		.is_newest = true,
		.arrived = -1,
		.stale = -1 };
	kl_sql_bind(c->seq, 1, row->key);
	if ((rc = kl_sql_step(&c->s->q, c->seq, err)) == KL_OK) {
		c->key.known = sqlite3_column_int64(c->seq, 0);
		rc = kl_sql_digest(&c->s->q, c->seq, 1, c->key.value, err);
	}
	(void)sqlite3_reset(c->seq);
	return rc == KL_EOF ? KL_OK : rc;
}

/* The row has met a receipt. */
static enum kl_rc
take_fate(struct commit *c, const struct row *row, struct kl_err *err)
{
	struct key *k = &c->key;
	bool newest = k->is_newest && row->seq > k->known;
	enum kl_fate fate = c->met_fate;

	/* What says the same as what is known does no harm. */
	if (fate == KL_FATE_ARRIVED && row->seq <= k->known && !row->gone &&
	    memcmp(row->value, k->value, sizeof(k->value)) == 0) {
		c->counts->arrived++;
		return drop_row(c, row->seq, err);
	}
	if (fate == KL_FATE_REFUSED || (newest && fate == KL_FATE_UNKNOWN))
		c->counts->refused++;
	else if (newest)
		c->counts->arrived++;
	else
		c->counts->stale++;
	if (fate == KL_FATE_ARRIVED && newest && c->met_n > k->arrived) {
		k->arrived = c->met_n;
		k->seq = k->seq > row->seq ? k->seq : row->seq;
	}
	if (fate != KL_FATE_REFUSED && !newest) {
		k->stale = k->stale > c->met_n ? k->stale : c->met_n;
		k->floor = k->floor > row->seq ? k->floor : row->seq;
	}
	/* The newest may still be settled by a later receipt. */
	if (newest && fate == KL_FATE_UNKNOWN)
		return KL_OK;
	return drop_row(c, row->seq, err);
}

static enum kl_rc
take_row(struct commit *c, const struct row *row, struct kl_err *err)
{
	struct key *k = &c->key;
	enum kl_rc rc;

	if ((!k->any ||
		memcmp(k->newest.key, row->key, sizeof(row->key)) != 0) &&
	    (rc = begin_key(c, row, err)) != KL_OK)
		return rc;
	k->is_newest = k->is_newest && k->newest.gone == row->gone &&
	    memcmp(k->newest.record, row->record, sizeof(row->record)) == 0 &&
	    memcmp(k->newest.value, row->value, sizeof(row->value)) == 0;
	if (!c->no_more && c->met_seq == row->seq) {
		if ((rc = take_fate(c, row, err)) != KL_OK)
			return rc;
		return next_met(c, err);
	}
	/* Of one who is gone nothing older may count as newest later. */
	if (k->arrived >= 0 && k->newest.gone && row->seq < k->seq)
		return drop_row(c, row->seq, err);
	return KL_OK;
}

static void
get_row(const unsigned char *p, struct row *row)
{
	*row = (struct row){ .seq = kl_sort_down(p + ROW_SEQ),
		.gone = p[ROW_GONE] != 0 };
	memcpy(row->key, p, sizeof(row->key));
	memcpy(row->record, p + ROW_RECORD, sizeof(row->record));
	memcpy(row->value, p + ROW_VALUE, sizeof(row->value));
}

/* All pending rows, key by key, with what they met. */
static enum kl_rc
take_all(struct commit *c, struct kl_err *err)
{
	const unsigned char *p;
	struct row row;
	enum kl_rc rc;

	if ((rc = next_met(c, err)) != KL_OK)
		return rc;
	while ((rc = kl_sort_next(c->rows, &p, err)) == KL_OK) {
		get_row(p, &row);
		if ((rc = take_row(c, &row, err)) != KL_OK)
			return rc;
	}
	return rc == KL_EOF ? end_key(c, err) : rc;
}

static enum kl_rc
apply(struct commit *c, struct kl_err *err)
{
	const struct {
		struct sqlite3_stmt **st;
		const char *sql;
	} all[] = {
		{ &c->seq, "SELECT seq, value FROM known WHERE key=?" },
		{ &c->put, "INSERT OR REPLACE INTO known VALUES(?,?,?,?)" },
		{ &c->del, "DELETE FROM known WHERE key=?" },
		{ &c->dirty,
		    "INSERT INTO known VALUES(?1,zeroblob(16),?2,1)"
		    " ON CONFLICT(key) DO UPDATE SET dirty=1,"
		    " seq=max(seq,excluded.seq)" },
	};
	enum kl_rc rc;
	size_t i;

	rc = kl_sort_query(&c->rows, &c->s->q,
	    "SELECT key, seq, record, value FROM pending", ROWS, err);
	if (rc == KL_OK)
		rc = kl_sort_query(&c->met, &c->r->q,
		    "SELECT key, seq, n, fate FROM met", MET, err);
	for (i = 0; rc == KL_OK && i < sizeof(all) / sizeof(*all); i++)
		rc = kl_sql_prepare(&c->s->q, all[i].sql, all[i].st, err);
	if (rc == KL_OK)
		rc = take_all(c, err);
	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		(void)sqlite3_finalize(*all[i].st);
	kl_sort_free(c->rows);
	kl_sort_free(c->met);
	return rc;
}

/* Take the rows that are done out of the log. */
static enum kl_rc
remove_done(struct kl_store *s, struct kl_receipts *r, struct kl_err *err)
{
	struct sqlite3_stmt *del = NULL;
	const unsigned char *p;
	int64_t all = 0;
	enum kl_rc rc;

	rc = kl_sql_int(&s->q, "SELECT count(*) FROM pending", &all, err);
	if (rc != KL_OK)
		return rc;
	if (r->dones == all) /* the whole table at once */
		return kl_sql_exec(&s->q, "DELETE FROM pending", err);
	rc =
	    kl_sql_prepare(&s->q, "DELETE FROM pending WHERE seq=?", &del, err);
	while (rc == KL_OK && (rc = kl_sort_next(r->done, &p, err)) == KL_OK) {
		(void)sqlite3_bind_int64(del, 1, kl_sort_int(p));
		rc = kl_sql_run(&s->q, del, err);
	}
	(void)sqlite3_finalize(del);
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
kl_store_commit(struct kl_store *s, struct kl_receipts *r,
    struct kl_store_counts *counts, struct kl_err *err)
{
	struct commit c = { .s = s, .r = r, .counts = counts };
	enum kl_rc rc;

	*counts = (struct kl_store_counts){ .read = (uint64_t)r->n };
	if ((rc = kl_sql_begin(&s->q, err)) != KL_OK)
		return rc;
	if ((rc = drop_repeated(s, r, counts, err)) == KL_OK &&
	    (rc = kl_receipts_match(r, s, counts, err)) == KL_OK &&
	    (rc = apply(&c, err)) == KL_OK &&
	    (rc = remove_done(s, r, err)) == KL_OK &&
	    (rc = kl_store_prune(s, err)) == KL_OK)
		return kl_sql_commit(&s->q, err);
	kl_sql_rollback(&s->q);
	return rc;
}
