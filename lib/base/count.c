/* SPDX-License-Identifier: MIT */
/* count.c - a number and what it counts. */

#include <stdio.h>

#include "kl/count.h"

const char *
kl_counted(uint64_t n, const char *one, const char *many, char out[KL_COUNTED])
{
	(void)snprintf(out, KL_COUNTED, "%llu %s", (unsigned long long)n,
	    n == 1 ? one : many);
	return out;
}
