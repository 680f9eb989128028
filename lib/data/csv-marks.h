/* SPDX-License-Identifier: MIT */
#ifndef CSV_MARKS_H
#define CSV_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * csv-marks.h - the bytes of a table that matter, a bit each, 64 at a time.
 */

#define MARKS_INLINE static inline __attribute__((always_inline))

#define BLOCK ((size_t)64)

/* What is looked for.  odd: the quote is not the one of JSON. */
struct csv_look {
	char delimiter, quote;
	bool odd;
};

/* Where it is in a block; escapes are what JSON has no such byte for. */
struct csv_bits {
	uint64_t delimiter, quote, lf, cr, escapes;
	bool high; /* any byte is over 0x7F */
};

#ifdef __SSE2__

MARKS_INLINE uint64_t
bits_of(__m128i v)
{
	return (unsigned)_mm_movemask_epi8(v);
}

/* Those of 16 bytes, which are the bytes from at on of a block. */
MARKS_INLINE __m128i
look_at(struct csv_bits *b, const char *s, unsigned at,
    const struct csv_look *look)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s + at));
	__m128i escapes = _mm_or_si128(
	    _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v),
	    _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));

	if (look->odd)
		escapes = _mm_or_si128(escapes,
		    _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
	b->delimiter |=
	    bits_of(_mm_cmpeq_epi8(v, _mm_set1_epi8(look->delimiter))) << at;
	b->quote |= bits_of(_mm_cmpeq_epi8(v, _mm_set1_epi8(look->quote)))
	    << at;
	b->lf |= bits_of(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))) << at;
	b->cr |= bits_of(_mm_cmpeq_epi8(v, _mm_set1_epi8('\r'))) << at;
	b->escapes |= bits_of(escapes) << at;
	return v;
}

MARKS_INLINE struct csv_bits
csv_bits(const char *s, const struct csv_look *look)
{
	struct csv_bits b = { 0 };
	__m128i any = look_at(&b, s, 0, look);

	any = _mm_or_si128(any, look_at(&b, s, 16, look));
	any = _mm_or_si128(any, look_at(&b, s, 32, look));
	any = _mm_or_si128(any, look_at(&b, s, 48, look));
	b.high = _mm_movemask_epi8(any) != 0;
	return b;
}

#else

MARKS_INLINE struct csv_bits
csv_bits(const char *s, const struct csv_look *look)
{
	struct csv_bits b = { 0 };
	unsigned char c;
	uint64_t bit;

	for (unsigned i = 0; i < BLOCK; i++) {
		c = (unsigned char)s[i];
		bit = (uint64_t)1 << i;
		b.delimiter |= s[i] == look->delimiter ? bit : 0;
		b.quote |= s[i] == look->quote ? bit : 0;
		b.lf |= c == '\n' ? bit : 0;
		b.cr |= c == '\r' ? bit : 0;
		b.escapes |=
		    c < ' ' || c == '\\' || (look->odd && c == '"') ? bit : 0;
		b.high |= c > 0x7F;
	}
	return b;
}

#endif

/* A bit for each byte that has an odd number of bits at or before it. */
MARKS_INLINE uint64_t
csv_toggled(uint64_t bits)
{
	bits ^= bits << 1;
	bits ^= bits << 2;
	bits ^= bits << 4;
	bits ^= bits << 8;
	bits ^= bits << 16;
	bits ^= bits << 32;
	return bits;
}

#endif /* CSV_MARKS_H */
