/* SPDX-License-Identifier: MIT */
/* utf8.c - strict UTF-8. */

#include "scan.h"

bool
kl_utf8_valid(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	uint64_t w[2];
	unsigned len;

	while (n > 0) {
		if (n >= sizeof(w)) {
			memcpy(w, p, sizeof(w));
			if (((w[0] | w[1]) & JSON_TOPS) == 0) {
				p += sizeof(w);
				n -= sizeof(w);
				continue;
			}
		}
		if (*p < 0x80)
			len = 1;
		else if ((len = json_utf8(p, n)) == 0)
			return false;
		p += len;
		n -= len;
	}
	return true;
}
