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

/* The bytes at s that need no escape. */
static size_t
plain(const char *s, size_t n)
{
	size_t i = 0;

#if JSON_SSE2
	for (; n - i >= 16; i += 16) {
		__m128i v =
		    _mm_loadu_si128((const __m128i *)(const void *)(s + i));
		__m128i low =
		    _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
		__m128i quote =
		    _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
			_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
		int bits = _mm_movemask_epi8(_mm_or_si128(low, quote));

		if (bits != 0)
			return i + (size_t)__builtin_ctz((unsigned)bits);
	}
#endif
	while (i < n && escape[(unsigned char)s[i]] == 0)
		i++;
	return i;
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

void
kl_json_put_text(struct kl_buf *b, const char *s, size_t n)
{
	size_t run;

	kl_buf_putc(b, '"');
	while ((run = plain(s, n)) < n) {
		kl_buf_put(b, s, run);
		put_escape(b, s[run]);
		s += run + 1;
		n -= run + 1;
	}
	kl_buf_put(b, s, n);
	kl_buf_putc(b, '"');
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
