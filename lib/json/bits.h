/* SPDX-License-Identifier: MIT */
#ifndef JSON_BITS_H
#define JSON_BITS_H

/*
 * bits.h - where strings can end: found for the whole text first, 64 bytes at a
 * time, a bit for each byte.  It wants values.h.
 *
 * The end of a string is then the next bit from its beginning on.  The
 * processor waits for that before it knows where the next value is, so it must
 * be few steps: a load, a shift and a count of zeros.
 */

#include "values.h"

/* Texts longer than that are scanned without. */
#define BITS_MAX ((size_t)8 << 10)

/* The bits, lowest first; behind those of the text all are set. */
struct stop_bits {
	unsigned char bits[(BITS_MAX + 64) / 8 + 16];
};

/* Find them; true if all bytes are ASCII. */
INLINE bool
find_stops(struct stop_bits *b, const char *s, size_t n)
{
	struct stops k = stops_ready();
	WIDE v, w, high = wide(s);
	uint64_t stops;
	size_t i;

	for (i = 0; i < n; i += 64) {
		v = wide(s + i);
		w = wide(s + i + GLUE);
		high = wide_or(high, wide_or(v, w));
		stops = wide_stops(v, &k) | (uint64_t)wide_stops(w, &k) << GLUE;
		memcpy(b->bits + i / 8, &stops, sizeof(stops));
	}
	memset(b->bits + i / 8, 0xff, 16);
	return wide_high(high) == 0;
}

/* The first byte from p on at which a string may end. */
INLINE size_t
next_stop(const struct stop_bits *b, size_t p)
{
	uint64_t w;

	for (;;) {
		memcpy(&w, b->bits + p / 8, sizeof(w));
		w >>= p % 8;
		if (LIKELY(w != 0))
			return p + (unsigned)__builtin_ctzll(w);
		p += 64 - p % 8;
	}
}

/* The string whose opening quote is at p. */
INLINE bool
bits_string(const char *s, size_t n, size_t p, const struct stop_bits *b,
    struct token *t)
{
	struct json_fault f;

	t->kind = kind_word(KL_JSON_STRING, false);
	while (p = next_stop(b, p + 1), UNLIKELY(s[p] != '"')) {
		if (p >= n || s[p] != '\\' ||
		    (p = kl_json_escape(s, n, p, &f)) == 0 || p >= n)
			return false;
		p--;
		t->kind = kind_word(KL_JSON_STRING, true);
	}
	t->end = p + 1;
	return true;
}

#endif /* JSON_BITS_H */
