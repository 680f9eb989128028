/* SPDX-License-Identifier: MIT */
/*
 * people.c - identifiers of a batch.
 *
 * The table is open addressing with linear probing; nothing is allocated per
 * identifier.
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
same_ident(const struct kl_idents *x, uint32_t which, uint64_t hash, char kind,
    struct kl_span id)
{
	return x->ident[which].hash == hash &&
	    x->text.s[x->ident[which].at] == kind &&
	    kl_span_eq(kl_idents_text(x, which), id);
}

/* What a slot holds: the number of the identifier, plus 1, which is less than
 * there are slots; above that as much of the hash as there is room for, so that
 * hardly any other identifier is looked at. */
static inline uint32_t
slot_of(const struct kl_idents *x, uint64_t hash, uint32_t which)
{
	return ((uint32_t)(hash >> 32) & ~(x->slots - 1)) | (which + 1);
}

uint32_t
kl_idents_find(const struct kl_idents *x, uint64_t hash, char kind,
    struct kl_span id)
{
	uint32_t i, slot, which;

	if (x->n == 0)
		return KL_IDENT_NONE;
	for (i = (uint32_t)hash & (x->slots - 1); (slot = x->slot[i]) != 0;
	     i = (i + 1) & (x->slots - 1)) {
		which = (slot & (x->slots - 1)) - 1;
		if (slot == slot_of(x, hash, which) &&
		    same_ident(x, which, hash, kind, id))
			return x->ident[which].rec;
	}
	return KL_IDENT_NONE;
}

static inline void
seat(struct kl_idents *x, uint64_t hash, uint32_t which)
{
	uint32_t i = (uint32_t)hash & (x->slots - 1);

	while (x->slot[i] != 0)
		i = (i + 1) & (x->slots - 1);
	x->slot[i] = slot_of(x, hash, which);
}

/* Twice the slots, and room for as many identifiers as half of them. */
static bool
grow(struct kl_idents *x)
{
	uint32_t slots = x->slots != 0 ? x->slots * 2 : FIRST_SLOTS, i;
	struct kl_ident *ident;
	uint32_t *slot;

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
		seat(x, x->ident[i].hash, i);
	return true;
}

bool
kl_idents_add(struct kl_idents *x, uint64_t hash, char kind, struct kl_span id,
    uint32_t rec)
{
	size_t at = x->text.n;
	char *to;

	if (x->n == x->cap && !grow(x))
		return false;
	if (x->text.cap - at < id.n + 1 && !kl_buf_room(&x->text, id.n + 1))
		return false;
	to = x->text.s + at;
	to[0] = kind;
	memcpy(to + 1, id.s, id.n);
	x->text.n = at + id.n + 1;
	x->ident[x->n] = (struct kl_ident){ hash, (uint32_t)at, rec };
	seat(x, hash, x->n++);
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
