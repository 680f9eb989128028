/* SPDX-License-Identifier: MIT */
/* t_charset.c - other encodings become UTF-8, wherever a block ends. */

#include <stdlib.h>
#include <unistd.h>

#include "kl/buf.h"
#include "kl/charset.h"
#include "ok.h"

static char path[] = "/tmp/t_charset.XXXXXX";
static int fd;

/* The n bytes at s, of the encoding, read in steps of cap; the code of the
 * failure if there is one. */
static struct kl_buf
decode(const char *encoding, const char *s, size_t n, size_t cap)
{
	struct kl_decoder *d = NULL;
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };
	size_t got;

	if (ftruncate(fd, 0) != 0 || pwrite(fd, s, n, 0) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) != 0)
		abort();
	if (kl_decoder_new(&d, fd, encoding, &err) != KL_OK) {
		kl_buf_printf(&b, "(%s)", err.msg);
		return b;
	}
	while (kl_buf_room(&b, cap) &&
	    kl_decoder_read(d, b.s + b.n, cap, &got, &err) == KL_OK)
		b.n += got;
	kl_decoder_free(d);
	return b;
}

static void
decodes(const char *encoding, const char *s, size_t n, const char *want,
    const char *what)
{
	struct kl_buf b = decode(encoding, s, n, 16);

	is(kl_buf_str(&b), want, what);
	kl_buf_free(&b);
}

#define DECODES(encoding, s, want, what)                                       \
	decodes(encoding, s, sizeof(s) - 1, want, what)

static void
bytes(void)
{
	DECODES("latin-1", "", "", "nothing is nothing");
	DECODES("latin-1", "a\xE9\x80\xFF\n", "aé\xC2\x80ÿ\n", "Latin-1");
	DECODES("windows-1252", "\x80\x85\x9F\xA0\xE9", "€…Ÿ\xC2\xA0é",
	    "Windows-1252");
	DECODES("windows-1252", "a\x81\x8D\x8F\x90\x9Dz",
	    "a\xFF\xFF\xFF\xFF\xFFz", "what it has no character for");
	DECODES("windows-1252", "\x80\x80\x80\x80\x80\x80\x80\x80", "€€€€€€€€",
	    "more than fits into a step");
}

static void
units(void)
{
	DECODES("utf-16",
	    "\xFF\xFE"
	    "a\0\xE9\0\x3D\xD8\x00\xDE",
	    "\xEF\xBB\xBF"
	    "aé😀",
	    "UTF-16 by its mark, low byte first");
	DECODES("utf-16", "\xFE\xFF\0a\xD8\x3D\xDE\x00",
	    "\xEF\xBB\xBF"
	    "a😀",
	    "high byte first");
	DECODES("utf-16le", "a\0\x3D\xD8", "a\xFF", "half a pair at the end");
	DECODES("utf-16le",
	    "\x3D\xD8"
	    "a\0",
	    "\xFF"
	    "a",
	    "half a pair before something else");
	DECODES("utf-16be", "\xDE\x00\0a\0",
	    "\xFF"
	    "a\xFF",
	    "the other half alone, and half a unit");
	DECODES("utf-16be", "\xD8\x3D\xD8\x3D\xDE\x00", "\xFF😀",
	    "two first halves");
}

static void
marks(void)
{
	DECODES("utf-16", "a\0",
	    "(the input does not begin with a byte-order mark)", "no mark");
	DECODES("utf-16", "", "", "but an empty input needs none");
	DECODES("utf-16le", "\xFE\xFF\0a",
	    "(the input begins with the mark of the other order of bytes)",
	    "the wrong mark");
	DECODES("utf-16be",
	    "\xFF\xFE"
	    "a\0",
	    "(the input begins with the mark of the other order of bytes)",
	    "and the other");
	DECODES("latin-1",
	    "\xEF\xBB\xBF"
	    "a",
	    "(the input begins with the mark of UTF-8)", "UTF-8");
	DECODES("windows-1252",
	    "\xFF\xFE"
	    "a\0",
	    "(the input is UTF-16)", "UTF-16");
	DECODES("utf-7", "a", "(no such encoding)", "no encoding");
	DECODES("utf-8", "a", "(no such encoding)", "none to convert");
}

/* u as UTF-8, written by another rule than the decoder's. */
static void
put_utf8(struct kl_buf *b, unsigned u)
{
	unsigned n = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4, i;
	static const unsigned lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };

	kl_buf_putc(b, (char)(lead[n] | u >> 6 * (n - 1)));
	for (i = 1; i < n; i++)
		kl_buf_putc(b, (char)(0x80 | (u >> 6 * (n - 1 - i) & 0x3F)));
}

/* Every character there is, in UTF-16 of either order, in odd steps. */
static void
every_character(bool big, size_t cap)
{
	struct kl_buf in = { 0 }, want = { 0 }, got;
	unsigned u, unit[2], n, i;

	for (u = 1; u < 0x110000; u++) {
		if (u == 0xD800)
			u = 0xE000;
		n = u < 0x10000 ? 1 : 2;
		unit[0] = n == 1 ? u : 0xD7C0 + (u >> 10);
		unit[1] = 0xDC00 | (u & 0x3FF);
		for (i = 0; i < n; i++) {
			kl_buf_putc(&in,
			    (char)(big ? unit[i] >> 8 : unit[i] & 0xFF));
			kl_buf_putc(&in,
			    (char)(big ? unit[i] & 0xFF : unit[i] >> 8));
		}
		put_utf8(&want, u);
	}
	got = decode(big ? "utf-16be" : "utf-16le", in.s, in.n, cap);
	ok(got.n == want.n && memcmp(got.s, want.s, want.n) == 0,
	    "every character comes out, in whatever steps");
	kl_buf_free(&in);
	kl_buf_free(&want);
	kl_buf_free(&got);
}

int
main(void)
{
	if ((fd = mkstemp(path)) < 0 || unlink(path) != 0)
		abort();
	bytes();
	units();
	marks();
	every_character(false, 4099);
	every_character(true, 128 << 10);
	every_character(false, 1000003);
	return done();
}
