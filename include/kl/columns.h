/* SPDX-License-Identifier: MIT */
#ifndef KL_COLUMNS_H
#define KL_COLUMNS_H

#include "kl/csv.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/columns.h - records made into rows of a text table.
 *
 * The columns are either named, or found in records.
 *
 * A name is the member of that very name, or else a dotted path, as
 * kl_json_path() reads it.  What no column names is left out.
 *
 * Columns that are found are the members of the records shown to
 * kl_columns_find(), those of an object within a record under dotted names.
 * A later record with another member is refused, so that nothing is lost
 * unsaid; one that is null or an empty object may be new.
 *
 * A text is written without its quotes and escapes, any other value as it
 * stands.  Null and missing are an empty value, or the text of null.
 */

struct kl_columns; /* opaque */

/* How values are written.  All zero: CSV. */
struct kl_columns_form {
	struct kl_csv_form csv; /* no_quotes is of no effect */
	const char *null;	/* written for null and missing members; a
				 * value that is the same stands in quotes.
				 * Without delimiter, quote and line end.
				 * NULL: nothing is written */
	bool safe; /* a text that a spreadsheet could take for a formula (it
		    * begins with = + - @, a tab, CR or LF, or the wide form
		    * of one of the four) gets an apostrophe before it */
	bool drop; /* leave out members that were not found before */
};

/* Columns, none yet; form is copied.  NULL only when out of memory. */
struct kl_columns *kl_columns_new(const struct kl_columns_form *form);
void kl_columns_free(struct kl_columns *c);

/* The same columns once more, with nothing shared: for another thread.  NULL
 * only when out of memory. */
struct kl_columns *kl_columns_copy(const struct kl_columns *c);

/* Name the columns, once.  KL_OK; KL_EDATA as kl_csv_names(); KL_ENOMEM. */
enum kl_rc kl_columns_name(struct kl_columns *c, const struct kl_span *name,
    size_t n, struct kl_err *err);

/*
 * Find columns in a record (node 0 of doc is an object): those it has and no
 * record before it had are added.  KL_OK; KL_EDATA (column_unnamed,
 * column_limit, value_nul), what was found before it being kept; KL_ENOMEM.
 */
enum kl_rc kl_columns_find(struct kl_columns *c, const struct kl_json *doc,
    struct kl_err *err);

/* All records were shown: columns that were null or empty objects throughout
 * and have members of their own elsewhere are left out. */
void kl_columns_found(struct kl_columns *c);

/* How many columns.  Forget those that were found. */
size_t kl_columns_count(const struct kl_columns *c);
void kl_columns_forget(struct kl_columns *c);

/* Append the names, or the values of a record, as one row without its end.
 * KL_OK; KL_EDATA (column_unknown, column_twice, value_nul), the member being
 * named, and something being appended; KL_ENOMEM; KL_ETOOBIG. */
enum kl_rc kl_columns_header(struct kl_columns *c, struct kl_buf *b,
    struct kl_err *err);
enum kl_rc kl_columns_row(struct kl_columns *c, const struct kl_json *doc,
    struct kl_buf *b, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_COLUMNS_H */
