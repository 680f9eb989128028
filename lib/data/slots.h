/* SPDX-License-Identifier: MIT */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/json.h"

/*
 * slots.h - the members of a record that a mapping asks for, found in one
 * walk.
 *
 * Where the scanner tells that a record has the shape of the last, the slots
 * are where they were; where it has numbered the members of a record, the slots
 * are found by their numbers.  Else each name is first looked for where the
 * last record had it, if that is flat, and then among the slots, by the hash
 * that the scanner made of it.
 */

#define NO_SLOT UINT32_MAX

struct slot {
	struct kl_buf name; /* its text */
	struct kl_buf raw;  /* as JSON, as it is most likely written */
	uint32_t parent;    /* the slot whose object it is in; NO_SLOT: the
			     * record itself */
	bool dotted;	    /* may be a path */
	bool seen;	    /* in any record */
};

/* What every record needs of a slot, packed. */
struct slot_now {
	uint32_t at;	 /* where its name was, from its object on */
	const char *raw; /* that of the slot, and its bytes */
	size_t raw_n;
	uint32_t hash;	/* kl_json_hash_name() */
	uint32_t other; /* one more than the next slot of its bucket */
};

#define BUCKETS 256 /* a power of two */
#define HEARD 256   /* names that are remembered */

/* The numbers of slots in the texts of one layout (kl_json_member()). */
#define LAYOUTS 4
struct slots_layout {
	uint64_t layout;  /* 0: none */
	uint32_t *number; /* owned; one for each slot; 0: none */
};

struct slots {
	struct slot *slot;
	struct slot_now *now;
	uint32_t *node; /* of each, its value in this record; 0: absent */
	uint64_t shape; /* what node is true for; 0: one record only */
	struct slots_layout known[LAYOUTS];
	unsigned turn; /* the one of them to be given up next */
	uint32_t n, cap;
	bool nested;		  /* one has a parent */
	bool paths;		  /* one has, or may be a path */
	uint32_t bucket[BUCKETS]; /* members of the record, by hash; one more
				   * than the slot */
	struct kl_buf heard;	  /* names of the first record, each with a NUL
				   * behind it */
	bool listened;
	struct kl_buf tmp;
};

/* The slot of the name, made if it is new; NO_SLOT when out of memory. */
uint32_t slots_add(struct slots *s, uint32_t parent, struct kl_span name);

/* True if the slots are in this record where they were in the last: nothing
 * has to be found then. */
static inline bool
slots_still(const struct slots *s, const struct kl_json *doc)
{
	return doc->shape != 0 && doc->shape == s->shape;
}

/* Remember a name, to propose it for an origin that is none. */
void slots_hear(struct slots *s, struct kl_span name);

/* Find all of them in a record.  False when out of memory. */
bool slots_find(struct slots *s, const struct kl_json *doc);

void slots_free(struct slots *s);

#endif /* SLOTS_H */
