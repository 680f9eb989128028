/* SPDX-License-Identifier: MIT */
/*
 * sha-two.c - SHA-256 of two texts at once, by the processor's instructions.
 *
 * The instructions keep the state as two vectors, of A, B, E, F and of C, D,
 * G, H, and do two rounds at a time, after which they have changed places.
 */

#include "sha-two.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(KL_NO_SIMD)

#if defined(__clang__)
#include <cpuid.h>
#endif
#include <immintrin.h>

/* What is compiled for these is called only after a look at the processor. */
#define WITH_SHA __attribute__((target("sha,avx")))
#define PART WITH_SHA __attribute__((always_inline)) static inline

static const uint32_t first[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
	0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

static const uint32_t constant[64] __attribute__((aligned(16))) = { 0x428a2f98,
	0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74,
	0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6,
	0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152,
	0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351,
	0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354,
	0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70,
	0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
	0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa,
	0xa4506ceb, 0xbef9a3f7, 0xc67178f2 };

bool
sha_two_can(void)
{
#if defined(__clang__) /* 14 does not know "sha" */
	unsigned a, b, c, d;

	return __builtin_cpu_supports("avx") &&
	    __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
#else
	return __builtin_cpu_supports("avx") && __builtin_cpu_supports("sha");
#endif
}

struct text {
	const unsigned char *s;
	__m128i abef, cdgh; /* the state */
	__m128i w[4];	    /* sixteen words of the schedule */
};

/* The next block of a text: its words are big-endian. */
PART void
load(struct text *t)
{
	const __m128i order =
	    _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	int i;

	for (i = 0; i < 4; i++)
		t->w[i] = _mm_shuffle_epi8(
		    _mm_loadu_si128((const void *)(t->s + 16 * i)), order);
	t->s += 64;
}

/* Words 4i to 4i + 3 make way for those sixteen later. */
PART void
schedule(struct text *t, int i)
{
	__m128i last = t->w[(i + 3) & 3];
	__m128i w = _mm_sha256msg1_epu32(t->w[i & 3], t->w[(i + 1) & 3]);

	w = _mm_add_epi32(w, _mm_alignr_epi8(last, t->w[(i + 2) & 3], 4));
	t->w[i & 3] = _mm_sha256msg2_epu32(w, last);
}

/* Rounds 4i to 4i + 3 of both texts. */
PART void
rounds(struct text *t, struct text *u, int i)
{
	const __m128i k =
	    _mm_load_si128((const __m128i *)(const void *)(constant + 4 * i));
	__m128i x = _mm_add_epi32(t->w[i & 3], k);
	__m128i y = _mm_add_epi32(u->w[i & 3], k);

	t->cdgh = _mm_sha256rnds2_epu32(t->cdgh, t->abef, x);
	u->cdgh = _mm_sha256rnds2_epu32(u->cdgh, u->abef, y);
	x = _mm_shuffle_epi32(x, 0x0e);
	y = _mm_shuffle_epi32(y, 0x0e);
	t->abef = _mm_sha256rnds2_epu32(t->abef, t->cdgh, x);
	u->abef = _mm_sha256rnds2_epu32(u->abef, u->cdgh, y);
	if (i < 12) {
		schedule(t, i);
		schedule(u, i);
	}
}

PART void
start(struct text *t, const unsigned char *s)
{
	t->s = s;
	t->abef = _mm_set_epi32((int)first[0], (int)first[1], (int)first[4],
	    (int)first[5]);
	t->cdgh = _mm_set_epi32((int)first[2], (int)first[3], (int)first[6],
	    (int)first[7]);
}

PART void
finish(const struct text *t, struct sha_state *of)
{
	uint32_t v[8];

	_mm_storeu_si128((__m128i *)(void *)v, t->abef);
	_mm_storeu_si128((__m128i *)(void *)(v + 4), t->cdgh);
	*of = (struct sha_state){ { v[3], v[2], v[7], v[6], v[1], v[0], v[5],
	    v[4] } };
}

WITH_SHA void
sha_two(const unsigned char *s, struct sha_state *of_s, const unsigned char *t,
    struct sha_state *of_t, size_t blocks)
{
	struct text x, y, before_x, before_y;
	int i;

	start(&x, s);
	start(&y, t);
	for (; blocks > 0; blocks--) {
		load(&x);
		load(&y);
		before_x = x;
		before_y = y;
#pragma GCC unroll 16
		for (i = 0; i < 16; i++)
			rounds(&x, &y, i);
		x.abef = _mm_add_epi32(x.abef, before_x.abef);
		x.cdgh = _mm_add_epi32(x.cdgh, before_x.cdgh);
		y.abef = _mm_add_epi32(y.abef, before_y.abef);
		y.cdgh = _mm_add_epi32(y.cdgh, before_y.cdgh);
	}
	finish(&x, of_s);
	finish(&y, of_t);
}

#else

bool
sha_two_can(void)
{
	return false;
}

void
sha_two(const unsigned char *s, struct sha_state *of_s, const unsigned char *t,
    struct sha_state *of_t, size_t blocks)
{
	(void)s;
	(void)t;
	(void)blocks;
	*of_s = *of_t = (struct sha_state){ { 0 } };
}

#endif
