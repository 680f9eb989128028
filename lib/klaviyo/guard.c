/* SPDX-License-Identifier: MIT */
/*
 * guard.c - who is in flight.
 *
 * Every identifier of a run comes here twice, and what is here is more than
 * the nearest caches hold.  So a place is small, a look is at one cache line,
 * and those wanted soon are asked for ahead.
 *
 * A bucket counts who passed it by, being full, on the way to a later one: a
 * search ends at the first that nobody passed.  Places that hold the same are
 * interchangeable, so it does not matter whose is given back.
 */

#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__) && !defined(KL_NO_SIMD)
#include <emmintrin.h>
#endif

#include "people.h"

#define PLACES 15U
#define USUAL 12U /* places of a bucket in use, on average, at most */
#define FIRST_BUCKETS 16U
#define MOST_BUCKETS (1U << 26)
#define AHEAD 12U

struct kl_bucket {
	uint32_t place[PLACES]; /* 0: free */
	uint32_t passed;
};

/* The places that hold v, a bit each. */
static inline unsigned
places_of(const struct kl_bucket *b, uint32_t v)
{
	unsigned bits = 0;

#if defined(__SSE2__) && !defined(KL_NO_SIMD)
	const __m128i want = _mm_set1_epi32((int)v);
	const __m128i *at = (const void *)b;
	__m128i low, high;

	low = _mm_packs_epi32(_mm_cmpeq_epi32(_mm_load_si128(at), want),
	    _mm_cmpeq_epi32(_mm_load_si128(at + 1), want));
	high = _mm_packs_epi32(_mm_cmpeq_epi32(_mm_load_si128(at + 2), want),
	    _mm_cmpeq_epi32(_mm_load_si128(at + 3), want));
	bits = (unsigned)_mm_movemask_epi8(_mm_packs_epi16(low, high));
#else
	unsigned i;

	for (i = 0; i < PLACES; i++)
		bits |= (unsigned)(b->place[i] == v) << i;
#endif
	return bits & ((1U << PLACES) - 1);
}

static inline uint32_t
home(const struct kl_guard *g, uint64_t hash)
{
	return (uint32_t)(hash >> 32) & (g->buckets - 1);
}

/* What stands for the hash; 0 is a free place. */
static inline uint32_t
mark(uint64_t hash)
{
	return (uint32_t)hash != 0 ? (uint32_t)hash : 1;
}

static void
ask_for(const struct kl_guard *g, const struct kl_idents *x, uint32_t i)
{
	if (i < x->n)
		__builtin_prefetch(&g->bucket[home(g, x->ident[i].hash)]);
}

/* True if it is there. */
static bool
is_in(const struct kl_guard *g, uint64_t hash)
{
	uint32_t i = home(g, hash), v = mark(hash);

	for (;; i = (i + 1) & (g->buckets - 1)) {
		if (places_of(&g->bucket[i], v) != 0)
			return true;
		if (g->bucket[i].passed == 0)
			return false;
	}
}

/* There is a free place. */
static void
put_in(struct kl_guard *g, uint64_t hash)
{
	uint32_t i = home(g, hash);
	unsigned free;

	while ((free = places_of(&g->bucket[i], 0)) == 0) {
		g->bucket[i].passed++;
		i = (i + 1) & (g->buckets - 1);
	}
	g->bucket[i].place[__builtin_ctz(free)] = mark(hash);
	g->n++;
}

/* It is there. */
static void
take_out(struct kl_guard *g, uint64_t hash)
{
	uint32_t i = home(g, hash), v = mark(hash);
	unsigned found;

	while ((found = places_of(&g->bucket[i], v)) == 0) {
		g->bucket[i].passed--;
		i = (i + 1) & (g->buckets - 1);
	}
	g->bucket[i].place[__builtin_ctz(found)] = 0;
	g->n--;
}

/* Another table, of those in flight. */
static bool
grow(struct kl_guard *g, uint32_t buckets)
{
	size_t size = buckets * sizeof(*g->bucket);
	struct kl_bucket *p = aligned_alloc(sizeof(*p), size);
	const struct kl_flight *f;
	uint32_t i;

	if (p == NULL)
		return false;
	memset(p, 0, size);
	free(g->bucket);
	g->bucket = p;
	g->buckets = buckets;
	g->n = 0;
	for (f = g->first; f != NULL; f = f->next)
		for (i = 0; i < f->ids->n; i++)
			put_in(g, f->ids->ident[i].hash);
	return true;
}

static bool
make_room(struct kl_guard *g, uint32_t n)
{
	uint32_t buckets = g->buckets != 0 ? g->buckets : FIRST_BUCKETS;

	while (buckets <= MOST_BUCKETS && buckets * USUAL - g->n < n)
		buckets *= 2;
	return buckets <= MOST_BUCKETS &&
	    (buckets == g->buckets || grow(g, buckets));
}

/* The first of them who is in flight; their number if nobody is. */
static uint32_t
find_any(const struct kl_guard *g, const struct kl_idents *x)
{
	uint32_t i;

	for (i = 0; i < x->n; i++) {
		ask_for(g, x, i + AHEAD);
		if (is_in(g, x->ident[i].hash))
			break;
	}
	return i;
}

enum kl_rc
kl_guard_enter(struct kl_guard *g, struct kl_flight *f,
    const struct kl_idents *x, struct kl_err *err)
{
	uint32_t i;

	if (!make_room(g, x->n))
		return kl_err_nomem(err);
	if (f->held < x->n && is_in(g, x->ident[f->held].hash))
		return KL_AGAIN;
	if ((f->held = find_any(g, x)) < x->n)
		return KL_AGAIN;
	for (i = 0; i < x->n; i++) {
		ask_for(g, x, i + AHEAD);
		put_in(g, x->ident[i].hash);
	}
	f->ids = x;
	f->at = &g->first;
	f->next = g->first;
	if (f->next != NULL)
		f->next->at = &f->next;
	g->first = f;
	return KL_OK;
}

void
kl_guard_leave(struct kl_guard *g, struct kl_flight *f)
{
	const struct kl_idents *x = f->ids;
	uint32_t i;

	if (x == NULL)
		return;
	for (i = 0; i < x->n; i++) {
		ask_for(g, x, i + AHEAD);
		take_out(g, x->ident[i].hash);
	}
	*f->at = f->next;
	if (f->next != NULL)
		f->next->at = f->at;
	*f = (struct kl_flight){ 0 };
}

void
kl_guard_free(struct kl_guard *g)
{
	free(g->bucket);
	*g = (struct kl_guard){ 0 };
}
