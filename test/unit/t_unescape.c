/* SPDX-License-Identifier: MIT */
/* t_unescape.c - what escapes stand for, each character alone and among
 * others. */

#include <stdlib.h>

#include "kl/json.h"
#include "ok.h"

/* The character as UTF-8: its bytes. */
static size_t
utf8(uint32_t u, char *to)
{
	size_t n = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; u >>= 6)
		to[i] = (char)(0x80 | (u & 0x3f));
	to[0] = (char)(n == 1 ? u : (0xf00U >> n & 0xff) | u);
	return n;
}

/* Append the escape of the character, with small letters or capitals. */
static void
put_escape(struct kl_buf *b, uint32_t u, bool small)
{
	if (u >= 0x10000) {
		put_escape(b, 0xd800 + ((u - 0x10000) >> 10), small);
		u = 0xdc00 + ((u - 0x10000) & 0x3ff);
	}
	kl_buf_printf(b, small ? "\\u%04x" : "\\u%04X", (unsigned)u);
}

/* True if the string is the text, by every way to read it. */
static bool
reads_as(const struct kl_buf *string, const struct kl_buf *text)
{
	struct kl_json doc = { 0 };
	struct kl_buf tmp = { 0 };
	struct kl_span got;
	char *s = malloc(string->n + KL_JSON_SPARE);
	char *to = malloc(string->n + 16);
	bool good;

	if (s == NULL || to == NULL)
		abort();
	memset(s, '\\', string->n + KL_JSON_SPARE);
	memcpy(s, string->s, string->n);
	good = kl_json_scan(&doc, s, string->n, NULL) == KL_OK;
	for (int i = 0; good && i < 2; i++) {
		doc.spare = i == 0 ? 0 : KL_JSON_SPARE;
		got = kl_json_text(&doc, 0, &tmp);
		good = got.n == text->n && memcmp(got.s, text->s, got.n) == 0;
	}
	if (good)
		good = kl_json_unescape_to(&doc, 0, to) == text->n &&
		    memcmp(to, text->s, text->n) == 0;
	kl_json_free(&doc);
	kl_buf_free(&tmp);
	free(s);
	free(to);
	return good;
}

/* So many characters, each with nothing or something before it. */
static bool
characters(uint32_t from, uint32_t n, size_t before, bool small)
{
	struct kl_buf string = { 0 }, text = { 0 };
	char c[4];
	bool good;

	kl_buf_putc(&string, '"');
	for (uint32_t u = from; u < from + n; u++) {
		for (size_t i = 0; i < before; i++) {
			kl_buf_putc(&string, 'x');
			kl_buf_putc(&text, 'x');
		}
		put_escape(&string, u, small);
		kl_buf_put(&text, c, utf8(u, c));
	}
	kl_buf_putc(&string, '"');
	good = reads_as(&string, &text);
	kl_buf_free(&string);
	kl_buf_free(&text);
	return good;
}

static void
all_characters(void)
{
	bool good = true;

	for (uint32_t u = 0; good && u < 0x110000; u += 0x40)
		if (u < 0xd800 || u > 0xdfff)
			good = characters(u, 0x40, u / 0x40 % 40, u & 0x40) &&
			    (u >= 0x10000 ||
				characters(u, 0x40, 0, !(u & 0x40)));
	ok(good, "every character can be escaped");
	for (size_t i = 0; good && i < 70; i++)
		good = characters(0x7e, 4, i, true) &&
		    characters(0x7fe, 4, i, false) &&
		    characters(0xfffe, 4, i, true);
	ok(good, "wherever it stands");
}

static void
short_escapes(void)
{
	static const char as[] = "\"\\\\\\\"\\/\\b\\f\\n\\r\\t\\\\\\\\\"";
	struct kl_buf string = { 0 }, text = { 0 };

	kl_buf_puts(&string, as);
	kl_buf_puts(&text, "\\\"/\b\f\n\r\t\\\\");
	ok(reads_as(&string, &text), "and those that have short escapes");
	kl_buf_free(&string);
	kl_buf_free(&text);
}

int
main(void)
{
	all_characters();
	short_escapes();
	return done();
}
