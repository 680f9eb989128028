/* SPDX-License-Identifier: MIT */
/* csv-split-avx2.c - rows with AVX2: 32 bytes at a time. */

#include "csv-split.h"

#if KL_CPU_WIDE

#include "wide.h"

WIDE_BEGIN("avx2,bmi,bmi2,pclmul")

WIDE_INLINE uint64_t
wide(__m256i v)
{
	return (uint32_t)_mm256_movemask_epi8(v);
}

/* Those of 32 bytes, which are the bytes from at on of a block. */
WIDE_INLINE __m256i
look_wide(struct csv_bits *b, const char *s, unsigned at,
    const struct csv_look *look)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(s + at));
	__m256i escapes = _mm256_or_si256(
	    _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v),
	    _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));

	if (look->odd)
		escapes = _mm256_or_si256(escapes,
		    _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')));
	b->delimiter |=
	    wide(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(look->delimiter))) << at;
	b->quote |= wide(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(look->quote)))
	    << at;
	b->lf |= wide(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\n'))) << at;
	b->cr |= wide(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\r'))) << at;
	b->escapes |= wide(escapes) << at;
	return v;
}

WIDE_INLINE struct csv_bits
block_bits(const char *s, const struct csv_look *look)
{
	struct csv_bits b = { 0 };
	__m256i any = look_wide(&b, s, 0, look);

	any = _mm256_or_si256(any, look_wide(&b, s, 32, look));
	b.high = _mm256_movemask_epi8(any) != 0;
	return b;
}

/* A product without carries: with all ones, the parity of what is below. */
WIDE_INLINE uint64_t
toggled(uint64_t bits)
{
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(
	    _mm_set_epi64x(0, (long long)bits), _mm_set1_epi8(-1), 0));
}

/* Bits of the bytes of a character that is not ASCII. */
struct sequences {
	uint64_t high;		   /* over 0x7F */
	uint64_t more;		   /* all but the first byte */
	uint64_t two, three, four; /* the first of as many */
};

WIDE_INLINE __m256i
within(__m256i v, int from, int to)
{
	return _mm256_and_si256(
	    _mm256_cmpgt_epi8(v, _mm256_set1_epi8((char)(from - 1))),
	    _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(to + 1)), v));
}

WIDE_INLINE void
look_for_sequences(struct sequences *q, const char *s, unsigned at)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(s + at));

	q->high |= wide(v) << at;
	q->more |= wide(_mm256_cmpgt_epi8(_mm256_set1_epi8((char)0xC0), v))
	    << at;
	q->two |= wide(within(v, 0xC2, 0xDF)) << at;
	q->three |= wide(within(v, 0xE0, 0xEF)) << at;
	q->four |= wide(within(v, 0xF0, 0xF4)) << at;
}

/* The first bytes that do not go with any second one. */
WIDE_INLINE bool
is_strict(unsigned char c)
{
	return c == 0xE0 || c == 0xED || c == 0xF0 || c == 0xF4;
}

/* And the second ones that they go with. */
WIDE_INLINE bool
goes_with(unsigned char c, unsigned char second)
{
	return c == 0xE0 ? second >= 0xA0
	    : c == 0xED	 ? second < 0xA0
	    : c == 0xF0	 ? second >= 0x90
			 : second < 0x90;
}

/*
 * Every byte that follows a first one, and no other, is one of the more.  What
 * a character at the end of the block lacks is for the next one.
 */
static bool
doubtful(struct csv_split *p, size_t base)
{
	const unsigned char *s = (const unsigned char *)p->s + base;
	struct sequences q = { 0 };
	uint64_t want = p->utf8, long_ones;
	bool strict = true;

	p->utf8 = 0;
	if (p->n - base < BLOCK + 1)
		return true;
	look_for_sequences(&q, (const char *)s, 0);
	look_for_sequences(&q, (const char *)s, 32);
	long_ones = q.three | q.four;
	want |= (q.two | long_ones) << 1 | long_ones << 2 | q.four << 3;
	p->utf8 = (q.two | long_ones) >> 63 | long_ones >> 62 | q.four >> 61;
	for (; long_ones != 0; long_ones &= long_ones - 1) {
		s = (const unsigned char *)p->s + base +
		    __builtin_ctzll(long_ones);
		strict &= !is_strict(s[0]) || goes_with(s[0], s[1]);
	}
	return !strict || want != q.more ||
	    q.high != (q.more | q.two | q.three | q.four);
}

#include "csv-block.h"

const struct csv_splitter kl_csv_splitter_avx2 = { begin, next };

WIDE_END

#else
typedef int csv_no_avx2; /* a file must hold something */
#endif
