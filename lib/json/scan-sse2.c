/* SPDX-License-Identifier: MIT */
/* scan-sse2.c - the scanner with SSE2: sixteen bytes at a time. */

#include "scan.h"

#if JSON_SSE2

#include <emmintrin.h>

#define SCANNER kl_json_scan_sse2

/*
 * The quote (0x22) with its bit 1 turned is 0x20, and only "#" takes its
 * place above.  So what is then below 0x21 is the quote, the control
 * characters or, being negative, not ASCII: one subtraction that stops at the
 * lowest number leaves its sign where the mask is taken.
 */
static inline uint64_t
block16(const char *s)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
	__m128i low = _mm_subs_epi8(_mm_xor_si128(v, _mm_set1_epi8(2)),
	    _mm_set1_epi8(0x21));
	__m128i back = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));

	return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_or_si128(low, back));
}

static inline uint64_t
block64(const char *s)
{
	return block16(s) | block16(s + 16) << 16 | block16(s + 32) << 32 |
	    block16(s + 48) << 48;
}

#include "grammar.h"

#else
typedef int json_no_sse2; /* a file must hold something */
#endif
