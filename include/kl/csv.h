/* SPDX-License-Identifier: MIT */
#ifndef KL_CSV_H
#define KL_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/lines.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/csv.h - rows of text tables, read and written (RFC 4180).
 *
 * A value is the text it was: nothing is trimmed, nothing is given a type.
 * Rows that keep the rules are handed out in place; all others are libcsv's to
 * judge, in its strict mode.
 *
 * A row ends with LF or CRLF outside quotes.  Lines with nothing on them are
 * no rows.  A byte-order mark before the first row is skipped.
 *
 * After a row that breaks the rules it can be unclear whether a newline ends
 * it or belongs to a value.  Three readings are kept of such a row: a stray
 * quote is an ordinary character; a quote closes its value and what follows
 * up to the delimiter is junk; every quote opens or closes.  The row ends at
 * the first newline that two of them take for its end.
 */

/* How a table is written. */
struct kl_csv_form {
	char delimiter; /* ASCII, and no quote, CR, LF or NUL; 0: a comma */
	char quote;	/* the same, and no delimiter; 0: a double quote */
	bool no_quotes; /* quotes are ordinary characters; a line is a row */
	const char *encoding; /* what the input was converted from, to be named
			       * where that failed; NULL: it is as read */
};

#define KL_CSV_COLUMNS 4096 /* values in a row; our limit */

struct kl_csv; /* opaque; one reader */

/* One row.  Borrowed: valid until the next call on the same reader. */
struct kl_csv_row {
	struct kl_span raw;	     /* as read, without the end of its last
				      * line; s is NULL if over KL_LINE_MAX,
				      * n then tells how much it was */
	const struct kl_span *field; /* the values, without quotes */
	size_t n;		     /* how many */
	uint64_t line;		     /* number of its first line, from 1 */
	uint64_t offset;	     /* of its first byte, from 0 */
	char quote;		     /* that values may stand in; 0: none */
	bool plain; /* no value has a control character, double quote or
		     * backslash: they can stand in JSON as they are */
	const uint16_t
	    *rough;    /* the values that may have one, ascending, and */
	size_t roughs; /* how many, if it is not plain; NULL: any */
	size_t spare;  /* bytes that can be read behind raw, though they mean
			* nothing; so many behind the first byte of a value
			* that does not stand in raw */
	bool eol;      /* false for a last row that lacked its newline */
	bool last;     /* after a failure: what follows cannot be told from
			* this row, reading is at its end */
	size_t bad;    /* after a failure: number of the value concerned, from
			* 1; 0: none */
};

/*
 * A reader over in, which stays the caller's and must outlive it; NULL for
 * one that only takes rows from memory.  NULL only when out of memory.
 */
struct kl_csv *kl_csv_new(struct kl_lines *in, const struct kl_csv_form *form);
void kl_csv_free(struct kl_csv *c);

/*
 * The next row.  KL_OK; KL_EOF.  KL_EDATA or KL_ETOOBIG for a row that is
 * set aside: raw, line and offset tell which, and reading can go on unless
 * last is set.  err->code is one of csv_quote, csv_open (a quote never
 * closed: last), csv_cr, csv_nul, csv_utf8, csv_utf16 (the whole input:
 * last), csv_columns, row_too_long.  KL_EIO and KL_ENOMEM as kl_lines_next().
 */
enum kl_rc kl_csv_next(struct kl_csv *c, struct kl_csv_row *row,
    struct kl_err *err);

/* True if value i stood in quotes. */
static inline bool
kl_csv_quoted(const struct kl_csv_row *row, size_t i)
{
	const char *s = row->field[i].s;

	return row->quote != 0 && s != row->raw.s && s[-1] == row->quote;
}

/* The input was begun elsewhere: a byte-order mark is part of a value. */
void kl_csv_begun(struct kl_csv *c);

/*
 * A cut for kl_lines_block(); ctx is a struct kl_csv_form.  Where no row breaks
 * the rules, rows end there.  Where one does, a row may go on after it:
 * kl_csv_next() then fails with last set.
 */
size_t kl_csv_cut(void *form, const char *s, size_t n, bool more);

/* One row from memory, without its line end: KL_OK, KL_EOF if it is blank,
 * KL_EDATA, KL_ETOOBIG, KL_ENOMEM. */
enum kl_rc kl_csv_row(struct kl_csv *c, const char *s, size_t n,
    struct kl_csv_row *row, struct kl_err *err);

/* The delimiter that a person names: one ASCII character that is no double
 * quote, CR or LF, or "tab", or "\\t".  False if it is none. */
bool kl_csv_delimiter(const char *text, char *delimiter);

/* The quote that a person names: one visible ASCII character.  False if it is
 * none. */
bool kl_csv_quote(const char *text, char *quote);

/*
 * Check that names can be the columns of records: none empty, none twice, not
 * over KL_CSV_COLUMNS.  KL_OK; KL_EDATA, naming the column by its number;
 * KL_ENOMEM.
 */
enum kl_rc kl_csv_names(const struct kl_span *name, size_t n,
    struct kl_err *err);

/*
 * Append one value, quoted if it must be: it holds the delimiter, a quote, CR
 * or LF, or begins with a byte-order mark.  The caller writes delimiters and
 * line ends.  kl_csv_put_quoted() quotes it in any case.
 */
void kl_csv_put(struct kl_buf *b, const char *s, size_t n,
    const struct kl_csv_form *form);
void kl_csv_put_quoted(struct kl_buf *b, const char *s, size_t n,
    const struct kl_csv_form *form);

#ifdef __cplusplus
}
#endif

#endif /* KL_CSV_H */
