/* SPDX-License-Identifier: MIT */
/* url.c - the little of URLs that a pinned client needs. */

#include <string.h>

#include "kl/url.h"

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* Characters an URL may plainly hold: no space, control, quote, backslash,
 * brace or byte beyond ASCII. */
static bool
plain(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_alnum(s[i]) &&
		    (s[i] == '\0' ||
			strchr("-._~:/?[]@!$&'()*+,;=%", s[i]) == NULL))
			return false;
	return true;
}

/* "host", "host:port", "[v6]" or "[v6]:port". */
static bool
authority(struct kl_url *u, const char *s, size_t n)
{
	const char *end = s + n, *p;
	size_t i;

	if (n > 0 && *s == '[') {
		if ((p = memchr(s, ']', n)) == NULL)
			return false;
		u->v6 = true;
		u->host = (struct kl_span){ s + 1, (size_t)(p - s) - 1 };
		p++;
	} else {
		for (p = s; p < end &&
		     (is_alnum(*p) || *p == '-' || *p == '.' || *p == '_');)
			p++;
		u->host = (struct kl_span){ s, (size_t)(p - s) };
	}
	if (u->host.n == 0 || u->host.n > 253)
		return false;
	for (i = 0; u->v6 && i < u->host.n; i++)
		if (strchr("0123456789abcdefABCDEF:.", u->host.s[i]) == NULL)
			return false;
	if (p == end)
		return true;
	if (*p++ != ':' || p == end || end - p > 5)
		return false;
	for (u->port = 0; p < end && *p >= '0' && *p <= '9'; p++)
		u->port = u->port * 10 + (unsigned)(*p - '0');
	return p == end && u->port > 0 && u->port <= 65535;
}

bool
kl_url_split(struct kl_url *u, const char *s, size_t n)
{
	const char *p, *end = s + n;
	size_t len;

	*u = (struct kl_url){ 0 };
	if (!plain(s, n))
		return false;
	if (n > 8 && memcmp(s, "https://", 8) == 0)
		len = 5;
	else if (n > 7 && memcmp(s, "http://", 7) == 0)
		len = 4;
	else
		return false;
	u->scheme = (struct kl_span){ s, len };
	u->port = len == 5 ? 443 : 80;
	s += len + 3;
	for (p = s; p < end && *p != '/' && *p != '?';)
		p++;
	if (!authority(u, s, (size_t)(p - s)))
		return false;
	for (s = p; p < end && *p != '?';)
		p++;
	u->path = (struct kl_span){ s, (size_t)(p - s) };
	if (p < end)
		u->query = (struct kl_span){ p + 1, (size_t)(end - p) - 1 };
	return true;
}

/* Letter case apart; ASCII. */
static bool
same_text(struct kl_span a, struct kl_span b)
{
	size_t i;
	char x, y;

	for (i = 0; a.n == b.n && i < a.n; i++) {
		x = a.s[i] >= 'A' && a.s[i] <= 'Z' ? (char)(a.s[i] | 32)
						   : a.s[i];
		y = b.s[i] >= 'A' && b.s[i] <= 'Z' ? (char)(b.s[i] | 32)
						   : b.s[i];
		if (x != y)
			return false;
	}
	return a.n == b.n;
}

bool
kl_url_same_origin(const struct kl_url *a, const struct kl_url *b)
{
	return kl_span_eq(a->scheme, b->scheme) && a->port == b->port &&
	    a->v6 == b->v6 && same_text(a->host, b->host);
}

/* Four numbers of up to three digits, each at most 255, the first 127. */
static bool
v4_loopback(struct kl_span h)
{
	unsigned part = 0, digits = 0, v = 0;
	size_t i;

	for (i = 0; i <= h.n; i++) {
		if (i < h.n && h.s[i] >= '0' && h.s[i] <= '9') {
			v = v * 10 + (unsigned)(h.s[i] - '0');
			if (++digits > 3 || v > 255)
				return false;
			continue;
		}
		if (digits == 0 || (part == 0 && v != 127) ||
		    (i < h.n && h.s[i] != '.'))
			return false;
		part++;
		digits = v = 0;
	}
	return part == 4;
}

bool
kl_url_loopback(const struct kl_url *u)
{
	if (u->v6)
		return kl_span_is(u->host, "::1");
	return same_text(u->host, KL_SPAN("localhost")) || v4_loopback(u->host);
}

enum kl_rc
kl_url_base(struct kl_url *u, const char *s, struct kl_err *err)
{
	size_t n = strlen(s);

	if (!kl_url_split(u, s, n) || u->query.n > 0 || s[n - 1] == '?') {
		(void)kl_err_set(err, KL_ECONFIG,
		    "the base URL is not a plain https URL");
		kl_err_hint(err,
		    "https://HOST[:PORT][/PATH], without user, "
		    "query and fragment");
		return KL_ECONFIG;
	}
	if (u->scheme.n == 5 || kl_url_loopback(u))
		return KL_OK;
	(void)kl_err_set(err, KL_ECONFIG,
	    "the base URL is http: the key would be sent in the clear");
	kl_err_hint(err, "use https; http is for loopback addresses only");
	return KL_ECONFIG;
}

void
kl_url_encode(struct kl_buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c;
	size_t i;

	for (i = 0; i < n; i++) {
		if (is_alnum(s[i]) ||
		    (s[i] != '\0' && strchr("-._~", s[i]) != NULL)) {
			kl_buf_putc(b, s[i]);
			continue;
		}
		c = (unsigned char)s[i];
		kl_buf_putc(b, '%');
		kl_buf_putc(b, hex[c >> 4]);
		kl_buf_putc(b, hex[c & 15]);
	}
}

void
kl_url_param(struct kl_buf *b, const char *name, const char *s, size_t n)
{
	if (b->n > 0)
		kl_buf_putc(b, '&');
	kl_url_encode(b, name, strlen(name));
	kl_buf_putc(b, '=');
	kl_url_encode(b, s, n);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that stands at s[*i], moved past it; -1 for a broken escape. */
static int
decoded(struct kl_span s, size_t *i)
{
	int hi, lo;

	if (s.s[*i] == '+') {
		++*i;
		return ' ';
	}
	if (s.s[*i] != '%')
		return (unsigned char)s.s[(*i)++];
	if (*i + 2 >= s.n || (hi = hex_digit(s.s[*i + 1])) < 0 ||
	    (lo = hex_digit(s.s[*i + 2])) < 0)
		return -1;
	*i += 3;
	return hi << 4 | lo;
}

/* True if the encoded name is the plain one. */
static bool
name_is(struct kl_span enc, const char *name)
{
	size_t i = 0;
	int c;

	while (i < enc.n && *name != '\0') {
		if ((c = decoded(enc, &i)) < 0 || c != (unsigned char)*name)
			return false;
		name++;
	}
	return i == enc.n && *name == '\0';
}

bool
kl_url_query(struct kl_buf *b, struct kl_span query, const char *name)
{
	struct kl_span item, value;
	const char *p, *eq;
	size_t i;
	int c;

	for (; query.n > 0; query.s += item.n, query.n -= item.n) {
		if (*query.s == '&')
			query.s++, query.n--;
		p = query.n > 0 ? memchr(query.s, '&', query.n) : NULL;
		item = (struct kl_span){ query.s,
			p != NULL ? (size_t)(p - query.s) : query.n };
		eq = item.n > 0 ? memchr(item.s, '=', item.n) : NULL;
		if (eq == NULL)
			continue;
		value = (struct kl_span){ eq + 1,
			item.n - (size_t)(eq + 1 - item.s) };
		item.n = (size_t)(eq - item.s);
		if (name_is(item, name)) {
			for (i = 0; i < value.n;) {
				if ((c = decoded(value, &i)) < 0)
					return false;
				kl_buf_putc(b, (char)c);
			}
			return b->rc == KL_OK;
		}
		item.n += 1 + value.n;
	}
	return false;
}
