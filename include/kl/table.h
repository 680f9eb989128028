/* SPDX-License-Identifier: MIT */
#ifndef KL_TABLE_H
#define KL_TABLE_H

#include "kl/csv.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/table.h - rows of a text table made into records.
 *
 * A record is one JSON object whose members are the columns, in their order.
 * Every value stays the text it was, unless it is asked otherwise:
 *
 * A value becomes a number only if it is written exactly as JSON writes one
 * (no leading zero, no plus), and is then copied as it stands; true and false
 * only in these letters.  So nothing is lost by it.  Quotes make no
 * difference to types; they do to null: a value in quotes is never null.
 */

struct kl_table; /* opaque: the columns and what their values become */

/* How values become members. */
struct kl_table_form {
	/*
	 * A row of CSV with commas: "auto", which makes numbers and booleans
	 * of all that can be one, and, for single columns, their name with
	 * ":text", ":number" or ":bool".  In a column of a type any other
	 * value but an empty one is an error.  NULL: all is text.
	 */
	const char *types;
	const char *null; /* a value that is this, without quotes, becomes
			   * null; NULL: none */
};

/*
 * A table of the columns named; names and form are copied.  KL_OK; KL_EDATA
 * for names that kl_csv_names() refuses; KL_EUSAGE if types is wrong or names
 * a column that is not there; KL_ENOMEM.
 */
enum kl_rc kl_table_new(struct kl_table **to, const struct kl_span *name,
    size_t n, const struct kl_table_form *form, struct kl_err *err);
void kl_table_free(struct kl_table *t);

/* How many columns; the name of column i, borrowed. */
size_t kl_table_columns(const struct kl_table *t);
struct kl_span kl_table_name(const struct kl_table *t, size_t i);

/* True if all values are texts: neither types nor nulls were asked for. */
bool kl_table_is_plain(const struct kl_table *t);

/*
 * For those who take the values of a plain table as they stand: true if
 * kl_table_put() is sure to take the row and to append at most max bytes.
 * false says nothing.
 */
bool kl_table_fits(const struct kl_table *t, const struct kl_csv_row *row,
    size_t max);

/*
 * Append the record of a row.  KL_OK; KL_EDATA, nothing that counts being
 * appended: row_short or row_long (another number of values than columns),
 * not_number, not_bool (the field being named); KL_ENOMEM, KL_ETOOBIG if the
 * buffer cannot hold it.
 */
enum kl_rc kl_table_put(const struct kl_table *t, struct kl_buf *b,
    const struct kl_csv_row *row, struct kl_err *err);

/* Name the column that err, from kl_csv_next(), concerns, if it does one. */
void kl_table_blame(const struct kl_table *t, const struct kl_csv_row *row,
    struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_TABLE_H */
