/* SPDX-License-Identifier: MIT */
#ifndef CSV_CELLS_H
#define CSV_CELLS_H

#include "kl/columns.h"

/*
 * csv-cells.h - the values of a row, written.
 */

struct csv_cells {
	struct kl_csv_form form; /* made definite */
	struct kl_buf null;
	bool nulls, safe;
	unsigned char careful[256]; /* of values that begin so */
	struct kl_buf text, safer;  /* scratch */
};

/* False if memory ran out. */
bool kl_csv_cells_init(struct csv_cells *w, const struct kl_columns_form *form);
bool kl_csv_cells_copy(struct csv_cells *to, const struct csv_cells *w);
void kl_csv_cells_free(struct csv_cells *w);

/* A text, as the name of a column. */
void kl_csv_cells_text(struct csv_cells *w, struct kl_buf *b, struct kl_span s);

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
enum kl_rc kl_csv_cells_row(struct csv_cells *w, const struct kl_json *doc,
    const struct csv_where *where, size_t n, struct kl_buf *b, size_t *bad,
    struct kl_err *err);

#endif /* CSV_CELLS_H */
