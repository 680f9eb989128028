/* SPDX-License-Identifier: MIT */
/* charset.c - Latin-1, Windows-1252 and UTF-16 into UTF-8. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/charset.h"

#define RAW ((size_t)64 << 10) /* bytes of one read */
#define GROWTH 3	       /* bytes of UTF-8 of one byte, at most */

enum kind {
	BYTES,	/* 0x80 and on by a table */
	LITTLE, /* UTF-16 */
	BIG,
	MARKED, /* UTF-16 in the order its mark says */
};

/* Microsoft's code page; zeros are no characters. */
static const uint16_t windows[32] = { 0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026,
	0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0,
	0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
	0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178 };

static const struct encoding {
	const char *name;
	enum kind kind;
	const uint16_t *high; /* of 0x80 to 0x9F; NULL: as in Latin-1 */
} encodings[] = {
	{ "latin-1", BYTES, NULL },
	{ "windows-1252", BYTES, windows },
	{ "utf-16", MARKED, NULL },
	{ "utf-16le", LITTLE, NULL },
	{ "utf-16be", BIG, NULL },
};

struct kl_decoder {
	int fd;
	enum kind kind;
	const uint16_t *high;
	bool eof;
	size_t have; /* bytes in raw that are not converted */
	unsigned char raw[RAW];
};

static enum kl_rc
fill(struct kl_decoder *d, size_t most, struct kl_err *err)
{
	ssize_t n;

	do
		n = read(d->fd, d->raw + d->have, most);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return kl_err_sys(err, KL_EIO, "cannot read the input");
	d->eof = n == 0;
	d->have += (size_t)n;
	return KL_OK;
}

static bool
begins(const struct kl_decoder *d, const char *mark, size_t n)
{
	return d->have >= n && memcmp(d->raw, mark, n) == 0;
}

static enum kl_rc
wrong(const char *what, const char *hint, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA, "%s", what);
	kl_err_code(err, "csv_encoding");
	kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

/* Look at the mark that the input begins with, if it does. */
static enum kl_rc
look_at_mark(struct kl_decoder *d, struct kl_err *err)
{
	bool little = begins(d, "\xFF\xFE", 2), big = begins(d, "\xFE\xFF", 2);

	if (begins(d, "\xEF\xBB\xBF", 3))
		return wrong("the input begins with the mark of UTF-8",
		    "leave --encoding out", err);
	if ((little && d->kind == BIG) || (big && d->kind == LITTLE))
		return wrong("the input begins with the mark of the other "
			     "order of bytes",
		    "--encoding utf-16", err);
	if ((little || big) && d->kind == BYTES)
		return wrong("the input is UTF-16", "--encoding utf-16", err);
	if (d->kind == MARKED && !little && !big && d->have > 0)
		return wrong("the input does not begin with a byte-order mark",
		    "--encoding utf-16le or utf-16be", err);
	if (d->kind == MARKED)
		d->kind = big ? BIG : LITTLE;
	return KL_OK;
}

enum kl_rc
kl_decoder_new(struct kl_decoder **to, int fd, const char *encoding,
    struct kl_err *err)
{
	const struct encoding *e = encodings,
			      *end = e + sizeof(encodings) / sizeof(*encodings);
	struct kl_decoder *d;
	enum kl_rc rc = KL_OK;

	while (e < end && strcmp(e->name, encoding) != 0)
		e++;
	if (e == end)
		return kl_err_set(err, KL_EUSAGE, "no such encoding");
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return kl_err_nomem(err);
	d->fd = fd;
	d->kind = e->kind;
	d->high = e->high;
	while (rc == KL_OK && !d->eof && d->have < 3)
		rc = fill(d, RAW - d->have, err);
	if (rc == KL_OK)
		rc = look_at_mark(d, err);
	if (rc == KL_OK)
		*to = d;
	else
		free(d);
	return rc;
}

void
kl_decoder_free(struct kl_decoder *d)
{
	free(d);
}

/* A character as UTF-8; where it goes on. */
static char *
put(char *p, uint32_t u)
{
	if (u < 0x80) {
		*p++ = (char)u;
		return p;
	}
	if (u < 0x800) {
		*p++ = (char)(0xC0 | u >> 6);
	} else {
		if (u < 0x10000) {
			*p++ = (char)(0xE0 | u >> 12);
		} else {
			*p++ = (char)(0xF0 | u >> 18);
			*p++ = (char)(0x80 | (u >> 12 & 0x3F));
		}
		*p++ = (char)(0x80 | (u >> 6 & 0x3F));
	}
	*p++ = (char)(0x80 | (u & 0x3F));
	return p;
}

/* What is no character. */
static char *
put_none(char *p)
{
	*p++ = '\xFF';
	return p;
}

/* Convert so many bytes that what they become fits into cap; their number. */
static size_t
from_bytes(const struct kl_decoder *d, char **p, size_t cap)
{
	size_t n = d->have < cap / GROWTH ? d->have : cap / GROWTH;
	uint32_t u;

	for (size_t i = 0; i < n; i++) {
		u = d->raw[i];
		if (d->high != NULL && u >= 0x80 && u < 0xA0)
			u = d->high[u - 0x80];
		*p = u == 0 && d->raw[i] != 0 ? put_none(*p) : put(*p, u);
	}
	return n;
}

static uint32_t
unit(const struct kl_decoder *d, size_t i)
{
	const unsigned char *s = d->raw + i;

	return d->kind == BIG ? (uint32_t)s[0] << 8 | s[1]
			      : (uint32_t)s[1] << 8 | s[0];
}

/* The same from units; half a unit or pair waits for the rest of it. */
static size_t
from_units(const struct kl_decoder *d, char **p, size_t cap)
{
	size_t n = d->have < cap / GROWTH ? d->have : cap / GROWTH, i;
	bool last = d->eof && n == d->have;
	uint32_t u, low;

	for (i = 0; i + 2 <= n; i += 2) {
		u = unit(d, i);
		if (u < 0xD800 || u > 0xDFFF) {
			*p = put(*p, u);
			continue;
		}
		if (u < 0xDC00 && i + 4 > n && !last)
			return i;
		low = i + 4 <= n ? unit(d, i + 2) : 0;
		if (u > 0xDBFF || low < 0xDC00 || low > 0xDFFF) {
			*p = put_none(*p);
			continue;
		}
		*p = put(*p, 0x10000 + ((u - 0xD800) << 10) + (low - 0xDC00));
		i += 2;
	}
	if (i < n && last) {
		*p = put_none(*p);
		i = n;
	}
	return i;
}

enum kl_rc
kl_decoder_read(void *ctx, char *to, size_t cap, size_t *n, struct kl_err *err)
{
	struct kl_decoder *d = ctx;
	char *p = to;
	size_t used;
	enum kl_rc rc;

	*n = 0;
	if (!d->eof && d->have < cap / GROWTH && d->have < RAW &&
	    (rc = fill(d, RAW - d->have, err)) != KL_OK)
		return rc;
	if (d->eof && d->have == 0)
		return KL_EOF;
	used =
	    d->kind == BYTES ? from_bytes(d, &p, cap) : from_units(d, &p, cap);
	d->have -= used;
	memmove(d->raw, d->raw + used, d->have);
	*n = (size_t)(p - to);
	return KL_OK;
}
