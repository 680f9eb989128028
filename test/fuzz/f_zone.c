/* SPDX-License-Identifier: MIT */
/*
 * f_zone.c - any bytes as the file of a time zone: what is taken answers, and
 * its answers fit each other.
 */

#include <assert.h>

#include "kl/zone.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const int64_t times[] = { -5000000000000, -3000000000, -1, 0,
		1000000000, 1711846800, 1730000000, 4000000000, 95617584000,
		5000000000000 };
	struct kl_zone *z = NULL;
	struct kl_err err = { 0 };
	int32_t offset;
	size_t i;

	if (kl_zone_read(&z, data, size, &err) != KL_OK) {
		assert(z == NULL && err.msg[0] != '\0' && err.hint[0] != '\0');
		return 0;
	}
	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		offset = kl_zone_at(z, times[i]);
		assert(offset >= -26 * 3600 && offset <= 26 * 3600);
		/* A time that is, is shown. */
		assert(kl_zone_local(z, times[i] + offset, &offset) !=
		    KL_ZONE_NEVER);
		assert(kl_zone_at(z, times[i]) <= offset);
		if (kl_zone_local(z, times[i], &offset) != KL_ZONE_NEVER)
			assert(kl_zone_at(z, times[i] - offset) == offset);
	}
	kl_zone_free(z);
	return 0;
}
