/* SPDX-License-Identifier: MIT */

/*
 * kl-to-csv - write records as a text table, a row each.
 *
 * Without --columns the first record decides what columns there are, and a
 * later record that has more is set aside: no value is lost unsaid.
 */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv-opts.h"
#include "kl/columns.h"
#include "kl/count.h"
#include "slip.h"
#include "threads.h"

static const char *columns, *null;
static bool no_header, crlf, drop_unknown, all_columns, csv_safe;

/* Which columns there are, in one way or another. */
static const struct kl_opt column_opts[] = {
	{ 0, "columns", "NAMES",
	    "columns, dotted paths too (of the first "
	    "record)",
	    KL_OPT_STR, KL_ENV_OWN, &columns, 0, 0, NULL },
	{ 0, "all-columns", NULL, "those of all records; the input is a file",
	    KL_OPT_FLAG, KL_ENV_OWN, &all_columns, 0, 0, NULL },
	{ 0, "drop-unknown", NULL, "leave out what no column was made for",
	    KL_OPT_FLAG, KL_ENV_OWN, &drop_unknown, 0, 0, NULL },
	{ 0 },
};

static const struct kl_opt row_opts[] = {
	{ 0, "null", "TEXT", "what to write for null and missing members",
	    KL_OPT_STR, KL_ENV_OWN, &null, 0, 0, NULL },
	{ 0, "csv-safe", NULL, "an apostrophe before what could be a formula",
	    KL_OPT_FLAG, KL_ENV_OWN, &csv_safe, 0, 0, NULL },
	{ 0, "no-header", NULL, "write no names of columns", KL_OPT_FLAG,
	    KL_ENV_OWN, &no_header, 0, 0, NULL },
	{ 0, "crlf", NULL, "end rows with CR LF", KL_OPT_FLAG, KL_ENV_OWN,
	    &crlf, 0, 0, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { row_opts, cmd_csv_opts,
	cmd_thread_opts, cmd_stream_opts, cmd_record_opts, NULL };

static const struct cmd_about about = {
	.name = "kl-to-csv",
	.synopsis = "[--columns NAMES] [--delimiter CHAR] < records > table",
	.purpose = "Write records as a table of text (CSV, TSV), a row each, "
		   "with a header.\nColumns can reach into a record: "
		   "properties.Plan.",
	.examples = "  kl-pull members --list KKbLLU | kl-to-csv --columns "
		    "email,properties.Plan\n"
		    "  kl-to-csv --tsv < records.ndjson > table.tsv\n",
	.own = column_opts,
	.groups = groups,
};

struct table {
	struct kl_columns *columns;
	struct kl_csv_form form;
	struct cmd_slips slips; /* of --columns */
	bool copy;		/* a thread's: it finds no columns */
};

/* --- rows ----------------------------------------------------------------- */

static enum kl_rc
end_row(struct cmd_filter *f, const struct table *t, struct kl_buf *b,
    size_t start, struct kl_err *err)
{
	/* A blank line would be no row to whoever reads it. */
	if (b->n == start)
		kl_csv_put_quoted(b, NULL, 0, &t->form);
	if (crlf)
		kl_buf_putc(b, '\r');
	return kl_out_commit(f->out, err);
}

static enum kl_rc
put_header(struct cmd_filter *f, const struct table *t, struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(f->out);
	size_t start = b->n;
	enum kl_rc rc;

	if (no_header || kl_columns_count(t->columns) == 0)
		return KL_OK;
	rc = kl_columns_header(t->columns, b, err);
	return rc == KL_OK ? end_row(f, t, b, start, err) : rc;
}

static enum kl_rc
put_row(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	struct table *t = ctx;
	struct kl_buf *b = kl_out_begin(f->out);
	size_t start = b->n;
	enum kl_rc rc;

	(void)rec;
	if (t->slips.wanted.n > 0)
		cmd_slips_look(&t->slips, &f->doc);
	if ((rc = kl_columns_row(t->columns, &f->doc, b, why)) != KL_OK) {
		kl_out_abandon(f->out);
		return rc;
	}
	if ((rc = end_row(f, t, b, start, why)) == KL_OK)
		f->tally.written++;
	return rc;
}

static enum kl_rc
no_columns(struct kl_err *why)
{
	(void)kl_err_set(why, KL_EDATA,
	    "a record without members names no columns");
	kl_err_code(why, "column_none");
	kl_err_hint(why, "name them with --columns");
	return KL_EDATA;
}

/* The columns of the first record, which is one only if it makes a row. */
static enum kl_rc
first_row(struct cmd_filter *f, const struct table *t, struct kl_err *why)
{
	struct kl_buf row = { 0 };
	enum kl_rc rc;

	if (t->copy)
		return kl_err_set(why, KL_EBUG, "no columns yet");
	rc = kl_columns_find(t->columns, &f->doc, why);
	if (rc == KL_OK && kl_columns_count(t->columns) == 0)
		rc = no_columns(why);
	if (rc == KL_OK)
		rc = kl_columns_row(t->columns, &f->doc, &row, why);
	if (rc == KL_OK)
		rc = put_header(f, t, why);
	else
		kl_columns_forget(t->columns);
	kl_buf_free(&row);
	return rc;
}

static enum kl_rc
found_row(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	const struct table *t = ctx;
	enum kl_rc rc;

	if (kl_columns_count(t->columns) == 0 &&
	    (rc = first_row(f, t, why)) != KL_OK)
		return rc;
	return put_row(ctx, f, rec, why);
}

static enum kl_rc
put_rows(void *ctx, struct cmd_filter *f, struct kl_err *err)
{
	return cmd_filter_run(f, columns != NULL ? put_row : found_row, ctx,
	    err);
}

static void
free_copy(void *copy)
{
	struct table *t = copy;

	kl_columns_free(t->columns);
	free(t);
}

/* Another table of the same columns. */
static void *
copy_table(void *ctx, struct cmd_filter *f)
{
	const struct table *t = ctx;
	struct table *to = calloc(1, sizeof(*to));

	(void)f;
	if (to == NULL)
		return NULL;
	to->form = t->form;
	to->copy = true;
	if ((to->columns = kl_columns_copy(t->columns)) != NULL)
		return to;
	free_copy(to);
	return NULL;
}

static const struct cmd_work work = {
	.run = put_rows,
	.copy = copy_table,
	.free = free_copy,
};

/* --- columns -------------------------------------------------------------- */

/* The columns of --columns. */
static void
name_columns(struct table *t)
{
	struct kl_csv_row row;
	struct kl_csv *csv = cmd_csv_names(columns, &row);
	struct kl_err err = { 0 };

	if (kl_columns_name(t->columns, row.field, row.n, &err) != KL_OK)
		cmd_usage("--columns: %s", err.msg);
	for (size_t i = 0; i < row.n; i++)
		cmd_slips_expect(&t->slips, row.field[i]);
	kl_csv_free(csv);
}

/* Show every record to the columns. */
static enum kl_rc
look_through(struct cmd_filter *f, struct kl_lines *in, const struct table *t,
    struct kl_err *err)
{
	struct cmd_record rec;
	struct kl_err why = { 0 };
	struct kl_line line;
	enum kl_rc rc;

	while ((rc = kl_lines_next(in, &line, &why)) != KL_EOF) {
		if (rc == KL_OK)
			rc = cmd_filter_parse(f, &line, &rec, &why);
		if (rc == KL_OK)
			rc = kl_columns_find(t->columns, &f->doc, &why);
		/* What is wrong with a record is told when it is read to be
		 * written; too many columns are for the whole input. */
		if (rc != KL_OK && rc != KL_AGAIN && rc != KL_ETOOBIG &&
		    (rc != KL_EDATA || strcmp(why.code, "column_limit") == 0)) {
			*err = why;
			return rc;
		}
	}
	kl_columns_found(t->columns);
	return KL_OK;
}

/* The columns of all records: the input is read, then read again. */
static enum kl_rc
find_columns(struct cmd_filter *f, const struct table *t, struct kl_err *err)
{
	struct kl_lines *in;
	struct stat st;
	enum kl_rc rc;
	off_t start;

	if (fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (start = lseek(STDIN_FILENO, 0, SEEK_CUR)) < 0)
		cmd_usage("--all-columns reads the input twice, which takes a "
			  "file: kl-to-csv --all-columns < FILE");
	if ((in = kl_lines_new(STDIN_FILENO, 0)) == NULL)
		return kl_err_nomem(err);
	rc = look_through(f, in, t, err);
	kl_lines_free(in);
	if (rc == KL_OK && lseek(STDIN_FILENO, start, SEEK_SET) < 0)
		rc = kl_err_sys(err, KL_EIO, "cannot read the input again");
	if (rc == KL_OK && cmd_common.verbose > 0)
		cmd_note("%s",
		    KL_COUNT(kl_columns_count(t->columns), "column",
			"columns"));
	return rc;
}

/* --- options -------------------------------------------------------------- */

/* What says how the table is written. */
static void
choose_form(struct kl_csv_form *form)
{
	cmd_csv_form(form);
	if (null != NULL &&
	    (strpbrk(null, "\r\n") != NULL ||
		strchr(null, form->delimiter) != NULL ||
		strchr(null, form->quote) != NULL))
		cmd_usage("--null: takes a text without delimiter, quote and "
			  "newline");
}

/* What says which columns there are. */
static void
check_columns(void)
{
	if (columns != NULL && drop_unknown)
		cmd_usage("--drop-unknown is for columns of the first record; "
			  "--columns leaves out all others anyway");
	if (columns != NULL && all_columns)
		cmd_usage("--columns and --all-columns exclude each other");
}

static enum kl_rc
convert(struct cmd_filter *f, struct table *t, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	if (all_columns)
		rc = find_columns(f, t, err);
	if (rc == KL_OK)
		rc = put_header(f, t, err);
	if (rc == KL_OK)
		rc = cmd_threads_run(f, &work, t, err);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct cmd_filter f = { 0 };
	struct kl_config config = { 0 };
	struct kl_columns_form how = { 0 };
	struct table t = { 0 };
	struct kl_err err = { 0 };
	enum kl_rc rc;

	cmd_alternatives(&about, column_opts, argc, argv);
	if (cmd_start(&about, argc, argv) > 0)
		cmd_usage("takes no operands; records come on standard input");
	cmd_config(&config);
	kl_config_free(&config);
	choose_form(&t.form);
	check_columns();
	how = (struct kl_columns_form){ .csv = t.form,
		.null = null,
		.safe = csv_safe,
		.drop = drop_unknown };
	if ((t.columns = kl_columns_new(&how)) == NULL) {
		(void)kl_err_nomem(&err);
		cmd_die(&err);
	}
	if (columns != NULL)
		name_columns(&t);
	cmd_filter_open(&f, about.name, STDIN_FILENO);
	rc = convert(&f, &t, &err);
	kl_columns_free(t.columns);
	cmd_slips_say(&t.slips);
	cmd_slips_free(&t.slips);
	return cmd_filter_finish(&f, rc, &err);
}
