/* SPDX-License-Identifier: MIT */
/*
 * f_charset.c - any bytes in any encoding.
 *
 * What comes out does not depend on the steps it is read in, and is UTF-8
 * but for the bytes 0xFF that stand for what is no character.
 */

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kl/buf.h"
#include "kl/charset.h"
#include "kl/json.h"

static struct kl_buf
decode(const char *encoding, int fd, size_t cap)
{
	struct kl_decoder *d = NULL;
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };
	enum kl_rc rc;
	size_t n;

	assert(lseek(fd, 0, SEEK_SET) == 0);
	if (kl_decoder_new(&d, fd, encoding, &err) != KL_OK) {
		assert(strcmp(err.code, "csv_encoding") == 0);
		return b;
	}
	for (;;) {
		assert(kl_buf_room(&b, cap));
		if ((rc = kl_decoder_read(d, b.s + b.n, cap, &n, &err)) !=
		    KL_OK)
			break;
		assert(n <= cap);
		b.n += n;
	}
	assert(rc == KL_EOF);
	kl_decoder_free(d);
	return b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const names[] = { "latin-1", "windows-1252",
		"utf-16", "utf-16le", "utf-16be" };
	struct kl_buf all, steps;
	const char *name;
	size_t i, cap;
	int fd;

	if (n-- == 0)
		return 0;
	name = names[data[0] % 5];
	cap = 16 + data[0] / 5;
	fd = memfd_create("charset", MFD_CLOEXEC);
	assert(fd >= 0 && pwrite(fd, data + 1, n, 0) == (ssize_t)n);
	all = decode(name, fd, 3 * n + 16);
	steps = decode(name, fd, cap);
	assert(all.n == steps.n &&
	    (all.n == 0 || memcmp(all.s, steps.s, all.n) == 0));
	for (i = 0; i < all.n; i++)
		if (all.s[i] == '\xFF')
			all.s[i] = '?';
	assert(kl_utf8_valid(all.s, all.n));
	kl_buf_free(&all);
	kl_buf_free(&steps);
	close(fd);
	return 0;
}
