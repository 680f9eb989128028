/* SPDX-License-Identifier: MIT */
/* buf.c - bounded byte buffers whose errors stick. */

#include <stdio.h>
#include <stdlib.h>

#include "kl/buf.h"

#define FIRST ((size_t)256)

bool
kl_buf_room(struct kl_buf *b, size_t n)
{
	size_t max = b->max != 0 ? b->max : KL_BUF_MAX;
	size_t cap = b->cap != 0 ? b->cap : FIRST;
	char *p;

	if (b->rc != KL_OK)
		return false;
	if (b->cap - b->n >= n)
		return true;
	if (n > max || b->n > max - n) {
		b->rc = KL_ETOOBIG;
		return false;
	}
	while (cap < b->n + n)
		cap *= 2;
	if (cap > max)
		cap = max;
	if ((p = realloc(b->s, cap)) == NULL) {
		b->rc = KL_ENOMEM;
		return false;
	}
	b->s = p;
	b->cap = cap;
	return true;
}

void
kl_buf_reserve(struct kl_buf *b, size_t n)
{
	size_t max = b->max != 0 ? b->max : KL_BUF_MAX;
	size_t cap = n <= max - max / 32 ? n + n / 32 : max;
	char *p;

	if (n <= b->cap || n > max || b->rc != KL_OK ||
	    (p = realloc(b->s, cap)) == NULL)
		return;
	b->s = p;
	b->cap = cap;
}

void
kl_buf_printf(struct kl_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !kl_buf_room(b, (size_t)n + 1))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->s + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

enum kl_rc
kl_buf_check(const struct kl_buf *b, struct kl_err *err)
{
	if (b->rc == KL_ENOMEM)
		return kl_err_nomem(err);
	if (b->rc != KL_OK)
		return kl_err_set(err, KL_ETOOBIG, "more than %zu bytes",
		    b->max != 0 ? b->max : KL_BUF_MAX);
	return KL_OK;
}

const char *
kl_buf_str(struct kl_buf *b)
{
	if (b->rc != KL_OK || !kl_buf_room(b, 1))
		return "";
	b->s[b->n] = '\0';
	return b->s;
}

void
kl_buf_reset(struct kl_buf *b)
{
	b->n = 0;
	b->rc = KL_OK;
}

void
kl_buf_free(struct kl_buf *b)
{
	free(b->s);
	b->s = NULL;
	b->n = b->cap = 0;
	b->rc = KL_OK;
}

void
kl_wipe(void *s, size_t n)
{
	volatile char *p = s;

	while (n-- > 0)
		*p++ = '\0';
}
