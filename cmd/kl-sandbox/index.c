/* SPDX-License-Identifier: MIT */
/* index.c - a hash table of profile numbers, by hash of an identifier. */

#include <stdlib.h>
#include <string.h>

#include "index.h"

#define GRAVE (UINT32_MAX - 1)

#define EACH(byte) (0x0101010101010101u * (byte))

/* Eight bytes with the letters A to Z among them in lower case. */
static uint64_t
fold(uint64_t x)
{
	uint64_t low = x & EACH(0x7Fu);
	uint64_t over_z = low + EACH(0x7Fu - 'Z');
	uint64_t from_a = low + EACH(0x80u - 'A');
	uint64_t upper = ~x & EACH(0x80u) & (from_a ^ over_z);

	return x | upper >> 2;
}

/* Up to eight bytes as a number, folded for e-mail addresses. */
static uint64_t
word(enum key k, const char *s, size_t n)
{
	uint64_t w = 0;

	memcpy(&w, s, n);
	return k == KEY_EMAIL ? fold(w) : w;
}

uint32_t
index_hash(enum key k, struct kl_span json, uint64_t seed)
{
	uint64_t h = seed ^ (json.n * 0x9E3779B97F4A7C15u);
	size_t i;

	for (i = 0; i + 8 <= json.n; i += 8) {
		h = (h ^ word(k, json.s + i, 8)) * 0xFF51AFD7ED558CCDu;
		h ^= h >> 32;
	}
	h = (h ^ word(k, json.s + i, json.n - i)) * 0xC4CEB9FE1A85EC53u;
	h ^= h >> 29;
	return (uint32_t)(h * 0xFF51AFD7ED558CCDu >> 32);
}

bool
index_same(enum key k, struct kl_span a, struct kl_span b)
{
	size_t i;

	if (k != KEY_EMAIL || a.n != b.n)
		return kl_span_eq(a, b);
	for (i = 0; i + 8 <= a.n; i += 8)
		if (word(k, a.s + i, 8) != word(k, b.s + i, 8))
			return false;
	return word(k, a.s + i, a.n - i) == word(k, b.s + i, b.n - i);
}

uint32_t
index_next(const struct index *ix, uint32_t hash, size_t *i)
{
	const struct index_slot *s;

	if (ix->cap == 0)
		return NONE;
	*i = *i == SIZE_MAX ? hash & (ix->cap - 1) : (*i + 1) & (ix->cap - 1);
	for (;; *i = (*i + 1) & (ix->cap - 1)) {
		s = &ix->slot[*i];
		if (s->at == NONE)
			return NONE;
		if (s->hash == hash && s->at != GRAVE)
			return s->at;
	}
}

static void
settle(struct index_slot *slot, size_t cap, struct index_slot s)
{
	size_t i = s.hash & (cap - 1);

	while (slot[i].at != NONE)
		i = (i + 1) & (cap - 1);
	slot[i] = s;
}

/* Double the table, or only clear the graves out of it. */
static bool
rebuild(struct index *ix)
{
	size_t cap = ix->cap == 0 ? 1024 : ix->cap, i;
	struct index_slot *slot;

	if (ix->live * 2 >= cap)
		cap *= 2;
	if ((slot = malloc(cap * sizeof(*slot))) == NULL)
		return false;
	memset(slot, 0xFF, cap * sizeof(*slot)); /* all NONE */
	for (i = 0; i < ix->cap; i++)
		if (ix->slot[i].at < GRAVE)
			settle(slot, cap, ix->slot[i]);
	free(ix->slot);
	*ix = (struct index){ slot, ix->live, ix->live, cap };
	return true;
}

bool
index_put(struct index *ix, uint32_t hash, uint32_t at)
{
	if ((ix->used + 1) * 4 > ix->cap * 3 && !rebuild(ix))
		return false;
	settle(ix->slot, ix->cap, (struct index_slot){ hash, at });
	ix->used++;
	ix->live++;
	return true;
}

void
index_del(struct index *ix, uint32_t hash, uint32_t at)
{
	size_t i = SIZE_MAX;
	uint32_t found;

	while ((found = index_next(ix, hash, &i)) != NONE)
		if (found == at) {
			ix->slot[i].at = GRAVE;
			ix->live--;
			return;
		}
}
