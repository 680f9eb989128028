/* SPDX-License-Identifier: MIT */
#ifndef KL_BUF_H
#define KL_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/buf.h - bounded byte buffers, and spans of bytes.
 *
 * A buffer has a limit and its errors stick: after the first put that did
 * not fit, every further put is ignored and kl_buf_check() tells.  So a
 * record is assembled without a test on every line and looked at once.
 */

/* Borrowed bytes; not NUL-terminated.  All zero is the empty span. */
struct kl_span {
	const char *s;
	size_t n;
};

/* The span of a string literal or NUL-terminated string. */
#define KL_SPAN(str) ((struct kl_span){ (str), strlen(str) })

/* True if the span holds exactly the string. */
static inline bool
kl_span_is(struct kl_span a, const char *str)
{
	return a.n == strlen(str) && memcmp(a.s, str, a.n) == 0;
}

/* True if both hold the same bytes. */
static inline bool
kl_span_eq(struct kl_span a, struct kl_span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

/*
 * All zero is a valid empty buffer with the limit KL_BUF_MAX.  s is NULL
 * until the first put.
 */
struct kl_buf {
	char *s;
	size_t n;      /* bytes in use */
	size_t cap;    /* bytes allocated */
	size_t max;    /* the limit in bytes; 0 means KL_BUF_MAX */
	enum kl_rc rc; /* KL_OK, or KL_ENOMEM or KL_ETOOBIG for good */
};

#define KL_BUF_MAX ((size_t)64 << 20)

/* Make room for n more bytes.  False, and sticky, if that cannot be. */
bool kl_buf_room(struct kl_buf *b, size_t n);

/* Have room for n bytes in all, and not much more: for what is about that
 * long.  Nothing happens where it is too much, or there is no memory. */
void kl_buf_reserve(struct kl_buf *b, size_t n);

/* Append n bytes. */
static inline void
kl_buf_put(struct kl_buf *b, const void *s, size_t n)
{
	if (n > 0 && (b->cap - b->n >= n || kl_buf_room(b, n)) &&
	    b->rc == KL_OK) {
		memcpy(b->s + b->n, s, n);
		b->n += n;
	}
}

/* Append one byte. */
static inline void
kl_buf_putc(struct kl_buf *b, char c)
{
	if ((b->cap > b->n || kl_buf_room(b, 1)) && b->rc == KL_OK)
		b->s[b->n++] = c;
}

/* Append a NUL-terminated string, a span, formatted text. */
static inline void
kl_buf_puts(struct kl_buf *b, const char *str)
{
	kl_buf_put(b, str, strlen(str));
}

static inline void
kl_buf_span(struct kl_buf *b, struct kl_span s)
{
	kl_buf_put(b, s.s, s.n);
}

void kl_buf_printf(struct kl_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* KL_OK, or the sticky failure described in err. */
enum kl_rc kl_buf_check(const struct kl_buf *b, struct kl_err *err);

/*
 * The content with a NUL after it (not counted in n).  Returns "" for an
 * empty or failed buffer.  Borrowed until the next call on b.
 */
const char *kl_buf_str(struct kl_buf *b);

/* Empty it and forget its failure; the memory is kept.  Free it. */
void kl_buf_reset(struct kl_buf *b);
void kl_buf_free(struct kl_buf *b);

/* Overwrite a secret, in a way that is not optimised away. */
void kl_wipe(void *s, size_t n);

#ifdef __cplusplus
}
#endif

#endif /* KL_BUF_H */
