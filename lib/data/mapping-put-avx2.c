/* SPDX-License-Identifier: MIT */
/* mapping-put-avx2.c - write what the stages of a program say, with AVX2. */

#include "mapping-priv.h"

#if KL_CPU_WIDE

#include <string.h>

#include "letters.h"
#include "wide.h"

WIDE_BEGIN("avx2,bmi,bmi2")

#define PUT mapping_put_avx2

WIDE_INLINE __m256i
load(const char *s)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)s);
}

WIDE_INLINE void
store(char *to, __m256i v)
{
	_mm256_storeu_si256((__m256i *)(void *)to, v);
}

WIDE_INLINE void
copy_short(char *to, const char *from)
{
	store(to, load(from));
}

/* Capitals made small: signed, those from A to Z are from -128 to -103. */
WIDE_INLINE __m256i
small(__m256i v)
{
	__m256i from_a = _mm256_add_epi8(v, _mm256_set1_epi8(127 - 'A' + 1));
	__m256i is_not = _mm256_cmpgt_epi8(from_a, _mm256_set1_epi8(-103));

	return _mm256_or_si256(v,
	    _mm256_andnot_si256(is_not, _mm256_set1_epi8(0x20)));
}

/* As letters_lower_short(). */
WIDE_INLINE bool
lower_short(char *to, const char *s, size_t n)
{
	__m256i a = load(s), b = load(s + 32);
	uint64_t high = (uint32_t)_mm256_movemask_epi8(a) |
	    (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;

	store(to, small(a));
	store(to + 32, small(b));
	return high << (LETTERS_SHORT - n) == 0;
}

#include "mapping-put.h"

WIDE_END

#else
typedef int mapping_no_avx2; /* a file must hold something */
#endif
