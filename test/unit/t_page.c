/* SPDX-License-Identifier: MIT */
/* t_page.c - next links: only a cursor of our own pages is believed. */

#include "kl/flat.h"
#include "kl/page.h"
#include "ok.h"

#define BASE "https://a.example"
#define PATH "/api/lists/L1/profiles"

static struct kl_err err;

/* A page with that next link (JSON), from the beginning of a walk. */
static enum kl_rc
next(struct kl_cursor *cur, const char *link)
{
	struct kl_json doc = { 0 };
	struct kl_buf b = { 0 };
	enum kl_rc rc;

	kl_buf_printf(&b, "{\"data\":[],\"links\":{\"next\":%s}}", link);
	if (kl_json_scan(&doc, b.s, b.n, &err) != KL_OK)
		printf("# test is wrong: %s\n", err.msg);
	rc = kl_cursor_next(cur, &doc, BASE, KL_SPAN(PATH), &err);
	kl_json_free(&doc);
	kl_buf_free(&b);
	return rc;
}

static void
test_links(void)
{
	static const struct {
		const char *link;
		enum kl_rc want;
		const char *cursor;
	} rows[] = {
		{ "null", KL_EOF, "" },
		{ "\"\"", KL_EOF, "" },
		{ "\"" BASE PATH "?page%5Bcursor%5D=abc%3D&x=1\"", KL_OK,
		    "abc=" },
		{ "\"" BASE PATH "/?page[cursor]=abc\"", KL_OK, "abc" },
		{ "\"https://A.EXAMPLE:443" PATH "?page[cursor]=abc\"", KL_OK,
		    "abc" },
		{ "\"https:\\/\\/a.example\\/api\\/lists\\/L1\\/profiles"
		  "?page[cursor]=abc\"",
		    KL_OK, "abc" },
		{ "1", KL_EPROTO, NULL },
		{ "{}", KL_EPROTO, NULL },
		{ "\"page[cursor]=abc\"", KL_EPROTO, NULL },
		{ "\"" PATH "?page[cursor]=abc\"", KL_EPROTO, NULL },
		{ "\"//a.example" PATH "?page[cursor]=abc\"", KL_EPROTO, NULL },
		{ "\"http://a.example" PATH "?page[cursor]=abc\"", KL_EPROTO,
		    NULL },
		{ "\"https://a.example:444" PATH "?page[cursor]=abc\"",
		    KL_EPROTO, NULL },
		{ "\"https://b.example" PATH "?page[cursor]=abc\"", KL_EPROTO,
		    NULL },
		{ "\"https://a.example@b.example" PATH "?page[cursor]=abc\"",
		    KL_EPROTO, NULL },
		{ "\"https://a.example.b" PATH "?page[cursor]=abc\"", KL_EPROTO,
		    NULL },
		{ "\"https://\xd0\xb0.example" PATH "?page[cursor]=abc\"",
		    KL_EPROTO, NULL },
		{ "\"" BASE "/api/lists/L2/profiles?page[cursor]=abc\"",
		    KL_EPROTO, NULL },
		{ "\"" BASE PATH "/../x?page[cursor]=abc\"", KL_EPROTO, NULL },
		{ "\"" BASE "/api/lists/L1/profile?page[cursor]=abc\"",
		    KL_EPROTO, NULL },
		{ "\"" BASE PATH "?cursor=abc\"", KL_EPROTO, NULL },
		{ "\"" BASE PATH "?page[cursor]=\"", KL_EPROTO, NULL },
		{ "\"" BASE PATH "?page[cursor]=%4\"", KL_EPROTO, NULL },
		{ "\"" BASE PATH "\"", KL_EPROTO, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kl_cursor cur = { 0 };

		ok(next(&cur, rows[i].link) == rows[i].want, rows[i].link);
		if (rows[i].cursor != NULL)
			isn(cur.value.s != NULL ? cur.value.s : "", cur.value.n,
			    rows[i].cursor, "its cursor");
		kl_cursor_free(&cur);
	}
}

static void
test_documents(void)
{
	static const char *const bad[] = { "{}", "[]", "1", "{\"errors\":[]}",
		"{\"data\":{}}", "{\"data\":null}" };
	struct kl_cursor cur = { 0 };
	struct kl_json doc = { 0 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)kl_json_scan(&doc, bad[i], strlen(bad[i]), NULL);
		ok(kl_cursor_next(&cur, &doc, BASE, KL_SPAN(PATH), &err) ==
			KL_EPROTO,
		    bad[i]);
	}
	(void)kl_json_scan(&doc, "{\"data\":[]}", 11, NULL);
	ok(kl_cursor_next(&cur, &doc, BASE, KL_SPAN(PATH), &err) == KL_EOF,
	    "no links: the last page");
	kl_json_free(&doc);
	ok(kl_cursor_next(&cur, &doc, BASE, KL_SPAN(PATH), &err) == KL_EPROTO,
	    "no document");
}

/* A walk whose cursors go 0 1 2 ... lead - 1, then round a circle. */
static bool
found(unsigned lead, unsigned circle, unsigned *pages)
{
	struct kl_cursor cur = { 0 };
	char link[120];
	unsigned n, c;
	enum kl_rc rc = KL_OK;

	for (n = 0; n < 10000 && rc == KL_OK; n++) {
		c = n < lead ? n : lead + (n - lead) % circle;
		(void)snprintf(link, sizeof(link),
		    "\"" BASE PATH "?page[cursor]=%u\"", c);
		rc = next(&cur, link);
	}
	kl_cursor_free(&cur);
	*pages = n;
	return rc == KL_EPROTO && strcmp(err.code, "page_loop") == 0;
}

static void
test_loops(void)
{
	unsigned pages, lead, circle, good = 0;

	ok(found(0, 1, &pages) && pages == 2, "a link to itself, at once");
	for (lead = 0; lead < 40; lead++)
		for (circle = 1; circle < 20; circle++)
			good += found(lead, circle, &pages) &&
			    pages <= 4 * (lead + circle) + 4;
	ok(good == 40 * 19, "every circle is noticed, and soon");
	ok(!found(10000, 1, &pages), "a long walk is no circle");
}

static void
flat(const char *resource, const char *want, const char *what)
{
	struct kl_json doc = { 0 };
	struct kl_buf b = { 0 };
	enum kl_rc rc;

	(void)kl_json_scan(&doc, resource, strlen(resource), NULL);
	rc = kl_flat_put(&b, &doc, 0, &err);
	if (want == NULL)
		ok(rc == KL_EPROTO && b.n == 0, what);
	else
		is(kl_buf_str(&b), want, what);
	kl_json_free(&doc);
	kl_buf_free(&b);
}

static void
test_flat(void)
{
	flat("{\"\\u0069d\":\"01\",\"attribute\":{\"m\":0},"
	     "\"attribute\\u0073\":{\"n\":1}}",
	    "{\"id\":\"01\",\"n\":1}", "names however they are spelled");
	flat("{\"type\":\"profile\",\"id\":\"01\",\"attributes\":"
	     "{\"n\":1.10,\"u\":\"\\u00e9\",\"o\":{}},\"links\":{}}",
	    "{\"id\":\"01\",\"n\":1.10,\"u\":\"\\u00e9\",\"o\":{}}",
	    "values stay as they were written");
	flat("{\"id\":\"1\",\"attributes\":{\n \"a\" :\r\n [1,\n2]\n}}",
	    "{\"id\":\"1\", \"a\" : [1,2]}", "on one line");
	flat("{\"id\":\"1\",\"attributes\":{\"a\":1,\"id\":\"2\",\"b\":3}}",
	    "{\"id\":\"1\",\"a\":1,\"b\":3}", "with one id");
	flat("{\"id\":\"1\",\"attributes\":{}}", "{\"id\":\"1\"}",
	    "of nothing");
	flat("{\"id\":\"1\"}", "{\"id\":\"1\"}", "a bare identifier");
	flat("{\"attributes\":{\"a\":1}}", NULL, "without an id");
	flat("{\"id\":1,\"attributes\":{\"a\":1}}", NULL, "with an odd one");
	flat("{\"id\":\"1\",\"attributes\":[]}", NULL, "with odd attributes");
	flat("[]", NULL, "no object");
}

int
main(void)
{
	test_links();
	test_documents();
	test_loops();
	test_flat();
	return done();
}
