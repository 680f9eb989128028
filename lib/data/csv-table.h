/* SPDX-License-Identifier: MIT */
#ifndef CSV_TABLE_H
#define CSV_TABLE_H

#include "kl/table.h"

/*
 * csv-table.h - the columns of a table whose rows are made into records, for
 *
 *	csv-table.c	which makes them
 *	csv-types.c	values that become something else than text
 *	csv-record.c	rows into records
 */

/* Copied at once of what stands before a value. */
#define CSV_PIECE ((size_t)32)

enum csv_type {
	CSV_TEXT,
	CSV_AUTO,
	CSV_NUMBER,
	CSV_BOOL,
};

struct csv_column {
	/* {"a":" for the first, ","b":" (closing the value before it) for the
	 * others; CSV_PIECE bytes can be read. */
	const char *before;
	size_t n;
	struct kl_span name; /* without escapes */
	enum csv_type type;
};

/* A byte as JSON writes it. */
struct csv_spelling {
	char s[7];
	unsigned char n;
};

struct kl_table {
	struct csv_column *col;
	size_t n;
	struct kl_buf pieces, names, null;
	bool nulls; /* null says which */
	bool typed; /* any column is not text */
	struct csv_spelling spelling[256];
};

/* What stands before value i, which is of column c, without the quotes of the
 * value before it and of its own. */
static inline void
csv_put_bare(struct kl_buf *b, const struct csv_column *c, size_t i)
{
	kl_buf_put(b, c->before + (i > 0), c->n - 1 - (i > 0));
}

/* Types of the columns, by the words of kl_table_form. */
enum kl_rc csv_types_set(struct kl_table *t, const char *types,
    struct kl_err *err);

/* A row whose values may be no texts; a value for each column. */
enum kl_rc csv_types_put(const struct kl_table *t, struct kl_buf *b,
    const struct kl_csv_row *row, struct kl_err *err);

#endif /* CSV_TABLE_H */
