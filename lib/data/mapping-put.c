/* SPDX-License-Identifier: MIT */
/*
 * mapping-put.c - write what the stages of a program say, on any processor.
 */

#include <string.h>

#include "letters.h"
#include "mapping-priv.h"

#define PUT mapping_put_plain
#define lower_short letters_lower_short

static inline void
copy_short(char *to, const char *from)
{
	memcpy(to, from, KEY_SHORT);
}

#include "mapping-put.h"

mapping_put *
mapping_put_best(void)
{
#if KL_CPU_WIDE
	if (kl_cpu_wide())
		return mapping_put_avx2;
#endif
	return mapping_put_plain;
}
