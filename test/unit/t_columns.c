/* SPDX-License-Identifier: MIT */
/*
 * t_columns.c - records made into rows, whatever was foreseen of them.
 *
 * Streams of records that have something in common are made into rows twice:
 * by a scanner that learns of each for the next, and by one that knows nothing.
 */

#include <stdlib.h>

#include "../../lib/data/csv-columns.h"
#include "kl/columns.h"
#include "ok.h"

static uint32_t state = 1;

/* A number below n. */
static unsigned
chance(unsigned n)
{
	state = state * 1664525 + 1013904223;
	return (state >> 16) % n;
}

static const char *const values[] = { "1", "-0.25", "null", "true", "\"\"",
	"\"plain\"", "\"a,b\"", "\"it's; so|\"", "\"\\u00e9t\\u00E9\"",
	"\"say \\\"hi\\\"\"", "\"two\\nlines\"", "\"tab\\tulator\"",
	"\"no\\u0000\"", "\"\\\\N\"", "\"=1+1\"", "\"\\u003d1\"",
	"\"\xEF\xBB\xBFmark\"", "\"exactly thirty-two bytes of text\"",
	"\"thirty-two bytes and then a comma,\"",
	"\"sixty-four bytes of text in a value are two times thirty-two\xE2\x82"
	"\xAC\"",
	"\"\\ud83c\\udf89 \\u20ac \\u0141 \\u0041 and more than thirty-two\"",
	"{}", "[]", "[1,\"x,y\"]", "{\"n\":{\"c\":\"d\",\"e\":2}}" };
#define VALUES (sizeof(values) / sizeof(*values))

/* A text of up to a hundred bytes or two; half of them without escapes. */
static void
put_text(struct kl_buf *b)
{
	static const char *const pieces[] = { "a", ",", "it's", ";x|", "plain ",
		"no more than this and that, ", "\xE2\x82\xAC", "\\\"", "\\\\",
		"\\n", "\\r", "\\t", "\\/", "\\u00e9", "\\u00E9\\u00FF",
		"\\u20ac", "\\uFFFD", "\\ud83c\\udf89", "\\u0041", "\\u007f",
		"\\u0080", "\\u07ff", "\\u0800" };
	unsigned some = chance(2) == 0 ? 7 : sizeof(pieces) / sizeof(*pieces);

	kl_buf_putc(b, '"');
	for (unsigned n = chance(12); n > 0; n--)
		kl_buf_puts(b, pieces[chance(some)]);
	kl_buf_putc(b, '"');
}

static void
put_name(struct kl_buf *b, const char *name)
{
	kl_json_put_comma(b);
	kl_buf_printf(b, "\"%s\":", name);
}

static void
put_member(struct kl_buf *b, const char *name)
{
	put_name(b, name);
	if (chance(2) == 0)
		put_text(b);
	else
		kl_buf_puts(b, values[chance(VALUES)]);
}

/* An object with some of the names. */
static void
put_object(struct kl_buf *b, const char *const *name, size_t n)
{
	kl_buf_putc(b, '{');
	for (size_t i = 0; i < n; i++)
		if (chance(6) > 0)
			put_member(b, name[i]);
	kl_buf_putc(b, '}');
}

static const char *const top[] = { "id", "email", "a.b", "a", "first_name",
	"a.b.c", "zip" };
static const char *const inner[] = { "city", "b", "b.c", "0", "sku" };
#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* A record: members that are there or not, and stand here or there; objects
 * that are sometimes arrays of such. */
static void
put_record(struct kl_buf *b, unsigned kind)
{
	static const char *const within[] = { "a", "location", "items" };

	kl_buf_reset(b);
	kl_buf_putc(b, '{');
	for (size_t i = 0; i < COUNT(top); i++) {
		size_t k = kind == 1 ? COUNT(top) - 1 - i : i;

		if (k != 3 && chance(6) > 0)
			put_member(b, top[k]);
	}
	for (size_t i = 0; i < COUNT(within); i++) {
		bool array = kind == 2 && chance(3) == 0;

		if (chance(8) == 0)
			continue;
		put_name(b, within[i]);
		if (array)
			kl_buf_putc(b, '[');
		put_object(b, inner, COUNT(inner));
		for (; array && chance(3) > 0;) {
			kl_buf_putc(b, ',');
			put_object(b, inner, COUNT(inner));
		}
		if (array)
			kl_buf_putc(b, ']');
	}
	if (kind == 3 && chance(9) == 0)
		kl_buf_printf(b, ",\"x%u\":1", chance(40));
	kl_buf_putc(b, '}');
	for (size_t i = 0; i < KL_JSON_SPARE; i++)
		kl_buf_putc(b, '"');
}

static void
put_texts(struct kl_buf *b, const char *const *name, size_t n)
{
	kl_buf_putc(b, '{');
	for (size_t i = 0; i < n; i++)
		if (chance(6) > 0) {
			put_name(b, name[i]);
			put_text(b);
		}
	kl_buf_putc(b, '}');
}

/* The same of names that can mean one thing only; kinds 4 to 7. */
static void
put_simple(struct kl_buf *b, unsigned kind)
{
	static const char *const name[] = { "id", "email", "title", "location",
		"properties", "zip" };
	static const char *const within[] = { "city", "zip", "region" };
	static const char *const odd[] = { "null", "{}", "[{\"city\":1}]",
		"\"x\"", "{\"city\":{\"zip\":1}}", "{\"new\":null}" };
	size_t k;

	kl_buf_reset(b);
	kl_buf_putc(b, '{');
	for (size_t i = 0; i < COUNT(name); i++) {
		k = kind == 5 ? COUNT(name) - 1 - i : i;
		if (chance(8) == 0)
			continue;
		put_name(b, name[k]);
		if (kind >= 6 && k >= 3 && chance(12) == 0)
			kl_buf_puts(b, odd[chance(kind == 6 ? 2 : 6)]);
		else if (k != 3 && k != 4)
			put_text(b);
		else
			put_texts(b, within, COUNT(within));
	}
	if (kind == 7 && chance(5) == 0)
		put_member(b, chance(2) == 0 ? "new" : "other");
	kl_buf_putc(b, '}');
	for (size_t i = 0; i < KL_JSON_SPARE; i++)
		kl_buf_putc(b, '"');
}

static const struct kl_span names[] = { { "email", 5 }, { "id", 2 },
	{ "a.b", 3 }, { "a.b.c", 5 }, { "location.city", 13 },
	{ "location.b.c", 12 }, { "items.0", 7 }, { "items.0.sku", 11 },
	{ "location.b.n.c", 14 }, { "never", 5 }, { "zip", 3 }, { "a", 1 },
	{ "location", 8 } };

/* Two scanners, one of which knows nothing, and a row of each. */
struct pair {
	struct kl_json doc, plain;
	struct kl_buf text, row, want;
	struct kl_err err, same;
	unsigned numbered, rows;
};

static void
free_pair(struct pair *p)
{
	kl_json_free(&p->doc);
	kl_json_free(&p->plain);
	kl_buf_free(&p->text);
	kl_buf_free(&p->row);
	kl_buf_free(&p->want);
}

/* Another record, for both. */
static bool
scan(struct pair *p, unsigned kind)
{
	size_t n;

	if (kind < 4)
		put_record(&p->text, kind);
	else
		put_simple(&p->text, kind);
	n = p->text.n - KL_JSON_SPARE;
	kl_buf_reset(&p->row);
	kl_buf_reset(&p->want);
	return kl_json_scan_next(&p->doc, p->text.s, n, KL_JSON_SPARE,
		   &p->err) == KL_OK &&
	    kl_json_scan(&p->plain, p->text.s, n, &p->same) == KL_OK;
}

/* True if both came to the same. */
static bool
same_rows(const struct pair *p, enum kl_rc rc, enum kl_rc want)
{
	if (rc == want &&
	    (rc == KL_OK ? p->row.n == p->want.n &&
			(p->row.n == 0 ||
			    memcmp(p->row.s, p->want.s, p->row.n) == 0)
			 : strcmp(p->err.msg, p->same.msg) == 0 &&
			strcmp(p->err.field, p->same.field) == 0))
		return true;
	printf("# %.*s\n# %.*s\n# %.*s\n", (int)(p->text.n - KL_JSON_SPARE),
	    p->text.s, (int)p->row.n, p->row.s, (int)p->want.n, p->want.s);
	return false;
}

/* The columns of some records, found both ways. */
static bool
find_both(struct pair *p, struct kl_columns *c, struct kl_columns *plain,
    unsigned kind)
{
	bool good = true;

	for (unsigned i = 0; good && i < 300; i++)
		good = scan(p, kind + i / 100) &&
		    kl_columns_find(c, &p->doc, &p->err) == KL_OK &&
		    kl_columns_find(plain, &p->plain, &p->same) == KL_OK;
	kl_columns_found(c);
	kl_columns_found(plain);
	good = good && kl_columns_header(c, &p->row, &p->err) == KL_OK &&
	    kl_columns_header(plain, &p->want, &p->same) == KL_OK;
	return good && same_rows(p, KL_OK, KL_OK);
}

/* Rows of as many records, made both ways. */
static bool
alike(const struct kl_columns_form *form, csv_put_row *by, bool named,
    unsigned kind, unsigned records)
{
	struct kl_columns *c = kl_columns_new(form);
	struct kl_columns *plain = kl_columns_new(form);
	struct pair p = { .numbered = 0 };
	enum kl_rc rc;
	bool good;

	if (c == NULL || plain == NULL)
		abort();
	c->cells.row = by;
	if (named)
		good = kl_columns_name(c, names, COUNT(names), NULL) == KL_OK &&
		    kl_columns_name(plain, names, COUNT(names), NULL) == KL_OK;
	else
		good = find_both(&p, c, plain, kind);
	for (unsigned i = 0; good && i < records; i++) {
		good = scan(&p, kind + i / 400 % 4);
		p.numbered += p.doc.layout != 0 && p.doc.shape == 0;
		rc = kl_columns_row(c, &p.doc, &p.row, &p.err);
		p.rows += rc == KL_OK;
		good = good &&
		    same_rows(&p, rc,
			kl_columns_row(plain, &p.plain, &p.want, &p.same));
	}
	kl_columns_free(c);
	kl_columns_free(plain);
	free_pair(&p);
	return good && p.numbered > records / 4 && p.rows > records / 8 &&
	    (p.rows < records || kind == 4);
}

static const struct kl_columns_form forms[] = { { .safe = false },
	{ .null = "\\N" }, { .null = "" }, { .safe = true },
	{ .csv = { .delimiter = ';', .quote = '\'' } },
	{ .csv = { .delimiter = '\t' }, .safe = true, .null = "nil" },
	{ .csv = { .delimiter = '|' }, .drop = true } };

/* Streams of every form. */
static bool
all_alike(csv_put_row *by, bool named, unsigned kind)
{
	for (size_t i = 0; i < COUNT(forms); i++)
		if (!alike(&forms[i], by, named, kind, 3200))
			return false;
	return true;
}

static void
streams(csv_put_row *by)
{
	ok(all_alike(by, true, 0),
	    "columns that are named are the same by number and by name");
	ok(all_alike(by, false, 0), "columns that are found are the same, too");
	ok(all_alike(by, false, 4), "and where names mean one thing only");
}

/* A column that was null at first, then a text, and has members at last. */
static void
not_empty(void)
{
	static const char *const record[] = { "{\"id\":1,\"t\":null}",
		"{\"id\":1,\"t\":null}", "{\"t\":null}", "{\"id\":1}",
		"{\"id\":1,\"t\":null}", "{\"id\":2,\"t\":\"x\"}",
		"{\"id\":3,\"t\":{\"a\":1}}" };
	struct kl_columns *c = kl_columns_new(&forms[0]);
	struct kl_json doc = { 0 };
	struct kl_buf b = { 0 };
	char text[200];
	bool good = c != NULL;

	for (size_t i = 0; good && i < COUNT(record); i++) {
		memset(text, 0, sizeof(text));
		memcpy(text, record[i], strlen(record[i]));
		good = kl_json_scan_next(&doc, text, strlen(record[i]),
			   KL_JSON_SPARE, NULL) == KL_OK &&
		    kl_columns_find(c, &doc, NULL) == KL_OK;
	}
	if (good) {
		kl_columns_found(c);
		good = kl_columns_header(c, &b, NULL) == KL_OK;
	}
	ok(good, "columns are found in records like those before");
	is(kl_buf_str(&b), "id,t,t.a", "whatever they were in those");
	kl_columns_free(c);
	kl_json_free(&doc);
	kl_buf_free(&b);
}

int
main(void)
{
	streams(kl_csv_row_plain);
#if KL_CPU_WIDE
	if (kl_cpu_wide())
		streams(kl_csv_row_avx2);
#endif
	not_empty();
	return done();
}
