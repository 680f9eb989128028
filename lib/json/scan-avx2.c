/* SPDX-License-Identifier: MIT */
/* scan-avx2.c - the scanner with AVX2: 32 bytes at a time. */

#include <string.h>

#include "scan.h"

#if JSON_AVX2

#include <immintrin.h>

/* What follows is compiled for AVX2 whatever the rest is compiled for; it is
 * called only after a look at the processor. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2"))),         \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2")
#endif

#define SCANNER kl_json_scan_avx2

/* See scan-sse2.c. */
static inline uint64_t
block32(const char *s)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)s);
	__m256i low = _mm256_subs_epi8(_mm256_xor_si256(v, _mm256_set1_epi8(2)),
	    _mm256_set1_epi8(0x21));
	__m256i back = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'));

	return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(low, back));
}

static inline uint64_t
block64(const char *s)
{
	return block32(s) | block32(s + 32) << 32;
}

#include "grammar.h"

#define WIDE __m256i
#define FOLLOWER follow_avx2
#define REPEATER repeat_avx2

INLINE __m256i
wide(const char *s)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)s);
}

INLINE __m256i
wide_or(__m256i a, __m256i b)
{
	return _mm256_or_si256(a, b);
}

INLINE uint32_t
wide_unlike(__m256i v, const char *t)
{
	return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, wide(t)));
}

/* Kept where they are: else the compiler makes them anew for every value. */
struct stops {
	__m256i two, space, back;
};

INLINE struct stops
stops_ready(void)
{
	struct stops k = { _mm256_set1_epi8(2), _mm256_set1_epi8(0x20),
		_mm256_set1_epi8('\\') };

	__asm__("" : "+x"(k.two), "+x"(k.space), "+x"(k.back));
	return k;
}

/* As in block32(), but compared without a sign: what is not ASCII is then
 * high, and not low. */
INLINE uint32_t
wide_stops(__m256i v, const struct stops *k)
{
	__m256i x = _mm256_xor_si256(v, k->two);
	__m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(x, k->space), x);
	__m256i back = _mm256_cmpeq_epi8(v, k->back);

	return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(low, back));
}

struct digits {
	__m256i zero, nine;
};

INLINE struct digits
digits_ready(void)
{
	struct digits k = { _mm256_set1_epi8('0'), _mm256_set1_epi8(9) };

	__asm__("" : "+x"(k.zero), "+x"(k.nine));
	return k;
}

INLINE uint32_t
wide_digits_of(__m256i v, const struct digits *k)
{
	__m256i x = _mm256_sub_epi8(v, k->zero);

	return (uint32_t)_mm256_movemask_epi8(
	    _mm256_cmpeq_epi8(_mm256_min_epu8(x, k->nine), x));
}

INLINE uint32_t
wide_digits(__m256i v)
{
	const struct digits k = { _mm256_set1_epi8('0'), _mm256_set1_epi8(9) };

	return wide_digits_of(v, &k);
}

INLINE uint32_t
wide_high(__m256i v)
{
	return (uint32_t)_mm256_movemask_epi8(v);
}

#include "utf8-avx2.h"
/* These want it. */
#include "follow.h"
#include "repeat.h"

const struct json_follower kl_json_follow_avx2 = { repeat_avx2, follow_avx2 };

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#else
typedef int json_no_avx2; /* a file must hold something */
#endif
