/* SPDX-License-Identifier: MIT */
#ifndef ENDS_H
#define ENDS_H

#include <stddef.h>
#include <stdint.h>

#include "kl/cpu.h"

/*
 * ends.h - where lines end, found for many of them at once.
 *
 * Lines differ in length, so whoever looks for one newline after the other
 * cannot foretell when to stop looking; here only how many bytes there are
 * decides that.
 */

#define ENDS_STRETCH ((size_t)8 << 10) /* bytes to look at, at most */
#define ENDS_SPARE ((size_t)64)	       /* bytes behind them that can be read */

/* Put the offsets of the newlines among n bytes at to, which has room for one
 * more than that.  Returns how many there are. */
typedef uint32_t ends_find(uint16_t *to, const char *s, size_t n);

ends_find ends_find_plain;

#if KL_CPU_WIDE
ends_find ends_find_avx2; /* kl_cpu_wide() */
#endif

/* What this processor can do best. */
ends_find *ends_find_best(void);

#endif /* ENDS_H */
