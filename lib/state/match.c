/* SPDX-License-Identifier: MIT */
/* match.c - which pending row a record of a receipt is of. */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "kl/room.h"
#include "receipts.h"
#include "sort.h"

/* A run, and the rows it passed: first..next-1. */
struct generation {
	int64_t first, started, next;
};

/* A pending row that has the record at hand. */
struct candidate {
	int64_t seq;
	unsigned char key[KL_STORE_DIGEST];
	bool gone, taken;
};

struct match {
	struct kl_store *s;
	struct kl_receipts *r;
	struct kl_store_counts *counts;
	struct kl_sort *rows, *got;
	struct generation *gen; /* those with rows, oldest first */
	size_t gens;
	/* The rows of one record, oldest first. */
	struct candidate *row;
	size_t n, cap;
	size_t low; /* all before it are taken */
	unsigned char record[KL_STORE_DIGEST];
	const unsigned char *row_at; /* the first row of the next record */
	bool ended;		     /* rows has no more */
};

static enum kl_rc
load_generations(struct match *m, struct kl_err *err)
{
	struct sqlite3_stmt *st = NULL;
	int64_t n = 0;
	enum kl_rc rc;

	rc = kl_sql_int(&m->s->q, "SELECT count(*) FROM generation", &n, err);
	if (rc != KL_OK)
		return rc;
	if ((m->gen = calloc((size_t)n + 1, sizeof(*m->gen))) == NULL)
		return kl_err_nomem(err);
	rc = kl_sql_prepare(&m->s->q,
	    "SELECT first, started, next FROM generation WHERE EXISTS"
	    "(SELECT 1 FROM pending WHERE seq>=first AND seq<next)"
	    " ORDER BY first",
	    &st, err);
	while (rc == KL_OK && m->gens < (size_t)n &&
	    (rc = kl_sql_step(&m->s->q, st, err)) == KL_OK)
		m->gen[m->gens++] =
		    (struct generation){ sqlite3_column_int64(st, 0),
			    sqlite3_column_int64(st, 1),
			    sqlite3_column_int64(st, 2) };
	(void)sqlite3_finalize(st);
	return rc == KL_EOF ? KL_OK : rc;
}

/* When the row was passed. */
static int64_t
passed_at(const struct match *m, int64_t seq)
{
	size_t low = 0, high = m->gens, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (m->gen[mid].first <= seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 ? m->gen[low - 1].started : 0;
}

/* Layouts of the rows, and of what was got: the offset of each column. */
#define ROWS "didi"
#define ROW_SEQ 16
#define ROW_KEY 24
#define ROW_GONE 40
#define GOT "diiiii"
#define GOT_N 16
#define GOT_LINE 24
#define GOT_STARTED 32
#define GOT_FATE 40
#define GOT_REMOVES 48

static enum kl_rc
add_candidate(struct match *m, const unsigned char *row, struct kl_err *err)
{
	struct candidate *p;

	if (!KL_ROOM(m->row, m->n, m->cap, 64))
		return kl_err_nomem(err);
	p = &m->row[m->n++];
	*p = (struct candidate){ .seq = kl_sort_int(row + ROW_SEQ),
		.gone = kl_sort_int(row + ROW_GONE) != 0 };
	memcpy(p->key, row + ROW_KEY, sizeof(p->key));
	return KL_OK;
}

/* The rows of the next record that has any.  KL_EOF after the last. */
static enum kl_rc
next_rows(struct match *m, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	m->n = m->low = 0;
	if (m->ended)
		return KL_EOF;
	if (m->row_at == NULL)
		rc = kl_sort_next(m->rows, &m->row_at, err);
	if (rc == KL_OK)
		memcpy(m->record, m->row_at, sizeof(m->record));
	while (
	    rc == KL_OK && memcmp(m->record, m->row_at, sizeof(m->record)) == 0)
		if ((rc = add_candidate(m, m->row_at, err)) == KL_OK)
			rc = kl_sort_next(m->rows, &m->row_at, err);
	if (rc != KL_EOF)
		return rc;
	m->ended = true;
	return m->n > 0 ? KL_OK : KL_EOF;
}

static struct candidate *
find_seq(struct match *m, int64_t seq)
{
	size_t low = 0, high = m->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (m->row[mid].seq < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low < m->n && m->row[low].seq == seq ? &m->row[low] : NULL;
}

/* The row on that line of the output of a run: the latest such run. */
static struct candidate *
by_line(struct match *m, int64_t line, int64_t started, bool gone)
{
	struct candidate *c;
	size_t i;

	for (i = m->gens; line > 0 && i-- > 0;) {
		if (m->gen[i].started >= started)
			continue;
		c = find_seq(m, m->gen[i].first + line - 1);
		if (c != NULL && c->seq < m->gen[i].next && !c->taken &&
		    c->gone == gone)
			return c;
	}
	return NULL;
}

static struct candidate *
oldest(struct match *m, int64_t started, bool gone)
{
	size_t i;

	while (m->low < m->n && m->row[m->low].taken)
		m->low++;
	for (i = m->low; i < m->n; i++)
		if (!m->row[i].taken && m->row[i].gone == gone)
			return passed_at(m, m->row[i].seq) < started
			    ? &m->row[i]
			    : NULL;
	return NULL;
}

/* What takes people away is of those gone first; nothing else is. */
static struct candidate *
choose(struct match *m, int64_t line, int64_t started, bool removes)
{
	struct candidate *c = NULL;

	if (m->n == 1 && !m->row[0].gone && !m->row[0].taken)
		return passed_at(m, m->row[0].seq) < started ? m->row : NULL;
	if (removes && (c = by_line(m, line, started, true)) == NULL)
		c = oldest(m, started, true);
	if (c == NULL && (c = by_line(m, line, started, false)) == NULL)
		c = oldest(m, started, false);
	return c;
}

/* The record of the receipt at hand is of one of the rows at hand, or of
 * none. */
static enum kl_rc
settle(struct match *m, const unsigned char *got, struct kl_err *err)
{
	struct sqlite3_stmt *met = m->r->met;
	struct candidate *c;
	int64_t started = kl_sort_int(got + GOT_STARTED);

	/* What was never sent has no time. */
	c = choose(m, kl_sort_int(got + GOT_LINE),
	    started != 0 ? started : INT64_MAX,
	    kl_sort_int(got + GOT_REMOVES) != 0);
	if (c == NULL) {
		m->counts->unmatched++;
		return KL_OK;
	}
	c->taken = true;
	kl_sql_bind(met, 1, c->key);
	(void)sqlite3_bind_int64(met, 2, c->seq);
	(void)sqlite3_bind_int64(met, 3, kl_sort_int(got + GOT_N));
	(void)sqlite3_bind_int64(met, 4, kl_sort_int(got + GOT_FATE));
	return kl_sql_run(&m->r->q, met, err);
}

/* Both in the order of their records, side by side. */
static enum kl_rc
merge(struct match *m, struct kl_err *err)
{
	const unsigned char *got;
	enum kl_rc rc, left;
	int order;

	left = next_rows(m, err);
	while ((rc = kl_sort_next(m->got, &got, err)) == KL_OK) {
		order = 1;
		while (left == KL_OK &&
		    (order = memcmp(got, m->record, sizeof(m->record))) > 0)
			left = next_rows(m, err);
		if (left != KL_OK && left != KL_EOF)
			return left;
		if (left == KL_EOF || order < 0)
			m->counts->unmatched++;
		else if ((rc = settle(m, got, err)) != KL_OK)
			return rc;
	}
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
kl_receipts_match(struct kl_receipts *r, struct kl_store *s,
    struct kl_store_counts *counts, struct kl_err *err)
{
	struct match m = { .s = s, .r = r, .counts = counts };
	enum kl_rc rc;

	rc = kl_sort_query(&m.rows, &s->q,
	    "SELECT record, seq, key, value IS NULL FROM pending", ROWS, err);
	if (rc == KL_OK)
		rc = kl_sort_query(&m.got, &r->q,
		    "SELECT record, n, line, started, fate, removes FROM got",
		    GOT, err);
	if (rc == KL_OK)
		rc = load_generations(&m, err);
	if (rc == KL_OK)
		rc = merge(&m, err);
	kl_sort_free(m.rows);
	kl_sort_free(m.got);
	free(m.gen);
	free(m.row);
	return rc;
}
