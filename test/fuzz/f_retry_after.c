/* SPDX-License-Identifier: MIT */
/* f_retry_after.c - Retry-After, dates and RateLimit headers of any bytes. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kl/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kl_ratelimit rl;
	int64_t ms;
	char *s;

	if ((s = malloc(n + 1)) == NULL)
		return 0;
	memcpy(s, data, n);
	s[n] = '\0';
	ms = kl_retry_after(s, NULL, 1795406067000);
	assert(ms >= -1 && ms <= (int64_t)7 * 86400 * 1000);
	ms = kl_retry_after("Mon, 23 Nov 2026 03:54:27 GMT", s, 0);
	assert(ms >= 0 && ms <= (int64_t)7 * 86400 * 1000);
	assert(kl_http_date(s) >= -1);
	(void)kl_ratelimit_read(&rl, s, s, s);
	assert(rl.remaining >= -1 && rl.reset >= -1);
	free(s);
	return 0;
}
