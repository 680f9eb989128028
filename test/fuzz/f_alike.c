/* SPDX-License-Identifier: MIT */
/*
 * f_alike.c - pages, one after the other: whatever was learnt of the rows of
 * those before, the answer is that of the scanner that takes a page as it is.
 * The input is lines; all but the first of them are rows, each many times, and
 * the first is what stands behind those.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kl/alike.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_page(struct kl_alike *alike, struct kl_json *doc, const char *s, size_t n)
{
	struct kl_json plain = { 0 };
	struct kl_err a = { 0 }, b = { 0 };
	char *copy = malloc(n + KL_JSON_SPARE);
	enum kl_rc ra, rb;

	if (copy == NULL)
		abort();
	memcpy(copy, s, n);
	memset(copy + n, '}', KL_JSON_SPARE);
	alike->as_is = 0;
	ra = kl_json_scan(&plain, copy, n, &a);
	rb = kl_alike_scan(alike, doc, copy, n, KL_JSON_SPARE, &b);
	assert(ra == rb && strcmp(a.msg, b.msg) == 0);
	assert(plain.nodes == doc->nodes);
	assert(plain.nodes == 0 ||
	    memcmp(plain.node, doc->node, plain.nodes * sizeof(*plain.node)) ==
		0);
	kl_json_free(&plain);
	free(copy);
}

/* Rows of the lines, in turn, until there are enough; then the tail. */
static void
put_page(struct kl_buf *b, struct kl_span lines, struct kl_span tail)
{
	const char *p = lines.s, *end = lines.s + lines.n, *eol;
	bool first = true;

	kl_buf_reset(b);
	kl_buf_puts(b, "{\"data\":[");
	while (b->n < KL_ALIKE_BYTES + lines.n) {
		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol != NULL ? eol : end;
		if (!first)
			kl_buf_putc(b, ',');
		first = false;
		kl_buf_put(b, p, (size_t)(eol - p));
		p = eol < end ? eol + 1 : lines.s;
	}
	kl_buf_span(b, tail);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	const char *eol = size > 0 ? memchr(s, '\n', size) : NULL;
	struct kl_alike alike = { 0 };
	struct kl_json doc = { 0 };
	struct kl_buf b = { 0 };
	struct kl_span tail, lines;

	if (eol == NULL || size > 4096)
		return 0;
	tail = (struct kl_span){ s, (size_t)(eol - s) };
	lines = (struct kl_span){ eol + 1, size - tail.n - 1 };
	put_page(&b, lines, tail);
	assert(b.rc == KL_OK);
	check_page(&alike, &doc, b.s, b.n);
	check_page(&alike, &doc, b.s, b.n);
	kl_alike_free(&alike);
	kl_json_free(&doc);
	kl_buf_free(&b);
	return 0;
}
