/* SPDX-License-Identifier: MIT */
/* t_csv.c - rows of text tables: what is read, what is set aside, what is
 * written. */

#include <stdlib.h>
#include <unistd.h>

#include "../../lib/data/csv-split.h"
#include "kl/json.h"
#include "ok.h"

static char path[] = "/tmp/t_csv.XXXXXX";
static int fd;

/* Rows as one line of text: "1:[a][b] 3:csv_quote(2)". */
static void
describe(struct kl_buf *b, const struct kl_csv_row *row, enum kl_rc rc,
    const struct kl_err *err)
{
	size_t i;

	if (b->n > 0)
		kl_buf_putc(b, ' ');
	kl_buf_printf(b, "%u:", (unsigned)row->line);
	if (rc == KL_OK) {
		for (i = 0; i < row->n; i++) {
			kl_buf_putc(b, '[');
			kl_buf_span(b, row->field[i]);
			kl_buf_putc(b, ']');
		}
		return;
	}
	kl_buf_puts(b, err->code);
	if (row->bad != 0)
		kl_buf_printf(b, "(%zu)", row->bad);
	if (row->last)
		kl_buf_puts(b, " last");
}

/* Read n bytes as a table of the form. */
static struct kl_buf
rows(const struct kl_csv_form *form, const char *s, size_t n)
{
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };
	struct kl_csv_row row;
	struct kl_lines *in;
	struct kl_csv *c;
	enum kl_rc rc;

	if (ftruncate(fd, 0) != 0 || pwrite(fd, s, n, 0) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) != 0)
		abort();
	in = kl_lines_new(fd, 0);
	c = kl_csv_new(in, form);
	while ((rc = kl_csv_next(c, &row, &err)) != KL_EOF) {
		describe(&b, &row, rc, &err);
		if (rc != KL_OK && rc != KL_EDATA && rc != KL_ETOOBIG)
			abort();
	}
	kl_csv_free(c);
	kl_lines_free(in);
	return b;
}

static void
reads_as(const struct kl_csv_form *form, const char *s, size_t n,
    const char *want, const char *what)
{
	struct kl_buf b = rows(form, s, n);

	is(kl_buf_str(&b), want, what);
	kl_buf_free(&b);
}

#define READS(s, want, what) reads_as(&comma, s, sizeof(s) - 1, want, what)

static const struct kl_csv_form comma,
    tab = { .delimiter = '\t' }, semi = { .delimiter = ';' },
    lines = { .delimiter = '\t', .no_quotes = true };

static void
plain_rows(void)
{
	READS("", "", "no input, no rows");
	READS("a,b\nc,d\n", "1:[a][b] 2:[c][d]", "rows of values");
	READS("a,b\r\nc,d\r\n", "1:[a][b] 2:[c][d]", "with CRLF");
	READS("a,b\nc,d", "1:[a][b] 2:[c][d]", "the last newline may lack");
	READS("a,b\nc,d\r", "1:[a][b] 2:[c][d]", "even after a CR");
	READS("a,,\n,\n", "1:[a][][] 2:[][]", "empty values");
	READS(" a , b\t\n", "1:[ a ][ b\t]", "blanks belong to the value");
	READS("\n\r\na\n\n\nb\n", "3:[a] 6:[b]", "blank lines are no rows");
	READS("  \n", "1:[  ]", "a line of blanks is a row");
	READS("\xEF\xBB\xBFid,b\n", "1:[id][b]",
	    "a byte-order mark is skipped");
	READS("a\n\xEF\xBB\xBFid\n", "1:[a] 2:[\xEF\xBB\xBFid]",
	    "but only the first");
	READS("\xEF\xBB\xBF\"id\"\n", "1:[id]", "also before a quote");
	READS("\xC3\xA9,\xE2\x82\xAC,\xF0\x9F\x98\x80\n",
	    "1:[\xC3\xA9][\xE2\x82\xAC][\xF0\x9F\x98\x80]", "UTF-8 passes");
	READS("a\\b,c\x01\n", "1:[a\\b][c\x01]",
	    "so do backslashes and control characters");
}

static void
quoted_rows(void)
{
	READS("\"a\",\"b\"\n", "1:[a][b]", "quotes are taken off");
	READS("\"a\",\"b\"\r\n", "1:[a][b]", "before CRLF too");
	READS("\"\",\"\"\n\"\"\n", "1:[][] 2:[]", "quoted empty values");
	READS("\"a,b\",c\n", "1:[a,b][c]", "a quoted delimiter");
	READS("\"a\nb\",c\nd,e\n", "1:[a\nb][c] 3:[d][e]",
	    "a quoted newline; lines are counted");
	READS("\"a\r\nb\r\",c\r\n", "1:[a\r\nb\r][c]",
	    "CR within quotes is kept");
	READS("\"\n\n\n\"\nx\n", "1:[\n\n\n] 5:[x]", "nothing but newlines");
	READS("\"a\"\"b\",\"\"\"\"\n", "1:[a\"b][\"]", "doubled quotes");
	READS("\"a\"\"\nb\"\n", "1:[a\"\nb]", "both at once");
	READS("\"a\"", "1:[a]", "a quote may end the input");
	READS("a,\"b", "1:csv_open last", "an open quote does not");
	READS("x\n\"a\"\"\nb\n", "1:[x] 2:csv_open last", "nor a doubled one");
}

static void
wrong_rows(void)
{
	READS("a\"b,c\nd,e\n", "1:csv_quote(1) 2:[d][e]",
	    "a quote within a value without quotes");
	READS("a,b\"\nd,e\n", "1:csv_quote(2) 2:[d][e]", "or at its end");
	READS("x,\"a\"b,c\nd\n", "1:csv_quote(2) 2:[d]",
	    "text after a closing quote");
	READS("\"5\" disk\",x\nd\n", "1:csv_quote(1) 2:[d]",
	    "an inch sign within quotes ends with its line");
	READS("\"say \"hi\" and\nmore\",x\nd\n", "1:csv_quote(1) 3:[d]",
	    "quotes within quotes keep the newline");
	READS("5\" disk,\"two\nlines\"\nd\n", "1:csv_quote(1) 3:[d]",
	    "after a stray quote a quoted newline still belongs to the row");
	READS("1,\"Bob,x\n2,\"Al\",y\n3,z,w\n", "1:csv_quote(2) 3:[3][z][w]",
	    "a quote left open is found out at the next");
	READS("\"said \"hi\" and\n\"x\n\",1\nok\n", "1:csv_quote(1) 4:[ok]",
	    "each reading begins a row after what it takes for an end");
	READS("a,b\rc,d\n", "1:csv_cr(2)", "a bare CR between values");
	READS("a\r\r\nb\n", "1:[a] 2:[b]", "CR CR LF ends a row");
	READS("a,b\0c\nd\n", "1:csv_nul 2:[d]", "a NUL byte");
	READS("\"a\0\"\"\"\nd\n", "1:csv_nul 2:[d]", "a quoted one");
	READS("a,\xE9t\xE9\nd\n", "1:csv_utf8(2) 2:[d]", "Latin-1");
	READS("\"\xC0\x80\"\"\",a\nd\n", "1:csv_utf8(1) 2:[d]",
	    "an overlong form");
	READS("\xFF\xFE"
	      "a\0\n\0",
	    "1:csv_utf16 last", "UTF-16");
}

static void
forms(void)
{
	reads_as(&tab, "a,b\tc\n\"d\te\"\tf\\\n", 15,
	    "1:[a,b][c] 2:[d\te][f\\]", "tab as delimiter");
	reads_as(&semi, "a;b,c\n", 6, "1:[a][b,c]", "semicolon as delimiter");
	reads_as(&lines, "\"a\t5\"\n\"\n", 8, "1:[\"a][5\"] 2:[\"]",
	    "quotes as ordinary characters");
	reads_as(&lines, "a\0b\nc\n", 6, "1:csv_nul 2:[c]", "and NUL is none");
}

/* Rows of every length up to a few blocks, with a delimiter and a quoted
 * value at every place. */
static void
every_place(void)
{
	struct kl_csv *c = kl_csv_new(NULL, &comma);
	struct kl_csv_row row;
	size_t n, at;
	char *s;
	int good = 1;

	for (n = 4; n < 200; n++)
		for (at = 0; at + 3 < n; at++) {
			/* A block of its own, for ASan to watch. */
			if ((s = malloc(n)) == NULL)
				abort();
			memset(s, 'a', n);
			s[at] = ',';
			good &= kl_csv_row(c, s, n, &row, NULL) == KL_OK &&
			    row.n == 2 && row.field[0].n == at &&
			    row.field[1].s == s + at + 1 &&
			    row.field[1].n == n - at - 1;
			memcpy(s + at, ",\"\"", 3);
			s[at + 3] = ',';
			good &= kl_csv_row(c, s, n, &row, NULL) == KL_OK &&
			    row.n == 3 && row.field[0].n == at &&
			    row.field[1].n == 0 && row.field[2].n == n - at - 4;
			free(s);
		}
	ok(good, "a delimiter or quote is seen at any place of any row");
	kl_csv_free(c);
}

/* A reader of the bytes as a file. */
static struct kl_csv *
reader(const struct kl_buf *b, struct kl_lines **in)
{
	if (ftruncate(fd, 0) != 0 ||
	    pwrite(fd, b->s, b->n, 0) != (ssize_t)b->n ||
	    lseek(fd, 0, SEEK_SET) != 0)
		abort();
	*in = kl_lines_new(fd, 0);
	return kl_csv_new(*in, &comma);
}

/* Rows that begin at any place of a block: quotes, doubled ones, newlines and
 * escapes in each, and both line ends. */
static void
odd_rows(struct kl_buf *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			kl_buf_putc(b, 'a');
		kl_buf_puts(b, ",\"x\"\"y\nz\",\\,\"b\"");
		kl_buf_puts(b, i % 3 == 0 ? "\r\n" : "\n");
	}
}

#define ODD_ROWS 200

static void
rows_in_sequence(void)
{
	struct kl_buf b = { 0 };
	struct kl_csv_row row;
	struct kl_lines *in;
	struct kl_csv *c;
	uint64_t offset = 0;
	size_t i;
	int good = 1;

	odd_rows(&b, ODD_ROWS);
	c = reader(&b, &in);
	for (i = 0; kl_csv_next(c, &row, NULL) == KL_OK; i++) {
		good &= row.n == 4 && row.line == 1 + 2 * i &&
		    row.offset == offset && row.raw.n == i + 15 && row.eol;
		good &= row.field[0].n == i &&
		    kl_span_is(row.field[1], "x\"y\nz") &&
		    kl_span_is(row.field[2], "\\") &&
		    kl_span_is(row.field[3], "b");
		good &= !row.plain && row.roughs == 2 && row.rough[0] == 1 &&
		    row.rough[1] == 2;
		offset += row.raw.n + (i % 3 == 0 ? 2 : 1);
	}
	ok(good && i == ODD_ROWS, "rows are the same wherever they begin");
	kl_csv_free(c);
	kl_lines_free(in);
	kl_buf_free(&b);
}

/* All rows as a splitter has them. */
static struct kl_buf
split_with(const struct csv_splitter *with, const struct kl_buf *b, size_t n)
{
	static const struct csv_form form = { ',', '"' };
	struct kl_buf text = { 0 }, to = { 0 };
	struct csv_row r = { .text = &text };
	struct csv_split p;

	r.field = calloc(CSV_FIELDS, sizeof(*r.field));
	r.rough = calloc(CSV_FIELDS, sizeof(*r.rough));
	if (r.field == NULL || r.rough == NULL)
		abort();
	kl_csv_split_with(with, &p, &form, b->s, n, false);
	while (kl_csv_split(&p, &r) == SPLIT_OK) {
		kl_buf_printf(&to, "%zu %zu %zu", r.end, r.lines, r.roughs);
		for (size_t i = 0; i < r.n; i++) {
			kl_buf_putc(&to, '|');
			kl_buf_span(&to, r.field[i]);
		}
		kl_buf_putc(&to, '\n');
	}
	free(r.field);
	free(r.rough);
	kl_buf_free(&text);
	return to;
}

static void
splitters(void)
{
#if KL_CPU_WIDE
	struct kl_buf b = { 0 }, plain, avx2;
	size_t n;

	odd_rows(&b, ODD_ROWS);
	n = b.n;
	for (size_t i = 0; i < KL_LINE_SPARE; i++)
		kl_buf_putc(&b, '\0');
	plain = split_with(&kl_csv_splitter_plain, &b, n);
	ok(plain.n > n, "rows are split by any processor");
	if (kl_cpu_wide()) {
		avx2 = split_with(&kl_csv_splitter_avx2, &b, n);
		ok(avx2.n == plain.n && memcmp(avx2.s, plain.s, plain.n) == 0,
		    "and by AVX2 in the same way");
		kl_buf_free(&avx2);
	}
	kl_buf_free(&plain);
	kl_buf_free(&b);
#endif
}

/* What is wrong with a row is seen at any place of a block, and only there. */
static void
faults_at_any_place(void)
{
	static const struct {
		const char *before, *after, *code;
	} rows[] = { { "x,", "\rb\n", "csv_cr" },
		{ "\"x\",", "\rb\n", "csv_cr" },
		{ "x,a", "\"b\n", "csv_quote" },
		{ "\"x\",\"a", "\"b\n", "csv_quote" },
		{ "x,\"a", "\" ,b\n", "csv_quote" },
		{ "\"x\",a", "\"b\n", "csv_quote" },
		{ "x,a", "\",b\n", "csv_quote" } };
	struct kl_csv_row row;
	struct kl_err err = { 0 };
	struct kl_lines *in;
	struct kl_csv *c;
	int good = 1;

	for (size_t t = 0; t < sizeof(rows) / sizeof(*rows); t++) {
		struct kl_buf b = { 0 };

		for (size_t i = 1; i < 140; i++) {
			kl_buf_puts(&b, rows[t].before);
			for (size_t k = 0; k < i; k++)
				kl_buf_putc(&b, 'a');
			kl_buf_puts(&b, rows[t].after);
			kl_buf_puts(&b, "good,\"row\"\n");
		}
		c = reader(&b, &in);
		for (size_t i = 1; i < 140; i++)
			good &= kl_csv_next(c, &row, &err) == KL_EDATA &&
			    strcmp(err.code, rows[t].code) == 0 &&
			    kl_csv_next(c, &row, &err) == KL_OK && row.n == 2;
		good &= kl_csv_next(c, &row, &err) == KL_EOF;
		kl_csv_free(c);
		kl_lines_free(in);
		kl_buf_free(&b);
	}
	ok(good, "a fault is one of its row wherever it stands");
}

/* What is UTF-8, and what is not, is told at any place of a block. */
static void
utf8_at_any_place(void)
{
	static const char *const texts[] = { "\xC3\xA9", "\xE2\x82\xAC",
		"\xF0\x9F\x98\x80", "\xE0\xA0\x80", "\xED\x9F\xBF",
		"\xF4\x8F\xBF\xBF", "\xE0\x9F\x80", "\xED\xA0\x80",
		"\xF0\x8F\x80\x80", "\xF4\x90\x80\x80", "\xC3", "\xA9",
		"\xE2\x82", "\xF0\x9F\x98", "\xC0\x80", "\xC1\xBF",
		"\xF5\x80\x80\x80", "\xFF", "\xC3\xA9\xA9",
		"\xE2\x82\xAC\x80" };
	struct kl_csv_row row;
	struct kl_lines *in;
	struct kl_csv *c;
	enum kl_rc rc;
	int good = 1;

	for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++) {
		struct kl_buf b = { 0 };
		enum kl_rc want = kl_utf8_valid(texts[t], strlen(texts[t]))
		    ? KL_OK
		    : KL_EDATA;
		size_t rows = 0;

		for (size_t i = 0; i < 140; i++) {
			for (size_t k = 0; k < i; k++)
				kl_buf_putc(&b, 'a');
			kl_buf_puts(&b, texts[t]);
			kl_buf_puts(&b, i % 2 == 0 ? "\n" : ",b\n");
		}
		c = reader(&b, &in);
		for (; (rc = kl_csv_next(c, &row, NULL)) != KL_EOF; rows++)
			good &= rc == want;
		good &= rows == 140;
		kl_csv_free(c);
		kl_lines_free(in);
		kl_buf_free(&b);
	}
	ok(good, "a row is UTF-8 or not wherever its characters stand");
}

/* The verdict on a row between one that is a block and a long one: so many
 * bytes of one block, or of three, and then the text. */
static enum kl_rc
alone(const char *before, size_t n, const char *text, const char *behind,
    const char **code)
{
	static struct kl_err err;
	struct kl_buf b = { 0 };
	struct kl_csv_row row;
	struct kl_lines *in;
	struct kl_csv *c;
	enum kl_rc rc;

	for (size_t i = 0; i < 63; i++)
		kl_buf_putc(&b, 'y');
	kl_buf_putc(&b, '\n');
	kl_buf_puts(&b, before);
	for (size_t i = 0; i < n; i++)
		kl_buf_putc(&b, 'a');
	kl_buf_puts(&b, text);
	kl_buf_puts(&b, behind);
	for (size_t i = 0; i < 200; i++)
		kl_buf_putc(&b, 'z');
	kl_buf_putc(&b, '\n');
	c = reader(&b, &in);
	err = (struct kl_err){ 0 };
	rc = kl_csv_next(c, &row, &err);
	if (rc == KL_OK)
		rc = kl_csv_next(c, &row, &err);
	*code = err.code;
	kl_csv_free(c);
	kl_lines_free(in);
	kl_buf_free(&b);
	return rc;
}

/* What a block leaves to the next, wherever the end of one comes. */
static void
over_the_end_of_a_block(void)
{
	static const char *const starts[] = { "", "x,", "\"x\"," };
	static const char *const cut[] = { "\xC3", "\xE2", "\xE2\x82", "\xF0",
		"\xF0\x9F", "\xF0\x9F\x98", "\xC3\xA9", "\xE2\x82\xAC",
		"\xF0\x9F\x98\x80", "\xA9", "\xC3\xA9\xA9" };
	const char *code;
	int quotes = 1, utf8 = 1;

	for (size_t t = 0; t < 3; t++)
		for (size_t i = 1; i < 200; i++) {
			quotes &= alone(starts[t], i, "\"b\",y\n", "", &code) ==
				KL_EDATA &&
			    strcmp(code, "csv_quote") == 0;
			quotes &= alone(starts[t], i, ",\"b\",y\n", "",
				      &code) == KL_OK;
		}
	ok(quotes, "only at its start does a quote open a value");
	for (size_t t = 0; t < sizeof(cut) / sizeof(*cut); t++)
		for (size_t i = 0; i < 200; i++)
			utf8 &= alone("", i, cut[t], i % 2 == 0 ? "" : "\n",
				    &code) ==
			    (kl_utf8_valid(cut[t], strlen(cut[t])) ? KL_OK
								   : KL_EDATA);
	ok(utf8, "a character that is cut is seen in the block behind it");
}

/* plain is what lets a caller copy values into JSON unseen. */
static void
plainness(void)
{
	static const struct {
		const struct kl_csv_form *form;
		const char *s;
		bool plain;
	} rows[] = { { &comma, "a,\"b,c\",\xC3\xA9", true },
		{ &comma, "a\\b", false }, { &comma, "a\tb", false },
		{ &comma, "\"a\nb\"", false }, { &comma, "\"a\"\"b\"", false },
		{ &tab, "a\tb", true }, { &tab, "\"a\tb\"", false },
		{ &lines, "a\"b", false } };
	struct kl_csv_row row;
	struct kl_csv *c;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		c = kl_csv_new(NULL, rows[i].form);
		ok(kl_csv_row(c, rows[i].s, strlen(rows[i].s), &row, NULL) ==
			    KL_OK &&
			row.plain == rows[i].plain,
		    rows[i].plain ? "plain" : "not plain");
		kl_csv_free(c);
	}
}

/* Fill n bytes with c. */
static void
fill(struct kl_buf *b, char c, size_t n)
{
	if (kl_buf_room(b, n)) {
		memset(b->s + b->n, c, n);
		b->n += n;
	}
}

static void
limits(void)
{
	struct kl_buf b = { 0 }, got;
	struct kl_csv_row row;
	struct kl_csv *c = kl_csv_new(NULL, &comma);

	fill(&b, ',', KL_CSV_COLUMNS - 1);
	ok(kl_csv_row(c, b.s, b.n, &row, NULL) == KL_OK &&
		row.n == KL_CSV_COLUMNS,
	    "4096 values are a row");
	kl_buf_putc(&b, ',');
	ok(kl_csv_row(c, b.s, b.n, &row, NULL) == KL_ETOOBIG && row.bad == 4097,
	    "4097 are too many");
	kl_buf_puts(&b, "\"\"\"\"");
	ok(kl_csv_row(c, b.s, b.n, &row, NULL) == KL_ETOOBIG,
	    "also where libcsv counts");
	kl_buf_puts(&b, "\nx\n");
	reads_as(&comma, b.s, b.n, "1:csv_columns(4097) 2:[x]",
	    "and the input goes on");

	kl_buf_reset(&b);
	fill(&b, 'a', KL_LINE_MAX + 1);
	kl_buf_puts(&b, "\nx\n");
	reads_as(&comma, b.s, b.n, "1:row_too_long 2:[x]",
	    "a line over the limit is set aside");
	b.s[0] = '"';
	b.s[100] = '\n';
	kl_buf_puts(&b, "\",y\nz\n");
	reads_as(&comma, b.s, b.n, "1:row_too_long 5:[z]",
	    "a row of several lines too, to its very end");
	b.s[100] = 'a';
	reads_as(&comma, b.s, b.n, "1:row_too_long 4:[z]",
	    "quotes in a line that is skipped are seen");
	b.s[0] = 'b';
	b.n -= 6;
	got = rows(&comma, b.s, b.n);
	is(kl_buf_str(&got), "1:row_too_long 2:[x]",
	    "or not, if there are none");
	kl_buf_free(&got);

	kl_buf_reset(&b);
	kl_buf_putc(&b, '"');
	fill(&b, '\n', KL_LINE_MAX - 2);
	kl_buf_puts(&b, "\"\nx\n");
	got = rows(&comma, b.s, b.n);
	ok(got.n > KL_LINE_MAX - 2 &&
		strcmp(kl_buf_str(&got) + got.n - 12, "16777216:[x]") == 0,
	    "a row of 16 MiB of newlines is a row");
	kl_buf_free(&got);
	kl_buf_free(&b);
	kl_csv_free(c);
}

static void
writes(const char *s, char delimiter, const char *want, const char *what)
{
	struct kl_csv_form form = { .delimiter = delimiter };
	struct kl_buf b = { 0 };

	kl_csv_put(&b, s, strlen(s), &form);
	is(kl_buf_str(&b), want, what);
	kl_buf_free(&b);
}

static void
delimiters(void)
{
	static const char *const bad[] = { "", "\"", "\n", "\r", ",,", "\xA7",
		"\x7F", "\xC2\xA7", "tabs", "\\n" };
	size_t i;
	char c = 'x';

	ok(kl_csv_delimiter(";", &c) && c == ';', "a character");
	ok(kl_csv_delimiter("tab", &c) && c == '\t', "tab");
	ok(kl_csv_delimiter("|", &c) && kl_csv_delimiter("\\t", &c) &&
		c == '\t',
	    "\\t");
	ok(kl_csv_delimiter("\t", &c) && c == '\t', "a tab itself");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(!kl_csv_delimiter(bad[i], &c) && c == '\t',
		    "what can be none");
}

static void
names(void)
{
	struct kl_span name[] = { KL_SPAN("a"), KL_SPAN("A"), KL_SPAN("b"),
		KL_SPAN("a"), KL_SPAN("") };
	static struct kl_span many[KL_CSV_COLUMNS + 1];
	struct kl_err err = { 0 };

	ok(kl_csv_names(name, 3, &err) == KL_OK, "different names are columns");
	ok(kl_csv_names(name, 4, &err) == KL_EDATA, "a name twice is not");
	is(err.msg, "columns 1 and 4 have the same name", "both are told");
	ok(kl_csv_names(name + 1, 4, &err) == KL_EDATA, "an empty one is not");
	is(err.msg, "column 4 has no name", "its number is told");
	ok(kl_csv_names(many, KL_CSV_COLUMNS + 1, &err) == KL_EDATA,
	    "nor are too many");
}

static void
writing(void)
{
	writes("", ',', "", "nothing is nothing");
	writes("a b;c", ',', "a b;c", "plain text stays");
	writes(" a ", ',', " a ", "blanks need no quotes");
	writes("a,b", ',', "\"a,b\"", "the delimiter does");
	writes("a,b", ';', "a,b", "but no other");
	writes("a\nb", ',', "\"a\nb\"", "a newline does");
	writes("a\r", ',', "\"a\r\"", "a CR does");
	writes("\"", ',', "\"\"\"\"", "a quote is doubled");
	writes("a\"b\"", ',', "\"a\"\"b\"\"\"", "each of them");
	writes("\xEF\xBB\xBFx", ',', "\"\xEF\xBB\xBFx\"",
	    "what begins like a byte-order mark is quoted");
	writes("\xEF\xBB\xBF", ',', "\"\xEF\xBB\xBF\"", "or is one");
	delimiters();
	names();
}

/* Random cells of nasty characters, written and read again. */
static void
round_trip(void)
{
	static const char nasty[] = "\"\",,\n\n\r\ta \\;x";
	struct kl_buf b = { 0 }, want = { 0 }, got;
	char cell[9];
	unsigned state = 5, line = 1;
	size_t n, i, r, k;

	for (r = 0; r < 3000; r++) {
		kl_buf_printf(&want, "%s%u:", r > 0 ? " " : "", line++);
		for (i = 0; i < 3; i++) {
			state = state * 1664525 + 1013904223;
			n = state >> 28 & 7;
			for (k = 0; k < n; k++) {
				state = state * 1664525 + 1013904223;
				cell[k] =
				    nasty[(state >> 16) % (sizeof(nasty) - 1)];
				line += cell[k] == '\n';
			}
			cell[n] = '\0';
			kl_csv_put(&b, cell, n, &comma);
			kl_buf_putc(&b, i < 2 ? ',' : '\n');
			kl_buf_printf(&want, "[%s]", cell);
		}
	}
	got = rows(&comma, b.s, b.n);
	ok(got.n == want.n && memcmp(got.s, want.s, got.n) == 0,
	    "what is written reads back the same");
	kl_buf_free(&b);
	kl_buf_free(&want);
	kl_buf_free(&got);
}

/* Where rows end, by their quotes. */
static void
cuts(void)
{
	struct kl_csv_form form = { 0 }, none = { .no_quotes = true };
	static const char open[] = "a,b\n1,\"x\ny\",2\n3,\"z\n";
	static const char stray[] = "5\" pipe\n6\n";
	char many[200];

	ok(kl_csv_cut(&form, open, 4, true) == 4, "a row");
	ok(kl_csv_cut(&form, open, 3, false) == 0, "no whole line");
	ok(kl_csv_cut(&form, open, sizeof(open) - 1, true) == 14,
	    "up to the last newline outside quotes");
	ok(kl_csv_cut(&form, open + 4, 5, true) == 0,
	    "a newline in quotes is none, if there is more");
	ok(kl_csv_cut(&form, open + 4, 5, false) == 5,
	    "and is one if there is not: who knows");
	ok(kl_csv_cut(&none, open, sizeof(open) - 1, true) == sizeof(open) - 1,
	    "without quotes every newline counts");
	ok(kl_csv_cut(&form, stray, sizeof(stray) - 1, false) ==
		sizeof(stray) - 1,
	    "a stray quote stops nobody");
	for (size_t i = 0; i < sizeof(many) - 1; i++) {
		memset(many, 'x', sizeof(many));
		many[sizeof(many) - 1] = '\n';
		many[i] = '"';
		if (kl_csv_cut(&form, many, sizeof(many), true) != 0)
			ok(0, "a quote anywhere is seen");
	}
}

int
main(void)
{
	cuts();
	if ((fd = mkstemp(path)) < 0)
		abort();
	(void)unlink(path);
	plain_rows();
	quoted_rows();
	wrong_rows();
	forms();
	every_place();
	rows_in_sequence();
	splitters();
	faults_at_any_place();
	utf8_at_any_place();
	over_the_end_of_a_block();
	plainness();
	limits();
	writing();
	round_trip();
	return done();
}
