/* SPDX-License-Identifier: MIT */
/* ends.c - where lines end. */

#include <string.h>

#include "ends.h"

uint32_t
ends_find_plain(uint16_t *to, const char *s, size_t n)
{
	const char *end = s + n, *at = s;
	uint32_t k = 0;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL)
		to[k++] = (uint16_t)(at++ - s);
	return k;
}

#if KL_CPU_WIDE

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

/* Which of 64 bytes are newlines. */
AVX2 static inline uint64_t
newlines(const char *s)
{
	__m256i nl = _mm256_set1_epi8('\n');
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)s);
	__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(s + 32));

	a = _mm256_cmpeq_epi8(a, nl);
	b = _mm256_cmpeq_epi8(b, nl);
	return (uint32_t)_mm256_movemask_epi8(a) |
	    (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

/* Put them at to; returns where the next goes.  Most often there is one or
 * none, which nobody can foretell: one is put, and counted if it is one. */
AVX2 static inline uint16_t *
put_ends(uint16_t *to, size_t at, uint64_t mask)
{
	size_t i, n = (size_t)_mm_popcnt_u64(mask);

	*to = (uint16_t)(at + _tzcnt_u64(mask));
	for (i = 1; __builtin_expect(i < n, 0); i++) {
		mask = _blsr_u64(mask);
		to[i] = (uint16_t)(at + _tzcnt_u64(mask));
	}
	return to + n;
}

AVX2 uint32_t
ends_find_avx2(uint16_t *to, const char *s, size_t n)
{
	uint16_t *next = to;
	size_t i = 0;

	for (; i < n / 128 * 128; i += 128) {
		next = put_ends(next, i, newlines(s + i));
		next = put_ends(next, i + 64, newlines(s + i + 64));
	}
	for (; i < n / 64 * 64; i += 64)
		next = put_ends(next, i, newlines(s + i));
	if (i < n)
		next = put_ends(next, i, newlines(s + i) & ~(~0ULL << n % 64));
	return (uint32_t)(next - to);
}

#endif

ends_find *
ends_find_best(void)
{
#if KL_CPU_WIDE
	if (kl_cpu_wide())
		return ends_find_avx2;
#endif
	return ends_find_plain;
}
