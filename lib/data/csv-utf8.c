/* SPDX-License-Identifier: MIT */
/* csv-utf8.c - whether a row is UTF-8. */

#include <string.h>

#include "csv-priv.h"
#include "kl/json.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

#define BLOCK ((size_t)64)

#ifdef __SSE2__

INLINE uint64_t
high_16(const char *s)
{
	return (unsigned)_mm_movemask_epi8(
	    _mm_loadu_si128((const __m128i *)(const void *)s));
}

/* A bit for each byte over 0x7F. */
INLINE uint64_t
high_bits(const char *s)
{
	return high_16(s) | high_16(s + 16) << 16 | high_16(s + 32) << 32 |
	    high_16(s + 48) << 48;
}

#else

/* A bit for each byte over 0x7F. */
INLINE uint64_t
high_bits(const char *s)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < BLOCK; i++)
		bits |= (uint64_t)((unsigned char)s[i] >> 7) << i;
	return bits;
}

#endif

/* The last bytes of s, from base on: less than a block, put into pad whole;
 * returns where they stand in a block, and by how many bits too high. */
INLINE const char *
last_block(const char *s, size_t n, size_t base, char pad[BLOCK],
    unsigned *shift)
{
	*shift = 0;
	if (n >= BLOCK) {
		*shift = (unsigned)(BLOCK - (n - base));
		return s + n - BLOCK;
	}
	memset(pad, 'x', BLOCK);
	memcpy(pad, s, n);
	return pad;
}

/* True for a character of two bytes, as most are that are not ASCII. */
INLINE bool
is_pair(const char *s, size_t n)
{
	return n >= 2 && (unsigned char)(s[0] - 0xC2) < 0xE0 - 0xC2 &&
	    (s[1] & 0xC0) == 0x80;
}

bool
kl_csv_utf8(const char *s, size_t n)
{
	uint64_t bits;
	char pad[BLOCK];
	const char *at;
	unsigned shift;
	size_t i, end = 0;

	/* A sequence has bytes over 0x7F only: each run of them is judged
	 * alone, from where a sequence begins. */
	for (size_t base = 0; base < n; base += BLOCK) {
		shift = 0;
		at = s + base;
		if (n - base < BLOCK)
			at = last_block(s, n, base, pad, &shift);
		for (bits = high_bits(at) >> shift; bits != 0;) {
			i = base + (size_t)__builtin_ctzll(bits);
			bits &= bits - 1;
			if (i < end)
				continue;
			if (is_pair(s + i, n - i)) {
				end = i + 2;
				continue;
			}
			for (end = i + 1; end < n && (s[end] & 0x80) != 0;)
				end++;
			if (!kl_utf8_valid(s + i, end - i))
				return false;
		}
	}
	return true;
}
