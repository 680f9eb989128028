/* SPDX-License-Identifier: MIT */
/* f_canon.c - the one spelling of a text is JSON, and is its own. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kl/canon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_buf one = { 0 }, two = { 0 };
	struct kl_canon c = { 0 };
	struct kl_json doc = { 0 };
	char *s = malloc(size + 1);

	if (s == NULL)
		return 0;
	memcpy(s, data, size);
	if (kl_json_scan(&doc, s, size, NULL) == KL_OK) {
		kl_canon_put(&c, &one, &doc, 0);
		assert(kl_json_scan(&doc, one.s, one.n, NULL) == KL_OK);
		kl_canon_put(&c, &two, &doc, 0);
		assert(one.n == two.n && memcmp(one.s, two.s, one.n) == 0);
	}
	kl_buf_free(&one);
	kl_buf_free(&two);
	kl_canon_free(&c);
	kl_json_free(&doc);
	free(s);
	return 0;
}
