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

/*
 * The bits, lowest first: a word for every 32 bytes has theirs and those of the
 * 32 behind, so that most strings end in the word that they begin in, and what
 * is loaded was stored as a whole, just now: else the processor would wait
 * until it is in the cache.
 *
 * That of the first byte is left out, for no string ends there: the bit of the
 * byte behind an opening quote has the place of the quote.  Behind the text all
 * are set.
 */
struct stop_bits {
	uint64_t before; /* none */
	uint64_t word[(BITS_MAX + 64) / GLUE + 2];
	/* Where there are 64 bytes that are not all ASCII, in their order. */
	uint16_t high[BITS_MAX / 64 + 1];
	unsigned highs;
};

/* Find them; true if all bytes but the first are ASCII. */
INLINE bool
find_stops(struct stop_bits *b, const char *s, size_t n)
{
	struct stops k = stops_ready();
	unsigned highs = 0;
	WIDE v, w;
	uint64_t a, c, last = 0;
	uint64_t *to = b->word;
	size_t i;

	for (i = 0; i < n; i += 64) {
		v = wide(s + i + 1);
		w = wide(s + i + 1 + GLUE);
		/* Written in any case, and most often again. */
		b->high[highs] = (uint16_t)(i + 1);
		highs += wide_high(wide_or(v, w)) != 0;
		a = wide_stops(v, &k);
		c = wide_stops(w, &k);
		to[-1] = last | a << GLUE;
		to[0] = a | c << GLUE;
		last = c;
		to += 2;
	}
	to[-1] = last | UINT64_MAX << GLUE;
	to[0] = to[1] = UINT64_MAX;
	b->highs = highs;
	return highs == 0;
}

/* As stop_behind(), where it is far. */
static NOINLINE size_t
far_stop_behind(const struct stop_bits *b, size_t p)
{
	size_t from = p;
	uint64_t w;

	p -= p % GLUE;
	do {
		p += 2 * (size_t)GLUE;
		w = b->word[p / GLUE];
	} while (w == 0);
	return p - from + (unsigned)__builtin_ctzll(w);
}

/* How many bytes are between p and the next at which a string may end. */
INLINE size_t
stop_behind(const struct stop_bits *b, size_t p)
{
	uint64_t w = b->word[p / GLUE] >> p % GLUE;

	if (LIKELY(w != 0))
		return (unsigned)__builtin_ctzll(w);
	return far_stop_behind(b, p);
}

/* The string at p, which has a backslash, or is long; its end is 0 if it is
 * none. */
static NOINLINE struct token
odd_string(const char *s, size_t n, size_t p, const struct stop_bits *bits)
{
	struct token t = { 0, kind_word(KL_JSON_STRING, false) };

	while (p += 1 + stop_behind(bits, p), s[p] != '"') {
		if (UNLIKELY(p >= n || s[p] != '\\' ||
			(p = escape_end(s, n, p)) == 0 || p >= n))
			return t;
		p--;
		t.kind = kind_word(KL_JSON_STRING, true);
	}
	t.end = p + 1;
	return t;
}

/* The string whose opening quote is at p; false if it is none. */
INLINE bool
bits_string(const char *s, size_t n, size_t p, const struct stop_bits *b,
    struct token *t)
{
	t->end = p + 2 + stop_behind(b, p);
	t->kind = kind_word(KL_JSON_STRING, false);
	if (UNLIKELY(s[t->end - 1] != '"'))
		*t = odd_string(s, n, p, b);
	return t->end != 0;
}

#endif /* JSON_BITS_H */
