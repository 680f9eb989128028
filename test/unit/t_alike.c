/* SPDX-License-Identifier: MIT */
/* t_alike.c - pages taken apart into rows: the answer is that of the scanner
 * that takes them as they are. */

#include <stdlib.h>

#include "../../lib/json/scan.h"
#include "kl/alike.h"
#include "ok.h"

#define ROW                                                                    \
	"{\"type\":\"t\",\"id\":\"%u\",\"attributes\":{\"email\":\"a%u@b\","   \
	"\"n\":%u,\"p\":{\"x\":[1,{\"y\":null}],\"z\":{}}%s}}"
#define TAIL "],\"links\":{\"next\":\"http://x/?a=[{\\\"},{\",\"prev\":null}}"

static struct kl_json plain, paged;
static struct kl_alike alike;

/* The same answer, from memory that ends where it is said to. */
static bool
agrees(const char *s, size_t n)
{
	struct kl_err a = { 0 }, b = { 0 };
	char *copy = malloc(n + KL_JSON_SPARE);
	enum kl_rc ra, rb;
	bool same;

	if (copy == NULL)
		abort();
	memcpy(copy, s, n);
	memset(copy + n, '}', KL_JSON_SPARE);
	alike.as_is = 0;
	ra = kl_json_scan(&plain, copy, n, &a);
	rb = kl_alike_scan(&alike, &paged, copy, n, KL_JSON_SPARE, &b);
	same = ra == rb && strcmp(a.msg, b.msg) == 0 &&
	    plain.nodes == paged.nodes && paged.n == n &&
	    (plain.nodes == 0 ||
		memcmp(plain.node, paged.node,
		    plain.nodes * sizeof(*plain.node)) == 0);
	free(copy);
	return same;
}

/* A page: what is between rows, one row that is another, and what is behind
 * them. */
struct page {
	const char *begin, *between, *odd, *tail;
	unsigned rows;
};

static void
build(struct kl_buf *b, const struct page *p)
{
	unsigned i;

	kl_buf_reset(b);
	kl_buf_puts(b, p->begin != NULL ? p->begin : "{\"data\":[");
	for (i = 0; i < p->rows; i++) {
		if (i > 0)
			kl_buf_puts(b, p->between != NULL ? p->between : ",");
		if (p->odd != NULL && i == p->rows / 2)
			kl_buf_puts(b, p->odd);
		else
			kl_buf_printf(b, ROW, i, i * 77, i,
			    i % 3 == 1 ? ",\"last\":\"}]}},{\"" : "");
	}
	kl_buf_puts(b, p->tail != NULL ? p->tail : TAIL);
	if (b->rc != KL_OK)
		abort();
}

static const struct {
	const char *what;
	struct page page;
} pages[] = {
	{ "rows", { .rows = 60 } },
	{ "one row", { .rows = 1 } },
	{ "no row", { .rows = 0 } },
	{ "blanks between rows", { .rows = 60, .between = ", " } },
	{ "no comma between rows", { .rows = 60, .between = "" } },
	{ "two commas between rows", { .rows = 60, .between = ",," } },
	{ "a blank before the first", { .rows = 60, .begin = "{\"data\":[ " } },
	{ "another name", { .rows = 60, .begin = "{\"dato\":[" } },
	{ "something before", { .rows = 60, .begin = "{\"a\":1,\"data\":[" } },
	{ "an array in the array", { .rows = 60, .begin = "{\"data\":[[" } },
	{ "a row that is null", { .rows = 60, .odd = "null" } },
	{ "a row that is empty", { .rows = 60, .odd = "{}" } },
	{ "a row of another kind", { .rows = 60, .odd = "{\"id\":1}" } },
	{ "a short row", { .rows = 60, .odd = "{\"type\":\"s\"}" } },
	{ "a row cut short", { .rows = 60, .odd = "{\"type\":\"s\"" } },
	{ "a row with a name twice",
	    { .rows = 60, .odd = "{\"type\":1,\"type\":2}" } },
	{ "a row with rows in it",
	    { .rows = 60,
		.odd =
		    "{\"type\":[{\"type\":{}},{\"type\":{}},{\"type\":0}]}" } },
	{ "a row that is not UTF-8",
	    { .rows = 60, .odd = "{\"type\":\"\xff\"}" } },
	{ "UTF-8", { .rows = 60, .odd = "{\"type\":\"\xc3\xa9\"}" } },
	{ "nothing behind", { .rows = 60, .tail = "]}" } },
	{ "white space behind", { .rows = 60, .tail = "]} \n" } },
	{ "no end", { .rows = 60, .tail = "" } },
	{ "no end of the page", { .rows = 60, .tail = "]" } },
	{ "more behind", { .rows = 60, .tail = "]}]" } },
	{ "a blank before the bracket", { .rows = 60, .tail = " ],\"a\":1}" } },
	{ "data twice", { .rows = 60, .tail = "],\"data\":[]}" } },
	{ "rows included",
	    { .rows = 60,
		.tail = "],\"included\":[{\"type\":\"a\",\"b\":[{}]},"
			"{\"type\":\"b\"},{\"type\":\"c\"}],\"links\":{}}" } },
};

static bool
shown(const char *what, bool good)
{
	if (!good)
		printf("# %s\n", what);
	return good;
}

static void
test_pages(void)
{
	struct kl_buf b = { 0 };
	size_t i, k, wrong = 0;

	for (k = 0; k < 2; k++)
		for (i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
			build(&b, &pages[i].page);
			wrong += !shown(pages[i].what, agrees(b.s, b.n));
		}
	ok(wrong == 0, "pages of all kinds have the answer they should");
	kl_buf_free(&b);
}

/* True if the page was taken apart: what is around its rows was put
 * together. */
static bool
taken_apart(const struct page *p)
{
	struct kl_buf b = { 0 };
	bool taken;

	build(&b, p);
	kl_alike_free(&alike);
	taken = agrees(b.s, b.n) && alike.text.n == 9 + strlen(TAIL);
	kl_buf_free(&b);
	return taken;
}

static void
test_taken_apart(void)
{
	const struct page usual = { .rows = 60 };
	const struct page short_one = { .rows = 60, .odd = "{\"type\":\"s\"}" };
	const struct page blanks = { .rows = 60, .between = ", " };
	struct page included = { .rows = 60 };
	struct kl_buf many = { 0 };
	unsigned i;

	kl_buf_puts(&many, "],\"included\":[1");
	for (i = 0; i < 1000; i++)
		kl_buf_puts(&many, ",[{}]");
	kl_buf_puts(&many, "]}");
	included.tail = kl_buf_str(&many);
	ok(taken_apart(&usual), "rows are taken apart");
	ok(taken_apart(&short_one), "and where one is short");
	ok(!taken_apart(&blanks), "but not with blanks between them");
	ok(alike.as_is > 0, "nor are the pages that come next");
	ok(!taken_apart(&included) && plain.nodes > 3000 && alike.text.n == 0,
	    "nor where much is included");
	kl_buf_free(&many);
}

/* A page that is cut anywhere, and one with a byte that is another. */
static void
test_broken(void)
{
	static const char other[] = "\"\\{}[],:0 \x01\xc3";
	const struct page page = { .rows = 48 };
	struct kl_buf b = { 0 };
	size_t i, wrong = 0;
	char was;

	build(&b, &page);
	for (i = KL_ALIKE_BYTES - 1; i < b.n; i++)
		wrong += !agrees(b.s, i);
	ok(b.n > KL_ALIKE_BYTES + 200 && wrong == 0,
	    "a page cut anywhere has the answer it should");
	for (i = 0; i < b.n; i++) {
		was = b.s[i];
		b.s[i] = other[i % (sizeof(other) - 1)];
		wrong += !agrees(b.s, b.n);
		b.s[i] = was;
	}
	ok(wrong == 0, "and so has one with another byte anywhere");
	kl_buf_free(&b);
}

/* A limit holds for the page, whoever scans it. */
static void
test_limits(void)
{
	const struct page page = { .rows = 60 };
	struct kl_buf b = { 0 };
	uint32_t nodes, depth, i;
	size_t wrong = 0;

	build(&b, &page);
	(void)agrees(b.s, b.n);
	nodes = plain.nodes;
	for (i = nodes - 2; i <= nodes; i++) {
		plain.max_nodes = paged.max_nodes = i;
		wrong += !agrees(b.s, b.n);
		wrong += !shown("nodes", (plain.nodes > 0) == (i == nodes));
	}
	plain.max_nodes = paged.max_nodes = 0;
	for (depth = 1; depth < 9; depth++) {
		plain.max_depth = paged.max_depth = depth;
		wrong += !agrees(b.s, b.n);
		wrong += !shown("depth", (plain.nodes > 0) == (depth >= 7));
	}
	ok(wrong == 0, "limits are those of the page");
	kl_buf_free(&b);
}

int
main(void)
{
	test_pages();
	test_taken_apart();
	test_broken();
	test_limits();
	kl_alike_free(&alike);
	ok(alike.row.node == NULL && alike.rest.node == NULL &&
		alike.text.s == NULL,
	    "freed, it has nothing");
	kl_json_free(&plain);
	kl_json_free(&paged);
	return done();
}
