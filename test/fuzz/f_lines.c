/* SPDX-License-Identifier: MIT */
/* f_lines.c - the lines handed out are the input: no byte more, none less. */

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../lib/stream/ends.h"
#include "kl/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Newlines are found in the same places by all. */
static void
ends(const uint8_t *data, size_t size)
{
	static char text[ENDS_STRETCH + ENDS_SPARE];
	static uint16_t a[ENDS_STRETCH + 1], b[ENDS_STRETCH + 1];
	size_t n = size < ENDS_STRETCH ? size : ENDS_STRETCH;
	uint32_t found;

	memset(text, '\n', sizeof(text));
	memcpy(text, data, n);
	found = ends_find_plain(a, text, n);
	assert(found == ends_find_best()(b, text, n));
	assert(memcmp(a, b, found * sizeof(*a)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_lines *in;
	struct kl_line l;
	struct kl_err err;
	size_t max, at = 0, no = 0;
	enum kl_rc rc;
	int fd = memfd_create("lines", MFD_CLOEXEC);

	if (fd < 0 || size == 0)
		return 0;
	max = *data++ + 1U;
	size--;
	ends(data, size);
	if (write(fd, data, size) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET) != 0)
		return 0;
	in = kl_lines_new(fd, max);
	while ((rc = kl_lines_next(in, &l, &err)) != KL_EOF) {
		assert(rc == KL_OK || (rc == KL_ETOOBIG && l.n > max));
		assert(l.no == ++no && l.offset == at);
		assert(rc != KL_OK || memcmp(l.s, data + at, l.n) == 0);
		at += l.n;
		assert(!l.eol || data[at] == '\n');
		at += l.eol;
	}
	assert(at == size && kl_lines_done(in) == size);
	kl_lines_free(in);
	close(fd);
	return 0;
}
