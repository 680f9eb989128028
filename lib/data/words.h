/* SPDX-License-Identifier: MIT */
#ifndef WORDS_H
#define WORDS_H

/* words.h - bytes as words, and the bits of words. */

#include <stdint.h>
#include <string.h>

/* Eight bytes, four, as a number. */
static inline uint64_t
load8(const char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof(w));
	return w;
}

static inline uint32_t
load4(const char *s)
{
	uint32_t w;

	memcpy(&w, s, sizeof(w));
	return w;
}

/* How many bits are set: few. */
static inline unsigned
bits_set(uint64_t bits)
{
	unsigned n = 0;

	for (; bits != 0; bits &= bits - 1)
		n++;
	return n;
}

#endif /* WORDS_H */
