/* SPDX-License-Identifier: MIT */
#ifndef CMD_TABLE_H
#define CMD_TABLE_H

#include "csv-opts.h"
#include "filter.h"
#include "kl/charset.h"
#include "kl/table.h"

/*
 * cmd/table.h - a text table as the input of a filter, its rows as records.
 *
 *	cmd_table_options(&t);
 *	cmd_filter_open(&f, "kl-name", cmd_table_input(path));
 *	rc = cmd_table_open(&t, &f, &err);
 *	while (rc == KL_OK &&
 *	    (rc = cmd_table_next(&t, &f, b, &row, &err)) == KL_OK)
 *		...
 *	cmd_table_free(&t);
 *
 * Rows are counted as read and, where they are no records, set aside.
 */

/* Option rows: --columns, --skip-header, --no-quotes, --encoding, --types,
 * --null; for use with cmd_csv_opts. */
extern const struct kl_opt cmd_table_opts[];

/* All zero is the valid empty value. */
struct cmd_table {
	struct kl_csv *csv;
	struct kl_table *columns;
	struct kl_decoder *decoder; /* NULL: the input is UTF-8 */
	struct kl_csv_form form;
	struct kl_buf record; /* scratch */
};

/* Take the options.  Ends the process with 64 on a mistake. */
void cmd_table_options(struct cmd_table *t);

/* The descriptor of a file, standard input for NULL and "-".  Ends the
 * process if there is none. */
int cmd_table_input(const char *path);

/* Begin to read the input of f, with the header where there is one.  KL_OK;
 * KL_EOF if it is empty, which is said; or what ends the run. */
enum kl_rc cmd_table_open(struct cmd_table *t, struct cmd_filter *f,
    struct kl_err *err);

/*
 * Append the record of the next row to b; where b is NULL, only see that the
 * row has one.  KL_OK, row being borrowed until the next call; KL_EOF; or what
 * ends the run, b being as it was.
 */
enum kl_rc cmd_table_next(struct cmd_table *t, struct cmd_filter *f,
    struct kl_buf *b, struct kl_csv_row *row, struct kl_err *err);

/* Set a row aside that was handed out: what becomes of its record cannot be
 * written.  KL_OK, or what ends the run. */
enum kl_rc cmd_table_reject(struct cmd_table *t, struct cmd_filter *f,
    const struct kl_csv_row *row, const struct kl_err *why, struct kl_err *err);

/* A table of the same columns whose rows come from the input of f, a thread's
 * own; NULL: out of memory.  What it borrows of t must outlive it.  And free
 * it. */
struct cmd_table *cmd_table_copy(struct cmd_table *t, struct cmd_filter *f);
void cmd_table_free_copy(struct cmd_table *copy);

void cmd_table_free(struct cmd_table *t);

#endif /* CMD_TABLE_H */
