/* SPDX-License-Identifier: MIT */
/*
 * f_csv.c - the table reader against libcsv.
 *
 * libcsv reads the whole input at once, strictly; the reader reads it a row
 * at a time, most rows without libcsv.  Where both are content they must
 * agree on every value; where libcsv is content the reader may only object to
 * what libcsv does not look at.  Each value, written, must read back; and the
 * record of a row is what its values make one by one.  The splitters of
 * processors must agree.
 */

#include <assert.h>
#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../lib/data/csv-split.h"
#include "kl/json.h"
#include "kl/table.h"

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

static bool
is_rough(const struct kl_csv_row *row, size_t i)
{
	for (size_t k = 0; k < row->roughs; k++)
		if (row->rough[k] == i)
			return true;
	return !row->plain && row->rough == NULL;
}

/* No byte that JSON would have to escape. */
static void
check_plain(const struct kl_csv_row *row)
{
	size_t i, k;

	assert(row->plain == (row->roughs == 0));
	for (i = 0; i < row->n; i++)
		for (k = 0; k < row->field[i].n && !is_rough(row, i); k++) {
			unsigned char c = (unsigned char)row->field[i].s[k];

			assert(c >= ' ' && c != '"' && c != '\\');
		}
}

/* Its record is what the values make one by one; the columns are the first
 * ones of a few. */
static void
check_record(const struct kl_csv_row *row)
{
	static const struct kl_span name[] = { { "a", 1 }, { "b", 1 },
		{ "a name of more than thirty-two bytes", 36 }, { "\"", 1 } };
	struct kl_buf want = { 0 }, got = { 0 };
	struct kl_table *t;
	size_t i;

	if (row->n > sizeof(name) / sizeof(*name))
		return;
	assert(kl_table_new(&t, name, row->n, &(struct kl_table_form){ 0 },
		   NULL) == KL_OK);
	for (i = 0; i < row->n; i++) {
		kl_buf_putc(&want, i == 0 ? '{' : ',');
		kl_json_put_text(&want, name[i].s, name[i].n);
		kl_buf_putc(&want, ':');
		kl_json_put_text(&want, row->field[i].s, row->field[i].n);
	}
	kl_buf_putc(&want, '}');
	assert(kl_table_put(t, &got, row, NULL) == KL_OK);
	assert(got.n == want.n && memcmp(got.s, want.s, got.n) == 0);
	kl_table_free(t);
	kl_buf_free(&want);
	kl_buf_free(&got);
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
		check_record(&row);
		round_trip(memory, &row, form);
	}
	kl_csv_free(memory);
	kl_csv_free(c);
	kl_lines_free(in);
}

/* All rows that a splitter finds, and how it ended. */
static void
split_with(const struct csv_splitter *with, struct kl_buf *b, const char *s,
    size_t n, const struct kl_csv_form *form, bool whole)
{
	struct csv_form definite = { form->delimiter, form->quote };
	struct kl_buf text = { 0 };
	struct csv_row r = { .text = &text };
	struct csv_split p;
	enum csv_split_rc rc;

	r.field = calloc(CSV_FIELDS, sizeof(*r.field));
	r.rough = calloc(CSV_FIELDS, sizeof(*r.rough));
	assert(r.field != NULL && r.rough != NULL);
	kl_csv_split_with(with, &p, &definite, s, n, whole);
	do {
		rc = kl_csv_split(&p, &r);
		kl_buf_printf(b, "%d ", (int)rc);
		if (rc != SPLIT_OK)
			break;
		assert(r.high || kl_utf8_valid(r.raw.s, r.raw.n));
		kl_buf_printf(b, "%zu %zu ", r.end, r.lines);
		for (size_t i = 0; i < r.roughs; i++)
			kl_buf_printf(b, "%d ", (int)r.rough[i]);
		kl_buf_span(b, r.raw);
		for (size_t i = 0; i < r.n; i++) {
			kl_buf_putc(b, '\xFF');
			kl_buf_span(b, r.field[i]);
		}
	} while (!whole);
	free(r.field);
	free(r.rough);
	kl_buf_free(&text);
}

/* Whatever splits, it is the same. */
static void
all_alike(const char *s, size_t n, const struct kl_csv_form *form, bool whole)
{
#if KL_CPU_WIDE
	struct kl_buf a = { 0 }, b = { 0 };
	char *copy = malloc(n + KL_LINE_SPARE);

	assert(copy != NULL);
	if (n == 0 || !kl_cpu_wide()) {
		free(copy);
		return;
	}
	memset(copy, 0, n + KL_LINE_SPARE);
	memcpy(copy, s, n);
	split_with(&kl_csv_splitter_plain, &a, whole ? s : copy, n, form,
	    whole);
	split_with(&kl_csv_splitter_avx2, &b, whole ? s : copy, n, form, whole);
	assert(a.n == b.n && memcmp(a.s, b.s, a.n) == 0);
	free(copy);
	kl_buf_free(&a);
	kl_buf_free(&b);
#else
	(void)s, (void)n, (void)form, (void)whole;
#endif
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
	all_alike(s, n, &form, false);
	all_alike(s, n, &form, true);
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
