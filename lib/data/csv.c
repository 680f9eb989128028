/* SPDX-License-Identifier: MIT */
/*
 * csv.c - libcsv, strict, one row at a time.
 *
 * The row is known to be whole, so the parser needs no help to find its way
 * after an error: it is made anew.
 */

#include <csv.h>
#include <string.h>

#include "csv-priv.h"

#define GROW ((size_t)4096) /* least bytes that libcsv's buffer grows by */

struct csv_judge {
	struct csv_parser parser;
	struct csv_form form;
	bool ready;	    /* parser is initialized */
	struct kl_buf text; /* the values; reserved before, never moves */
	struct kl_span *field;
	size_t n;
	size_t ended; /* values before the first end of a row */
	size_t rows;  /* that libcsv saw the end of */
	bool many, after_end;
};

/* Blanks belong to the value. */
static int
no_space(unsigned char c)
{
	(void)c;
	return 0;
}

static bool
ready(struct csv_judge *j)
{
	if (j->ready)
		return true;
	if (csv_init(&j->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return false;
	csv_set_delim(&j->parser, (unsigned char)j->form.delimiter);
	csv_set_quote(&j->parser, (unsigned char)j->form.quote);
	csv_set_space_func(&j->parser, no_space);
	return j->ready = true;
}

struct csv_judge *
kl_csv_judge_new(const struct csv_form *form)
{
	struct csv_judge *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->form = *form;
	j->text.max = KL_LINE_MAX + 1;
	j->field = calloc(KL_CSV_COLUMNS, sizeof(*j->field));
	if (j->field == NULL) {
		free(j);
		return NULL;
	}
	return j;
}

void
kl_csv_judge_free(struct csv_judge *j)
{
	if (j == NULL)
		return;
	if (j->ready)
		csv_free(&j->parser);
	kl_buf_free(&j->text);
	free(j->field);
	free(j);
}

/* libcsv's callbacks return nothing: what is wrong is kept for later. */
static void
take_field(void *s, size_t n, void *ctx)
{
	struct csv_judge *j = ctx;

	if (j->rows > 0)
		j->after_end = true;
	if (j->n == KL_CSV_COLUMNS) {
		j->many = true;
		return;
	}
	j->field[j->n++] = (struct kl_span){ j->text.s + j->text.n, n };
	kl_buf_put(&j->text, s, n);
}

static void
take_row(int c, void *ctx)
{
	struct csv_judge *j = ctx;

	(void)c;
	if (j->rows++ == 0)
		j->ended = j->n;
}

/* Say what libcsv stopped at; s[at] is the byte. */
static enum kl_rc
explain(struct csv_judge *j, const char *s, size_t n, size_t at,
    struct kl_err *err)
{
	if (csv_error(&j->parser) == CSV_ENOMEM ||
	    csv_error(&j->parser) == CSV_ETOOBIG)
		return kl_err_nomem(err);
	if (at >= n)
		(void)kl_err_set(err, KL_EDATA,
		    "the quote of value %zu is never closed", j->n + 1);
	else if (s[at] == j->form.quote)
		(void)kl_err_set(err, KL_EDATA,
		    "a quote within value %zu, which does not begin with one",
		    j->n + 1);
	else
		(void)kl_err_set(err, KL_EDATA,
		    "value %zu goes on after its closing quote", j->n + 1);
	kl_err_code(err, "csv_quote");
	kl_err_hint(err,
	    "a value with a quote in it stands in quotes, and the "
	    "quote in it is written twice");
	return KL_EDATA;
}

/* What the callbacks kept. */
static enum kl_rc
verdict(const struct csv_judge *j, size_t *bad, struct kl_err *err)
{
	if (j->after_end) {
		*bad = j->ended;
		(void)kl_err_set(err, KL_EDATA,
		    "value %zu has a carriage return in it and no quotes",
		    j->ended);
		kl_err_code(err, "csv_cr");
		kl_err_hint(err,
		    "quote the value, or, if lines end with CR alone, "
		    "tr '\\r' '\\n' first");
		return KL_EDATA;
	}
	if (j->many) {
		*bad = KL_CSV_COLUMNS + 1;
		(void)kl_err_set(err, KL_ETOOBIG, "more than %d values",
		    KL_CSV_COLUMNS);
		kl_err_code(err, "csv_columns");
		return KL_ETOOBIG;
	}
	if (j->rows == 0)
		return KL_EOF;
	return kl_buf_check(&j->text, err);
}

enum kl_rc
kl_csv_judge(struct csv_judge *j, const char *s, size_t n,
    const struct kl_span **field, size_t *nfield, struct kl_err *err)
{
	enum kl_rc rc;
	size_t at;

	kl_buf_reset(&j->text);
	j->n = j->rows = 0;
	j->many = j->after_end = false;
	if (!ready(j) || !kl_buf_room(&j->text, n + 1))
		return kl_err_nomem(err);
	/* So that it grows once a row, not once every few bytes. */
	csv_set_blk_size(&j->parser, n + 1 > GROW ? n + 1 : GROW);
	at = csv_parse(&j->parser, s, n, take_field, take_row, j);
	if (at == n && csv_fini(&j->parser, take_field, take_row, j) == 0) {
		*field = j->field;
		*nfield = j->n;
		return verdict(j, nfield, err);
	}
	rc = explain(j, s, n, at, err);
	*nfield = j->n + 1;
	csv_free(&j->parser);
	j->ready = false;
	return rc;
}
