/* SPDX-License-Identifier: MIT */
/* t_json_access.c - members are found, texts and numbers read. */

#include "scan.h"

static struct kl_span
at_path(const struct kl_json *doc, const char *path)
{
	uint32_t i = kl_json_path(doc, 0, KL_SPAN(path));

	return i != 0 ? kl_json_raw(doc, i) : KL_SPAN("(none)");
}

static void
test_find(struct kl_json *doc)
{
	static const char text[] =
	    "{\"a\":1,\"ab\":2,\"\":3,\"b.c\":4,\"b\":{\"c\":5,\"d.e\":6,"
	    "\"f\":[7,{\"g\":8}]},\"\\u0068\":9,\"i\":{\"\":10}}";
	static const struct {
		const char *path, *want;
	} paths[] = {
		{ "a", "1" },
		{ "ab", "2" },
		{ "", "3" },
		{ "b.c", "4" },
		{ "b.d.e", "6" },
		{ "b.f.0", "7" },
		{ "b.f.1.g", "8" },
		{ "h", "9" },
		{ "i.", "10" },
		{ "abc", "(none)" },
		{ "b.x", "(none)" },
		{ "b.f.2", "(none)" },
		{ "b.f.00", "(none)" },
		{ "b.f.-1", "(none)" },
		{ "b.f.", "(none)" },
		{ "b.f.4294967296", "(none)" },
		{ "a.b", "(none)" },
		{ "b.c.d", "(none)" },
		{ ".", "(none)" },
		{ "b.f", "[7,{\"g\":8}]" },
	};
	struct kl_err err = { 0 };
	struct kl_span got;

	ok(scan_exactly(doc, text, sizeof(text) - 1, &err) == KL_OK, "scans");
	doc->s = text;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		got = at_path(doc, paths[i].path);
		isn(got.s, got.n, paths[i].want, "a path leads there");
	}
	ok(kl_json_get(doc, 0, "h") != 0, "a name is found in any spelling");
	ok(kl_json_get(doc, 1, "a") == 0, "nothing is in what is no object");
	(void)scan(doc, "{\"x\":[1],\"a\":2}", 15, &err);
	ok(kl_json_get(doc, 0, "a") == 5, "a name behind an array is found");
	(void)scan(doc, "{\"x\":[\"a\"],\"b\":\"a\"}", 19, &err);
	ok(kl_json_get(doc, 0, "a") == 0, "a value is no name");
	(void)scan_exactly(doc, text, sizeof(text) - 1, &err);
	doc->s = text;
	ok(kl_json_getn(doc, 0, (struct kl_span){ NULL, 0 }) ==
		kl_json_get(doc, 0, ""),
	    "an empty span is the empty name");
	ok(kl_json_get(doc, 0, "\\") == 0 &&
		kl_json_get(doc, 0, "\\u0061") == 0,
	    "a name is asked for as its text, not as it is written");
	ok(kl_json_getn(doc, 0, (struct kl_span){ "abX", 2 }) ==
		kl_json_get(doc, 0, "ab"),
	    "a span need not end in NUL");
}

static void
test_text(struct kl_json *doc)
{
	static const char text[] =
	    "[\"plain\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
	    "\"a\\u00e9\\u20AC\\ud83d\\uDE00z\",\"\",7,\"\\u0000\","
	    "\"x\\ny\\\\n\"]";
	struct kl_buf tmp = { 0 };
	struct kl_err err = { 0 };
	struct kl_span got;

	ok(scan(doc, text, sizeof(text) - 1, &err) == KL_OK, "scans");
	got = kl_json_text(doc, 1, &tmp);
	ok(got.s == text + 2 && got.n == 5, "plain text is borrowed");
	got = kl_json_text(doc, 2, &tmp);
	isn(got.s, got.n, "\"\\/\b\f\n\r\t", "short escapes are undone");
	got = kl_json_text(doc, 3, &tmp);
	isn(got.s, got.n, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z",
	    "and long ones, to UTF-8");
	got = kl_json_text(doc, 4, &tmp);
	ok(got.n == 0, "the empty string is empty");
	got = kl_json_text(doc, 5, &tmp);
	ok(got.n == 0, "and so is what is no string");
	got = kl_json_text(doc, 6, &tmp);
	ok(got.n == 1 && got.s[0] == '\0', "\\u0000 is a byte");
	got = kl_json_text(doc, 7, &tmp);
	isn(got.s, got.n, "x\ny\\n", "escapes do not run into each other");
	ok(kl_json_is(doc, 1, "plain") && !kl_json_is(doc, 1, "plai") &&
		!kl_json_is(doc, 1, "plainx") && !kl_json_is(doc, 5, "7"),
	    "a string is its text and no other");
	ok(kl_json_is(doc, 3, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z") &&
		!kl_json_is(doc, 3, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") &&
		kl_json_is(doc, 4, ""),
	    "escaped or empty");
	kl_buf_free(&tmp);
	tmp.max = 4;
	got = kl_json_text(doc, 3, &tmp);
	ok(got.n == 0 && tmp.rc == KL_ETOOBIG, "a full buffer is no text");
	kl_buf_free(&tmp);
}

static void
test_int(struct kl_json *doc)
{
	static const struct {
		const char *text;
		bool good;
		int64_t want;
	} rows[] = {
		{ "0", true, 0 },
		{ "-0", true, 0 },
		{ "-1", true, -1 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "-9223372036854775809", false, 0 },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "1.0", false, 0 },
		{ "1e3", false, 0 },
		{ "\"1\"", false, 0 },
		{ "null", false, 0 },
		{ "[]", false, 0 },
	};
	struct kl_err err = { 0 };
	int64_t v;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		v = 0;
		(void)scan(doc, rows[i].text, strlen(rows[i].text), &err);
		ok(kl_json_int(doc, 0, &v) == rows[i].good && v == rows[i].want,
		    rows[i].text);
	}
}

int
main(void)
{
	struct kl_json doc = { 0 };

	test_find(&doc);
	test_text(&doc);
	test_int(&doc);
	kl_json_free(&doc);
	return done();
}
