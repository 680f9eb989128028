/* SPDX-License-Identifier: MIT */
#ifndef SHA_TWO_H
#define SHA_TWO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * sha-two.h - SHA-256 of two texts at once.
 *
 * Each round of SHA-256 needs the one before it, so that one text leaves a
 * processor with instructions for it waiting most of the time; the rounds of
 * another text fit in between.
 */

/* What SHA-256 has come to after some blocks. */
struct sha_state {
	uint32_t h[8];
};

/* True if the processor has what sha_two() takes. */
bool sha_two_can(void);

/* The state of each after its first so many blocks of 64 bytes. */
void sha_two(const unsigned char *s, struct sha_state *of_s,
    const unsigned char *t, struct sha_state *of_t, size_t blocks);

#endif /* SHA_TWO_H */
