/* SPDX-License-Identifier: MIT */
/*
 * f_timestamp.c - what is read as a time and written is read again as the
 * same; the input is a format, a NUL byte and a text.
 */

#include <assert.h>
#include <stdlib.h>

#include "kl/timestamp.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
same_again(const struct kl_stamp *t)
{
	struct kl_buf b = { 0 };
	struct kl_stamp back;
	int64_t local = t->sec + t->offset;

	assert(t->ns < 1000000000 && t->offset % 60 == 0);
	/* The years 0 to 9999, on the clock of the offset. */
	assert(local >= -62167219200 && local <= 253402300799);
	kl_stamp_put(&b, t);
	assert(kl_stamp_parse(b.s, b.n, &back, NULL) == KL_OK);
	assert(
	    back.sec == t->sec && back.ns == t->ns && back.offset == t->offset);
	kl_buf_free(&b);
}

/* What a format has written it can read. */
static void
format_again(const struct kl_stamp_format *f, const struct kl_stamp *t)
{
	struct kl_buf b = { 0 };
	struct kl_stamp back;

	if (kl_stamp_print(&b, f, t, t->offset, NULL) == KL_OK)
		assert(kl_stamp_scan(f, b.s, b.n, t->offset, &back, NULL) ==
		    KL_OK);
	kl_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *s = (const char *)data, *nul;
	struct kl_stamp_format f;
	struct kl_stamp t;
	struct kl_err err;
	size_t n;

	if (kl_stamp_parse(s, size, &t, &err) == KL_OK)
		same_again(&t);
	if (size == 0 || (nul = memchr(s, '\0', size)) == NULL)
		return 0;
	n = (size_t)(nul - s);
	if (kl_stamp_format((struct kl_span){ s, n }, &f, &err) != KL_OK)
		return 0;
	if (kl_stamp_scan(&f, nul + 1, size - n - 1, 3600, &t, &err) == KL_OK) {
		same_again(&t);
		format_again(&f, &t);
	}
	return 0;
}
