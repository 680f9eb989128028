/* SPDX-License-Identifier: MIT */
/*
 * guard.c - who is in flight.
 *
 * Every identifier of a run comes here, and what is here is more than the
 * nearest caches hold.  So a place is small, an identifier is one visit to one
 * cache line, which is asked for ahead, and who lands is not visited at all:
 * batches have numbers, in the order they take off, and a place whose number is
 * lower than that of the oldest in flight is free.  A batch that lands before
 * an older one keeps its places until that has landed too; if numbers or places
 * run short, those in flight are seated anew.
 *
 * A bucket has the number of the last that passed it by, being full, on the
 * way to a later one: a search ends at the first that nobody in flight passed.
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
#define AHEAD 24U

/* A place holds a number, and above it some of the hash. */
#define NUMBER (KL_GUARD_NUMBERS - 1)
_Static_assert((KL_GUARD_NUMBERS & NUMBER) == 0, "they are so many bits");

struct kl_bucket {
	uint32_t place[PLACES]; /* 0: never used */
	uint32_t passed;
};

/* What a bucket has, a bit for each place. */
struct found {
	unsigned same; /* it may be the one */
	unsigned free;
	bool last; /* nobody passed the bucket by */
};

#if defined(__SSE2__) && !defined(KL_NO_SIMD)

/* Sixteen answers, a bit each. */
static inline unsigned
bits_of(__m128i a, __m128i b, __m128i c, __m128i d)
{
	return (unsigned)_mm_movemask_epi8(
	    _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d)));
}

static inline void
compare(const struct kl_bucket *b, uint32_t mark, uint32_t oldest,
    unsigned *same, unsigned *gone)
{
	const __m128i low = _mm_set1_epi32(NUMBER);
	const __m128i want = _mm_set1_epi32((int)mark);
	const __m128i since = _mm_set1_epi32((int)oldest);
	const __m128i *at = (const void *)b;
	const __m128i v0 = _mm_load_si128(at), v1 = _mm_load_si128(at + 1);
	const __m128i v2 = _mm_load_si128(at + 2), v3 = _mm_load_si128(at + 3);

	*same = bits_of(_mm_cmpeq_epi32(_mm_andnot_si128(low, v0), want),
	    _mm_cmpeq_epi32(_mm_andnot_si128(low, v1), want),
	    _mm_cmpeq_epi32(_mm_andnot_si128(low, v2), want),
	    _mm_cmpeq_epi32(_mm_andnot_si128(low, v3), want));
	*gone = bits_of(_mm_cmplt_epi32(_mm_and_si128(low, v0), since),
	    _mm_cmplt_epi32(_mm_and_si128(low, v1), since),
	    _mm_cmplt_epi32(_mm_and_si128(low, v2), since),
	    _mm_cmplt_epi32(_mm_and_si128(low, v3), since));
}

#else

static inline void
compare(const struct kl_bucket *b, uint32_t mark, uint32_t oldest,
    unsigned *same, unsigned *gone)
{
	unsigned i;

	*same = 0;
	*gone = (unsigned)(b->passed < oldest) << PLACES;
	for (i = 0; i < PLACES; i++) {
		*same |= (unsigned)((b->place[i] & ~NUMBER) == mark) << i;
		*gone |= (unsigned)((b->place[i] & NUMBER) < oldest) << i;
	}
}

#endif

static inline struct found
look(const struct kl_bucket *b, uint32_t mark, uint32_t oldest)
{
	const unsigned all = (1U << PLACES) - 1;
	unsigned same, gone;

	compare(b, mark, oldest, &same, &gone);
	return (struct found){ same & all & ~gone, gone & all,
		gone >> PLACES != 0 };
}

static inline uint32_t
home(const struct kl_guard *g, uint64_t hash)
{
	return (uint32_t)(hash >> 32) & (g->buckets - 1);
}

static inline uint32_t
mark(uint64_t hash)
{
	return (uint32_t)hash & ~NUMBER;
}

/* In line whatever happens: the compiler leaves out the call of a function
 * that does nothing but this. */
static inline __attribute__((always_inline)) void
ask_for(const struct kl_guard *g, const struct kl_idents *x, uint32_t i)
{
	if (i < x->n)
		__builtin_prefetch(&g->bucket[home(g, x->ident[i].hash)], 1);
}

/* True if one of those places is of a batch in flight that has identifier i
 * of x.  Hardly ever is anybody else's mark the same. */
static bool
is_held(const struct kl_guard *g, const struct kl_bucket *b, unsigned same,
    const struct kl_idents *x, uint32_t i)
{
	char kind = x->text.s[x->ident[i].at];
	const struct kl_flight *f = g->first;
	uint32_t number;

	for (; same != 0; same &= same - 1, f = g->first) {
		number = b->place[__builtin_ctz(same)] & NUMBER;
		while (f != NULL && f->number != number)
			f = f->next;
		if (f != NULL &&
		    kl_idents_find(f->ids, x->ident[i].hash, kind,
			kl_idents_text(x, i)) != KL_IDENT_NONE)
			return true;
	}
	return false;
}

/* Give identifier i of x a place with that number.  False if it is in
 * flight. */
static inline bool
seat(struct kl_guard *g, const struct kl_idents *x, uint32_t i, uint32_t number)
{
	uint32_t v = mark(x->ident[i].hash), at = home(g, x->ident[i].hash);
	struct kl_bucket *b = &g->bucket[at];
	struct found k = look(b, v, g->oldest);
	uint32_t *place = NULL;
	bool found = false;

	for (;;) {
		if (k.same != 0 && is_held(g, b, k.same, x, i))
			return false;
		if (!found && k.free != 0) {
			place = &b->place[__builtin_ctz(k.free)];
			found = true;
		} else if (!found) {
			b->passed = number;
		}
		if (found && k.last)
			break;
		at = (at + 1) & (g->buckets - 1);
		b = &g->bucket[at];
		k = look(b, v, g->oldest);
	}
	*place = v | number;
	return true;
}

static bool
is_in(const struct kl_guard *g, const struct kl_idents *x, uint32_t i)
{
	uint32_t at = home(g, x->ident[i].hash);
	struct found k;

	do {
		k = look(&g->bucket[at], mark(x->ident[i].hash), g->oldest);
		if (is_held(g, &g->bucket[at], k.same, x, i))
			return true;
		at = (at + 1) & (g->buckets - 1);
	} while (!k.last);
	return false;
}

/* Those of x take their places, with the next number, until one is in flight:
 * how many did. */
static uint32_t
seat_all(struct kl_guard *g, const struct kl_idents *x)
{
	uint32_t i, number = g->next++;

	for (i = 0; i < AHEAD; i++)
		ask_for(g, x, i);
	for (i = 0; i < x->n; i++) {
		ask_for(g, x, i + AHEAD);
		if (!seat(g, x, i, number))
			break;
	}
	g->brought[number] = i;
	g->held += i;
	return i;
}

/* A table of so many buckets, of those in flight, with numbers from 1 on. */
static bool
seat_anew(struct kl_guard *g, uint32_t buckets)
{
	size_t size = buckets * sizeof(*g->bucket);
	struct kl_bucket *p = g->bucket;
	struct kl_flight *f, *first = g->first;

	if (buckets != g->buckets) {
		if ((p = aligned_alloc(sizeof(*p), size)) == NULL)
			return false;
		free(g->bucket);
	}
	memset(p, 0, size);
	g->bucket = p;
	g->buckets = buckets;
	g->held = 0;
	g->oldest = g->next = 1;
	g->first = NULL; /* they do not keep each other out */
	for (f = first; f != NULL; f = f->next) {
		f->number = g->next;
		(void)seat_all(g, f->ids);
	}
	g->first = first;
	return true;
}

/* Room for n more, and for a number.  What is seated anew leaves some room, or
 * it would be so for every batch. */
static bool
make_room(struct kl_guard *g, uint32_t n)
{
	uint32_t buckets = g->buckets != 0 ? g->buckets : FIRST_BUCKETS;
	uint64_t want = (uint64_t)g->n + n;

	if (g->buckets != 0 && g->next < KL_GUARD_NUMBERS &&
	    (uint64_t)g->held + n <= (uint64_t)buckets * USUAL)
		return true;
	while (
	    buckets <= MOST_BUCKETS && (uint64_t)buckets * USUAL / 4 * 3 < want)
		buckets *= 2;
	return buckets <= MOST_BUCKETS && seat_anew(g, buckets);
}

enum kl_rc
kl_guard_enter(struct kl_guard *g, struct kl_flight *f,
    const struct kl_idents *x, struct kl_err *err)
{
	if (g->flights == KL_GUARD_FLIGHTS)
		return KL_AGAIN;
	if (!make_room(g, x->n))
		return kl_err_nomem(err);
	if (f->held < x->n && is_in(g, x, f->held))
		return KL_AGAIN;
	f->number = g->next;
	if ((f->held = seat_all(g, x)) < x->n)
		return KL_AGAIN;
	f->ids = x;
	f->next = NULL;
	f->before = g->last;
	*(g->last != NULL ? &g->last->next : &g->first) = f;
	g->last = f;
	g->n += x->n;
	g->flights++;
	return KL_OK;
}

/* The places of those who are older than all in flight are free. */
static void
give_back(struct kl_guard *g)
{
	uint32_t oldest = g->first != NULL ? g->first->number : g->next;

	while (g->oldest < oldest)
		g->held -= g->brought[g->oldest++];
}

void
kl_guard_leave(struct kl_guard *g, struct kl_flight *f)
{
	if (f->ids == NULL)
		return;
	*(f->before != NULL ? &f->before->next : &g->first) = f->next;
	*(f->next != NULL ? &f->next->before : &g->last) = f->before;
	g->n -= f->ids->n;
	g->flights--;
	give_back(g);
	*f = (struct kl_flight){ 0 };
}

void
kl_guard_free(struct kl_guard *g)
{
	free(g->bucket);
	*g = (struct kl_guard){ 0 };
}
