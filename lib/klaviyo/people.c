/* SPDX-License-Identifier: MIT */
/*
 * people.c - identifiers of a batch, and of all batches in flight.
 *
 * Both tables are open addressing with linear probing; nothing is allocated
 * per identifier.
 */

#include <stdlib.h>
#include <string.h>

#include "kl/siphash.h"
#include "people.h"

#define FIRST_SLOTS 64U
#define MOST_SLOTS (1U << 30)

/* The kind is mixed into the key, so that an address and an external id of
 * the same bytes are strangers.  0 stands for an empty slot. */
uint64_t
kl_people_hash(const struct kl_people_seed *seed, char kind, struct kl_span id)
{
	uint64_t k[2] = { seed->k[0] ^ (uint64_t)(unsigned char)kind,
		seed->k[1] };
	uint64_t h = kl_siphash(k, id.s, id.n);

	return h != 0 ? h : 1;
}

static bool
same_ident(const struct kl_idents *x, const struct kl_ident *e, uint64_t hash,
    char kind, struct kl_span id)
{
	const char *s = x->text.s + e->at;

	return e->hash == hash && e->n == id.n + 1 && s[0] == kind &&
	    memcmp(s + 1, id.s, id.n) == 0;
}

/* What a slot holds: the upper half of the hash, so that hardly any other
 * identifier is looked at, and its number, plus 1. */
static uint64_t
slot_of(uint64_t hash, uint32_t which)
{
	return (hash & ~(uint64_t)UINT32_MAX) | (which + 1);
}

uint32_t
kl_idents_find(const struct kl_idents *x, uint64_t hash, char kind,
    struct kl_span id)
{
	const struct kl_ident *e;
	uint64_t slot;
	uint32_t i;

	if (x->n == 0)
		return KL_IDENT_NONE;
	for (i = (uint32_t)hash & (x->slots - 1); (slot = x->slot[i]) != 0;
	     i = (i + 1) & (x->slots - 1)) {
		if ((slot ^ hash) >> 32 != 0)
			continue;
		e = &x->ident[(uint32_t)slot - 1];
		if (same_ident(x, e, hash, kind, id))
			return e->rec;
	}
	return KL_IDENT_NONE;
}

static void
seat(struct kl_idents *x, uint32_t which)
{
	uint64_t hash = x->ident[which].hash;
	uint32_t i = (uint32_t)hash & (x->slots - 1);

	while (x->slot[i] != 0)
		i = (i + 1) & (x->slots - 1);
	x->slot[i] = slot_of(hash, which);
}

/* Twice the slots, and room for as many identifiers as half of them. */
static bool
grow(struct kl_idents *x)
{
	uint32_t slots = x->slots != 0 ? x->slots * 2 : FIRST_SLOTS, i;
	struct kl_ident *ident;
	uint64_t *slot;

	if (slots > MOST_SLOTS)
		return false;
	ident = realloc(x->ident, (size_t)slots / 2 * sizeof(*ident));
	if (ident == NULL)
		return false;
	x->ident = ident;
	if ((slot = calloc(slots, sizeof(*slot))) == NULL)
		return false;
	free(x->slot);
	x->slot = slot;
	x->slots = slots;
	x->cap = slots / 2;
	for (i = 0; i < x->n; i++)
		seat(x, i);
	return true;
}

bool
kl_idents_add(struct kl_idents *x, uint64_t hash, char kind, struct kl_span id,
    uint32_t rec)
{
	size_t at = x->text.n;

	if (x->n == x->cap && !grow(x))
		return false;
	if (!kl_buf_room(&x->text, id.n + 1))
		return false;
	kl_buf_putc(&x->text, kind);
	kl_buf_span(&x->text, id);
	x->ident[x->n] =
	    (struct kl_ident){ hash, (uint32_t)at, (uint32_t)(id.n + 1), rec };
	seat(x, x->n++);
	return true;
}

void
kl_idents_reset(struct kl_idents *x)
{
	kl_buf_reset(&x->text);
	if (x->n > 0)
		memset(x->slot, 0, x->slots * sizeof(*x->slot));
	x->n = 0;
}

void
kl_idents_free(struct kl_idents *x)
{
	kl_buf_free(&x->text);
	free(x->ident);
	free(x->slot);
	*x = (struct kl_idents){ .seed = x->seed };
}

size_t
kl_idents_bytes(const struct kl_idents *x)
{
	return x->text.cap + x->cap * sizeof(*x->ident) +
	    x->slots * sizeof(*x->slot);
}

/*
 * The places of those in flight are all over more memory than a processor has
 * at hand.  So the one that is wanted so many turns later is asked for ahead.
 */
#define AHEAD 12U

static void
ask_for(const struct kl_guard *g, const struct kl_idents *x, uint32_t i)
{
	if (i < x->n)
		__builtin_prefetch(
		    &g->slot[(uint32_t)x->ident[i].hash & (g->slots - 1)]);
}

/* The place of the hash, or the free one where it would go. */
static uint32_t
place(const struct kl_guard *g, uint64_t hash)
{
	uint32_t i = (uint32_t)hash & (g->slots - 1);

	while (g->slot[i] != 0 && g->slot[i] != hash)
		i = (i + 1) & (g->slots - 1);
	return i;
}

bool
kl_guard_meets(const struct kl_guard *g, const struct kl_idents *x)
{
	uint32_t i;

	if (g->n == 0)
		return false;
	for (i = 0; i < x->n; i++) {
		ask_for(g, x, i + AHEAD);
		if (g->slot[place(g, x->ident[i].hash)] != 0)
			return true;
	}
	return false;
}

/* Room for n more, half full at most: what leaves moves all that stands behind
 * it up to a gap. */
static bool
make_room(struct kl_guard *g, uint32_t n)
{
	struct kl_guard old = *g;
	uint32_t slots = old.slots != 0 ? old.slots : FIRST_SLOTS, i;

	if (n > MOST_SLOTS / 2 - g->n)
		return false;
	while (slots / 2 < g->n + n)
		slots *= 2;
	if (slots == old.slots)
		return true;
	if ((g->slot = calloc(slots, sizeof(*g->slot))) == NULL) {
		*g = old;
		return false;
	}
	g->slots = slots;
	for (i = 0; i < old.slots; i++)
		if (old.slot[i] != 0)
			g->slot[place(g, old.slot[i])] = old.slot[i];
	free(old.slot);
	return true;
}

bool
kl_guard_enter(struct kl_guard *g, const struct kl_idents *x)
{
	uint32_t i, at;

	if (!make_room(g, x->n))
		return false;
	for (i = 0; i < x->n; i++) {
		ask_for(g, x, i + AHEAD);
		at = place(g, x->ident[i].hash);
		g->n += g->slot[at] == 0;
		g->slot[at] = x->ident[i].hash;
	}
	return true;
}

/* What follows a freed place moves back into the gap, unless that would put
 * it before the place its hash names. */
static void
vacate(struct kl_guard *g, uint32_t gap)
{
	uint32_t mask = g->slots - 1, i;

	for (i = (gap + 1) & mask; g->slot[i] != 0; i = (i + 1) & mask) {
		if (((i - (uint32_t)g->slot[i]) & mask) < ((i - gap) & mask))
			continue;
		g->slot[gap] = g->slot[i];
		gap = i;
	}
	g->slot[gap] = 0;
	g->n--;
}

void
kl_guard_leave(struct kl_guard *g, const struct kl_idents *x)
{
	uint32_t i, at;

	for (i = 0; i < x->n && g->n > 0; i++) {
		ask_for(g, x, i + AHEAD);
		at = place(g, x->ident[i].hash);
		if (g->slot[at] != 0)
			vacate(g, at);
	}
}

void
kl_guard_free(struct kl_guard *g)
{
	free(g->slot);
	*g = (struct kl_guard){ 0 };
}
