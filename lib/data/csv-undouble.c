/* SPDX-License-Identifier: MIT */
/* csv-undouble.c - values with doubled quotes, copied with single ones. */

#include <string.h>

#include "csv-split.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Copy the n bytes of a value, each doubled quote as one; returns where the
 * copy ends.  far: more can be read, and written, past their ends. */
static char *
undouble(char *to, const char *s, size_t n, char quote, bool far)
{
	const char *end = s + n;

#ifdef __SSE2__
	/* 16 bytes, or up to the first quote: one way for both. */
	while (far && s < end) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
		unsigned at = (unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(v, _mm_set1_epi8(quote)));

		if (end - s < 16)
			at &= (1U << (end - s)) - 1;
		at = (unsigned)__builtin_ctz(at | 1U << 16);
		_mm_storeu_si128((__m128i *)(void *)to, v);
		to += at + (at < 16);
		s += at + 2 * (size_t)(at < 16);
	}
	if (far)
		return to - (s - end);
#else
	(void)far;
#endif
	while (s < end) {
		*to++ = *s;
		s += 1 + (*s == quote);
	}
	return to;
}

/* The quote before a value tells that it was quoted.  All copies of a row fit
 * into its length, quotes included. */
bool
kl_csv_undouble(struct csv_row *r, char quote, bool far)
{
	struct kl_span *f;
	char *to, *s;

	kl_buf_reset(r->text);
	if (!kl_buf_room(r->text, r->raw.n + KL_CSV_AHEAD))
		return false;
	to = r->text->s;
	for (size_t i = 0; i < r->roughs; i++) {
		f = &r->field[r->rough[i]];
		if (f->n == 0 || f->s == r->raw.s || f->s[-1] != quote ||
		    memchr(f->s, quote, f->n) == NULL)
			continue;
		*to++ = quote;
		s = to;
		to = undouble(to, f->s, f->n, quote, far);
		*f = (struct kl_span){ s, (size_t)(to - s) };
	}
	r->text->n = (size_t)(to - r->text->s);
	return true;
}
