/* SPDX-License-Identifier: MIT */
/*
 * names.c - does an object name a member twice?
 *
 * Names are compared by a cheap hash first, and by their bytes only where
 * that agrees.  The hash is not keyed, so somebody can make names that
 * collide: an object whose names collide too often is sorted instead, and
 * the time stays within bytes times log of members whatever the names are.
 */

#include <stdlib.h>

#include "scan.h"

#define FEW 32U

/* Eight bytes, the first in the lowest place. */
static inline uint64_t
load64(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	return (uint64_t)u[0] | (uint64_t)u[1] << 8 | (uint64_t)u[2] << 16 |
	    (uint64_t)u[3] << 24 | (uint64_t)u[4] << 32 | (uint64_t)u[5] << 40 |
	    (uint64_t)u[6] << 48 | (uint64_t)u[7] << 56;
}

static inline uint64_t
mix(uint64_t head, uint64_t tail, size_t n)
{
	uint64_t h = (head ^ 0x9e3779b97f4a7c15U) * 0xd6e8feb86659fd93U;

	h = (h ^ h >> 32 ^ tail ^ n << 56) * 0xa0761d6478bd642fU;
	return h ^ h >> 29;
}

/* The hash of a name byte by byte: for those with escapes, and the few that
 * are too near the beginning of the text for the quick way. */
static uint64_t
hash_slowly(const char *p, const char *end)
{
	uint64_t head = 0, tail = 0;
	size_t n = 0;
	char c[4];

	while (p < end) {
		unsigned len = kl_json_char(&p, c);

		for (unsigned i = 0; i < len; i++, n++) {
			uint64_t byte = (unsigned char)c[i];

			tail = tail >> 8 | byte << 56;
			if (n < 8)
				head |= byte << (8 * n);
		}
	}
	return n >= 8 ? mix(head, tail, n)
	    : n > 0   ? mix(0, tail >> (64 - 8 * n), n)
		      : mix(0, 0, 0);
}

/* The hash of name m: of its length, its first and its last eight bytes. */
static inline uint64_t
hash(const struct kl_json *doc, uint32_t m)
{
	const struct kl_json_node *node = &doc->node[m];
	size_t at = (size_t)node->at + 1, n = node->n - 2U;

	if (__builtin_expect(node->esc || at + n < 8 || n == 0, 0))
		return hash_slowly(doc->s + at, doc->s + at + n);
	if (n >= 8)
		return mix(load64(doc->s + at), load64(doc->s + at + n - 8), n);
	/* The bytes before a short name come along, and are shifted out. */
	return mix(0, load64(doc->s + at + n - 8) >> (64 - 8 * n), n);
}

/* Less than, equal to or greater than zero, as memcmp(), escapes undone. */
static int
compare(const struct kl_json *doc, uint32_t a, uint32_t b)
{
	const struct kl_json_node *na = &doc->node[a], *nb = &doc->node[b];
	const char *p = doc->s + na->at + 1, *pe = p + na->n - 2;
	const char *q = doc->s + nb->at + 1, *qe = q + nb->n - 2;
	size_t n = na->n < nb->n ? na->n - 2 : nb->n - 2;
	unsigned i = 0, j = 0, pn = 0, qn = 0;
	char pc[4], qc[4];

	if (!na->esc && !nb->esc) {
		int d = memcmp(p, q, n);

		return d != 0 ? d : (na->n > nb->n) - (na->n < nb->n);
	}
	for (;; i++, j++) {
		if (i == pn && p < pe) {
			pn = kl_json_char(&p, pc);
			i = 0;
		}
		if (j == qn && q < qe) {
			qn = kl_json_char(&q, qc);
			j = 0;
		}
		if (i == pn || j == qn)
			return (i < pn) - (j < qn);
		if (pc[i] != qc[j])
			return (unsigned char)pc[i] < (unsigned char)qc[j] ? -1
									   : 1;
	}
}

/* Few names: a filter of 1,024 bits says for most that they are new. */
static uint32_t
twice_few(const struct kl_json *doc, uint32_t obj, uint32_t end)
{
	uint64_t seen[16] = { 0 };
	uint32_t hashes[FEW], names[FEW], n = 0;

	for (uint32_t m = obj + 1; m < end; m = doc->node[m + 1].next) {
		uint64_t h = hash(doc, m);
		uint64_t bit = (uint64_t)1 << (h >> 54 & 63);

		if ((seen[h >> 60] & bit) != 0)
			for (uint32_t i = 0; i < n; i++)
				if (hashes[i] == (uint32_t)h &&
				    compare(doc, names[i], m) == 0)
					return m;
		seen[h >> 60] |= bit;
		hashes[n] = (uint32_t)h;
		names[n++] = m;
	}
	return 0;
}

/* Room for n numbers of scratch. */
static bool
reserve(struct kl_json *doc, size_t n)
{
	uint32_t *p;

	if (doc->names_cap >= n)
		return true;
	if (n > UINT32_MAX || (p = malloc(n * sizeof(*p))) == NULL)
		return false;
	free(doc->names);
	doc->names = p;
	doc->names_cap = (uint32_t)n;
	return true;
}

/* Merge a, an names, and b, bn names, to out; equal ones in order. */
static void
merge(const struct kl_json *doc, const uint32_t *a, size_t an,
    const uint32_t *b, size_t bn, uint32_t *out)
{
	while (an > 0 && bn > 0) {
		if (compare(doc, *a, *b) <= 0) {
			*out++ = *a++;
			an--;
		} else {
			*out++ = *b++;
			bn--;
		}
	}
	memcpy(out, a, an * sizeof(*a));
	memcpy(out + an, b, bn * sizeof(*b));
}

/* Names somebody chose to collide: sorted, then neighbours compared. */
static uint32_t
twice_sorted(struct kl_json *doc, uint32_t obj, uint32_t end, uint32_t count)
{
	uint32_t *from, *to, *t, first = 0;
	size_t n = 0, a, b;

	if (!reserve(doc, (size_t)2 * count))
		return UINT32_MAX;
	from = doc->names;
	to = from + count;
	for (uint32_t m = obj + 1; m < end; m = doc->node[m + 1].next)
		from[n++] = m;
	for (size_t w = 1; w < n; w *= 2) {
		for (size_t i = 0; i < n; i += 2 * w) {
			a = n - i < w ? n - i : w;
			b = n - i - a < w ? n - i - a : w;
			merge(doc, from + i, a, from + i + a, b, to + i);
		}
		t = from;
		from = to;
		to = t;
	}
	for (size_t i = 1; i < n; i++)
		if ((first == 0 || from[i] < first) &&
		    compare(doc, from[i - 1], from[i]) == 0)
			first = from[i];
	return first;
}

/*
 * Many names: a table of (hash, name).  *again is set if they collide too
 * often.
 */
static uint32_t
twice_many(struct kl_json *doc, uint32_t obj, uint32_t end, uint32_t count,
    bool *again)
{
	size_t slots = 2 * FEW, budget = (size_t)8 * count, i;
	uint32_t *slot;

	while (slots < (size_t)2 * count)
		slots *= 2;
	if (!reserve(doc, 2 * slots))
		return UINT32_MAX;
	slot = doc->names;
	memset(slot, 0, 2 * slots * sizeof(*slot));
	for (uint32_t m = obj + 1; m < end; m = doc->node[m + 1].next) {
		uint64_t h = hash(doc, m);

		for (i = h >> 32 & (slots - 1); slot[2 * i + 1] != 0;
		     i = (i + 1) & (slots - 1)) {
			if (slot[2 * i] == (uint32_t)h &&
			    compare(doc, slot[2 * i + 1], m) == 0)
				return m;
			if (budget-- == 0) {
				*again = true;
				return 0;
			}
		}
		slot[2 * i] = (uint32_t)h;
		slot[2 * i + 1] = m;
	}
	return 0;
}

uint32_t
kl_json_twice(struct kl_json *doc, uint32_t obj, uint32_t end, uint32_t count)
{
	bool again = false;
	uint32_t m;

	if (count <= FEW)
		return twice_few(doc, obj, end);
	m = twice_many(doc, obj, end, count, &again);
	return again ? twice_sorted(doc, obj, end, count) : m;
}
