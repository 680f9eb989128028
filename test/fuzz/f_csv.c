/* SPDX-License-Identifier: MIT */
/*
 * f_csv.c - the table reader against libcsv.
 *
 * libcsv reads the whole input at once, strictly; the reader reads it a row
 * at a time, most rows without libcsv.  Where both are content they must
 * agree on every value; where libcsv is content the reader may only object to
 * what libcsv does not look at.  Each value, written, must read back.
 */

#include <assert.h>
#include <csv.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kl/csv.h"

/* The values as libcsv and the reader see them: each ends with 0xFF, which
 * is no UTF-8, each row with two. */
struct seen {
	struct kl_buf text;
	bool objected; /* any row was set aside */
	bool serious;  /* for a reason that libcsv should share */
};

static int
no_space(unsigned char c)
{
	(void)c;
	return 0;
}

static void
take_field(void *s, size_t n, void *ctx)
{
	struct seen *v = ctx;

	kl_buf_put(&v->text, s, n);
	kl_buf_putc(&v->text, '\xFF');
}

static void
take_row(int c, void *ctx)
{
	struct seen *v = ctx;

	(void)c;
	kl_buf_putc(&v->text, '\xFF');
}

/* The whole input through libcsv. */
static void
all_at_once(struct seen *v, const char *s, size_t n,
    const struct kl_csv_form *form)
{
	struct csv_parser p;

	if (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0) {
		s += 3;
		n -= 3;
	}
	assert(csv_init(&p, CSV_STRICT | CSV_STRICT_FINI) == 0);
	csv_set_delim(&p, (unsigned char)form->delimiter);
	csv_set_quote(&p, (unsigned char)form->quote);
	csv_set_space_func(&p, no_space);
	if (csv_parse(&p, s, n, take_field, take_row, v) != n ||
	    csv_fini(&p, take_field, take_row, v) != 0)
		v->objected = true;
	csv_free(&p);
}

/* What is written reads back, and what was quoted is again. */
static void
round_trip(struct kl_csv *memory, const struct kl_csv_row *row,
    const struct kl_csv_form *form)
{
	struct kl_buf b = { 0 };
	struct kl_csv_row back;
	size_t i;

	for (i = 0; i < row->n; i++) {
		if (i > 0)
			kl_buf_putc(&b, form->delimiter);
		(kl_csv_quoted(row, i) ? kl_csv_put_quoted : kl_csv_put)(&b,
		    row->field[i].s, row->field[i].n, form);
	}
	if (b.n == 0)
		kl_csv_put_quoted(&b, NULL, 0, form);
	assert(kl_csv_row(memory, b.s, b.n, &back, NULL) == KL_OK);
	assert(back.n == row->n);
	for (i = 0; i < row->n; i++)
		assert(kl_span_eq(back.field[i], row->field[i]) &&
		    (kl_csv_quoted(&back, i) || !kl_csv_quoted(row, i)));
	kl_buf_free(&b);
}

/* No byte that JSON would have to escape. */
static void
check_plain(const struct kl_csv_row *row)
{
	size_t i, k;

	for (i = 0; row->plain && i < row->n; i++)
		for (k = 0; k < row->field[i].n; k++) {
			unsigned char c = (unsigned char)row->field[i].s[k];

			assert(c >= ' ' && c != '"' && c != '\\');
		}
}

static void
row_by_row(struct seen *v, int fd, const struct kl_csv_form *form)
{
	struct kl_lines *in = kl_lines_new(fd, 0);
	struct kl_csv *c = kl_csv_new(in, form),
		      *memory = kl_csv_new(NULL, form);
	struct kl_err err = { 0 };
	struct kl_csv_row row;
	uint64_t line = 0;
	enum kl_rc rc;
	size_t i;

	while ((rc = kl_csv_next(c, &row, &err)) != KL_EOF) {
		assert(row.line > line);
		line = row.line;
		if (rc != KL_OK) {
			assert(rc == KL_EDATA || rc == KL_ETOOBIG);
			assert(err.code[0] != '\0' && row.raw.s != NULL);
			v->objected = true;
			v->serious |= strcmp(err.code, "csv_quote") == 0 ||
			    strcmp(err.code, "csv_open") == 0;
			continue;
		}
		for (i = 0; i < row.n; i++)
			take_field((void *)(uintptr_t)row.field[i].s,
			    row.field[i].n, v);
		take_row(0, v);
		/* libcsv is for explaining what is wrong. */
		assert(row.quote == form->quote);
		check_plain(&row);
		round_trip(memory, &row, form);
	}
	kl_csv_free(memory);
	kl_csv_free(c);
	kl_lines_free(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char delimiters[] = ",\t;\\";
	const char *s = (const char *)data + 1;
	struct seen want = { 0 }, got = { 0 };
	struct kl_csv_form form;
	int fd;

	if (n-- == 0)
		return 0;
	form = (struct kl_csv_form){ .delimiter = delimiters[data[0] % 4],
		.quote = (data[0] & 4) != 0 ? '\'' : '"' };
	fd = memfd_create("csv", MFD_CLOEXEC);
	assert(fd >= 0 && pwrite(fd, s, n, 0) == (ssize_t)n);
	all_at_once(&want, s, n, &form);
	row_by_row(&got, fd, &form);
	if (!want.objected)
		assert(!got.serious);
	if (!got.objected) {
		assert(!want.objected);
		assert(got.text.n == want.text.n &&
		    (got.text.n == 0 ||
			memcmp(got.text.s, want.text.s, got.text.n) == 0));
	}
	kl_buf_free(&want.text);
	kl_buf_free(&got.text);
	close(fd);
	return 0;
}
