/* SPDX-License-Identifier: MIT */
/* scan-plain.c - the scanner in plain C: eight bytes at a time. */

#include "scan.h"

#define SCANNER kl_json_scan_plain

/* Eight bytes, the first in the lowest place whatever the machine. */
static inline uint64_t
load64(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	return (uint64_t)u[0] | (uint64_t)u[1] << 8 | (uint64_t)u[2] << 16 |
	    (uint64_t)u[3] << 24 | (uint64_t)u[4] << 32 | (uint64_t)u[5] << 40 |
	    (uint64_t)u[6] << 48 | (uint64_t)u[7] << 56;
}

static inline uint64_t
block64(const char *s)
{
	uint64_t bits = 0;

	/* The product gathers the eight top bits, first byte lowest. */
	for (size_t i = 0; i < 8; i++)
		bits |= ((json_marks(load64(s + 8 * i)) >> 7) *
				0x0102040810204080U >>
			    56)
		    << (8 * i);
	return bits;
}

#include "grammar.h"
