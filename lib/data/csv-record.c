/* SPDX-License-Identifier: MIT */
/*
 * csv-record.c - rows into records.
 *
 * Most values can stand in JSON as they are and are short; they and what is
 * between them are copied in fixed steps.
 */

#include <string.h>

#include "csv-priv.h"
#include "csv-table.h"
#include "kl/count.h"
#include "kl/json.h"

#define STEP ((size_t)32)	 /* copied at once of a value */
#define SLACK (CSV_PIECE + STEP) /* that may be written past a copy */
#define LITTLE ((size_t)256)	 /* bytes of a value that is spelt out */

_Static_assert(STEP <= KL_CSV_AHEAD, "values are read so far ahead");

/* Copy what stands before a value. */
static inline char *
put_before(char *p, const struct csv_column *c)
{
	memcpy(p, c->before, CSV_PIECE);
	if (c->n > CSV_PIECE)
		memcpy(p + CSV_PIECE, c->before + CSV_PIECE, c->n - CSV_PIECE);
	return p + c->n;
}

/* A value of which STEP bytes can be read. */
static inline char *
put_text(char *p, struct kl_span f)
{
	memcpy(p, f.s, STEP);
	if (f.n > STEP)
		memcpy(p + STEP, f.s + STEP, f.n - STEP);
	return p + f.n;
}

/* The values from i up to the end, which can stand in JSON as they are; safe
 * is the first that is not read further than it goes. */
static inline char *
put_texts(const struct kl_table *t, char *p, const struct kl_span *f, size_t i,
    size_t end, size_t safe)
{
	size_t most = end < safe ? end : safe;

	for (; i < most; i++)
		p = put_text(put_before(p, &t->col[i]), f[i]);
	for (; i < end; i++) {
		p = put_before(p, &t->col[i]);
		memcpy(p, f[i].s, f[i].n);
		p += f[i].n;
	}
	return p;
}

/* Up to here STEP bytes of a value may be read: of one that lies
 * elsewhere, always. */
static inline size_t
safe_values(const struct kl_csv_row *row)
{
	const char *end = row->raw.s + row->raw.n;
	size_t n = row->n;

	if (row->spare < STEP)
		while (n > 0 && (size_t)(end - row->field[n - 1].s) < STEP)
			n--;
	return n;
}

/* Room for all values but the rough ones, and for a little one of those. */
static inline bool
room(const struct kl_table *t, struct kl_buf *b, const struct kl_csv_row *row)
{
	size_t n = t->pieces.n + row->raw.n + 2 + SLACK;

	if (row->roughs > 0)
		n += LITTLE * sizeof(t->spelling->s);
	return b->cap - b->n >= n || kl_buf_room(b, n);
}

/* A value that may need escapes, and for which there is room: the same for
 * every byte takes less time than to ask which it is. */
static inline char *
spell(const struct kl_table *t, char *p, struct kl_span f)
{
	const struct csv_spelling *c;

	for (size_t i = 0; i < f.n; i++) {
		c = &t->spelling[(unsigned char)f.s[i]];
		memcpy(p, c, sizeof(*c));
		p += c->n;
	}
	return p;
}

/* A row of texts. */
static void
put_row(const struct kl_table *t, struct kl_buf *b,
    const struct kl_csv_row *row)
{
	const struct kl_span *f = row->field;
	size_t i = 0, rough, safe = safe_values(row);
	char *p;

	if (!room(t, b, row))
		return;
	p = b->s + b->n;
	for (size_t r = 0; r < row->roughs; r++, i = rough + 1) {
		rough = row->rough[r];
		p = put_texts(t, p, f, i, rough, safe);
		p = put_before(p, &t->col[rough]);
		if (f[rough].n <= LITTLE) {
			p = spell(t, p, f[rough]);
			b->n = (size_t)(p - b->s);
		} else {
			/* Without the quotes, which this writes. */
			b->n = (size_t)(p - b->s) - 1;
			kl_json_put_text(b, f[rough].s, f[rough].n);
			b->n--;
		}
		if (!room(t, b, row))
			return;
		p = b->s + b->n;
	}
	p = put_texts(t, p, f, i, t->n, safe);
	memcpy(p, "\"}", 2);
	b->n = (size_t)(p + 2 - b->s);
}

/* A row of texts of which nothing is known. */
static void
put_escaped(const struct kl_table *t, struct kl_buf *b,
    const struct kl_csv_row *row)
{
	for (size_t i = 0; i < t->n; i++) {
		csv_put_bare(b, &t->col[i], i);
		kl_json_put_text(b, row->field[i].s, row->field[i].n);
	}
	kl_buf_putc(b, '}');
}

bool
kl_table_fits(const struct kl_table *t, const struct kl_csv_row *row,
    size_t max)
{
	/* A byte makes six at most: \u0001.  The row is that of a reader, far
	 * from SIZE_MAX. */
	return row->n == t->n && kl_table_is_plain(t) &&
	    t->pieces.n + 6 * row->raw.n + 2 <= max;
}

/* A row with another number of values than there are columns. */
static enum kl_rc
ragged(const struct kl_table *t, const struct kl_csv_row *row,
    struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA, "%s for %s",
	    KL_COUNT(row->n, "value", "values"),
	    KL_COUNT(t->n, "column", "columns"));
	kl_err_code(err, row->n < t->n ? "row_short" : "row_long");
	if (row->n > t->n)
		kl_err_hint(err, "is a delimiter in a value without quotes?");
	else if (!row->eol)
		kl_err_hint(err,
		    "the last line has no newline: the input may "
		    "have been cut short");
	else
		kl_err_hint(err, "is a newline in a value without quotes?");
	return KL_EDATA;
}

enum kl_rc
kl_table_put(const struct kl_table *t, struct kl_buf *b,
    const struct kl_csv_row *row, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	if (row->n != t->n)
		return ragged(t, row, err);
	if (t->typed || t->nulls)
		rc = csv_types_put(t, b, row, err);
	else if (row->plain || row->rough != NULL)
		put_row(t, b, row);
	else
		put_escaped(t, b, row);
	return rc == KL_OK ? kl_buf_check(b, err) : rc;
}
