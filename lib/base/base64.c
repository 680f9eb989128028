/* SPDX-License-Identifier: MIT */
/* base64.c - bytes as text and back, strict. */

#include <stdint.h>

#include "kl/base64.h"

static const char std_digit[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digit[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void
encode(struct kl_buf *b, const unsigned char *s, size_t n, const char *digit,
    bool pad)
{
	char quad[4];
	uint32_t v;
	size_t i, k, left;

	for (i = 0; i < n; i += 3) {
		left = n - i;
		v = (uint32_t)s[i] << 16;
		v |= left > 1 ? (uint32_t)s[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)s[i + 2] : 0;
		for (k = 0; k < 4; k++)
			quad[k] = digit[v >> (18 - 6 * k) & 63];
		if (left < 3 && pad)
			memset(quad + left + 1, '=', 3 - left);
		kl_buf_put(b, quad, pad || left >= 3 ? 4 : left + 1);
	}
}

void
kl_base64(struct kl_buf *b, const void *s, size_t n)
{
	encode(b, s, n, std_digit, true);
}

void
kl_base64url(struct kl_buf *b, const void *s, size_t n)
{
	encode(b, s, n, url_digit, false);
}

/* The value of a digit, or 64. */
static uint32_t
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0') + 52;
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* Decode one group of four, of which the last pad are "=".  False if a digit
 * is none, or bits are left over. */
static bool
decode_quad(struct kl_buf *b, const char *s, size_t pad)
{
	char out[3];
	uint32_t v = 0, d;
	size_t k;

	for (k = 0; k < 4 - pad; k++) {
		if ((d = value(s[k])) > 63)
			return false;
		v |= d << (18 - 6 * k);
	}
	if ((pad == 1 && (v & 0xFF) != 0) || (pad == 2 && (v & 0xFFFF) != 0))
		return false;
	for (k = 0; k < 3; k++)
		out[k] = (char)(unsigned char)(v >> (16 - 8 * k) & 0xFF);
	kl_buf_put(b, out, 3 - pad);
	return true;
}

bool
kl_base64_decode(struct kl_buf *b, const char *s, size_t n)
{
	size_t start = b->n, pad = 0, i;

	if (n % 4 != 0 || b->rc != KL_OK)
		return false;
	if (n > 0 && s[n - 1] == '=')
		pad = s[n - 2] == '=' ? 2 : 1;
	for (i = 0; i < n; i += 4) {
		if (!decode_quad(b, s + i, i + 4 == n ? pad : 0)) {
			b->n = start;
			return false;
		}
	}
	return b->rc == KL_OK;
}
