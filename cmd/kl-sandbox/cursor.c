/* SPDX-License-Identifier: MIT */
/* cursor.c - opaque tokens that say where a page ended. */

#include <string.h>

#include "cursor.h"
#include "kl/base64.h"

/* Its kind, 16 bytes of place, the text, 4 bytes of check. */
#define NEXT 1
#define PREVIOUS 2
#define HEAD (1 + 16)
#define FRAME (HEAD + 4)

uint64_t
cursor_bind(uint64_t bind, struct kl_span part)
{
	size_t i;

	for (i = 0; i < part.n; i++)
		bind = (bind ^ (unsigned char)part.s[i]) * 0x100000001B3u;
	return (bind ^ 0xFF) * 0x100000001B3u;
}

/* What makes a token ours; not a secret, as nothing depends on one. */
static uint32_t
seal(uint64_t bind, const unsigned char *s, size_t n)
{
	uint64_t h = bind ^ 0xCBF29CE484222325u;

	h = cursor_bind(h, (struct kl_span){ (const char *)s, n });
	return (uint32_t)(h >> 32 ^ h);
}

static void
put_number(unsigned char out[8], uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++)
		out[i] = (unsigned char)(v >> (56 - 8 * i));
}

static uint64_t
get_number(const unsigned char in[8])
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | in[i];
	return v;
}

void
cursor_put(struct kl_buf *b, uint64_t bind, struct place place,
    struct kl_span text, bool back)
{
	unsigned char raw[FRAME + CURSOR_TEXT];
	size_t n = 0, i;
	uint32_t check;

	raw[n++] = back ? PREVIOUS : NEXT;
	put_number(raw + n, place.t);
	put_number(raw + n + 8, place.at);
	n = HEAD;
	if (text.n > CURSOR_TEXT)
		text.n = CURSOR_TEXT;
	if (text.n > 0)
		memcpy(raw + n, text.s, text.n);
	n += text.n;
	check = seal(bind, raw, n);
	for (i = 0; i < 4; i++)
		raw[n++] = (unsigned char)(check >> (24 - 8 * i));
	kl_base64url(b, raw, n);
}

static int
sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* base64url without padding; 0 if it is not that or too long. */
static size_t
decode(struct kl_span s, unsigned char *out, size_t max)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0, i;
	int v;

	if (s.n % 4 == 1)
		return 0;
	for (i = 0; i < s.n; i++) {
		if ((v = sextet(s.s[i])) < 0)
			return 0;
		bits = bits << 6 | (uint32_t)v;
		if ((have += 6) < 8)
			continue;
		have -= 8;
		if (n == max)
			return 0;
		out[n++] = (unsigned char)(bits >> have);
	}
	return (bits & ((1U << have) - 1)) == 0 ? n : 0;
}

bool
cursor_get(struct cursor *c, uint64_t bind, struct kl_span token)
{
	unsigned char raw[FRAME + CURSOR_TEXT];
	size_t n = decode(token, raw, sizeof(raw)), i;
	uint32_t check = 0;

	if (n < FRAME || (raw[0] != NEXT && raw[0] != PREVIOUS))
		return false;
	for (i = n - 4; i < n; i++)
		check = check << 8 | raw[i];
	if (check != seal(bind, raw, n - 4))
		return false;
	c->t = get_number(raw + 1);
	c->at = get_number(raw + 9);
	c->n = n - FRAME;
	if (c->n > 0)
		memcpy(c->text, raw + HEAD, c->n);
	c->given = true;
	c->back = raw[0] == PREVIOUS;
	return true;
}
