/* SPDX-License-Identifier: MIT */
/* t_json_names.c - no object has a name twice. */

#include <stdlib.h>

#include "scan.h"

/* An object of names made by printf from 0 to n - 1; then one more if last is
 * not NULL. */
static char *
object_of(const char *fmt, unsigned n, const char *last)
{
	struct kl_buf b = { .max = (size_t)1 << 28 };

	kl_buf_putc(&b, '{');
	for (unsigned i = 0; i < n; i++) {
		char name[64];

		/* The formats are those below. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(name, sizeof(name), fmt, i);
#pragma GCC diagnostic pop
		kl_json_put_int(&b, name, i);
	}
	if (last != NULL)
		kl_json_put_int(&b, last, 0);
	kl_buf_putc(&b, '}');
	(void)kl_buf_str(&b);
	return b.s;
}

static bool
names_differ(struct kl_json *doc, const char *fmt, unsigned n, const char *last)
{
	char *s = object_of(fmt, n, last);
	struct kl_err err = { 0 };
	enum kl_rc rc = scan(doc, s, strlen(s), &err);

	free(s);
	return rc == KL_OK;
}

static void
test_names(struct kl_json *doc)
{
	static const unsigned sizes[] = { 1, 2, 20, 63, 64, 65, 66, 200, 5000 };
	bool differ = true, twice = true, escaped = true, alike = true;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned n = sizes[i];

		differ = names_differ(doc, "n%u", n, NULL) && differ;
		twice = !names_differ(doc, "n%u", n, "n0") && twice;
		escaped = !names_differ(doc, "n%u", n, "\\u006e0") && escaped;
		/* One length, beginning and end: the hash is the same. */
		alike = names_differ(doc, "abc%05uxyz", n, NULL) &&
		    !names_differ(doc, "abc%05uxyz", n, "abc00000xyz") && alike;
	}
	ok(differ, "names that differ, in objects small and large");
	ok(twice, "one of them twice");
	ok(escaped, "and twice in another spelling");
	ok(alike, "names that look alike");
	ok(names_differ(doc, "%u", 300000, NULL), "300,000 names");
	ok(!names_differ(doc, "%u", 300000, "299999"), "one of them twice");
}

/* Names chosen to collide in the table of an object of n members. */
static void
test_collisions(struct kl_json *doc)
{
	enum {
		N = 400,
		SLOTS = 1024
	};
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };
	unsigned found = 0;
	char name[16], low[16], what[80];
	size_t keep;

	kl_buf_putc(&b, '{');
	for (unsigned i = 0; found < N; i++) {
		int n = snprintf(name, sizeof(name), "%u", i);

		if (kl_json_hash_all(name, name + n, false) % SLOTS != 0)
			continue;
		kl_json_put_null(&b, name);
		if (found++ == 0)
			memcpy(low, name, sizeof(low));
	}
	keep = b.n;
	kl_buf_putc(&b, '}');
	ok(scan(doc, b.s, b.n, &err) == KL_OK, "names made to collide");
	b.n = keep;
	kl_json_put_null(&b, name);
	kl_buf_putc(&b, '}');
	ok(scan(doc, b.s, b.n, &err) == KL_EDATA, "and one of them twice");
	(void)snprintf(what, sizeof(what), "byte %zu: member named twice",
	    keep + 2);
	is(err.msg, what, "which is the second of them");
	b.n = keep;
	kl_json_put_null(&b, name);
	kl_json_put_null(&b, low);
	kl_buf_putc(&b, '}');
	(void)scan(doc, b.s, b.n, &err);
	is(err.msg, what, "or the first of those that come again");
	b.n = keep;
	(void)snprintf(name, sizeof(name), "\\u003%c", '9');
	kl_json_put_null(&b, name);
	kl_json_put_null(&b, "\\u0039\\u0039");
	kl_json_put_null(&b, "99");
	kl_buf_putc(&b, '}');
	ok(scan(doc, b.s, b.n, &err) == KL_EDATA, "escapes are undone there");
	kl_buf_free(&b);
}

/* The table of marks has room for as many objects as it has numbers. */
static void
test_many_objects(struct kl_json *doc)
{
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };

	kl_buf_putc(&b, '[');
	for (unsigned i = 0; i < 1000; i++)
		kl_buf_puts(&b,
		    i == 0 ? "{\"a\":1,\"b\":2}" : ",{\"b\":1,\"a\":2}");
	kl_buf_putc(&b, ']');
	ok(scan(doc, b.s, b.n, &err) == KL_OK,
	    "objects in a row do not see each other's names");
	if (doc->names != NULL)
		doc->names[0] = UINT32_MAX - 2;
	ok(kl_json_scan_with(kl_json_scan_plain, doc, b.s, b.n, &err) == KL_OK,
	    "not even when the count of objects begins anew");
	ok(scan(doc, "{\"a\":1,\"b\":2,\"a\":3}", 19, &err) == KL_EDATA,
	    "nor is a name twice missed then");
	kl_buf_free(&b);
}

int
main(void)
{
	struct kl_json doc = { 0 };

	test_names(&doc);
	test_collisions(&doc);
	test_many_objects(&doc);
	kl_json_free(&doc);
	return done();
}
