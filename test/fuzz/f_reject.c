/* SPDX-License-Identifier: MIT */
/* f_reject.c - what is set aside comes back byte for byte, and any line may
 * claim to be a reject. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kl/reject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
there_and_back(const char *s, size_t n)
{
	struct kl_buf line = { 0 }, tmp = { 0 };
	struct kl_json doc = { 0 };
	struct kl_err reason = { .msg = "why" };
	struct kl_rejected what = { .line = 1, .s = s, .n = n };
	struct kl_span back;

	what.record = kl_json_scan(&doc, s, n, NULL) == KL_OK &&
	    kl_json_type(&doc, 0) == KL_JSON_OBJECT && *s == '{' &&
	    s[n - 1] == '}';
	kl_reject_format(&line, "t", "R", &what, &reason, NULL);
	assert(kl_reject_is(line.s, line.n));
	assert(kl_json_scan(&doc, line.s, line.n, NULL) == KL_OK);
	assert(kl_reject_unwrap(&doc, &tmp, &back, NULL) == KL_OK);
	assert(back.n == n && (n == 0 || memcmp(back.s, s, n) == 0));
	kl_buf_free(&line);
	kl_buf_free(&tmp);
	kl_json_free(&doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_buf tmp = { 0 };
	struct kl_json doc = { 0 };
	struct kl_span record;
	char *s = malloc(size + 1);

	if (s == NULL)
		return 0;
	memcpy(s, data, size);
	there_and_back(s, size);
	if (kl_json_scan(&doc, s, size, NULL) == KL_OK)
		(void)kl_reject_unwrap(&doc, &tmp, &record, NULL);
	kl_buf_free(&tmp);
	kl_json_free(&doc);
	free(s);
	return 0;
}
