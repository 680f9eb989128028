/* SPDX-License-Identifier: MIT */
/*
 * map.c - a hash map for untrusted keys: open addressing, linear probing, the
 * whole hash kept beside the key so that most comparisons need not look at
 * it.  Deletion shifts what follows back, so there are no tombstones.
 */

#include <stdlib.h>
#include <string.h>

#include "kl/map.h"
#include "kl/random.h"
#include "kl/siphash.h"
#include "kl/time.h"

#define FIRST_SLOTS ((size_t)16)
#define FIRST_BLOCK ((size_t)1 << 10)
#define LAST_BLOCK ((size_t)1 << 20)

struct kl_map_slot {
	uint64_t hash; /* 0: free */
	const char *key;
	size_t n;
	uint64_t value;
};

/* Key bytes; the newest block is first and the only one with room. */
struct kl_map_block {
	struct kl_map_block *next;
	size_t n, cap;
	char s[];
};

/* Never 0, which marks a free slot. */
static uint64_t
hash(const struct kl_map *m, const void *s, size_t n)
{
	uint64_t h = kl_siphash(m->seed, s, n);

	return h != 0 ? h : 1;
}

/* The slot of the key, or the free one where it would go.  The map has at
 * least one free slot. */
static struct kl_map_slot *
find(const struct kl_map *m, uint64_t h, const void *key, size_t n)
{
	struct kl_map_slot *e;
	size_t i;

	for (i = h & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
		e = &m->slot[i];
		if (e->hash == 0 ||
		    (e->hash == h && e->n == n &&
			(n == 0 || memcmp(e->key, key, n) == 0)))
			return e;
	}
}

/* A map's secret lasts as long as the map.  Without random bytes it is what
 * an outsider cannot easily know. */
static void
seed(struct kl_map *m)
{
	if (kl_random(m->seed, sizeof(m->seed)))
		return;
	m->seed[0] = kl_now_mono();
	m->seed[1] = (uint64_t)(uintptr_t)m;
}

/* Twice the slots. */
static bool
grow(struct kl_map *m)
{
	struct kl_map old = *m;
	size_t i, j;

	if (m->cap > SIZE_MAX / 2 / sizeof(*m->slot))
		return false;
	m->cap = old.cap != 0 ? old.cap * 2 : FIRST_SLOTS;
	if ((m->slot = calloc(m->cap, sizeof(*m->slot))) == NULL) {
		*m = old;
		return false;
	}
	if (old.cap == 0)
		seed(m);
	for (i = 0; i < old.cap; i++) {
		if (old.slot[i].hash == 0)
			continue;
		j = old.slot[i].hash & (m->cap - 1);
		while (m->slot[j].hash != 0)
			j = (j + 1) & (m->cap - 1);
		m->slot[j] = old.slot[i];
	}
	free(old.slot);
	return true;
}

/* Copy the key's bytes to where they stay.  NULL when out of memory. */
static const char *
keep(struct kl_map *m, const void *key, size_t n)
{
	struct kl_map_block *b = m->block;
	size_t cap;

	if (b == NULL || b->cap - b->n < n) {
		cap = b == NULL ? FIRST_BLOCK : b->cap * 2;
		if (cap > LAST_BLOCK)
			cap = LAST_BLOCK;
		if (cap < n)
			cap = n;
		if (cap > SIZE_MAX - sizeof(*b) ||
		    (b = malloc(sizeof(*b) + cap)) == NULL)
			return NULL;
		b->next = m->block;
		b->n = 0;
		b->cap = cap;
		m->block = b;
	}
	if (n > 0)
		memcpy(b->s + b->n, key, n);
	b->n += n;
	return b->s + b->n - n;
}

uint64_t *
kl_map_put(struct kl_map *m, const void *key, size_t n, bool *fresh)
{
	struct kl_map_slot *e;
	const char *copy;
	uint64_t h;

	if (m->n >= m->cap / 4 * 3 && !grow(m))
		return NULL;
	h = hash(m, key, n);
	e = find(m, h, key, n);
	if (fresh != NULL)
		*fresh = e->hash == 0;
	if (e->hash != 0)
		return &e->value;
	if ((copy = keep(m, key, n)) == NULL)
		return NULL;
	*e = (struct kl_map_slot){ .hash = h, .key = copy, .n = n };
	m->n++;
	return &e->value;
}

uint64_t *
kl_map_get(const struct kl_map *m, const void *key, size_t n)
{
	struct kl_map_slot *e;

	if (m->n == 0)
		return NULL;
	e = find(m, hash(m, key, n), key, n);
	return e->hash != 0 ? &e->value : NULL;
}

/* Each slot after the freed one moves back into the gap, unless that would
 * put it before the place its hash names. */
void
kl_map_del(struct kl_map *m, const void *key, size_t n)
{
	size_t mask = m->cap - 1, gap, i;
	struct kl_map_slot *e;

	if (m->n == 0)
		return;
	e = find(m, hash(m, key, n), key, n);
	if (e->hash == 0)
		return;
	gap = (size_t)(e - m->slot);
	for (i = (gap + 1) & mask; m->slot[i].hash != 0; i = (i + 1) & mask) {
		if (((i - m->slot[i].hash) & mask) < ((i - gap) & mask))
			continue;
		m->slot[gap] = m->slot[i];
		gap = i;
	}
	m->slot[gap].hash = 0;
	m->n--;
}

static void
free_blocks(struct kl_map_block *b)
{
	struct kl_map_block *next;

	for (; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
}

bool
kl_map_copy(struct kl_map *to, const struct kl_map *from)
{
	const struct kl_map_slot *e;
	uint64_t *value;
	size_t i;

	for (i = 0; i < from->cap; i++) {
		e = &from->slot[i];
		if (e->hash == 0)
			continue;
		if ((value = kl_map_put(to, e->key, e->n, NULL)) == NULL) {
			kl_map_free(to);
			return false;
		}
		*value = e->value;
	}
	return true;
}

void
kl_map_reset(struct kl_map *m)
{
	if (m->block != NULL) {
		free_blocks(m->block->next);
		m->block->next = NULL;
		m->block->n = 0;
	}
	if (m->n > 0)
		memset(m->slot, 0, m->cap * sizeof(*m->slot));
	m->n = 0;
}

void
kl_map_free(struct kl_map *m)
{
	free_blocks(m->block);
	free(m->slot);
	*m = (struct kl_map){ 0 };
}
