/* SPDX-License-Identifier: MIT */
/* t_url.c - URLs: strictly, or not at all. */

#include "kl/url.h"
#include "ok.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void
test_split(void)
{
	static const char *const bad[] = { "", "http", "http://", "https:///x",
		"HTTP://a/", "ftp://a/", "//a/", "http://a b/", "http://a/\t",
		"http://a\\b/", "http://a/#f", "http://u@a/", "http://u:p@a/",
		"http://a:/", "http://a:0/", "http://a:65536/", "http://a:1x/",
		"http://a:123456/", "http://[::1/", "http://[::1]x/",
		"http://[]/", "http://[g]/", "http://\xc3\xa4/", "http://a%/",
		"http://a\r\nX:/" };
	struct kl_url u;
	char what[40];
	size_t i;

	ok(kl_url_split(&u, KL_SPAN("https://a.example:8443/b/c?d=e&f").s,
	       32) &&
		kl_span_is(u.scheme, "https") &&
		kl_span_is(u.host, "a.example") && u.port == 8443 &&
		kl_span_is(u.path, "/b/c") && kl_span_is(u.query, "d=e&f"),
	    "all parts");
	ok(kl_url_split(&u, "http://a", 8) && u.port == 80 && u.path.n == 0 &&
		u.query.n == 0,
	    "no parts");
	ok(kl_url_split(&u, "http://[::1]:1/", 15) && u.v6 &&
		kl_span_is(u.host, "::1") && u.port == 1,
	    "brackets");
	ok(kl_url_split(&u, "http://a?x", 10) && kl_span_is(u.query, "x"),
	    "a query without a path");
	for (i = 0; i < N(bad); i++) {
		(void)snprintf(what, sizeof(what), "bad URL %zu", i);
		ok(!kl_url_split(&u, bad[i], strlen(bad[i])), what);
	}
}

static bool
same(const char *a, const char *b)
{
	struct kl_url x, y;

	return kl_url_split(&x, a, strlen(a)) &&
	    kl_url_split(&y, b, strlen(b)) && kl_url_same_origin(&x, &y);
}

static void
test_origin(void)
{
	ok(same("https://a.example/x", "https://A.Example:443/y"), "the same");
	ok(!same("https://a.example", "http://a.example"), "another scheme");
	ok(!same("https://a.example", "https://b.example"), "another host");
	ok(!same("https://a.example", "https://a.example:444"), "another port");
	ok(!same("https://a.example", "https://a.example.org"),
	    "a longer host");
}

static void
test_loopback(void)
{
	static const struct {
		const char *url;
		bool want;
	} rows[] = {
		{ "http://localhost", true },
		{ "http://LOCALHOST:1/", true },
		{ "http://127.0.0.1", true },
		{ "http://127.255.255.255", true },
		{ "http://[::1]", true },
		{ "http://127.0.0.256", false },
		{ "http://127.0.0", false },
		{ "http://127.0.0.1.", false },
		{ "http://127.0.0.1.example", false },
		{ "http://127.0.0.0001", false },
		{ "http://128.0.0.1", false },
		{ "http://0.0.0.0", false },
		{ "http://[::2]", false },
		{ "http://[::ffff:127.0.0.1]", false },
		{ "http://localhost.example", false },
		{ "http://xlocalhost", false },
	};
	struct kl_url u;
	size_t i;

	for (i = 0; i < N(rows); i++)
		ok(kl_url_split(&u, rows[i].url, strlen(rows[i].url)) &&
			kl_url_loopback(&u) == rows[i].want,
		    rows[i].url);
}

static void
test_query(void)
{
	struct kl_buf b = { 0 };

	kl_url_param(&b, "page[size]", "100", 3);
	kl_url_param(&b, "filter", "equals(name,\"a b+\")", 19);
	is(kl_buf_str(&b),
	    "page%5Bsize%5D=100&filter=equals%28name%2C%22a%20b%2B%22%29",
	    "parameters are encoded");
	kl_buf_reset(&b);
	ok(kl_url_query(&b, KL_SPAN("a=1&page%5bcursor%5D=x%3D%3d+y&b=2"),
	       "page[cursor]"),
	    "a parameter is found");
	is(kl_buf_str(&b), "x== y", "and decoded");
	kl_buf_reset(&b);
	ok(kl_url_query(&b, KL_SPAN("page[cursor]=z"), "page[cursor]") &&
		b.n == 1,
	    "also written plainly");
	ok(!kl_url_query(&b, KL_SPAN("xpage[cursor]=z&page[cursor"),
	       "page[cursor]"),
	    "not by a part of its name");
	ok(!kl_url_query(&b, KL_SPAN("c=%4"), "c") &&
		!kl_url_query(&b, KL_SPAN("c=%"), "c") &&
		!kl_url_query(&b, KL_SPAN("c=%zz"), "c") &&
		!kl_url_query(&b, KL_SPAN("%=1&c=%4g"), "c"),
	    "nor with a broken escape");
	ok(!kl_url_query(&b, KL_SPAN(""), "c") &&
		!kl_url_query(&b, KL_SPAN("&&&"), "c"),
	    "nor where there is none");
	kl_buf_free(&b);
}

int
main(void)
{
	test_split();
	test_origin();
	test_loopback();
	test_query();
	return done();
}
