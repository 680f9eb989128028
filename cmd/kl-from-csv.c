/* SPDX-License-Identifier: MIT */

/*
 * kl-from-csv - turn a text table into records, a row each.
 *
 * Every value stays the text it was: no blank is trimmed, nothing becomes a
 * number or a date.  That is for kl-map, which is told what a column means.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "kl/charset.h"
#include "kl/table.h"

static const char *columns, *delimiter, *quote;
static const char *encoding = "utf-8";
static struct kl_table_form values;
static bool tsv, skip_header, no_quotes;

static const struct kl_opt own[] = {
	{ 0, "columns", "NAMES", "names of the columns, if there is no header",
	    KL_OPT_STR, KL_ENV_OWN, &columns, 0, 0, NULL },
	{ 0, "skip-header", NULL, "with --columns: leave the first row out",
	    KL_OPT_FLAG, KL_ENV_OWN, &skip_header, 0, 0, NULL },
	{ 0, "delimiter", "CHAR", "what stands between values (,); tab too",
	    KL_OPT_STR, KL_ENV_OWN, &delimiter, 0, 0, NULL },
	{ 0, "tsv", NULL, "the same as --delimiter tab", KL_OPT_FLAG,
	    KL_ENV_OWN, &tsv, 0, 0, NULL },
	{ 0, "quote", "CHAR", "what values with a delimiter stand in (\")",
	    KL_OPT_STR, KL_ENV_OWN, &quote, 0, 0, NULL },
	{ 0, "no-quotes", NULL, "quotes are characters like others",
	    KL_OPT_FLAG, KL_ENV_OWN, &no_quotes, 0, 0, NULL },
	{ 0, "encoding", "NAME", "what the input is in, if it is not UTF-8",
	    KL_OPT_ENUM, KL_ENV_OWN, &encoding, 0, 0, KL_CHARSETS },
	{ 0, "types", "TYPES",
	    "auto, NAME:number, NAME:bool, NAME:text (all text)", KL_OPT_STR,
	    KL_ENV_OWN, &values.types, 0, 0, NULL },
	{ 0, "null", "TEXT", "what, without quotes, becomes null", KL_OPT_STR,
	    KL_ENV_OWN, &values.null, 0, 0, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_stream_opts, NULL };

static const struct cmd_about about = {
	.name = "kl-from-csv",
	.synopsis = "[--columns NAMES] [--delimiter CHAR] [--rejects FILE] "
		    "[FILE] > records",
	.purpose = "Turn a table of text (CSV, TSV) into records, one JSON "
		   "object a row.\nEvery value stays the text it was.",
	.examples = "  kl-from-csv customers.csv | kl-map -c sync.json\n"
		    "  kl-from-csv --delimiter ';' --rejects bad.ndjson < "
		    "export.csv\n",
	.own = own,
	.groups = groups,
};

static enum kl_rc
put_row(struct cmd_filter *f, const struct kl_table *t,
    const struct kl_csv_row *row, struct kl_err *why)
{
	struct kl_buf *b = kl_out_begin(f->out);
	size_t start = b->n;
	enum kl_rc rc;

	if ((rc = kl_table_put(t, b, row, why)) != KL_OK) {
		kl_out_abandon(f->out);
		return rc;
	}
	if (b->n - start > KL_LINE_MAX) {
		kl_out_abandon(f->out);
		(void)kl_err_set(why, KL_ETOOBIG,
		    "as a record it exceeds %zu bytes", KL_LINE_MAX);
		kl_err_code(why, "record_too_big");
		return KL_ETOOBIG;
	}
	if ((rc = kl_out_commit(f->out, why)) == KL_OK) {
		f->tally.count[KL_ACCEPTED]++;
		f->tally.written++;
	}
	return rc;
}

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

/* Set a row aside; the run ends if nothing can be read after it. */
static enum kl_rc
reject(struct cmd_filter *f, const struct kl_table *t,
    const struct kl_csv_row *row, struct kl_err *why, struct kl_err *err)
{
	struct kl_rejected what = { .line = row->line,
		.s = row->raw.s,
		.n = row->raw.n,
		.offset = row->offset };
	enum kl_rc rc;

	kl_table_blame(t, row, why);
	rc = cmd_filter_reject(f, &what, why, NULL, err);
	if (!row->last || (rc != KL_OK && rc != KL_EDATA))
		return rc;
	f->stopped_at = 0;
	return end_at(row, why, err);
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
take_header(struct kl_csv *csv, struct kl_table **t, struct kl_err *err)
{
	struct kl_csv_row row;
	struct kl_err why = { 0 };
	enum kl_rc rc;

	rc = kl_csv_next(csv, &row, &why);
	if (rc == KL_EOF) {
		cmd_note("the input is empty: there is not even a header");
		return rc;
	}
	if (rc == KL_OK && columns == NULL) {
		doubt_header(&row);
		rc = kl_table_new(t, row.field, row.n, &values, &why);
		if (rc == KL_EDATA)
			kl_err_hint(&why,
			    "the first row names the columns: correct it, or "
			    "name them with --columns (and --skip-header)");
	}
	if (rc == KL_OK)
		return KL_OK;
	return rc == KL_EDATA || rc == KL_ETOOBIG ? end_at(&row, &why, err)
						  : (*err = why, rc);
}

static enum kl_rc
convert(struct cmd_filter *f, struct kl_csv *csv, const struct kl_table *t,
    struct kl_err *err)
{
	struct kl_csv_row row;
	struct kl_err why = { 0 };
	enum kl_rc rc;

	while ((rc = kl_csv_next(csv, &row, &why)) != KL_EOF) {
		if (rc == KL_OK || rc == KL_EDATA || rc == KL_ETOOBIG)
			f->tally.read++;
		if (rc == KL_OK)
			rc = put_row(f, t, &row, &why);
		if (rc == KL_EDATA || rc == KL_ETOOBIG) {
			if ((rc = reject(f, t, &row, &why, err)) != KL_OK)
				return rc;
		} else if (rc != KL_OK) {
			*err = why;
			return rc;
		}
		kl_progress_tick(f->bar, f->tally.read, kl_lines_done(f->in));
	}
	return KL_OK;
}

/* The columns of --columns. */
static void
name_columns(struct kl_table **t)
{
	struct kl_csv *csv = kl_csv_new(NULL, &(struct kl_csv_form){ 0 });
	struct kl_err err = { 0 };
	struct kl_csv_row row;
	enum kl_rc rc;

	if (csv == NULL) {
		(void)kl_err_nomem(&err);
		cmd_die(&err);
	}
	rc = kl_csv_row(csv, columns, strlen(columns), &row, &err);
	if (rc == KL_EOF)
		cmd_usage("--columns names none");
	if (rc == KL_OK)
		rc = kl_table_new(t, row.field, row.n, &values, &err);
	if (rc == KL_EUSAGE)
		cmd_usage("%s", err.msg);
	if (rc != KL_OK)
		cmd_usage("--columns: %s", err.msg);
	kl_csv_free(csv);
}

static struct kl_csv_form
form(void)
{
	struct kl_csv_form form = { .no_quotes = no_quotes };

	if (delimiter != NULL && tsv)
		cmd_usage("--delimiter and --tsv exclude each other");
	if (delimiter != NULL && !kl_csv_delimiter(delimiter, &form.delimiter))
		cmd_usage("--delimiter: takes one ASCII character that is no "
			  "quote or newline, or tab");
	if (tsv)
		form.delimiter = '\t';
	if (quote != NULL && no_quotes)
		cmd_usage("--quote and --no-quotes exclude each other");
	if (quote != NULL && !kl_csv_quote(quote, &form.quote))
		cmd_usage("--quote: takes one visible ASCII character");
	if (form.quote != 0 &&
	    form.quote == (form.delimiter != 0 ? form.delimiter : ','))
		cmd_usage("--quote and --delimiter are the same");
	if (skip_header && columns == NULL)
		cmd_usage("--skip-header needs --columns NAMES");
	return form;
}

/* The descriptor to read. */
static int
input(const char *path)
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

/* Have the input converted, if it is in another encoding. */
static enum kl_rc
decode(struct cmd_filter *f, int fd, struct kl_csv_form *how,
    struct kl_decoder **d, struct kl_err *err)
{
	enum kl_rc rc;

	if (strcmp(encoding, "utf-8") == 0)
		return KL_OK;
	how->encoding = encoding;
	if ((rc = kl_decoder_new(d, fd, encoding, err)) == KL_OK)
		kl_lines_source(f->in, kl_decoder_read, *d);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct cmd_filter f = { 0 };
	struct kl_config config = { 0 };
	struct kl_csv_form how;
	struct kl_table *t = NULL;
	struct kl_err err = { 0 };
	struct kl_decoder *d = NULL;
	struct kl_csv *csv = NULL;
	enum kl_rc rc;
	int operands = cmd_start(&about, argc, argv), fd;

	if (operands > 1)
		cmd_usage("takes one file, or standard input");
	cmd_config(&config);
	kl_config_free(&config);
	how = form();
	if (columns != NULL)
		name_columns(&t);
	fd = input(operands > 0 ? argv[1] : NULL);
	cmd_filter_open(&f, about.name, fd);
	rc = decode(&f, fd, &how, &d, &err);
	if (rc == KL_OK && (csv = kl_csv_new(f.in, &how)) == NULL)
		rc = kl_err_nomem(&err);
	if (rc == KL_OK && (columns == NULL || skip_header))
		rc = take_header(csv, &t, &err);
	if (rc == KL_OK && cmd_common.verbose > 0)
		cmd_note("%zu columns", kl_table_columns(t));
	if (rc == KL_OK)
		rc = convert(&f, csv, t, &err);
	kl_csv_free(csv);
	kl_decoder_free(d);
	kl_table_free(t);
	return cmd_filter_finish(&f, rc == KL_EOF ? KL_OK : rc, &err);
}
