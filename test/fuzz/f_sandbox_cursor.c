/* SPDX-License-Identifier: MIT */
/*
 * f_sandbox_cursor.c - the sandbox's cursors.  What is read is written back
 * the same; what is written is read back the same, and only for its question.
 */

#include <assert.h>
#include <stdint.h>

#include "cursor.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_span s = { (const char *)data, size };
	struct cursor c = { 0 };
	struct kl_buf b = { 0 };

	if (cursor_get(&c, 7, s)) {
		cursor_put(&b, 7, c.at, (struct kl_span){ c.text, c.n },
		    c.back);
		assert(b.n == size && memcmp(b.s, data, size) == 0);
	}
	kl_buf_reset(&b);
	if (s.n > CURSOR_TEXT)
		s.n = CURSOR_TEXT;
	cursor_put(&b, 7, size * 31, s, (size & 1) != 0);
	assert(cursor_get(&c, 7, (struct kl_span){ b.s, b.n }));
	assert(c.at == size * 31 && c.n == s.n && c.back == ((size & 1) != 0));
	assert(s.n == 0 || memcmp(c.text, s.s, s.n) == 0);
	assert(!cursor_get(&c, 8, (struct kl_span){ b.s, b.n }));
	kl_buf_free(&b);
	return 0;
}
