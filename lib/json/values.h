/* SPDX-License-Identifier: MIT */
#ifndef JSON_VALUES_H
#define JSON_VALUES_H

/*
 * values.h - strings, numbers and words where the names around them are known
 * (layout.h), compiled once for each way of looking at 32 bytes.  The including
 * file defines before, besides what grammar.h wants:
 *
 *	WIDE		what 32 bytes are loaded into
 *	static inline WIDE wide(const char *s)
 *	static inline WIDE wide_or(WIDE a, WIDE b)
 *	static inline uint32_t wide_unlike(WIDE v, const char *t)
 *		bit i set if byte i of v is not t[i]
 *	struct stops	what strings are compared with, and
 *	static inline struct stops stops_ready(void)
 *	static inline uint32_t wide_stops(WIDE v, const struct stops *)
 *		bit i set if byte i is a quote, a backslash or below a space
 *	static inline uint32_t wide_digits(WIDE v)
 *	struct digits	what digits are compared with, and
 *	static inline struct digits digits_ready(void)
 *	static inline uint32_t wide_digits_of(WIDE v, const struct digits *)
 *	static inline uint32_t wide_high(WIDE v)
 *		bit i set if byte i is not ASCII
 *	static inline bool utf8_valid(const char *s, size_t n)
 *		which may look at 31 bytes behind s
 *
 * Most values are shorter than what is looked at at once: a load, a comparison
 * and a count of zeros, and no loop to be mispredicted.  Text that is not
 * ASCII is only noticed here.
 *
 * The n bytes of the text may be over before the value is, or even before it
 * begins, by GLUE at the most: bytes up to KL_JSON_SPARE behind it can be read,
 * and may be taken for its end.
 */

#include <string.h>

#include "layout.h"

/* A value: where it ends, and the last word of its node. */
struct token {
	size_t end;
	uint32_t kind;
};

INLINE uint32_t
kind_word(enum kl_json_type type, bool esc)
{
	return fields((struct kl_json_node){ .type = type & 15, .esc = esc });
}

/* What values are compared with, and what is known of them together. */
struct eye {
	struct stops stops;
	WIDE high; /* every byte of the strings, and more, or-ed */
};

/* The end of the escape at p, which may be behind that of the text; 0 if it is
 * wrong. */
INLINE size_t
escape_end(const char *s, size_t n, size_t p)
{
	const unsigned char *u = (const unsigned char *)s + p + 2;
	unsigned high = kl_json_digit[u[0]], next = kl_json_digit[u[1]];
	struct json_fault f;

	if (kl_json_short[u[-1]] != 0)
		return p + 2;
	/* Four digits, but no half of a pair. */
	if (LIKELY(u[-1] == 'u' &&
		(high & next & kl_json_digit[u[2]] & kl_json_digit[u[3]] &
		    16) != 0 &&
		(high != 16 + 0xd || next < 16 + 8)))
		return p + 6;
	return kl_json_escape(s, n, p, &f);
}

/*
 * The string whose opening quote is at p.  False if it is none.
 */
INLINE bool
string_token(const char *s, size_t n, size_t p, struct eye *eye,
    struct token *t)
{
	struct json_fault f;
	uint32_t stops;
	WIDE v;

	t->kind = kind_word(KL_JSON_STRING, false);
	for (p++;;) {
		v = wide(s + p);
		eye->high = wide_or(eye->high, v);
		stops = wide_stops(v, &eye->stops);
		if (UNLIKELY(stops == 0)) {
			p += GLUE;
			if (UNLIKELY(p >= n))
				return false;
			continue;
		}
		p += (unsigned)__builtin_ctz(stops);
		if (LIKELY(s[p] == '"'))
			break;
		if (s[p] != '\\' || (p = kl_json_escape(s, n, p, &f)) == 0 ||
		    p >= n)
			return false;
		t->kind = kind_word(KL_JSON_STRING, true);
	}
	t->end = p + 1;
	return true;
}

/* The first byte from p on that is no digit. */
static NOINLINE size_t
digits_end(const char *s, size_t n, size_t p)
{
	while (p < n && is_digit(s[p]))
		p++;
	return p;
}

/* The end of a number with an exponent, or with many digits; 0 if it is
 * none. */
static NOINLINE size_t
number_end(const char *s, size_t n, size_t p)
{
	size_t from = p += s[p] == '-';

	if ((p = digits_end(s, n, p)) == from ||
	    (s[from] == '0' && p > from + 1))
		return 0;
	if (p < n && s[p] == '.') {
		from = p + 1;
		if ((p = digits_end(s, n, from)) == from)
			return 0;
	}
	if (p < n && (s[p] | 32) == 'e') {
		from = p + 1;
		from += from < n && (s[from] == '+' || s[from] == '-');
		if ((p = digits_end(s, n, from)) == from)
			return 0;
	}
	return p;
}

INLINE bool
number_token(const char *s, size_t n, size_t p, struct token *t)
{
	unsigned minus = s[p] == '-', digits, more;
	uint32_t other = ~wide_digits(wide(s + p)) >> minus;
	size_t from = p + minus;

	/* What is counted is right as long as it is not over 28. */
	digits = (unsigned)__builtin_ctz(other | 1U << 31);
	if (UNLIKELY(digits == 0 || (s[from] == '0' && digits > 1)))
		return false;
	if (s[from + digits] == '.') {
		other = other >> digits >> 1;
		more = (unsigned)__builtin_ctz(other | 1U << 31);
		if (UNLIKELY(more == 0))
			return false;
		digits += 1 + more;
	}
	t->kind = kind_word(KL_JSON_NUMBER, false);
	t->end = from + digits;
	if (LIKELY(digits <= 28 && (s[t->end] | 32) != 'e'))
		return true;
	t->end = number_end(s, n, p);
	return t->end != 0;
}

/*
 * The length of the number at s, unless it has an exponent: whether more of it
 * comes than was seen, what is behind it shows.  0 if it is none.
 */
INLINE size_t
plain_number(const char *s, const struct digits *k)
{
	size_t minus = *s == '-', whole, more;
	/* What is no digit; behind what was looked at nothing is. */
	uint64_t other = ~(uint64_t)wide_digits_of(wide(s), k) >> minus;

	s += minus;
	whole = (unsigned)__builtin_ctzll(other);
	more = (unsigned)__builtin_ctzll(other & (other - 1));
	more = s[whole] == '.' ? more : whole;
	if (UNLIKELY(
		whole == 0 || more == whole + 1 || (*s == '0' && whole > 1)))
		return 0;
	return minus + more;
}

/* One of three words, told apart without a branch: nobody can guess whether it
 * is true or false. */
INLINE bool
word_token(const char *s, size_t p, struct token *t)
{
	static const struct {
		char text[8];
		uint64_t mask;
		uint32_t n;
		enum kl_json_type type;
	} words[] = {
		{ "false", 0xffffffffffU, 5, KL_JSON_FALSE },
		{ "null", 0xffffffffU, 4, KL_JSON_NULL },
		{ "true", 0xffffffffU, 4, KL_JSON_TRUE },
		{ "none", 0, 0, 0 },
	};
	unsigned i = (unsigned char)s[p] >> 3 & 3; /* tells f, n and t */
	uint64_t here, there;

	memcpy(&here, s + p, sizeof(here));
	memcpy(&there, words[i].text, sizeof(there));
	t->end = p + words[i].n;
	t->kind = kind_word(words[i].type, false);
	return LIKELY((here & words[i].mask) == there);
}

/* A value that is no container. */
INLINE bool
scalar_token(const char *s, size_t n, size_t p, struct eye *eye,
    struct token *t)
{
	if (LIKELY(s[p] == '"'))
		return string_token(s, n, p, eye, t);
	if (is_digit(s[p]) || s[p] == '-')
		return number_token(s, n, p, t);
	return word_token(s, p, t);
}

#endif /* JSON_VALUES_H */
