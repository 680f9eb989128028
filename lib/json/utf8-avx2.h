/* SPDX-License-Identifier: MIT */
#ifndef JSON_UTF8_AVX2_H
#define JSON_UTF8_AVX2_H

/*
 * utf8-avx2.h - strict UTF-8, 32 bytes at a time.
 *
 * After John Keiser and Daniel Lemire, "Validating UTF-8 In Less Than One
 * Instruction Per Byte" (2021).  Every way in which two neighbours can be wrong
 * has a bit.  Three tables, looked up by the high and the low half of the
 * first byte and by the high half of the second, tell which of the bits each
 * half allows; a bit that all three allow is an error.  The last bit stands
 * for two continuation bytes in a row, which is right where a longer sequence
 * wants it: then it must be there.
 */

#include <string.h>

#define TOO_SHORT (1 << 0) /* a lead, then no continuation */
#define TOO_LONG (1 << 1)  /* ASCII, then a continuation */
#define OVER_3 (1 << 2)	   /* overlong in three bytes */
#define TOO_LARGE (1 << 3) /* above U+10FFFF */
#define SURROGATE (1 << 4)
#define OVER_2 (1 << 5) /* overlong in two bytes */
#define OVER_4 (1 << 6) /* overlong in four bytes, or far too large */
#define TWO_CONTS ((char)(1 << 7))
#define CARRY ((char)(TOO_SHORT | TOO_LONG | TWO_CONTS))

/* The sixteen entries of a table, in both halves of a register. */
#define TABLE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

INLINE __m256i
high_halves(__m256i v)
{
	return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(15));
}

/* What is wrong with the bytes before those of v, and with how they go on. */
INLINE __m256i
utf8_pairs(__m256i v, __m256i before)
{
	const __m256i first_high = TABLE(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
	    TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TWO_CONTS, TWO_CONTS,
	    TWO_CONTS, TWO_CONTS, TOO_SHORT | OVER_2, TOO_SHORT,
	    TOO_SHORT | OVER_3 | SURROGATE, TOO_SHORT | TOO_LARGE | OVER_4);
	const __m256i first_low = TABLE(CARRY | OVER_3 | OVER_2 | OVER_4,
	    CARRY | OVER_2, CARRY, CARRY, CARRY | TOO_LARGE,
	    CARRY | TOO_LARGE | OVER_4, CARRY | TOO_LARGE | OVER_4,
	    CARRY | TOO_LARGE | OVER_4, CARRY | TOO_LARGE | OVER_4,
	    CARRY | TOO_LARGE | OVER_4, CARRY | TOO_LARGE | OVER_4,
	    CARRY | TOO_LARGE | OVER_4, CARRY | TOO_LARGE | OVER_4,
	    CARRY | TOO_LARGE | OVER_4 | SURROGATE, CARRY | TOO_LARGE | OVER_4,
	    CARRY | TOO_LARGE | OVER_4);
	const __m256i second_high = TABLE(TOO_SHORT, TOO_SHORT, TOO_SHORT,
	    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
	    TOO_LONG | OVER_2 | TWO_CONTS | OVER_3 | OVER_4,
	    TOO_LONG | OVER_2 | TWO_CONTS | OVER_3 | TOO_LARGE,
	    TOO_LONG | OVER_2 | TWO_CONTS | SURROGATE | TOO_LARGE,
	    TOO_LONG | OVER_2 | TWO_CONTS | SURROGATE | TOO_LARGE, TOO_SHORT,
	    TOO_SHORT, TOO_SHORT, TOO_SHORT);
	__m256i a = _mm256_shuffle_epi8(first_high, high_halves(before));
	__m256i b = _mm256_shuffle_epi8(first_low,
	    _mm256_and_si256(before, _mm256_set1_epi8(15)));

	return _mm256_and_si256(_mm256_and_si256(a, b),
	    _mm256_shuffle_epi8(second_high, high_halves(v)));
}

/* The errors in v, one, two and three being what is so many bytes before. */
INLINE __m256i
utf8_wrong(__m256i v, __m256i one, __m256i two, __m256i three)
{
	/* The top bit where the third or fourth byte of a sequence must be. */
	__m256i third = _mm256_subs_epu8(two, _mm256_set1_epi8(0xe0 - 0x80));
	__m256i fourth = _mm256_subs_epu8(three, _mm256_set1_epi8(0xf0 - 0x80));
	__m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth),
	    _mm256_set1_epi8(TWO_CONTS));

	return _mm256_xor_si256(must, utf8_pairs(v, one));
}

/* The errors in v, which comes after last; one that only the bytes to come
 * can show is not yet seen. */
INLINE __m256i
utf8_errors(__m256i v, __m256i last)
{
	__m256i seam = _mm256_permute2x128_si256(last, v, 0x21);

	return utf8_wrong(v, _mm256_alignr_epi8(v, seam, 15),
	    _mm256_alignr_epi8(v, seam, 14), _mm256_alignr_epi8(v, seam, 13));
}

/* What of the 32 bytes is an error, the last of them before being *last.  Much
 * text that is not ASCII is so for the most part. */
INLINE __m256i
utf8_step(__m256i v, __m256i *last)
{
	__m256i before = *last;

	*last = v;
	if (wide_high(_mm256_or_si256(v, before)) == 0)
		return _mm256_setzero_si256();
	return utf8_errors(v, before);
}

/*
 * True if s is valid UTF-8.  Bytes up to 31 behind it are read.  The end is
 * looked at as if NUL bytes came after it, which show what is cut short.
 */
static NOINLINE bool
utf8_valid(const char *s, size_t n)
{
	const __m256i place = _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	    11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
	    28, 29, 30, 31);
	__m256i bad = _mm256_setzero_si256(), last = bad, v;
	size_t i;

	for (i = 0; i + 64 <= n; i += 64) {
		v = _mm256_or_si256(wide(s + i), wide(s + i + 32));
		if (wide_high(_mm256_or_si256(v, last)) == 0)
			continue;
		bad = _mm256_or_si256(bad, utf8_step(wide(s + i), &last));
		bad = _mm256_or_si256(bad, utf8_step(wide(s + i + 32), &last));
	}
	if (i + 32 <= n) {
		bad = _mm256_or_si256(bad, utf8_step(wide(s + i), &last));
		i += 32;
	}
	v = _mm256_and_si256(wide(s + i),
	    _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(n - i)), place));
	bad = _mm256_or_si256(bad, utf8_step(v, &last));
	/* A sequence may reach the very end. */
	bad = _mm256_or_si256(bad, utf8_step(_mm256_setzero_si256(), &last));
	return _mm256_testz_si256(bad, bad) != 0;
}

/* The errors in the 32 bytes at s, with those before it. */
INLINE __m256i
utf8_errors_at(const char *s)
{
	return utf8_wrong(wide(s), wide(s - 1), wide(s - 2), wide(s - 3));
}

/*
 * utf8_valid() of a text that ends with ASCII, where it is known which of its
 * bytes are not: only some of the blocks of 64 that begin at the places listed,
 * in their order.  What is wrong behind a block begins with its last byte.
 *
 * Bytes up to 63 behind s are looked at.  Should those be wrong, or the text
 * begin with what is not ASCII, all is looked at again.
 */
static NOINLINE bool
utf8_valid_at(const char *s, size_t n, const uint16_t *list, unsigned blocks)
{
	__m256i bad = _mm256_setzero_si256();
	size_t at, from;
	unsigned i;

	if (((s[0] | s[1] | s[2]) & 0x80) != 0)
		return utf8_valid(s, n);
	for (i = 0; i < blocks; i++) {
		at = list[i];
		from = at > 3 ? at : 3;
		bad = _mm256_or_si256(bad,
		    _mm256_or_si256(utf8_errors_at(s + from),
			utf8_errors_at(s + at + 32)));
		if ((s[at + 63] & 0x80) != 0 && at + 64 < n)
			bad = _mm256_or_si256(bad, utf8_errors_at(s + at + 64));
	}
	return _mm256_testz_si256(bad, bad) != 0 || utf8_valid(s, n);
}

#endif /* JSON_UTF8_AVX2_H */
