/* SPDX-License-Identifier: MIT */
/* csv-put.c - values as CSV. */

#include <string.h>

#include "csv-priv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A byte-order mark; first in a file it is lost. */
#define MARK "\xEF\xBB\xBF"

#define SHORT ((size_t)64) /* bytes that are copied one by one */

bool
kl_csv_delimiter(const char *text, char *delimiter)
{
	char c = *text;

	if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
		c = '\t';
	else if (c <= 0 || c >= 0x7F || strchr("\"\r\n", c) != NULL ||
	    text[1] != '\0')
		return false;
	*delimiter = c;
	return true;
}

bool
kl_csv_quote(const char *text, char *quote)
{
	if (*text <= ' ' || *text >= 0x7F || text[1] != '\0')
		return false;
	*quote = *text;
	return true;
}

#ifdef __SSE2__

/* Not zero if one of 16 bytes is a reason for quotes. */
static inline int
reasons(const char *s, char delimiter, char quote)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
	__m128i a = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(delimiter)),
	    _mm_cmpeq_epi8(v, _mm_set1_epi8(quote)));
	__m128i b = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\r')),
	    _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));

	return _mm_movemask_epi8(_mm_or_si128(a, b));
}

#endif

/* True if the value cannot stand without quotes. */
static bool
must_quote(const char *s, size_t n, char delimiter, char quote)
{
	if (n >= 3 && memcmp(s, MARK, 3) == 0)
		return true;
#ifdef __SSE2__
	if (n >= 16) {
		for (; n > 16; s += 16, n -= 16)
			if (reasons(s, delimiter, quote) != 0)
				return true;
		/* The last 16, some of them once more. */
		return reasons(s + n - 16, delimiter, quote) != 0;
	}
#endif
	for (size_t i = 0; i < n; i++)
		if (s[i] == delimiter || s[i] == quote || s[i] == '\r' ||
		    s[i] == '\n')
			return true;
	return false;
}

/* Copy, each quote twice; there is room for it all. */
static size_t
copy_doubled(char *to, const char *s, size_t n, char quote)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		to[k] = to[k + 1] = s[i];
		k += s[i] == quote ? 2 : 1;
	}
	return k;
}

void
kl_csv_put_quoted(struct kl_buf *b, const char *s, size_t n,
    const struct kl_csv_form *form)
{
	char quote = form->quote != 0 ? form->quote : '"';
	const char *at;
	size_t run;

	kl_buf_putc(b, quote);
	at = n > 0 ? memchr(s, quote, n) : NULL;
	if (at != NULL && n <= SHORT && kl_buf_room(b, 2 * n + 1)) {
		b->n += copy_doubled(b->s + b->n, s, n, quote);
		n = 0;
	}
	while (n > 0 && at != NULL) {
		run = (size_t)(at - s) + 1;
		kl_buf_put(b, s, run);
		kl_buf_putc(b, quote);
		s += run;
		n -= run;
		at = n > 0 ? memchr(s, quote, n) : NULL;
	}
	kl_buf_put(b, s, n);
	kl_buf_putc(b, quote);
}

void
kl_csv_put(struct kl_buf *b, const char *s, size_t n,
    const struct kl_csv_form *form)
{
	if (must_quote(s, n, form->delimiter != 0 ? form->delimiter : ',',
		form->quote != 0 ? form->quote : '"'))
		kl_csv_put_quoted(b, s, n, form);
	else
		kl_buf_put(b, s, n);
}
