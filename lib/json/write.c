/* SPDX-License-Identifier: MIT */
/* write.c - JSON onto a buffer. */

#include "scan.h"

#if JSON_SSE2
#include <emmintrin.h>
#endif

/* The escape of a byte; 'u' for those that have no short one, 0 for those
 * that need none. */
static const char escape[256] = {
	[0] = 'u',
	[1] = 'u',
	[2] = 'u',
	[3] = 'u',
	[4] = 'u',
	[5] = 'u',
	[6] = 'u',
	[7] = 'u',
	[8] = 'b',
	[9] = 't',
	[10] = 'n',
	[11] = 'u',
	[12] = 'f',
	[13] = 'r',
	[14] = 'u',
	[15] = 'u',
	[16] = 'u',
	[17] = 'u',
	[18] = 'u',
	[19] = 'u',
	[20] = 'u',
	[21] = 'u',
	[22] = 'u',
	[23] = 'u',
	[24] = 'u',
	[25] = 'u',
	[26] = 'u',
	[27] = 'u',
	[28] = 'u',
	[29] = 'u',
	[30] = 'u',
	[31] = 'u',
	['"'] = '"',
	['\\'] = '\\',
};

/* The most by which copy_plain() writes past what it copied. */
#define SLACK ((size_t)16)

/*
 * Copy the bytes of s up to the first that needs an escape; their number.
 * Whole blocks are written before they are looked at.
 */
static size_t
copy_plain(char *to, const char *s, size_t n)
{
	size_t i = 0;

#if JSON_SSE2
	for (; n - i >= SLACK; i += SLACK) {
		__m128i v =
		    _mm_loadu_si128((const __m128i *)(const void *)(s + i));
		__m128i low =
		    _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
		__m128i quote =
		    _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
			_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
		int bits = _mm_movemask_epi8(_mm_or_si128(low, quote));

		_mm_storeu_si128((__m128i *)(void *)(to + i), v);
		if (bits != 0)
			return i + (size_t)__builtin_ctz((unsigned)bits);
	}
#endif
	for (; n - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t w;

		memcpy(&w, s + i, sizeof(w));
		if (json_marks(w & ~JSON_TOPS) != 0)
			break;
		memcpy(to + i, &w, sizeof(w));
	}
	for (; i < n && escape[(unsigned char)s[i]] == 0; i++)
		to[i] = s[i];
	return i;
}

/* Room for n more bytes if the limit leaves any; a buffer that is nearly full
 * has not failed. */
static bool
more_room(struct kl_buf *b, size_t n)
{
	size_t max = b->max != 0 ? b->max : KL_BUF_MAX;

	return b->rc == KL_OK && n <= max && b->n <= max - n &&
	    kl_buf_room(b, n);
}

static void
put_escape(struct kl_buf *b, char c)
{
	static const char hex[] = "0123456789abcdef";
	char e = escape[(unsigned char)c];
	char out[6] = { '\\', e, '0', '0' };

	out[4] = hex[(unsigned char)c >> 4];
	out[5] = hex[c & 15];
	kl_buf_put(b, out, e == 'u' ? 6 : 2);
}

/* The same where memory is so short that each byte must be counted. */
static void
put_slowly(struct kl_buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (escape[(unsigned char)s[i]] != 0)
			put_escape(b, s[i]);
		else
			kl_buf_putc(b, s[i]);
	kl_buf_putc(b, '"');
}

void
kl_json_put_text(struct kl_buf *b, const char *s, size_t n)
{
	size_t run;

	kl_buf_putc(b, '"');
	for (;;) {
		if (b->cap - b->n < n + SLACK && !more_room(b, n + SLACK)) {
			put_slowly(b, s, n);
			return;
		}
		run = copy_plain(b->s + b->n, s, n);
		b->n += run;
		if (run == n)
			break;
		put_escape(b, s[run]);
		s += run + 1;
		n -= run + 1;
	}
	b->s[b->n++] = '"';
}

/* The bytes a value can end with. */
static const bool ends[256] = {
	['}'] = true,
	[']'] = true,
	['"'] = true,
	['e'] = true,
	['l'] = true,
	['0'] = true,
	['1'] = true,
	['2'] = true,
	['3'] = true,
	['4'] = true,
	['5'] = true,
	['6'] = true,
	['7'] = true,
	['8'] = true,
	['9'] = true,
};

void
kl_json_put_comma(struct kl_buf *b)
{
	if (b->n > 0 && ends[(unsigned char)b->s[b->n - 1]])
		kl_buf_putc(b, ',');
}

void
kl_json_put_name(struct kl_buf *b, const char *name)
{
	kl_json_put_comma(b);
	kl_buf_putc(b, '"');
	kl_buf_put(b, name, strlen(name));
	kl_buf_put(b, "\":", 2);
}

void
kl_json_put_span(struct kl_buf *b, const char *name, struct kl_span s)
{
	kl_json_put_name(b, name);
	kl_json_put_text(b, s.s, s.n);
}

void
kl_json_put_str(struct kl_buf *b, const char *name, const char *str)
{
	kl_json_put_span(b, name, KL_SPAN(str));
}

void
kl_json_put_int(struct kl_buf *b, const char *name, int64_t v)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do
		*--p = (char)('0' + u % 10);
	while ((u /= 10) > 0);
	if (v < 0)
		*--p = '-';
	kl_json_put_name(b, name);
	kl_buf_put(b, p, (size_t)(digits + sizeof(digits) - p));
}

void
kl_json_put_bool(struct kl_buf *b, const char *name, bool v)
{
	kl_json_put_name(b, name);
	kl_buf_put(b, v ? "true" : "false", v ? 4 : 5);
}

void
kl_json_put_null(struct kl_buf *b, const char *name)
{
	kl_json_put_name(b, name);
	kl_buf_put(b, "null", 4);
}

void
kl_json_put_raw(struct kl_buf *b, const char *name, struct kl_span json)
{
	kl_json_put_name(b, name);
	kl_buf_put(b, json.s, json.n);
}
