/* SPDX-License-Identifier: MIT */
/* t_json_write.c - the JSON writer. */

#include <stdint.h>
#include <stdio.h>

#include "kl/json.h"
#include "ok.h"

/* The text as the writer makes it. */
static void
text_is(const char *s, size_t n, const char *want, const char *what)
{
	struct kl_buf b = { 0 };

	kl_json_put_text(&b, s, n);
	isn(b.s, b.n, want, what);
	kl_buf_free(&b);
}

static void
test_escapes(void)
{
	text_is("", 0, "\"\"", "the empty text is two quotes");
	text_is("abc", 3, "\"abc\"", "plain text stays as it is");
	text_is("\"\\/", 3, "\"\\\"\\\\/\"",
	    "quote and backslash are escaped, the slash is not");
	text_is("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"",
	    "five control characters have short escapes");
	text_is("\0\x01\x0b\x1f", 4, "\"\\u0000\\u0001\\u000b\\u001f\"",
	    "the others long ones");
	text_is("\x7f\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80", 10,
	    "\"\x7f\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\"",
	    "all else is copied");
}

/* True if what is written is read as the same text. */
static bool
survives(struct kl_json *doc, const char *s, size_t n)
{
	struct kl_buf b = { 0 }, tmp = { 0 };
	struct kl_err err = { 0 };
	struct kl_span got;
	bool same;

	kl_json_put_text(&b, s, n);
	same = kl_json_scan(doc, b.s, b.n, &err) == KL_OK && doc->nodes == 1;
	if (same) {
		got = kl_json_text(doc, 0, &tmp);
		same = kl_span_eq(got, (struct kl_span){ s, n });
	}
	kl_buf_free(&b);
	kl_buf_free(&tmp);
	return same;
}

static void
test_survival(void)
{
	static const char odd[] = { '"', '\\', '\n', '\0', '\x1f', '\x7f' };
	struct kl_json doc = { 0 };
	bool places = true, bytes = true;
	char s[80];

	for (size_t n = 1; n <= 70; n++)
		for (size_t pos = 0; pos < n; pos++)
			for (size_t i = 0; i < sizeof(odd); i++) {
				memset(s, 'a', sizeof(s));
				s[pos] = odd[i];
				s[n - 1 - pos] = odd[i];
				places = survives(&doc, s, n) && places;
			}
	ok(places, "what is escaped comes back, at every place of 70 bytes");
	for (unsigned c = 0; c < 128; c++)
		for (size_t n = 1; n <= 40; n++) {
			memset(s, (int)c, n);
			bytes = survives(&doc, s, n) && bytes;
		}
	ok(bytes, "and so does a row of any byte");
	kl_json_free(&doc);
}

/* A buffer's limit counts exactly, and what does not fit is not begun. */
static void
test_limit(void)
{
	static const struct {
		const char *s;
		size_t n, need;
	} rows[] = {
		{ "", 0, 2 },
		{ "abc", 3, 5 },
		{ "a\nb", 3, 6 },
		{ "a\x01", 2, 9 },
		{ "0123456789012345678901234567890123456789", 40, 42 },
		{ "0123456789012345678901234567890123\"56789", 40, 43 },
	};
	bool fits = true, sticks = true;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t max = 1; max < rows[i].need + 40; max++) {
			struct kl_buf b = { .max = max };

			kl_json_put_text(&b, rows[i].s, rows[i].n);
			if (max >= rows[i].need)
				fits = b.rc == KL_OK && b.n == rows[i].need &&
				    fits;
			else
				sticks =
				    b.rc == KL_ETOOBIG && b.n <= max && sticks;
			kl_buf_free(&b);
		}
	ok(fits, "a text fits a buffer of just its size");
	ok(sticks, "and none that is smaller");
}

static void
test_members(void)
{
	struct kl_buf b = { 0 };

	kl_buf_putc(&b, '{');
	kl_json_put_str(&b, "text", "a\"b");
	kl_json_put_span(&b, "span", (struct kl_span){ "xyz", 2 });
	kl_json_put_span(&b, "none", (struct kl_span){ NULL, 0 });
	kl_json_put_int(&b, "zero", 0);
	kl_json_put_int(&b, "most", INT64_MAX);
	kl_json_put_int(&b, "least", INT64_MIN);
	kl_json_put_bool(&b, "yes", true);
	kl_json_put_bool(&b, "no", false);
	kl_json_put_null(&b, "null");
	kl_json_put_raw(&b, "raw", KL_SPAN("1.50"));
	kl_json_put_name(&b, "array");
	kl_buf_putc(&b, '[');
	for (int i = 0; i < 2; i++) {
		kl_json_put_comma(&b);
		kl_buf_puts(&b, "{}");
	}
	kl_buf_putc(&b, ']');
	kl_json_put_name(&b, "object");
	kl_buf_putc(&b, '{');
	kl_json_put_int(&b, "deep", -1);
	kl_buf_puts(&b, "}}");
	is(kl_buf_str(&b),
	    "{\"text\":\"a\\\"b\",\"span\":\"xy\",\"none\":\"\",\"zero\":0,"
	    "\"most\":9223372036854775807,\"least\":-9223372036854775808,"
	    "\"yes\":true,\"no\":false,\"null\":null,\"raw\":1.50,"
	    "\"array\":[{},{}],\"object\":{\"deep\":-1}}",
	    "members of all kinds, with commas where they belong");
	kl_buf_free(&b);
}

static void
test_commas(void)
{
	static const char *const none[] = { "", "{", "[", ":", ",", "1\n" };
	static const char *const some[] = { "1", "9", "0", "\"\"", "\"{\"",
		"{}", "[]", "true", "false", "null" };
	bool without = true, with = true;

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		struct kl_buf b = { 0 };

		kl_buf_puts(&b, none[i]);
		kl_json_put_comma(&b);
		without = b.n == strlen(none[i]) && without;
		kl_buf_free(&b);
	}
	ok(without, "no comma at the start, after a bracket, colon or comma");
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		struct kl_buf b = { 0 };

		kl_buf_puts(&b, some[i]);
		kl_json_put_comma(&b);
		with =
		    b.n == strlen(some[i]) + 1 && b.s[b.n - 1] == ',' && with;
		kl_buf_free(&b);
	}
	ok(with, "one after every kind of value");
}

int
main(void)
{
	test_escapes();
	test_survival();
	test_limit();
	test_members();
	test_commas();
	return done();
}
