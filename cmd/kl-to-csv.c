/* SPDX-License-Identifier: MIT */

/*
 * kl-to-csv - write records as a text table, a row each.
 *
 * Without --columns the first record decides what columns there are, and a
 * later record that has more is set aside: no value is lost unsaid.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "kl/csv.h"

static const char *columns, *delimiter;
static bool tsv, no_header, crlf, drop_unknown;

static const struct kl_opt own[] = {
	{ 0, "columns", "NAMES",
	    "columns, dotted paths too (of the first "
	    "record)",
	    KL_OPT_STR, KL_ENV_OWN, &columns, 0, 0, NULL },
	{ 0, "drop-unknown", NULL, "leave out what no column was made for",
	    KL_OPT_FLAG, KL_ENV_OWN, &drop_unknown, 0, 0, NULL },
	{ 0, "delimiter", "CHAR", "what stands between values (,); tab too",
	    KL_OPT_STR, KL_ENV_OWN, &delimiter, 0, 0, NULL },
	{ 0, "tsv", NULL, "the same as --delimiter tab", KL_OPT_FLAG,
	    KL_ENV_OWN, &tsv, 0, 0, NULL },
	{ 0, "no-header", NULL, "write no names of columns", KL_OPT_FLAG,
	    KL_ENV_OWN, &no_header, 0, 0, NULL },
	{ 0, "crlf", NULL, "end rows with CR LF", KL_OPT_FLAG, KL_ENV_OWN,
	    &crlf, 0, 0, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_stream_opts, cmd_record_opts,
	NULL };

static const struct cmd_about about = {
	.name = "kl-to-csv",
	.synopsis = "[--columns NAMES] [--delimiter CHAR] < records > table",
	.purpose = "Write records as a table of text (CSV, TSV), a row each, "
		   "with a header.\nColumns can reach into a record: "
		   "properties.Plan.",
	.examples = "  kl-pull members --list KKbLLU | kl-to-csv --columns "
		    "email,properties.Plan\n"
		    "  kl-to-csv --tsv < records.ndjson > table.tsv\n",
	.own = own,
	.groups = groups,
};

/* A column, and the value of the present record in it. */
struct column {
	struct kl_span name;
	bool dotted;
	bool seen;     /* the present record has such a member */
	uint32_t node; /* its value; 0: none */
};

struct table {
	struct column *col;
	size_t n, cap;
	struct kl_buf names; /* the names' bytes, once set() is done */
	char delimiter;
	struct kl_buf path; /* of the member that is looked at */
	struct kl_buf tmp;  /* a text without its escapes */
};

static void
table_free(struct table *t)
{
	free(t->col);
	kl_buf_free(&t->names);
	kl_buf_free(&t->path);
	kl_buf_free(&t->tmp);
}

/* Add a column; its name is put into names and found there by name_all(). */
static enum kl_rc
add_column(struct table *t, struct kl_span name, struct kl_err *err)
{
	size_t cap = t->cap != 0 ? t->cap * 2 : 32;
	struct column *col;

	if (t->n == KL_CSV_COLUMNS) {
		(void)kl_err_set(err, KL_EDATA, "more than %d columns",
		    KL_CSV_COLUMNS);
		kl_err_code(err, "column_limit");
		kl_err_hint(err, "choose some with --columns");
		return KL_EDATA;
	}
	if (t->n == t->cap) {
		if ((col = realloc(t->col, cap * sizeof(*col))) == NULL)
			return kl_err_nomem(err);
		t->col = col;
		t->cap = cap;
	}
	t->col[t->n++] = (struct column){ .name.n = name.n,
		.dotted = name.n > 0 && memchr(name.s, '.', name.n) != NULL };
	kl_buf_span(&t->names, name);
	return kl_buf_check(&t->names, err);
}

/* Point the columns at their names, which no longer move. */
static void
name_all(struct table *t)
{
	const char *s = t->names.s;
	size_t i;

	for (i = 0; i < t->n; s += t->col[i++].name.n)
		t->col[i].name.s = s;
}

/* --- a row ---------------------------------------------------------------- */

static enum kl_rc
has_nul(struct kl_span name, struct kl_err *why)
{
	(void)kl_err_set(why, KL_EDATA,
	    "a NUL character, which no table takes");
	kl_err_code(why, "value_nul");
	kl_err_field(why, name.s, name.n);
	return KL_EDATA;
}

/* The value of a column: the text of a string, anything else as written. */
static enum kl_rc
put_value(struct kl_buf *b, struct table *t, const struct kl_json *doc,
    const struct column *c, struct kl_err *why)
{
	struct kl_span s;

	if (c->node == 0 || kl_json_type(doc, c->node) == KL_JSON_NULL)
		return KL_OK;
	if (kl_json_type(doc, c->node) != KL_JSON_STRING) {
		s = kl_json_raw(doc, c->node);
	} else {
		s = kl_json_text(doc, c->node, &t->tmp);
		if (kl_buf_check(&t->tmp, why) != KL_OK)
			return why->rc;
		if (doc->node[c->node].esc && s.n > 0 &&
		    memchr(s.s, '\0', s.n) != NULL)
			return has_nul(c->name, why);
	}
	kl_csv_put(b, s.s, s.n, &(struct kl_csv_form){ .delimiter = t->delimiter });
	return KL_OK;
}

static enum kl_rc
end_row(struct cmd_filter *f, const struct kl_buf *b, size_t start,
    struct kl_err *err)
{
	struct kl_buf *row = kl_out_begin(f->out);

	/* A blank line would be no row to whoever reads it. */
	if (b->n == start)
		kl_buf_puts(row, "\"\"");
	if (crlf)
		kl_buf_putc(row, '\r');
	return kl_out_commit(f->out, err);
}

static enum kl_rc
put_header(struct cmd_filter *f, const struct table *t, struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(f->out);
	size_t start = b->n, i;

	if (no_header)
		return KL_OK;
	for (i = 0; i < t->n; i++) {
		if (i > 0)
			kl_buf_putc(b, t->delimiter);
		kl_csv_put(b, t->col[i].name.s, t->col[i].name.n, &(struct kl_csv_form){ .delimiter = t->delimiter });
	}
	return end_row(f, b, start, err);
}

static enum kl_rc
put_row(struct cmd_filter *f, struct table *t, struct kl_err *why)
{
	struct kl_buf *b = kl_out_begin(f->out);
	size_t start = b->n, i;
	enum kl_rc rc = KL_OK;

	for (i = 0; i < t->n && rc == KL_OK; i++) {
		if (i > 0)
			kl_buf_putc(b, t->delimiter);
		rc = put_value(b, t, &f->doc, &t->col[i], why);
	}
	if (rc != KL_OK) {
		kl_out_abandon(f->out);
		return rc;
	}
	if ((rc = end_row(f, b, start, why)) == KL_OK)
		f->tally.written++;
	return rc;
}

/* --- columns that were named ---------------------------------------------- */

/* True if the member's name is that. */
static bool
is_name(struct table *t, const struct kl_json *doc, uint32_t m,
    struct kl_span name)
{
	struct kl_span s = kl_json_raw(doc, m);

	if (!doc->node[m].esc)
		return s.n == name.n + 2 &&
		    memcmp(s.s + 1, name.s, name.n) == 0;
	return kl_span_eq(kl_json_text(doc, m, &t->tmp), name);
}

/* The member with that very name, looked for from *at on, around the end:
 * records have their members in the order of the columns, mostly. */
static uint32_t
find_member(struct table *t, const struct kl_json *doc, struct kl_span name,
    uint32_t *at)
{
	uint32_t m = *at, end = doc->node[0].next, steps;

	for (steps = doc->node[0].count; steps > 0; steps--) {
		if (m >= end)
			m = 1;
		if (is_name(t, doc, m, name)) {
			*at = doc->node[m + 1].next;
			return m + 1;
		}
		m = doc->node[m + 1].next;
	}
	return 0;
}

static enum kl_rc
named_row(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	struct table *t = ctx;
	uint32_t at = 1;
	struct column *c;
	size_t i;

	(void)rec;
	for (i = 0; i < t->n; i++) {
		c = &t->col[i];
		c->node = find_member(t, &f->doc, c->name, &at);
		if (c->node == 0 && c->dotted)
			c->node = kl_json_path(&f->doc, 0, c->name);
	}
	return put_row(f, t, why);
}

/* The columns of --columns. */
static void
name_columns(struct table *t)
{
	struct kl_csv *csv = kl_csv_new(NULL, &(struct kl_csv_form){ 0 });
	struct kl_err err = { 0 };
	struct kl_csv_row row;
	enum kl_rc rc;
	size_t i;

	if (csv == NULL) {
		(void)kl_err_nomem(&err);
		cmd_die(&err);
	}
	rc = kl_csv_row(csv, columns, strlen(columns), &row, &err);
	if (rc == KL_EOF)
		cmd_usage("--columns names none");
	if (rc == KL_OK)
		rc = kl_csv_names(row.field, row.n, &err);
	for (i = 0; rc == KL_OK && i < row.n; i++)
		rc = add_column(t, row.field[i], &err);
	if (rc != KL_OK)
		cmd_usage("--columns: %s", err.msg);
	name_all(t);
	kl_csv_free(csv);
}

/* --- columns of the first record ------------------------------------------ */

/* What is done with each value of a record; path is its dotted name. */
typedef enum kl_rc visit(struct table *t, const struct kl_json *doc,
    struct kl_span path, uint32_t node, size_t *at, struct kl_err *why);

/* The name of a member after the path so far, n bytes of it; a name that
 * nothing stands before is not copied unless others will follow it. */
static enum kl_rc
extend(struct table *t, struct kl_span *name, size_t n, bool top, bool follow,
    struct kl_err *why)
{
	enum kl_rc rc;

	if ((rc = kl_buf_check(&t->tmp, why)) != KL_OK || (top && !follow))
		return rc;
	t->path.n = n;
	if (!top)
		kl_buf_putc(&t->path, '.');
	kl_buf_span(&t->path, *name);
	*name = (struct kl_span){ t->path.s, t->path.n };
	return kl_buf_check(&t->path, why);
}

/* Walk the values of a record: those of objects within it by their dotted
 * names; arrays and empty objects are values. */
static enum kl_rc
walk(struct table *t, const struct kl_json *doc, uint32_t obj, visit *each,
    size_t *at, struct kl_err *why)
{
	size_t start = obj == 0 ? 0 : t->path.n;
	struct kl_span path;
	bool inside;
	enum kl_rc rc;

	kl_json_each_member (m, doc, obj) {
		inside = kl_json_type(doc, m + 1) == KL_JSON_OBJECT &&
		    doc->node[m + 1].count > 0;
		path = kl_json_text(doc, m, &t->tmp);
		if ((rc = extend(t, &path, start, obj == 0, inside, why)) !=
		    KL_OK)
			return rc;
		if (inside)
			rc = walk(t, doc, m + 1, each, at, why);
		else
			rc = each(t, doc, path, m + 1, at, why);
		if (rc != KL_OK)
			return rc;
	}
	return KL_OK;
}

/* A column for each value. */
static enum kl_rc
make_column(struct table *t, const struct kl_json *doc, struct kl_span path,
    uint32_t node, size_t *at, struct kl_err *why)
{
	(void)doc;
	(void)node;
	(void)at;
	if (path.n > 0 && memchr(path.s, '\0', path.n) != NULL)
		return has_nul((struct kl_span){ 0 }, why);
	return add_column(t, path, why);
}

/* A value that has no column.  Of null and {} nothing is lost. */
static enum kl_rc
no_column(const struct kl_json *doc, struct kl_span path, uint32_t node,
    struct kl_err *why)
{
	if (drop_unknown || kl_json_type(doc, node) == KL_JSON_NULL ||
	    kl_json_type(doc, node) == KL_JSON_OBJECT)
		return KL_OK;
	(void)kl_err_set(why, KL_EDATA,
	    "a member that the first record did not have");
	kl_err_code(why, "column_unknown");
	kl_err_field(why, path.s, path.n);
	kl_err_hint(why,
	    "name the columns with --columns, or leave such "
	    "members out with --drop-unknown");
	return KL_EDATA;
}

/* The value goes into its column, looked for from *at on. */
static enum kl_rc
take_value(struct table *t, const struct kl_json *doc, struct kl_span path,
    uint32_t node, size_t *at, struct kl_err *why)
{
	size_t i = *at, steps;

	for (steps = t->n; steps > 0; steps--, i++) {
		if (i >= t->n)
			i = 0;
		if (!kl_span_eq(t->col[i].name, path))
			continue;
		if (t->col[i].seen) {
			(void)kl_err_set(why, KL_EDATA,
			    "two members make the same column");
			kl_err_code(why, "column_twice");
			kl_err_field(why, path.s, path.n);
			kl_err_hint(why, "choose one with --columns");
			return KL_EDATA;
		}
		t->col[i].seen = true;
		t->col[i].node = node;
		*at = i + 1;
		return KL_OK;
	}
	return no_column(doc, path, node, why);
}

/* No name may be empty or stand twice, as of {"a.b":1,"a":{"b":2}}. */
static enum kl_rc
check_names(const struct table *t, struct kl_err *why)
{
	struct kl_span *name = calloc(t->n, sizeof(*name));
	enum kl_rc rc;
	size_t i;

	if (name == NULL)
		return kl_err_nomem(why);
	for (i = 0; i < t->n; i++)
		name[i] = t->col[i].name;
	rc = kl_csv_names(name, t->n, why);
	free(name);
	return rc;
}

/* Make the columns of the first record. */
static enum kl_rc
make_columns(struct cmd_filter *f, struct table *t, struct kl_err *why)
{
	enum kl_rc rc;

	t->n = 0;
	kl_buf_reset(&t->names);
	kl_buf_reset(&t->path);
	rc = walk(t, &f->doc, 0, make_column, NULL, why);
	if (rc == KL_OK && t->n == 0) {
		rc = kl_err_set(why, KL_EDATA,
		    "a record without members names no columns");
		kl_err_code(why, "column_none");
		kl_err_hint(why, "name them with --columns");
	}
	name_all(t);
	if (rc == KL_OK && (rc = check_names(t, why)) == KL_EDATA)
		kl_err_hint(why, "choose the columns with --columns");
	if (rc != KL_OK)
		t->n = 0;
	return rc;
}

static enum kl_rc
flat_row(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	struct table *t = ctx;
	bool first = t->n == 0;
	size_t at = 0, i;
	enum kl_rc rc;

	(void)rec;
	if (first && (rc = make_columns(f, t, why)) != KL_OK)
		return rc;
	for (i = 0; i < t->n; i++) {
		t->col[i].node = 0;
		t->col[i].seen = false;
	}
	kl_buf_reset(&t->path);
	rc = walk(t, &f->doc, 0, take_value, &at, why);
	if (rc == KL_OK && first)
		rc = put_header(f, t, why);
	if (rc == KL_OK)
		rc = put_row(f, t, why);
	else if (first)
		t->n = 0;
	return rc;
}

static void
choose_delimiter(struct table *t)
{
	t->delimiter = tsv ? '\t' : ',';
	if (delimiter != NULL && tsv)
		cmd_usage("--delimiter and --tsv exclude each other");
	if (delimiter != NULL && !kl_csv_delimiter(delimiter, &t->delimiter))
		cmd_usage("--delimiter: takes one ASCII character that is no "
			  "quote or newline, or tab");
	if (columns != NULL && drop_unknown)
		cmd_usage("--drop-unknown is for columns of the first record; "
			  "--columns leaves out all others anyway");
}

int
main(int argc, char *argv[])
{
	struct cmd_filter f = { 0 };
	struct kl_config config = { 0 };
	struct table t = { 0 };
	struct kl_err err = { 0 };
	enum kl_rc rc = KL_OK;

	if (cmd_start(&about, argc, argv) > 0)
		cmd_usage("takes no operands; records come on standard input");
	cmd_config(&config);
	kl_config_free(&config);
	choose_delimiter(&t);
	if (columns != NULL)
		name_columns(&t);
	cmd_filter_open(&f, about.name, STDIN_FILENO);
	if (columns != NULL)
		rc = put_header(&f, &t, &err);
	if (rc == KL_OK)
		rc = cmd_filter_run(&f, columns != NULL ? named_row : flat_row,
		    &t, &err);
	table_free(&t);
	return cmd_filter_finish(&f, rc, &err);
}
