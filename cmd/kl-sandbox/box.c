/* SPDX-License-Identifier: MIT */
/* box.c - the clock of the sandbox and the identifiers it makes up. */

#include <time.h>

#include "box.h"

uint64_t
box_now(struct box *b)
{
	struct timespec t;
	uint64_t us;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	us = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
	if (us > b->last_us)
		b->last_us = us;
	return b->last_us;
}

void
random_id(struct box *b, char *out, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = digit[random_next(&b->random) % 62];
	out[n] = '\0';
}
