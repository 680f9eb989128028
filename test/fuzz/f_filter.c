/* SPDX-License-Identifier: MIT */
/* f_filter.c - filters: what is let through is balanced, and so is any two of
 * them together. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "kl/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_span s = { (const char *)data, size };
	struct kl_buf both = { 0 };
	struct kl_err err = { 0 };
	enum kl_rc rc, known;

	rc = kl_filter_check(s, NULL, &err);
	assert(rc == KL_OK || (rc == KL_EUSAGE && err.msg[0] != '\0'));
	known = kl_filter_check(s, kl_resource(KL_RES_PROFILES)->filters, NULL);
	assert(known == rc || known == KL_EUSAGE);
	if (rc != KL_OK)
		return 0;
	assert(size > 0 && data[size - 1] == ')');
	assert(memchr(data, '\n', size) == NULL);
	/* What passes can be joined with a condition of our own. */
	kl_buf_span(&both, s);
	kl_filter_put_text(&both, KL_OP_EQUALS, "email", s);
	if (both.n <= KL_FILTER_MAX)
		assert(kl_filter_check((struct kl_span){ both.s, both.n }, NULL,
			   NULL) == KL_OK);
	kl_buf_free(&both);
	return 0;
}
