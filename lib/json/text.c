/* SPDX-License-Identifier: MIT */
/* text.c - the escapes of strings: checked, undone, compared. */

#include "scan.h"

/* What the character after a backslash stands for; 0 if it is wrong. */
static const char short_escape[256] = {
	['"'] = '"',
	['\\'] = '\\',
	['/'] = '/',
	['b'] = '\b',
	['f'] = '\f',
	['n'] = '\n',
	['r'] = '\r',
	['t'] = '\t',
};

/* The value of a hexadecimal digit; -1 if it is none. */
static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits at s; -1 if they are not all there. */
static long
hex4(const char *s, size_t left)
{
	long v = 0;

	if (left < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex(s[i]);

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
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
		return short_escape[(unsigned char)s[i + 1]] != 0 ? i + 2 : 0;
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

static unsigned
put_utf8(uint32_t u, char out[4])
{
	unsigned n = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (unsigned i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (u & 0x3f));
		u >>= 6;
	}
	out[0] = (char)(lead[n] | u);
	return n;
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
		out[0] = short_escape[(unsigned char)p[1]];
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

struct kl_span
kl_json_unescape(const struct kl_json *doc, uint32_t i, struct kl_buf *tmp)
{
	const struct kl_json_node *node = &doc->node[i];
	const char *p = doc->s + node->at + 1, *end, *back;
	char c[4];

	if (node->type != KL_JSON_STRING)
		return (struct kl_span){ NULL, 0 };
	end = p + node->n - 2;
	kl_buf_reset(tmp);
	while ((back = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		kl_buf_put(tmp, p, (size_t)(back - p));
		p = back;
		while (p < end && *p == '\\') {
			unsigned len = kl_json_char(&p, c);

			kl_buf_put(tmp, c, len);
		}
	}
	kl_buf_put(tmp, p, (size_t)(end - p));
	if (tmp->rc != KL_OK)
		return (struct kl_span){ NULL, 0 };
	return (struct kl_span){ tmp->s, tmp->n };
}
