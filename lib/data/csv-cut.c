/* SPDX-License-Identifier: MIT */
/*
 * csv-cut.c - where rows end, without splitting them.
 *
 * A newline with an even number of quotes before it ends a row, if all rows
 * keep the rules.  What is cut by that is split afterwards, by someone who
 * finds out if it was not so.
 */

#include "kl/csv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* So much without an end of a row: a stray quote, more likely than not. */
#define MUCH ((size_t)1 << 20)

/* True if c is among the bytes an odd number of times. */
static bool
is_odd(const char *s, size_t n, char c)
{
	unsigned odd = 0;

#ifdef __SSE2__
	const __m128i want = _mm_set1_epi8(c);
	__m128i sum = _mm_setzero_si128();

	/* A byte each of 16 flips where c stands. */
	for (; n >= 16; s += 16, n -= 16)
		sum = _mm_xor_si128(sum,
		    _mm_cmpeq_epi8(want,
			_mm_loadu_si128((const __m128i *)(const void *)s)));
	odd = (unsigned)__builtin_parity((unsigned)_mm_movemask_epi8(sum));
#endif
	while (n-- > 0)
		odd ^= *s++ == c;
	return odd & 1;
}

/* The bytes up to and including the last newline. */
static size_t
whole_lines(const char *s, size_t n)
{
	while (n > 0 && s[n - 1] != '\n')
		n--;
	return n;
}

size_t
kl_csv_cut(void *form, const char *s, size_t n, bool more)
{
	const struct kl_csv_form *f = form;
	char quote = f->quote != 0 ? f->quote : '"';
	size_t all = whole_lines(s, n), end = all, before;
	bool odd;

	if (f->no_quotes || all == 0)
		return all;
	for (odd = is_odd(s, end, quote); odd && end > 0; end = before) {
		before = whole_lines(s, end - 1);
		odd ^= is_odd(s + before, end - before, quote);
	}
	return end > 0 || (more && n < MUCH) ? end : all;
}
