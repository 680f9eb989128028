/* SPDX-License-Identifier: MIT */
/* scan-plain.c - the scanner in plain C: eight bytes at a time. */

#include <stdint.h>

#define SCANNER kl_json_scan_plain

#define EACH(byte) (0x0101010101010101U * (uint64_t)(byte))

/* Eight bytes, the first in the lowest place whatever the machine. */
static inline uint64_t
load64(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	return (uint64_t)u[0] | (uint64_t)u[1] << 8 | (uint64_t)u[2] << 16 |
	    (uint64_t)u[3] << 24 | (uint64_t)u[4] << 32 | (uint64_t)u[5] << 40 |
	    (uint64_t)u[6] << 48 | (uint64_t)u[7] << 56;
}

/*
 * The top bit of each byte of w that matters in a string.  With the top bits
 * masked off no sum reaches the next byte: x + 0x60 has its top bit set from
 * a space on, and (x ^ c) + 0x7f unless x is c.
 */
static inline uint64_t
marks(uint64_t w)
{
	uint64_t x = w & EACH(0x7f);
	uint64_t plain = (x + EACH(0x60)) & ((x ^ EACH('"')) + EACH(0x7f)) &
	    ((x ^ EACH('\\')) + EACH(0x7f));

	return (~plain | w) & EACH(0x80);
}

static inline uint64_t
block64(const char *s)
{
	uint64_t bits = 0;

	/* The product gathers the eight top bits, first byte lowest. */
	for (unsigned i = 0; i < 8; i++)
		bits |=
		    ((marks(load64(s + 8 * i)) >> 7) * 0x0102040810204080U >>
			56)
		    << (8 * i);
	return bits;
}

#include "grammar.h"
