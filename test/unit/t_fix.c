/* SPDX-License-Identifier: MIT */

#include <stdlib.h>

#include "kl/fix.h"

#include "ok.h"

#define TRIM (1U << KL_FIX_TRIM)
#define CASE (1U << KL_FIX_CASE)
#define XN (1U << KL_FIX_XN)
#define LOCALE (1U << KL_FIX_LOCALE)
#define CURRENCY (1U << KL_FIX_CURRENCY)

/* Records, and what is made of them; NULL: nothing. */
static const struct {
	bool event;
	const char *text, *made;
	unsigned done;
} rows[] = {
	{ false, "{\"email\":\"a@b.co\"}", NULL, 0 },
	{ false, "{\"email\":\" a@b.co\"}", "{\"email\":\"a@b.co\"}", TRIM },
	{ false, "{ \"x\" : 1.50, \"email\" :\"a@b.co\\n\" }",
	    "{ \"x\" : 1.50, \"email\" :\"a@b.co\" }", TRIM },
	{ false,
	    "{\"email\":\"\xc2\xa0"
	    "a@b.co\xe2\x80\x8b\"}",
	    "{\"email\":\"a@b.co\"}", TRIM },
	{ false, "{\"email\":\"A@B.co\"}", "{\"email\":\"A@b.co\"}", CASE },
	{ false, "{\"email\":\"A@B@C.co\"}", "{\"email\":\"A@B@c.co\"}", CASE },
	{ false, "{\"email\":\"ABC\"}", NULL, 0 },
	{ false, "{\"email\":\"  \"}", NULL, 0 },
	{ false, "{\"email\":\"\"}", NULL, 0 },
	{ false, "{\"email\":null}", NULL, 0 },
	{ false, "{\"email\":7}", NULL, 0 },
	{ false, "{\"email\":\"\\u0061@b.co\"}", NULL, 0 },
	{ false, "{\"\\u0065mail\":\"\\u0061@B.co\"}",
	    "{\"\\u0065mail\":\"a@b.co\"}", CASE },
	{ false,
	    "{\"email\":\"A@B\xc3\x9c"
	    "CHER.EXAMPLE \"}",
	    "{\"email\":\"A@xn--bcher-kva.example\"}", TRIM | XN },
	{ false, "{\"email\":\"a@\xe2\x98\x83.co\"}", NULL, 0 },
	{ false, "{\"phone_number\":\" +4915112345678\\t\"}",
	    "{\"phone_number\":\"+4915112345678\"}", TRIM },
	{ false, "{\"phone_number\":\"+49 151 12345678\"}", NULL, 0 },
	{ false, "{\"locale\":\"en_US\"}", "{\"locale\":\"en-US\"}", LOCALE },
	{ false, "{\"locale\":\" zh_Hans_CN \"}", "{\"locale\":\"zh-Hans-CN\"}",
	    TRIM | LOCALE },
	{ false, "{\"first_name\":\" Mira \",\"external_id\":\" 7 \"}", NULL,
	    0 },
	{ false, "{\"properties\":{\"email\":\" a@B.co\"}}", NULL, 0 },
	{ false, "{\"email\":\"a@B.co\",\"phone_number\":\"+49 \",\"x\":[]}",
	    "{\"email\":\"a@b.co\",\"phone_number\":\"+49\",\"x\":[]}",
	    TRIM | CASE },
	{ false, "{\"time\":\" x\",\"value_currency\":\"usd\"}", NULL, 0 },
	{ false, "[\" a\"]", NULL, 0 },
	{ true, "{\"profile\":{\"email\":\"a@B.co\"},\"metric\":\" x\"}",
	    "{\"profile\":{\"email\":\"a@b.co\"},\"metric\":\" x\"}", CASE },
	{ true, "{\"email\":\"a@B.co\",\"profile\":\" x\"}", NULL, 0 },
	{ true, "{\"time\":\"2024-02-29T00:00:00Z \"}",
	    "{\"time\":\"2024-02-29T00:00:00Z\"}", TRIM },
	{ true, "{\"value_currency\":\"usd\"}", "{\"value_currency\":\"USD\"}",
	    CURRENCY },
	{ true, "{\"value_currency\":\" Eur\"}", "{\"value_currency\":\"EUR\"}",
	    TRIM | CURRENCY },
	{ true, "{\"value_currency\":\"euro\"}", NULL, 0 },
	{ true, "{\"value_currency\":\"abc\"}", NULL, 0 },
};

/* An address of n characters whose domain is not ASCII. */
static unsigned
long_address(struct kl_fixer *f, size_t n)
{
	struct kl_json doc = { 0 };
	struct kl_buf text = { 0 }, b = { 0 };
	unsigned done = 0;

	kl_buf_puts(&text, "{\"email\":\"");
	while (text.n < 10 + n - sizeof("@b\xc3\xbc.co") + 1)
		kl_buf_putc(&text, 'x');
	kl_buf_puts(&text, "@b\xc3\xbc.co\"}");
	ok(kl_json_scan(&doc, text.s, text.n, NULL) == KL_OK &&
		kl_fix_record(f, &doc, false, &b, &done, NULL) == KL_OK,
	    "a long address");
	kl_buf_free(&text);
	kl_buf_free(&b);
	kl_json_free(&doc);
	return done;
}

int
main(void)
{
	struct kl_fixer f = { 0 };
	struct kl_json doc = { 0 };
	struct kl_buf b = { 0 };
	unsigned what;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		kl_buf_reset(&b);
		what = 99;
		ok(kl_json_scan(&doc, rows[i].text, strlen(rows[i].text),
		       NULL) == KL_OK &&
			kl_fix_record(&f, &doc, rows[i].event, &b, &what,
			    NULL) == KL_OK &&
			what == rows[i].done,
		    rows[i].text);
		is(b.n == 0 ? "" : kl_buf_str(&b),
		    rows[i].made == NULL ? "" : rows[i].made, "is made");
	}
	/* @xn--b-xga.co is 13 characters for 7 bytes. */
	ok(long_address(&f, 94) == XN, "an address that has room is converted");
	ok(long_address(&f, 95) == 0, "one that would be too long is not");
	for (i = 0; i < KL_FIXES; i++)
		ok(kl_fix_words((enum kl_fix)i)[0] != '\0' &&
			kl_fix_name((enum kl_fix)i)[0] != '\0',
		    "each fix has a name");
	kl_buf_free(&b);
	kl_fixer_free(&f);
	kl_json_free(&doc);
	return done();
}
