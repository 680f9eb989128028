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

/* An object with some of the names, one in so many missing. */
static void
put_object(struct kl_buf *b, const char *const *name, size_t n,
    unsigned missing)
{
	kl_buf_putc(b, '{');
	for (size_t i = 0; i < n; i++)
		if (chance(missing) > 0)
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
		put_object(b, inner, COUNT(inner), 6);
		for (; array && chance(3) > 0;) {
			kl_buf_putc(b, ',');
			put_object(b, inner, COUNT(inner), 6);
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

static const struct kl_span names[] = { { "email", 5 }, { "id", 2 },
	{ "a.b", 3 }, { "a.b.c", 5 }, { "location.city", 13 },
	{ "location.b.c", 12 }, { "items.0", 7 }, { "items.0.sku", 11 },
	{ "location.b.n.c", 14 }, { "never", 5 }, { "zip", 3 }, { "a", 1 },
	{ "location", 8 } };

/* Rows of as many records, made both ways. */
static bool
alike(const struct kl_columns_form *form, csv_put_row *by, bool named,
    unsigned records)
{
	struct kl_columns *c = kl_columns_new(form), *plain;
	struct kl_buf text = { 0 }, row = { 0 }, want = { 0 };
	struct kl_json doc = { 0 }, knows_nothing = { 0 };
	struct kl_err err = { 0 }, same = { 0 };
	unsigned numbered = 0, rows = 0;
	enum kl_rc rc;
	bool good;

	put_record(&text, 0);
	good = c != NULL && text.rc == KL_OK;
	if (good)
		c->cells.row = by;
	if (named)
		good = good &&
		    kl_columns_name(c, names, COUNT(names), &err) == KL_OK;
	for (unsigned i = 0; !named && i < 60; i++, put_record(&text, i % 3))
		good = good &&
		    kl_json_scan(&doc, text.s, text.n - KL_JSON_SPARE, &err) ==
			KL_OK &&
		    kl_columns_find(c, &doc, &err) == KL_OK;
	if (!named)
		kl_columns_found(c);
	plain = kl_columns_copy(c);
	good = good && plain != NULL;
	for (unsigned i = 0; good && i < records; i++) {
		put_record(&text, i / 400 % 4);
		kl_buf_reset(&row);
		kl_buf_reset(&want);
		good = kl_json_scan_next(&doc, text.s, text.n - KL_JSON_SPARE,
			   KL_JSON_SPARE, &err) == KL_OK &&
		    kl_json_scan(&knows_nothing, text.s, text.n - KL_JSON_SPARE,
			&err) == KL_OK;
		numbered += doc.layout != 0 && doc.shape == 0;
		rc = kl_columns_row(c, &doc, &row, &err);
		good = good &&
		    kl_columns_row(plain, &knows_nothing, &want, &same) == rc &&
		    (rc == KL_OK ? row.n == want.n &&
				memcmp(row.s, want.s, row.n) == 0
				 : strcmp(err.msg, same.msg) == 0 &&
				strcmp(err.field, same.field) == 0);
		rows += rc == KL_OK;
		if (!good)
			printf("# %.*s\n# %.*s\n# %.*s\n",
			    (int)(text.n - KL_JSON_SPARE), text.s, (int)row.n,
			    row.s, (int)want.n, want.s);
	}
	kl_columns_free(c);
	kl_columns_free(plain);
	kl_json_free(&doc);
	kl_json_free(&knows_nothing);
	kl_buf_free(&text);
	kl_buf_free(&row);
	kl_buf_free(&want);
	return good && numbered > records / 4 && rows > records / 8 &&
	    rows < records;
}

static const struct kl_columns_form forms[] = { { .safe = false },
	{ .null = "\\N" }, { .null = "" }, { .safe = true },
	{ .csv = { .delimiter = ';', .quote = '\'' } },
	{ .csv = { .delimiter = '\t' }, .safe = true, .null = "nil" },
	{ .csv = { .delimiter = '|' }, .drop = true } };

/* Streams of every form. */
static bool
all_alike(csv_put_row *by, bool named)
{
	for (size_t i = 0; i < COUNT(forms); i++)
		if (!alike(&forms[i], by, named, 3200))
			return false;
	return true;
}

int
main(void)
{
	ok(all_alike(kl_csv_row_plain, true),
	    "columns that are named are the same by number and by name");
	ok(all_alike(kl_csv_row_plain, false),
	    "columns that are found are the same, too");
#if CSV_CELLS_AVX2
	if (csv_cells_have_avx2()) {
		ok(all_alike(kl_csv_row_avx2, true), "named, with AVX2");
		ok(all_alike(kl_csv_row_avx2, false), "found, with AVX2");
	}
#endif
	return done();
}
