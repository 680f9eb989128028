/* SPDX-License-Identifier: MIT */
/* csv-rows.c - lines into rows. */

#include <stdlib.h>
#include <string.h>

#include "csv-split.h"
#include "kl/json.h"

struct kl_csv {
	struct kl_lines *in;
	struct csv_form form;
	const char *encoding;
	struct csv_judge *judge;
	struct csv_split split; /* of what was read ahead */
	uint64_t offset;	/* of the next row there */
	struct csv_split one;	/* of a row that was found in other ways */
	struct csv_row row;	/* that keeps the rules */
	struct kl_buf text;	/* the values of it that were copied */
	struct kl_buf join;	/* a row of several lines */
	struct csv_sync sync;	/* the row so far, once it is not plain */
	bool begun;		/* past the place for a byte-order mark */
	bool ended;
};

/* A row that is sought over several lines. */
struct search {
	struct kl_line line; /* the last of them so far */
	struct kl_span text; /* all of them */
	uint64_t opened;     /* line on which a quote was last opened */
	bool big;	     /* over the limit: the text was dropped */
};

/* The part of a line over the limit: it may hold quotes. */
static void
dropped(void *ctx, const char *s, size_t n)
{
	struct kl_csv *c = ctx;

	kl_csv_sync_feed(&c->sync, &c->form, s, n);
}

struct kl_csv *
kl_csv_new(struct kl_lines *in, const struct kl_csv_form *form)
{
	struct kl_csv *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->in = in;
	c->encoding = form->encoding;
	c->form.delimiter = form->delimiter != 0 ? form->delimiter : ',';
	c->form.quote = form->no_quotes ? '\0'
	    : form->quote != 0		? form->quote
					: '"';
	c->join.max = c->text.max = KL_LINE_MAX + 1;
	c->row.field = calloc(CSV_FIELDS, sizeof(*c->row.field));
	c->row.rough = calloc(CSV_FIELDS, sizeof(*c->row.rough));
	c->row.text = &c->text;
	c->judge = kl_csv_judge_new(&c->form);
	if (c->row.field == NULL || c->row.rough == NULL || c->judge == NULL) {
		kl_csv_free(c);
		return NULL;
	}
	if (in != NULL)
		kl_lines_dropped(in, dropped, c);
	return c;
}

void
kl_csv_begun(struct kl_csv *c)
{
	c->begun = true;
}

void
kl_csv_free(struct kl_csv *c)
{
	if (c == NULL)
		return;
	if (c->in != NULL)
		kl_lines_dropped(c->in, NULL, NULL);
	kl_csv_judge_free(c->judge);
	kl_buf_free(&c->join);
	kl_buf_free(&c->text);
	free(c->row.field);
	free(c->row.rough);
	free(c);
}

/* Which of the values is not UTF-8, and what to do about it. */
static enum kl_rc
not_utf8(const struct kl_csv *c, struct kl_csv_row *row, struct kl_err *err)
{
	size_t i;

	for (i = 0; i < row->n; i++)
		if (!kl_utf8_valid(row->field[i].s, row->field[i].n))
			break;
	row->bad = i + 1;
	(void)kl_err_set(err, KL_EDATA, "value %zu is not %s", i + 1,
	    c->encoding != NULL ? c->encoding : "UTF-8");
	kl_err_code(err, "csv_utf8");
	if (c->encoding != NULL)
		return KL_EDATA;
	kl_err_hint(err,
	    "--encoding windows-1252, or whatever the input is in");
	return KL_EDATA;
}

static enum kl_rc
has_nul(struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA, "a NUL byte");
	kl_err_code(err, "csv_nul");
	kl_err_hint(err, "if the input is UTF-16: --encoding utf-16");
	return KL_EDATA;
}

/* The text without CRs around it: of CR LF, or, as to libcsv, the ends of
 * blank rows. */
static struct kl_span
without_crs(struct kl_span s)
{
	while (s.n > 0 && *s.s == '\r') {
		s.s++;
		s.n--;
	}
	while (s.n > 0 && s.s[s.n - 1] == '\r')
		s.n--;
	return s;
}

/* Split the row; true if it keeps the rules of quoting. */
static bool
splits(struct kl_csv *c, const struct kl_csv_row *row)
{
	struct kl_span s = without_crs(row->raw);

	if (s.n == 0)
		return false;
	kl_csv_split_begin(&c->one, &c->form, s.s, s.n, true);
	return kl_csv_split(&c->one, &c->row) == SPLIT_OK;
}

/* A row that keeps the rules of quoting: what remains to be looked at. */
static enum kl_rc
accept(struct kl_csv *c, struct kl_csv_row *row, struct kl_err *err)
{
	row->field = c->row.field;
	row->n = c->row.n;
	row->quote = c->form.quote;
	row->roughs = c->row.roughs;
	row->rough = c->row.rough;
	row->plain = row->roughs == 0;
	if (!row->plain && memchr(row->raw.s, '\0', row->raw.n) != NULL)
		return has_nul(err);
	if (c->row.high && !kl_csv_utf8(row->raw.s, row->raw.n))
		return not_utf8(c, row, err);
	return KL_OK;
}

/* The row through libcsv. */
static enum kl_rc
judge(struct kl_csv *c, struct kl_csv_row *row, struct kl_err *err)
{
	enum kl_rc rc;

	if (memchr(row->raw.s, '\0', row->raw.n) != NULL)
		return has_nul(err);
	row->plain = false;
	row->quote = '\0';
	rc = kl_csv_judge(c->judge, row->raw.s, row->raw.n, &row->field,
	    &row->n, err);
	if (rc == KL_OK && !kl_utf8_valid(row->raw.s, row->raw.n))
		return not_utf8(c, row, err);
	if (rc == KL_EDATA || rc == KL_ETOOBIG)
		row->bad = row->n;
	return rc;
}

enum kl_rc
kl_csv_row(struct kl_csv *c, const char *s, size_t n, struct kl_csv_row *row,
    struct kl_err *err)
{
	*row = (struct kl_csv_row){ .raw = { s, n } };
	if (without_crs(row->raw).n == 0)
		return KL_EOF;
	if (splits(c, row))
		return accept(c, row, err);
	return judge(c, row, err);
}

/* Add a line to the row that is sought; true if it is the row's last. */
static bool
add_line(struct kl_csv *c, struct search *f)
{
	const struct kl_line *line = &f->line;

	if (c->form.quote == '\0')
		return true;
	if (line->s != NULL)
		kl_csv_sync_feed(&c->sync, &c->form, line->s, line->n);
	if (c->sync.opened)
		f->opened = line->no;
	c->sync.opened = false;
	return kl_csv_sync_ended(&c->sync);
}

/* Keep what is there of the row before the line is gone. */
static enum kl_rc
keep_line(struct kl_csv *c, struct search *f, struct kl_err *err)
{
	if (f->line.s == NULL || c->join.n + f->line.n >= KL_LINE_MAX)
		f->big = true;
	if (f->big)
		return KL_OK;
	kl_buf_put(&c->join, f->line.s, f->line.n);
	kl_buf_putc(&c->join, '\n');
	return kl_buf_check(&c->join, err);
}

/* The input ended within quotes. */
static enum kl_rc
never_closed(struct kl_csv *c, const struct search *f, struct kl_csv_row *row,
    struct kl_err *err)
{
	c->ended = row->last = true;
	row->eol = f->line.eol;
	row->raw.n = (size_t)(f->line.offset + f->line.n - row->offset);
	row->raw.s = f->big ? NULL : c->join.s;
	(void)kl_err_set(err, KL_EDATA,
	    "the quote opened on line %llu is never closed",
	    (unsigned long long)f->opened);
	kl_err_code(err, "csv_open");
	kl_err_hint(err,
	    "the input was cut short, or a quote in a value is not written "
	    "twice");
	return KL_EDATA;
}

static enum kl_rc
too_long(struct kl_csv_row *row, struct kl_err *err)
{
	row->raw.s = NULL;
	(void)kl_err_set(err, KL_ETOOBIG,
	    "row of %zu bytes, over the limit of %zu", row->raw.n, KL_LINE_MAX);
	kl_err_code(err, "row_too_long");
	kl_err_hint(err, "is a quote left open?");
	return KL_ETOOBIG;
}

/* The text without the CR of a CRLF. */
static struct kl_span
without_cr(struct kl_span s)
{
	if (s.n > 0 && s.s[s.n - 1] == '\r')
		s.n--;
	return s;
}

/* The row that begins with the line and is not plain: find its end, have it
 * judged.  rc is what reading the line returned. */
static enum kl_rc
search(struct kl_csv *c, struct search *f, enum kl_rc rc,
    struct kl_csv_row *row, struct kl_err *err)
{
	kl_buf_reset(&c->join);
	f->opened = f->line.no;
	while (!add_line(c, f)) {
		if ((rc = keep_line(c, f, err)) != KL_OK)
			return rc;
		kl_csv_sync_newline(&c->sync);
		rc = kl_lines_next(c->in, &f->line, err);
		if (rc == KL_EOF)
			return never_closed(c, f, row, err);
		if (rc != KL_OK && rc != KL_ETOOBIG)
			return rc;
	}
	row->eol = f->line.eol;
	row->raw.n = (size_t)(f->line.offset + f->line.n - row->offset);
	if (f->line.s == NULL || f->big || row->raw.n > KL_LINE_MAX)
		return too_long(row, err);
	row->raw.s = f->line.s;
	if (c->join.n > 0) {
		kl_buf_put(&c->join, f->line.s, f->line.n);
		if ((rc = kl_buf_check(&c->join, err)) != KL_OK)
			return rc;
		row->raw.s = c->join.s;
	}
	row->raw = without_cr(row->raw);
	if (c->join.n > 0 && splits(c, row))
		return accept(c, row, err);
	return judge(c, row, err);
}

/* The first line: step over a byte-order mark, refuse UTF-16. */
static enum kl_rc
begin(struct kl_csv *c, struct kl_line *line, struct kl_csv_row *row,
    struct kl_err *err)
{
	if (line->n >= 3 && memcmp(line->s, "\xEF\xBB\xBF", 3) == 0) {
		line->s += 3;
		line->n -= 3;
		line->offset += 3;
	}
	if (line->n < 2 ||
	    (memcmp(line->s, "\xFF\xFE", 2) != 0 &&
		memcmp(line->s, "\xFE\xFF", 2) != 0))
		return KL_OK;
	c->ended = row->last = true;
	row->raw = (struct kl_span){ line->s, line->n };
	row->line = line->no;
	(void)kl_err_set(err, KL_EDATA, "the input is UTF-16");
	kl_err_code(err, "csv_utf16");
	kl_err_hint(err, "--encoding utf-16");
	return KL_EDATA;
}

/* One row by its lines, or KL_AGAIN for a blank line. */
static enum kl_rc
next_by_lines(struct kl_csv *c, struct kl_csv_row *row, struct kl_err *err)
{
	struct search f = { 0 };
	enum kl_rc rc;

	c->sync = (struct csv_sync){ 0 };
	rc = kl_lines_next(c->in, &f.line, err);
	if (rc != KL_OK && rc != KL_ETOOBIG)
		return rc;
	if (!c->begun && rc == KL_OK &&
	    (rc = begin(c, &f.line, row, err)) != KL_OK)
		return rc;
	c->begun = true;
	row->line = f.line.no;
	row->offset = f.line.offset;
	row->eol = f.line.eol;
	if (rc == KL_OK) {
		row->raw = without_cr((struct kl_span){ f.line.s, f.line.n });
		if (row->raw.n == 0 || without_crs(row->raw).n == 0)
			return KL_AGAIN;
		if (splits(c, row))
			return accept(c, row, err);
	}
	rc = search(c, &f, rc, row, err);
	return rc == KL_EOF ? KL_AGAIN : rc;
}

/* True if what was read ahead is what is being split. */
static inline bool
goes_on(const struct kl_csv *c, const struct kl_line *ahead)
{
	const struct csv_split *p = &c->split;

	return p->s != NULL && p->s + p->from == ahead->s &&
	    p->n - p->from == ahead->n && c->offset == ahead->offset;
}

/*
 * Split the next row of what was read ahead, of which there may be more.
 * SPLIT_OK, the row being taken out of it; SPLIT_ODD if its lines have to be
 * looked at one by one; SPLIT_MORE.
 */
static inline enum csv_split_rc
split_ahead(struct kl_csv *c, struct kl_csv_row *row, size_t *had)
{
	struct kl_line ahead;
	enum csv_split_rc rc;
	size_t used;

	kl_lines_peek(c->in, &ahead);
	*had = ahead.n;
	if (ahead.n == 0)
		return SPLIT_MORE;
	if (!goes_on(c, &ahead))
		kl_csv_split_begin(&c->split, &c->form, ahead.s, ahead.n,
		    false);
	rc = kl_csv_split(&c->split, &c->row);
	if (rc != SPLIT_OK) {
		c->split.s = NULL;
		return rc;
	}
	row->raw = c->row.raw;
	row->spare = ahead.spare;
	row->line = ahead.no;
	row->offset = ahead.offset;
	row->eol = true;
	used = (size_t)(c->split.s + c->row.end + 1 - ahead.s);
	c->offset = ahead.offset + used;
	kl_lines_take(c->in, used, c->row.lines + 1);
	return SPLIT_OK;
}

/* One row, or KL_AGAIN for a blank line. */
static enum kl_rc
next(struct kl_csv *c, struct kl_csv_row *row, struct kl_err *err)
{
	enum csv_split_rc found = SPLIT_ODD;
	size_t had = 0, before;
	enum kl_rc rc;

	while (c->begun) {
		before = had;
		found = split_ahead(c, row, &had);
		/* A row that does not come to its end is for those who do not
		 * look at all of it again. */
		if (found != SPLIT_MORE || had >= KL_BLOCK ||
		    (had > 0 && had == before))
			break;
		rc = kl_lines_more(c->in, err);
		if (rc == KL_EOF)
			break;
		if (rc != KL_OK)
			return rc;
	}
	if (found != SPLIT_OK)
		return next_by_lines(c, row, err);
	return row->raw.n == 0 ? KL_AGAIN : accept(c, row, err);
}

enum kl_rc
kl_csv_next(struct kl_csv *c, struct kl_csv_row *row, struct kl_err *err)
{
	enum kl_rc rc;

	do {
		*row = (struct kl_csv_row){ 0 };
		rc = c->ended ? KL_EOF : next(c, row, err);
	} while (rc == KL_AGAIN);
	return rc;
}
