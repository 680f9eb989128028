/* SPDX-License-Identifier: MIT */
/* rows.c - collections small enough to be sorted for every request. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "rows.h"

void
row_key(struct row *r, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(r->key, sizeof(r->key), fmt, ap);
	va_end(ap);
	r->n = n < 0 ? 0 : (size_t)n;
	if (r->n >= sizeof(r->key))
		r->n = sizeof(r->key) - 1;
}

static int
compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int c = memcmp(x->key, y->key, n);

	return c != 0 ? c : (x->n > y->n) - (x->n < y->n);
}

static void
sort(struct row *row, size_t n, bool down)
{
	struct row swap;
	size_t i;

	qsort(row, n, sizeof(*row), compare);
	for (i = 0; down && i < n / 2; i++) {
		swap = row[i];
		row[i] = row[n - 1 - i];
		row[n - 1 - i] = swap;
	}
}

/* The first row of the page. */
static size_t
start(const struct query *u, const struct row *row, size_t n)
{
	struct row from = { 0, u->cursor.n, "" };
	size_t i = 0;
	int c;

	if (!u->cursor.given || u->cursor.n >= sizeof(from.key))
		return 0;
	memcpy(from.key, u->cursor.text, u->cursor.n);
	for (; i < n; i++) {
		c = compare(&row[i], &from) * (u->down ? -1 : 1);
		if (u->cursor.back ? c >= 0 : c > 0)
			break;
	}
	if (!u->cursor.back)
		return i;
	return i > u->size ? i - u->size : 0;
}

static void
token(struct req *q, struct kl_buf *b, const struct row *r, bool back)
{
	cursor_put(b, q->query.bind, (struct place){ 0, 0 },
	    (struct kl_span){ r->key, r->n }, back);
}

void
rows_put(struct req *q, struct row *row, size_t n,
    void (*put)(struct req *q, uint32_t at))
{
	struct kl_buf *next = &q->box->page, *back = &q->box->back;
	size_t i, end;

	sort(row, n, q->query.down);
	i = start(&q->query, row, n);
	end = n - i > q->query.size ? i + q->query.size : n;
	kl_buf_reset(next);
	kl_buf_reset(back);
	if (end < n)
		token(q, next, &row[end - 1], false);
	if (i > 0 && i < n)
		token(q, back, &row[i], true);
	kl_buf_putc(&q->out, '[');
	for (; i < end; i++)
		put(q, row[i].at);
	kl_buf_putc(&q->out, ']');
}
