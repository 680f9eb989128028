/* SPDX-License-Identifier: MIT */
/* random.c - random bytes from the kernel. */

#include <errno.h>
#include <sys/random.h>

#include "kl/random.h"

bool
kl_random(void *to, size_t n)
{
	unsigned char *p = to;
	ssize_t got;

	while (n > 0) {
		if ((got = getrandom(p, n, 0)) < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		p += got;
		n -= (size_t)got;
	}
	return true;
}
