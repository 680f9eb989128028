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

struct pair16 {
	__m128i a, b;
};
#define WIDE struct pair16
#define FOLLOWER follow_sse2
#define REPEATER repeat_sse2

INLINE struct pair16
wide(const char *s)
{
	return (struct pair16){
		_mm_loadu_si128((const __m128i *)(const void *)s),
		_mm_loadu_si128((const __m128i *)(const void *)(s + 16)),
	};
}

INLINE struct pair16
wide_or(struct pair16 v, struct pair16 w)
{
	return (
	    struct pair16){ _mm_or_si128(v.a, w.a), _mm_or_si128(v.b, w.b) };
}

/* The top bits. */
INLINE uint32_t
wide_high(struct pair16 v)
{
	return (uint32_t)_mm_movemask_epi8(v.a) |
	    (uint32_t)_mm_movemask_epi8(v.b) << 16;
}

INLINE uint32_t
wide_unlike(struct pair16 v, const char *t)
{
	struct pair16 w = wide(t);

	return ~wide_high((struct pair16){ _mm_cmpeq_epi8(v.a, w.a),
	    _mm_cmpeq_epi8(v.b, w.b) });
}

struct stops {
	__m128i two, space, back;
};

INLINE struct stops
stops_ready(void)
{
	return (struct stops){ _mm_set1_epi8(2), _mm_set1_epi8(0x20),
		_mm_set1_epi8('\\') };
}

/* As in block16(), but compared without a sign: what is not ASCII is then
 * high, and not low. */
INLINE __m128i
stops16(__m128i v, const struct stops *k)
{
	__m128i x = _mm_xor_si128(v, k->two);
	__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(x, k->space), x);

	return _mm_or_si128(low, _mm_cmpeq_epi8(v, k->back));
}

INLINE uint32_t
wide_stops(struct pair16 v, const struct stops *k)
{
	return wide_high((struct pair16){ stops16(v.a, k), stops16(v.b, k) });
}

struct digits {
	__m128i zero, nine;
};

INLINE struct digits
digits_ready(void)
{
	return (struct digits){ _mm_set1_epi8('0'), _mm_set1_epi8(9) };
}

INLINE __m128i
digits16(__m128i v, const struct digits *k)
{
	__m128i x = _mm_sub_epi8(v, k->zero);

	return _mm_cmpeq_epi8(_mm_min_epu8(x, k->nine), x);
}

INLINE uint32_t
wide_digits_of(struct pair16 v, const struct digits *k)
{
	return wide_high((struct pair16){ digits16(v.a, k), digits16(v.b, k) });
}

INLINE uint32_t
wide_digits(struct pair16 v)
{
	const struct digits k = digits_ready();

	return wide_digits_of(v, &k);
}

#define utf8_valid kl_utf8_valid
#define utf8_valid_at(s, n, list, blocks) kl_utf8_valid(s, n)
#include "follow.h"
#include "repeat.h"

const struct json_follower kl_json_follow_sse2 = { repeat_sse2, follow_sse2 };

#else
typedef int json_no_sse2; /* a file must hold something */
#endif
