/* SPDX-License-Identifier: MIT */
/* text.c - the escapes of strings: checked, undone, compared. */

#include "scan.h"

#if JSON_SSE2
#include <emmintrin.h>
#endif

/* What the character after a backslash stands for; 0 if it is wrong. */
const char kl_json_short[256] = {
	['"'] = '"',
	['\\'] = '\\',
	['/'] = '/',
	['b'] = '\b',
	['f'] = '\f',
	['n'] = '\n',
	['r'] = '\r',
	['t'] = '\t',
};

const unsigned char kl_json_digit[256] = {
	['0'] = 16,
	['1'] = 16 + 1,
	['2'] = 16 + 2,
	['3'] = 16 + 3,
	['4'] = 16 + 4,
	['5'] = 16 + 5,
	['6'] = 16 + 6,
	['7'] = 16 + 7,
	['8'] = 16 + 8,
	['9'] = 16 + 9,
	['a'] = 16 + 10,
	['b'] = 16 + 11,
	['c'] = 16 + 12,
	['d'] = 16 + 13,
	['e'] = 16 + 14,
	['f'] = 16 + 15,
	['A'] = 16 + 10,
	['B'] = 16 + 11,
	['C'] = 16 + 12,
	['D'] = 16 + 13,
	['E'] = 16 + 14,
	['F'] = 16 + 15,
};

/* The four digits at s; -1 if they are not all there. */
static inline long
hex4(const char *s, size_t left)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned a, b, c, d;

	if (left < 4)
		return -1;
	a = kl_json_digit[p[0]];
	b = kl_json_digit[p[1]];
	c = kl_json_digit[p[2]];
	d = kl_json_digit[p[3]];
	if ((a & b & c & d & 16) == 0)
		return -1;
	return (
	    long)((a & 15) << 12 | (b & 15) << 8 | (c & 15) << 4 | (d & 15));
}

size_t
kl_json_escape(const char *s, size_t n, size_t i, struct json_fault *f)
{
	long u, low;

	*f = (struct json_fault){ FAULT_ESCAPE, i };
	if (i + 1 >= n) {
		*f = (struct json_fault){ FAULT_OPEN, n };
		return 0;
	}
	if (s[i + 1] != 'u')
		return kl_json_short[(unsigned char)s[i + 1]] != 0 ? i + 2 : 0;
	f->kind = FAULT_HEX;
	if ((u = hex4(s + i + 2, n - i - 2)) < 0)
		return 0;
	if (u < 0xd800 || u > 0xdfff)
		return i + 6;
	f->kind = FAULT_SURROGATE;
	if (u > 0xdbff || n - i < 12 || s[i + 6] != '\\' || s[i + 7] != 'u')
		return 0;
	low = hex4(s + i + 8, n - i - 8);
	return low >= 0xdc00 && low <= 0xdfff ? i + 12 : 0;
}

static inline unsigned
put_utf8(uint32_t u, char *out)
{
	if (u < 0x80) {
		out[0] = (char)u;
		return 1;
	}
	if (u < 0x800) {
		out[0] = (char)(0xc0 | u >> 6);
		out[1] = (char)(0x80 | (u & 0x3f));
		return 2;
	}
	if (u < 0x10000) {
		out[0] = (char)(0xe0 | u >> 12);
		out[1] = (char)(0x80 | (u >> 6 & 0x3f));
		out[2] = (char)(0x80 | (u & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | u >> 18);
	out[1] = (char)(0x80 | (u >> 12 & 0x3f));
	out[2] = (char)(0x80 | (u >> 6 & 0x3f));
	out[3] = (char)(0x80 | (u & 0x3f));
	return 4;
}

unsigned
kl_json_char(const char **s, char out[4])
{
	const char *p = *s;
	uint32_t u;

	if (*p != '\\') {
		out[0] = *p;
		*s = p + 1;
		return 1;
	}
	if (p[1] != 'u') {
		out[0] = kl_json_short[(unsigned char)p[1]];
		*s = p + 2;
		return 1;
	}
	u = (uint32_t)hex4(p + 2, 4);
	p += 6;
	if (u >= 0xd800 && u <= 0xdbff) {
		u = 0x10000 + ((u - 0xd800) << 10) +
		    ((uint32_t)hex4(p + 2, 4) - 0xdc00);
		p += 6;
	}
	*s = p;
	return put_utf8(u, out);
}

bool
kl_json_same(const char *a, const char *ae, const char *b, size_t n)
{
	char c[4];
	unsigned len;

	while (a < ae) {
		len = kl_json_char(&a, c);
		if (n < len || memcmp(c, b, len) != 0)
			return false;
		b += len;
		n -= len;
	}
	return n == 0;
}

/* --- all of a string ------------------------------------------------------ */

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)

/* The four digits at s, which are some: a letter has bit 6, and 9 less in its
 * lower half than it stands for. */
INLINE uint32_t
digits4(const char *s)
{
	uint32_t w = json_quad(s[3], s[2], s[1], s[0]);

	w = (w & 0x0f0f0f0f) + 9 * (w >> 6 & 0x01010101);
	w |= w >> 4; /* two of them in the lowest byte, and in the third */
	return (w & 0xff) | (w >> 8 & 0xff00);
}

/* What is seldom escaped, or seldom so. */
static NOINLINE char *
put_rare(const char **s, char *to)
{
	return to + kl_json_char(s, to);
}

/* The escape at *s, which is moved on; where what it stands for ends.  Four
 * bytes may be written. */
INLINE char *
put_escape(const char **s, char *to)
{
	const char *p = *s;
	uint32_t u;

	if (p[1] != 'u') {
		*to = kl_json_short[(unsigned char)p[1]];
		*s = p + 2;
		return to + 1;
	}
	u = digits4(p + 2);
	if (!LIKELY(u - 0x80 < 0x780))
		return put_rare(s, to);
	to[0] = (char)(0xc0 | u >> 6);
	to[1] = (char)(0x80 | (u & 0x3f));
	*s = p + 6;
	return to + 2;
}

/* Copied at once; so much may be read and written past a copy. */
#define STEP ((size_t)16)

/* Copy what is before the first backslash, or the closing quote; how much it
 * was.  far: a step can be read anywhere. */
INLINE size_t
copy_run(char *to, const char *p, const bool far)
{
	const char *start = p;

#if JSON_SSE2
	for (; far; p += STEP, to += STEP) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		unsigned mask = (unsigned)_mm_movemask_epi8(
		    _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')),
			_mm_cmpeq_epi8(v, _mm_set1_epi8('"'))));

		_mm_storeu_si128((__m128i *)(void *)to, v);
		if (LIKELY(mask != 0))
			return (size_t)(p - start) +
			    (size_t)__builtin_ctz(mask);
	}
#else
	(void)far;
#endif
	for (; *p != '\\' && *p != '"'; p++)
		*to++ = *p;
	return (size_t)(p - start);
}

/* A string from behind its opening quote to its closing one, escapes undone; no
 * other quote stands for itself.  Returns where it ends. */
INLINE char *
undo(char *to, const char *p, const bool far)
{
	size_t n;

	for (;;) {
		n = copy_run(to, p, far);
		p += n;
		to += n;
		if (*p == '"')
			return to;
		do
			to = put_escape(&p, to);
		while (*p == '\\');
	}
}

size_t
kl_json_unescape_to(const struct kl_json *doc, uint32_t i, char *to)
{
	return (size_t)(undo(to, doc->s + doc->node[i].at + 1, true) - to);
}

/* The same where nothing can be read behind the text. */
static NOINLINE size_t
unescape_near(const struct kl_json *doc, uint32_t i, char *to)
{
	return (size_t)(undo(to, doc->s + doc->node[i].at + 1, false) - to);
}

struct kl_span
kl_json_unescape(const struct kl_json *doc, uint32_t i, struct kl_buf *tmp)
{
	const struct kl_json_node *node = &doc->node[i];

	if (node->type != KL_JSON_STRING)
		return (struct kl_span){ NULL, 0 };
	kl_buf_reset(tmp);
	/* What an escape stands for is shorter. */
	if (!kl_buf_room(tmp, node->n + STEP))
		return (struct kl_span){ NULL, 0 };
	tmp->n = doc->spare >= STEP ? kl_json_unescape_to(doc, i, tmp->s)
				    : unescape_near(doc, i, tmp->s);
	return (struct kl_span){ tmp->s, tmp->n };
}
