/* SPDX-License-Identifier: MIT */
/* match.c - which pending row a record of a receipt is of. */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "receipts.h"

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
	struct sqlite3_stmt *rows, *got;
	struct generation *gen; /* those with rows, oldest first */
	size_t gens;
	/* The rows of one record, oldest first. */
	struct candidate *row;
	size_t n, cap;
	size_t low; /* all before it are taken */
	unsigned char record[KL_STORE_DIGEST];
	bool more;  /* rows is at the first row of the next record */
	bool ended; /* rows has no more */
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

/* The rows of the next record that has any.  KL_EOF after the last. */
static enum kl_rc
next_rows(struct match *m, struct kl_err *err)
{
	const struct kl_sql *q = &m->s->q;
	unsigned char record[KL_STORE_DIGEST];
	struct candidate *p;
	enum kl_rc rc = KL_OK;

	m->n = m->low = 0;
	if (m->ended)
		return KL_EOF;
	if (!m->more && (rc = kl_sql_step(q, m->rows, err)) != KL_OK)
		return rc;
	m->more = false;
	do {
		if (kl_sql_digest(q, m->rows, 0, record, NULL) != KL_OK)
			return kl_sql_damaged(q, err);
		if (m->n == 0)
			memcpy(m->record, record, sizeof(record));
		else if (memcmp(m->record, record, sizeof(record)) != 0) {
			m->more = true;
			return KL_OK;
		}
		if (m->n == m->cap) {
			m->cap = m->cap == 0 ? 64 : m->cap * 2;
			p = realloc(m->row, m->cap * sizeof(*p));
			if (p == NULL)
				return kl_err_nomem(err);
			m->row = p;
		}
		p = &m->row[m->n++];
		*p =
		    (struct candidate){ .seq = sqlite3_column_int64(m->rows, 1),
			    .gone = sqlite3_column_int(m->rows, 3) != 0 };
		if (kl_sql_digest(q, m->rows, 2, p->key, NULL) != KL_OK)
			return kl_sql_damaged(q, err);
	} while ((rc = kl_sql_step(q, m->rows, err)) == KL_OK);
	m->ended = true;
	return rc == KL_EOF ? KL_OK : rc;
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
settle(struct match *m, struct kl_err *err)
{
	struct sqlite3_stmt *got = m->got, *met = m->r->met;
	struct candidate *c;
	int64_t started = sqlite3_column_int64(got, 3);

	/* What was never sent has no time. */
	c = choose(m, sqlite3_column_int64(got, 2),
	    started != 0 ? started : INT64_MAX, sqlite3_column_int(got, 5));
	if (c == NULL) {
		m->counts->unmatched++;
		return KL_OK;
	}
	c->taken = true;
	kl_sql_bind(met, 1, c->key);
	(void)sqlite3_bind_int64(met, 2, c->seq);
	(void)sqlite3_bind_int64(met, 3, sqlite3_column_int64(got, 1));
	(void)sqlite3_bind_int64(met, 4, sqlite3_column_int64(got, 4));
	return kl_sql_run(&m->r->q, met, err);
}

/* Both in the order of their records, side by side. */
static enum kl_rc
merge(struct match *m, struct kl_err *err)
{
	unsigned char record[KL_STORE_DIGEST];
	enum kl_rc rc, left;
	int order;

	left = next_rows(m, err);
	while ((rc = kl_sql_step(&m->r->q, m->got, err)) == KL_OK) {
		rc = kl_sql_digest(&m->r->q, m->got, 0, record, err);
		if (rc != KL_OK)
			return rc;
		order = 1;
		while (left == KL_OK &&
		    (order = memcmp(record, m->record, sizeof(record))) > 0)
			left = next_rows(m, err);
		if (left != KL_OK && left != KL_EOF)
			return left;
		if (left == KL_EOF || order < 0)
			m->counts->unmatched++;
		else if ((rc = settle(m, err)) != KL_OK)
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

	rc = kl_sql_prepare(&s->q,
	    "SELECT record, seq, key, value IS NULL FROM pending"
	    " ORDER BY record, seq",
	    &m.rows, err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&r->q,
		    "SELECT record, n, line, started, fate, removes FROM got"
		    " ORDER BY record, n",
		    &m.got, err);
	if (rc == KL_OK)
		rc = load_generations(&m, err);
	if (rc == KL_OK)
		rc = merge(&m, err);
	(void)sqlite3_finalize(m.rows);
	(void)sqlite3_finalize(m.got);
	free(m.gen);
	free(m.row);
	return rc;
}
