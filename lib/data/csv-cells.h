/* SPDX-License-Identifier: MIT */
#ifndef CSV_CELLS_H
#define CSV_CELLS_H

#include "kl/columns.h"
#include "kl/cpu.h"

/*
 * csv-cells.h - the values of a row, written, for csv-columns.h.
 *
 *	csv-cells.c	a row of them: csv-row.h, which is
 *	csv-cells-avx2.c	compiled twice
 *	csv-cell.c	one that is not simply copied
 */

struct csv_cells;

/* Where the values of a row are: number i is node[of[i]] of the record, or
 * missing if that is 0. */
struct csv_where {
	const uint32_t *node;
	const uint32_t *of;
};

/*
 * The values of a record, n of them.  KL_OK; KL_EDATA for a NUL in value *bad
 * (from 0); KL_ENOMEM, KL_ETOOBIG.
 */
typedef enum kl_rc csv_put_row(struct csv_cells *w, const struct kl_json *doc,
    const struct csv_where *where, size_t n, struct kl_buf *b, size_t *bad,
    struct kl_err *err);

/* What is to be known of a value by the type of its node, and 16 if that has
 * escapes; 0 is what is missing. */
#define CSV_KINDS 32
struct csv_kind {
	uint32_t some;	     /* all bits set, or none if nothing is written */
	unsigned char quote; /* 1 if it stands in quotes */
	bool other;	     /* it is not simply copied */
	bool escaped;	     /* a text that has escapes */
};

struct csv_cells {
	struct kl_csv_form form; /* made definite */
	struct kl_buf null;
	bool nulls, safe;
	unsigned char careful[256]; /* of values that begin so */
	struct csv_kind kind[CSV_KINDS];
	csv_put_row *row;	   /* for this processor */
	struct kl_buf text, safer; /* scratch */
};

csv_put_row kl_csv_row_plain;
#if KL_CPU_WIDE
csv_put_row kl_csv_row_avx2; /* kl_cpu_wide() */
#endif

/* False if memory ran out. */
bool kl_csv_cells_init(struct csv_cells *w, const struct kl_columns_form *form);
bool kl_csv_cells_copy(struct csv_cells *to, const struct csv_cells *w);
void kl_csv_cells_free(struct csv_cells *w);

/* Which bytes a value begins with that may not simply be copied. */
void kl_csv_cells_beware(struct csv_cells *w, const char *null);

/* A text, as the name of a column. */
void kl_csv_cells_text(struct csv_cells *w, struct kl_buf *b, struct kl_span s);

/* Any value, with all there is to look at; text if it is one. */
void kl_csv_cells_put(struct csv_cells *w, struct kl_buf *b, struct kl_span s,
    bool text);

/* Fail: a NUL in the value of a column, or in a name (n is 0). */
enum kl_rc kl_csv_cells_nul(struct kl_span name, struct kl_err *err);

#endif /* CSV_CELLS_H */
