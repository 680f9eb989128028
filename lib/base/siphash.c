/* SPDX-License-Identifier: MIT */
/* siphash.c - SipHash-1-3, of 64 and of 128 bits. */

#include <string.h>

#include "kl/siphash.h"

/* Names are short: all of it in line, with the state in registers. */
#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t
rotl(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

INLINE void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] = rotl(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] = rotl(v[2], 32);
}

INLINE void
start(uint64_t v[4], const uint64_t secret[2])
{
	v[0] = secret[0] ^ 0x736f6d6570736575U;
	v[1] = secret[1] ^ 0x646f72616e646f6dU;
	v[2] = secret[0] ^ 0x6c7967656e657261U;
	v[3] = secret[1] ^ 0x7465646279746573U;
}

INLINE void
word(uint64_t v[4], uint64_t w)
{
	v[3] ^= w;
	sip_round(v);
	v[0] ^= w;
}

/* Four bytes, the first of them lowest: one load, where that is the order of
 * the machine. */
INLINE uint64_t
four(const unsigned char *s)
{
	return (uint64_t)s[0] | (uint64_t)s[1] << 8 | (uint64_t)s[2] << 16 |
	    (uint64_t)s[3] << 24;
}

/*
 * Up to seven bytes, the first of them lowest.  They are read as two words
 * that overlap, or as three bytes: a copy of a length that is not known is a
 * call, which would be much of the work.
 */
INLINE uint64_t
tail(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;

	if (n >= 4)
		return four(s) | four(s + n - 4) << 8 * (n - 4);
	if (n == 0)
		return 0;
	return (uint64_t)s[0] | (uint64_t)s[n / 2] << 8 * (n / 2) |
	    (uint64_t)s[n - 1] << 8 * (n - 1);
}

INLINE void
absorb(uint64_t v[4], const char *s, size_t n)
{
	uint64_t w, last = (uint64_t)n << 56;

	for (; n >= 8; s += 8, n -= 8) {
		memcpy(&w, s, 8);
		word(v, w);
	}
	word(v, last | tail(s, n));
}

INLINE uint64_t
finish(uint64_t v[4])
{
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t
kl_siphash(const uint64_t secret[2], const void *s, size_t n)
{
	uint64_t v[4];

	start(v, secret);
	absorb(v, s, n);
	v[2] ^= 0xff;
	return finish(v);
}

void
kl_siphash_128(const uint64_t secret[2], const void *s, size_t n,
    uint64_t out[2])
{
	uint64_t v[4];

	start(v, secret);
	v[1] ^= 0xee;
	absorb(v, s, n);
	v[2] ^= 0xee;
	out[0] = finish(v);
	v[1] ^= 0xdd;
	out[1] = finish(v);
}
