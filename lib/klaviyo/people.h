/* SPDX-License-Identifier: MIT */
#ifndef KL_PEOPLE_H
#define KL_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"

/*
 * people.h - which records are one person, and who is on the way.
 *
 * An identifier is a kind ('e' an e-mail address, folded; 'p' a phone number;
 * 'x' an external id) and its bytes.  Two tables know identifiers: the index
 * of a batch finds the record that brought one, exactly; the guard of a run
 * knows those of all batches in flight, by their keyed hash.
 */

/* The secret of the hash, one for a whole run. */
struct kl_people_seed {
	uint64_t k[2];
};

/* SipHash-1-3 of the kind and the bytes; never 0. */
uint64_t kl_people_hash(const struct kl_people_seed *seed, char kind,
    struct kl_span id);

/* One identifier of a batch. */
struct kl_ident {
	uint64_t hash;
	uint32_t at;  /* of its bytes in the index's text, kind first: they end
		       * where those of the next begin */
	uint32_t rec; /* the record that brought it first */
};

/* All zero but for the seed is an empty index. */
struct kl_idents {
	const struct kl_people_seed *seed; /* borrowed */
	struct kl_buf text;
	struct kl_ident *ident; /* in the order they came */
	uint32_t n, cap;
	uint32_t *slot; /* index into ident, plus 1, and more; 0 is free */
	uint32_t slots; /* a power of two */
};

#define KL_IDENT_NONE UINT32_MAX

/* The record that brought the identifier first, or KL_IDENT_NONE. */
uint32_t kl_idents_find(const struct kl_idents *x, uint64_t hash, char kind,
    struct kl_span id);

/* The bytes of the one of that number. */
static inline struct kl_span
kl_idents_text(const struct kl_idents *x, uint32_t which)
{
	size_t at = x->ident[which].at + (size_t)1;
	size_t end = which + 1 < x->n ? x->ident[which + 1].at : x->text.n;

	return (struct kl_span){ x->text.s + at, end - at };
}

/* Its place in the index is wanted soon: it may be far away.  In line whatever
 * happens: the compiler leaves out the call of a function that does nothing
 * but this. */
static inline __attribute__((always_inline)) void
kl_idents_ask(const struct kl_idents *x, uint64_t hash)
{
	if (x->n > 0)
		__builtin_prefetch(&x->slot[(uint32_t)hash & (x->slots - 1)]);
}

/* Remember an identifier that kl_idents_find() did not find.  False when out
 * of memory, the index being as it was. */
bool kl_idents_add(struct kl_idents *x, uint64_t hash, char kind,
    struct kl_span id, uint32_t rec);

/* Forget all and keep the memory; free it.  The seed stays. */
void kl_idents_reset(struct kl_idents *x);
void kl_idents_free(struct kl_idents *x);

/* Bytes it holds. */
size_t kl_idents_bytes(const struct kl_idents *x);

/* Batches that may be in flight at once; numbers for them (guard.c). */
#define KL_GUARD_FLIGHTS 2048
#define KL_GUARD_NUMBERS 4096U

/*
 * Who is in flight: a set of hashes, in so little memory as there can be
 * hundreds of thousands.  They are in buckets of the size of a cache line.
 * The upper half of a hash names the bucket, or the first of several, if
 * others are full; some of the lower half is what stands there, with the
 * number of the batch, whose index tells for sure.  All zero is nobody.
 */
struct kl_guard {
	struct kl_bucket *bucket; /* owned */
	uint32_t buckets;	  /* a power of two */
	uint32_t n;		  /* identifiers in flight */
	uint32_t held;		  /* places that are not free */
	uint32_t flights;
	uint32_t oldest, next; /* numbers: in flight, and to be given */
	struct kl_flight *first, *last;	    /* in flight, by number; borrowed */
	uint32_t brought[KL_GUARD_NUMBERS]; /* identifiers, by number */
};

/* A batch and the guard.  All zero before and after; it must stay where it is
 * while it is in flight, and its index as it was. */
struct kl_flight {
	const struct kl_idents *ids; /* borrowed; NULL: not in flight */
	struct kl_flight *next, *before;
	uint32_t number;
	uint32_t held; /* the one who was in flight, when it was tried last */
};

/*
 * The people of a batch take off: KL_OK.  KL_AGAIN if someone of them is in
 * flight, or too many batches are: try again with the same flight when others
 * have landed.  KL_ENOMEM.
 */
enum kl_rc kl_guard_enter(struct kl_guard *g, struct kl_flight *f,
    const struct kl_idents *x, struct kl_err *err);

/* They land; nothing happens if they are not in flight. */
void kl_guard_leave(struct kl_guard *g, struct kl_flight *f);
void kl_guard_free(struct kl_guard *g);

#endif /* KL_PEOPLE_H */
