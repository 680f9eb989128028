/* SPDX-License-Identifier: MIT */
/* table.c - a text table as the input of a filter, its rows as records. */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/count.h"
#include "table.h"

static struct {
	const char *columns, *encoding;
	struct kl_table_form values;
	bool skip_header, no_quotes;
} opt = { .encoding = "utf-8" };

const struct kl_opt cmd_table_opts[] = {
	{ 0, "columns", "NAMES", "names of the columns, if there is no header",
	    KL_OPT_STR, KL_ENV_OWN, &opt.columns, 0, 0, NULL },
	{ 0, "skip-header", NULL, "with --columns: leave the first row out",
	    KL_OPT_FLAG, KL_ENV_OWN, &opt.skip_header, 0, 0, NULL },
	{ 0, "no-quotes", NULL, "quotes are characters like others",
	    KL_OPT_FLAG, KL_ENV_OWN, &opt.no_quotes, 0, 0, NULL },
	{ 0, "encoding", "NAME", "what the input is in, if it is not UTF-8",
	    KL_OPT_ENUM, KL_ENV_OWN, &opt.encoding, 0, 0, KL_CHARSETS },
	{ 0, "types", "TYPES",
	    "auto, NAME:number, NAME:bool, NAME:text (all text)", KL_OPT_STR,
	    KL_ENV_OWN, &opt.values.types, 0, 0, NULL },
	{ 0, "null", "TEXT", "what, without quotes, becomes null", KL_OPT_STR,
	    KL_ENV_OWN, &opt.values.null, 0, 0, NULL },
	{ 0 },
};

/* --- options -------------------------------------------------------------- */

/* The columns of --columns. */
static void
name_columns(struct cmd_table *t)
{
	struct kl_csv_row row;
	struct kl_csv *csv = cmd_csv_names(opt.columns, &row);
	struct kl_err err = { 0 };
	enum kl_rc rc;

	rc = kl_table_new(&t->columns, row.field, row.n, &opt.values, &err);
	if (rc == KL_EUSAGE)
		cmd_usage("%s", err.msg);
	if (rc != KL_OK)
		cmd_usage("--columns: %s", err.msg);
	kl_csv_free(csv);
}

void
cmd_table_options(struct cmd_table *t)
{
	t->form.no_quotes = opt.no_quotes;
	cmd_csv_form(&t->form);
	if (opt.skip_header && opt.columns == NULL)
		cmd_usage("--skip-header needs --columns NAMES");
	if (opt.columns != NULL)
		name_columns(t);
}

int
cmd_table_input(const char *path)
{
	struct kl_err err = { 0 };
	struct stat st;
	int fd;

	if (path == NULL || strcmp(path, "-") == 0)
		return STDIN_FILENO;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		(void)kl_err_sys(&err, KL_ENOINPUT, "cannot read %s", path);
		cmd_die(&err);
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		(void)kl_err_set(&err, KL_ENOINPUT,
		    "cannot read %s: it is a directory", path);
		cmd_die(&err);
	}
	return fd;
}

/* --- the header ----------------------------------------------------------- */

/* End the run at a row, tolerance or not. */
static enum kl_rc
end_at(const struct kl_csv_row *row, const struct kl_err *why,
    struct kl_err *err)
{
	(void)kl_err_set(err, why->rc, "line %llu: %s",
	    (unsigned long long)row->line, why->msg);
	kl_err_code(err, why->code);
	kl_err_hint(err, "%s", why->hint);
	return why->rc;
}

/* One delimiter too few on the command line is the commonest mistake, and
 * nothing would be wrong with the rows. */
static void
doubt_header(const struct kl_csv_row *row)
{
	static const char others[] = ";\t|,";
	size_t i;

	for (i = 0; row->n == 1 && others[i] != '\0'; i++)
		if (memchr(row->field[0].s, others[i], row->field[0].n)) {
			cmd_note("warning: the header is a single column with "
				 "\"%s\" in it; is --delimiter missing?",
			    others[i] == '\t'	   ? "tab"
				: others[i] == ';' ? ";"
				: others[i] == '|' ? "|"
						   : ",");
			return;
		}
}

/* The first row: the names of the columns, or to be left out. */
static enum kl_rc
take_header(struct cmd_table *t, struct kl_err *err)
{
	struct kl_csv_row row;
	struct kl_err why = { 0 };
	enum kl_rc rc;

	rc = kl_csv_next(t->csv, &row, &why);
	if (rc == KL_EOF) {
		cmd_note("the input is empty: there is not even a header");
		return rc;
	}
	if (rc == KL_OK && opt.columns == NULL) {
		doubt_header(&row);
		rc = kl_table_new(&t->columns, row.field, row.n, &opt.values,
		    &why);
		if (rc == KL_EDATA)
			kl_err_hint(&why,
			    "the first row names the columns: correct it, or "
			    "name them with --columns (and --skip-header)");
	}
	if (rc == KL_OK)
		return KL_OK;
	if (rc == KL_EDATA && row.raw.n > 1 && memcmp(row.raw.s, "{\"", 2) == 0)
		kl_err_hint(&why,
		    "these are records, no table: kl-map reads them without "
		    "--from csv; of rows that were set aside as text, "
		    "jq -r '.raw // empty' makes a table");
	return rc == KL_EDATA || rc == KL_ETOOBIG ? end_at(&row, &why, err)
						  : (*err = why, rc);
}

/* Have the input converted, if it is in another encoding. */
static enum kl_rc
decode(struct cmd_table *t, struct cmd_filter *f, struct kl_err *err)
{
	enum kl_rc rc;

	if (strcmp(opt.encoding, "utf-8") == 0)
		return KL_OK;
	t->form.encoding = opt.encoding;
	rc = kl_decoder_new(&t->decoder, f->fd, opt.encoding, err);
	if (rc == KL_OK)
		kl_lines_source(f->in, kl_decoder_read, t->decoder);
	return rc;
}

enum kl_rc
cmd_table_open(struct cmd_table *t, struct cmd_filter *f, struct kl_err *err)
{
	enum kl_rc rc = decode(t, f, err);

	if (rc == KL_OK && (t->csv = kl_csv_new(f->in, &t->form)) == NULL)
		rc = kl_err_nomem(err);
	if (rc == KL_OK && (opt.columns == NULL || opt.skip_header))
		rc = take_header(t, err);
	if (rc == KL_OK && cmd_common.verbose > 0)
		cmd_note("%s",
		    KL_COUNT(kl_table_columns(t->columns), "column",
			"columns"));
	return rc;
}

/* --- rows ----------------------------------------------------------------- */

/* Set a row aside; the run ends if nothing can be read after it. */
static enum kl_rc
reject(const struct cmd_table *t, struct cmd_filter *f,
    const struct kl_csv_row *row, struct kl_err *why, struct kl_err *err)
{
	struct kl_rejected what = { .line = row->line,
		.s = row->raw.s,
		.n = row->raw.n,
		.offset = row->offset };
	enum kl_rc rc;

	kl_table_blame(t->columns, row, why);
	rc = cmd_filter_reject(f, &what, why, NULL, err);
	if (!row->last || (rc != KL_OK && rc != KL_EDATA))
		return rc;
	f->stopped_at = 0;
	return end_at(row, why, err);
}

/* Append the record of a row, or see that it can be done. */
static enum kl_rc
put_row(struct cmd_table *t, struct kl_buf *b, const struct kl_csv_row *row,
    struct kl_err *why)
{
	size_t start;
	enum kl_rc rc;

	if (b == NULL) {
		if (kl_table_fits(t->columns, row, KL_LINE_MAX))
			return KL_OK;
		b = &t->record;
		kl_buf_reset(b);
	}
	start = b->n;
	rc = kl_table_put(t->columns, b, row, why);
	if (rc == KL_OK && b->n - start > KL_LINE_MAX) {
		rc = kl_err_set(why, KL_ETOOBIG,
		    "as a record it exceeds %zu bytes", KL_LINE_MAX);
		kl_err_code(why, "record_too_big");
	}
	if (rc != KL_OK) {
		b->n = start;
		b->rc = KL_OK;
	}
	return rc;
}

enum kl_rc
cmd_table_next(struct cmd_table *t, struct cmd_filter *f, struct kl_buf *b,
    struct kl_csv_row *row, struct kl_err *err)
{
	struct kl_err why;
	enum kl_rc rc;

	if (cmd_filter_pauses(f))
		return KL_EOF;
	kl_err_clear(&why);
	while ((rc = kl_csv_next(t->csv, row, &why)) != KL_EOF) {
		if (rc == KL_OK || rc == KL_EDATA || rc == KL_ETOOBIG)
			f->tally.read++;
		kl_progress_tick(f->bar, f->tally.read, kl_lines_done(f->in));
		if (rc == KL_OK) {
			rc = put_row(t, b, row, &why);
			if (rc == KL_OK)
				return rc;
			if (rc != KL_EDATA && rc != KL_ETOOBIG)
				cmd_filter_broke_off(f);
		}
		if (rc != KL_EDATA && rc != KL_ETOOBIG) {
			*err = why;
			return rc;
		}
		if ((rc = reject(t, f, row, &why, err)) != KL_OK)
			return rc;
	}
	return rc;
}

enum kl_rc
cmd_table_reject(struct cmd_table *t, struct cmd_filter *f,
    const struct kl_csv_row *row, const struct kl_err *why, struct kl_err *err)
{
	struct kl_rejected what = { .line = row->line, .record = true };
	enum kl_rc rc;

	kl_buf_reset(&t->record);
	if ((rc = kl_table_put(t->columns, &t->record, row, err)) != KL_OK)
		return rc;
	what.s = t->record.s;
	what.n = t->record.n;
	return cmd_filter_reject(f, &what, why, NULL, err);
}

struct cmd_table *
cmd_table_copy(struct cmd_table *t, struct cmd_filter *f)
{
	struct cmd_table *to = calloc(1, sizeof(*to));

	if (to == NULL)
		return NULL;
	to->columns = t->columns;
	if ((to->csv = kl_csv_new(f->in, &t->form)) == NULL) {
		free(to);
		return NULL;
	}
	kl_csv_begun(to->csv);
	return to;
}

void
cmd_table_free_copy(struct cmd_table *copy)
{
	kl_csv_free(copy->csv);
	kl_buf_free(&copy->record);
	free(copy);
}

void
cmd_table_free(struct cmd_table *t)
{
	kl_buf_free(&t->record);
	kl_csv_free(t->csv);
	kl_decoder_free(t->decoder);
	kl_table_free(t->columns);
}
