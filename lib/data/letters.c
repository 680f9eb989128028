/* SPDX-License-Identifier: MIT */
/*
 * letters.c - the case of letters, and white space.
 *
 * The tables are the simple case mappings of Unicode 14 from U+0080 to U+024F,
 * U+0370 to U+058F and U+1E00 to U+1EFF whose two letters take the same number
 * of bytes in UTF-8, so that text never grows.
 */

#include <stdbool.h>
#include <string.h>

#include "letters.h"
#include "words.h"

/* Capitals first, first + step, ... last; the small letter is delta on. */
static const struct {
	uint16_t first, last;
	int16_t delta;
	uint16_t step;
} cases[] = {
	{ 0x00C0, 0x00D6, 32, 1 },
	{ 0x00D8, 0x00DE, 32, 1 },
	{ 0x0100, 0x012E, 1, 2 },
	{ 0x0132, 0x0136, 1, 2 },
	{ 0x0139, 0x0147, 1, 2 },
	{ 0x014A, 0x0176, 1, 2 },
	{ 0x0178, 0x0178, -121, 1 },
	{ 0x0179, 0x017D, 1, 2 },
	{ 0x0182, 0x0184, 1, 2 },
	{ 0x0187, 0x0187, 1, 1 },
	{ 0x018B, 0x018B, 1, 1 },
	{ 0x018E, 0x018E, 79, 1 },
	{ 0x0191, 0x0191, 1, 1 },
	{ 0x0198, 0x0198, 1, 1 },
	{ 0x01A0, 0x01A4, 1, 2 },
	{ 0x01A7, 0x01A7, 1, 1 },
	{ 0x01AC, 0x01AC, 1, 1 },
	{ 0x01AF, 0x01AF, 1, 1 },
	{ 0x01B3, 0x01B5, 1, 2 },
	{ 0x01B8, 0x01B8, 1, 1 },
	{ 0x01BC, 0x01BC, 1, 1 },
	{ 0x01C4, 0x01C4, 2, 1 },
	{ 0x01C7, 0x01C7, 2, 1 },
	{ 0x01CA, 0x01CA, 2, 1 },
	{ 0x01CD, 0x01DB, 1, 2 },
	{ 0x01DE, 0x01EE, 1, 2 },
	{ 0x01F1, 0x01F1, 2, 1 },
	{ 0x01F4, 0x01F4, 1, 1 },
	{ 0x01F6, 0x01F6, -97, 1 },
	{ 0x01F7, 0x01F7, -56, 1 },
	{ 0x01F8, 0x021E, 1, 2 },
	{ 0x0220, 0x0220, -130, 1 },
	{ 0x0222, 0x0232, 1, 2 },
	{ 0x023B, 0x023B, 1, 1 },
	{ 0x023D, 0x023D, -163, 1 },
	{ 0x0241, 0x0241, 1, 1 },
	{ 0x0243, 0x0243, -195, 1 },
	{ 0x0246, 0x024E, 1, 2 },
	{ 0x0370, 0x0372, 1, 2 },
	{ 0x0376, 0x0376, 1, 1 },
	{ 0x037F, 0x037F, 116, 1 },
	{ 0x0386, 0x0386, 38, 1 },
	{ 0x0388, 0x038A, 37, 1 },
	{ 0x038C, 0x038C, 64, 1 },
	{ 0x038E, 0x038F, 63, 1 },
	{ 0x0391, 0x03A1, 32, 1 },
	{ 0x03A3, 0x03AB, 32, 1 },
	{ 0x03CF, 0x03CF, 8, 1 },
	{ 0x03D8, 0x03EE, 1, 2 },
	{ 0x03F7, 0x03F7, 1, 1 },
	{ 0x03F9, 0x03F9, -7, 1 },
	{ 0x03FA, 0x03FA, 1, 1 },
	{ 0x03FD, 0x03FF, -130, 1 },
	{ 0x0400, 0x040F, 80, 1 },
	{ 0x0410, 0x042F, 32, 1 },
	{ 0x0460, 0x0480, 1, 2 },
	{ 0x048A, 0x04BE, 1, 2 },
	{ 0x04C0, 0x04C0, 15, 1 },
	{ 0x04C1, 0x04CD, 1, 2 },
	{ 0x04D0, 0x052E, 1, 2 },
	{ 0x0531, 0x0556, 48, 1 },
	{ 0x1E00, 0x1E94, 1, 2 },
	{ 0x1EA0, 0x1EFE, 1, 2 },
};

/* Small letters whose capital has another small letter: micro, dotless i,
 * long s, final sigma. */
static const uint16_t only_upper[][2] = { { 0x00B5, 0x039C }, { 0x0131, 'I' },
	{ 0x017F, 'S' }, { 0x03C2, 0x03A3 } };
/* Capitals whose small letter has another capital. */
static const uint16_t only_lower[][2] = { { 0x0130, 'i' }, { 0x1E9E, 0x00DF } };

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

uint32_t
letters_lower(uint32_t c)
{
	size_t i;

	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	for (i = 0; i < COUNT(cases); i++)
		if (c >= cases[i].first && c <= cases[i].last &&
		    (c - cases[i].first) % cases[i].step == 0)
			return (uint32_t)((int32_t)c + cases[i].delta);
	for (i = 0; i < COUNT(only_lower); i++)
		if (only_lower[i][0] == c)
			return only_lower[i][1];
	return c;
}

uint32_t
letters_upper(uint32_t c)
{
	uint32_t capital;
	size_t i;

	if (c < 0x80)
		return c >= 'a' && c <= 'z' ? c & ~0x20U : c;
	for (i = 0; i < COUNT(cases); i++) {
		capital = (uint32_t)((int32_t)c - cases[i].delta);
		if (capital >= cases[i].first && capital <= cases[i].last &&
		    (capital - cases[i].first) % cases[i].step == 0)
			return capital;
	}
	for (i = 0; i < COUNT(only_upper); i++)
		if (only_upper[i][0] == c)
			return only_upper[i][1];
	return c;
}

/* The character at *p, which is advanced.  The text is valid UTF-8. */
static uint32_t
take(const unsigned char **p)
{
	const unsigned char *s = *p;
	unsigned n = s[0] < 0x80 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
	uint32_t c = n == 1 ? s[0] : s[0] & (0xFFU >> (n + 1));
	unsigned i;

	for (i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3F);
	*p = s + n;
	return c;
}

static void
put(struct kl_buf *b, uint32_t c)
{
	char s[4];
	size_t n = 0;

	if (c < 0x80) {
		kl_buf_putc(b, (char)c);
		return;
	}
	if (c < 0x800) {
		s[n++] = (char)(0xC0 | c >> 6);
	} else {
		if (c < 0x10000) {
			s[n++] = (char)(0xE0 | c >> 12);
		} else {
			s[n++] = (char)(0xF0 | c >> 18);
			s[n++] = (char)(0x80 | (c >> 12 & 0x3F));
		}
		s[n++] = (char)(0x80 | (c >> 6 & 0x3F));
	}
	s[n++] = (char)(0x80 | (c & 0x3F));
	kl_buf_put(b, s, n);
}

static bool
is_apostrophe(uint32_t c)
{
	return c == '\'' || c == 0x2019;
}

/* Part of a word: ASCII letters and digits, and what is beyond Latin-1's
 * signs and no general punctuation. */
static bool
in_word(uint32_t c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z');
	return c == 0xAA || c == 0xB5 || c == 0xBA ||
	    (c >= 0xC0 && (c < 0x2000 || c > 0x206F) && c != 0x3000);
}

/* True if at least two characters of a word are at p. */
static bool
two_follow(const unsigned char *p, const unsigned char *end)
{
	return p < end && in_word(take(&p)) && p < end && in_word(take(&p));
}

static void
put_title(struct kl_buf *b, struct kl_span s)
{
	const unsigned char *p = (const unsigned char *)s.s, *end = p + s.n;
	bool word = false;
	uint32_t c;

	while (p < end) {
		c = take(&p);
		put(b, word ? letters_lower(c) : letters_upper(c));
		if (is_apostrophe(c))
			word = word && !two_follow(p, end);
		else
			word = in_word(c);
	}
}

#define TOPS 0x8080808080808080U

/*
 * Change the case of eight characters at once; *high gathers the top bits,
 * which only ASCII leaves clear.  from is the first letter of the case that
 * is changed: within seven bits, adding 128 - from carries into the top bit
 * from that letter on, adding 127 - last behind the last.
 */
static inline uint64_t
change_eight(uint64_t x, uint64_t from, uint64_t *high)
{
	const uint64_t ones = 0x0101010101010101, top = 0x80 * ones;
	uint64_t low = x & ~top, in;

	in = ((low + (0x80 - from) * ones) ^ (low + (0x7F - from - 25) * ones));
	*high |= x & top;
	return x ^ ((in & top) >> 2);
}

/* Change the eight characters at i. */
static inline void
change_at(char *out, const char *s, size_t i, uint64_t from, uint64_t *high)
{
	uint64_t x = change_eight(load8(s + i), from, high);

	memcpy(out + i, &x, 8);
}

/* Change n characters; false if they are not all ASCII. */
static inline bool
change_ascii(char *out, const char *s, size_t n, uint64_t from)
{
	uint64_t x = 0, high = 0;
	size_t i;

	for (i = 0; i + 8 < n; i += 8)
		change_at(out, s, i, from, &high);
	/* The last eight overlap the others, if there are so many. */
	if (n >= 8) {
		change_at(out, s, n - 8, from, &high);
	} else if (n > 0) {
		memcpy(&x, s, n);
		x = change_eight(x, from, &high);
		memcpy(out, &x, 8);
	}
	return high == 0;
}

bool
letters_lower_ascii(char *out, const char *s, size_t n)
{
	return change_ascii(out, s, n, 'A');
}

bool
letters_lower_short(char *restrict out, const char *restrict s, size_t n)
{
	/* The top bits of what belongs to the text. */
	static const uint64_t top[2 * LETTERS_SHORT / 8] = { TOPS, TOPS, TOPS,
		TOPS, TOPS, TOPS, TOPS, TOPS };
	const char *mask = (const char *)top + LETTERS_SHORT - n;
	uint64_t x, unused = 0, high = 0;
	size_t i;

	for (i = 0; i < LETTERS_SHORT; i += 8) {
		x = load8(s + i);
		high |= x & load8(mask + i);
		x = change_eight(x, 'A', &unused);
		memcpy(out + i, &x, 8);
	}
	return high == 0;
}

/* Change text that is all ASCII.  False, and nothing appended, if it is not. */
static bool
put_ascii(struct kl_buf *b, struct kl_span s, enum letters_case to)
{
	if (b->cap - b->n < s.n + 8 && !kl_buf_room(b, s.n + 8))
		return true;
	if (!change_ascii(b->s + b->n, s.s, s.n,
		to == LETTERS_LOWER ? 'A' : 'a'))
		return false;
	b->n += s.n;
	return true;
}

void
letters_put(struct kl_buf *b, struct kl_span s, enum letters_case to)
{
	const unsigned char *p = (const unsigned char *)s.s, *end = p + s.n;
	uint32_t c;

	if (to == LETTERS_TITLE) {
		put_title(b, s);
		return;
	}
	if (put_ascii(b, s, to))
		return;
	while (p < end) {
		c = take(&p);
		put(b,
		    to == LETTERS_LOWER ? letters_lower(c) : letters_upper(c));
	}
}

static bool
is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0D) || c == ' ' || c == 0x85 || c == 0xA0 ||
	    c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x2028 ||
	    c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000 ||
	    c == 0xFEFF;
}

static bool
is_ink(unsigned char c)
{
	return c > ' ' && c < 0x80;
}

struct kl_span
letters_trim(struct kl_span s)
{
	const unsigned char *p = (const unsigned char *)s.s, *q;

	if (s.n > 0 && is_ink(p[0]) && is_ink(p[s.n - 1]))
		return s;
	while (s.n > 0) {
		q = p;
		if (!is_space(take(&q)))
			break;
		s.n -= (size_t)(q - p);
		p = q;
	}
	s.s = (const char *)p;
	while (s.n > 0) {
		q = p + s.n - 1;
		while ((*q & 0xC0) == 0x80)
			q--;
		if (!is_space(take(&q)))
			break;
		for (s.n--; (p[s.n] & 0xC0) == 0x80; s.n--)
			;
	}
	return s;
}
