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
 * Where the scanner has numbered the members of a record, nothing is looked
 * for: each slot has the number of its member, and the scanner tells where that
 * is. Else, and for slots that are paths, the slots are where they were if the
 * record has the shape of the last; or each name is first looked for where the
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

/*
 * The numbers of slots in the texts of one layout (kl_json_member()).  Those of
 * what is within another member hold where that is no array; guards are the
 * members to be looked at for it.
 *
 * Behind those of some layouts are the numbers in texts that are of none: what
 * is found by name is kept where its slot is.
 */
#define LAYOUTS 4
#define NO_LAYOUT LAYOUTS
#define GUARDS 16
struct slots_layout {
	uint64_t layout;  /* 0: none */
	uint32_t *number; /* owned; one for each slot; in a layout 0: none */
	uint32_t guard[GUARDS];
	uint32_t guards;
	bool by_name; /* numbers are not enough */
	bool seen;    /* the slots in it were said to be */
};

struct slots {
	struct slot *slot;
	struct slot_now *now;
	uint32_t *node; /* of each, its value if it was found by name */
	uint64_t shape; /* what node is true for; 0: one record only */
	struct slots_layout known[LAYOUTS + 1];
	unsigned turn;	       /* the one of them to be given up next */
	unsigned at;	       /* the one that is for this record */
	const uint32_t *place; /* by number, the values; 0: absent */
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

/* Remember a name, to propose it for an origin that is none. */
void slots_hear(struct slots *s, struct kl_span name);

/* Find all of them in a record; see slots_ready(). */
bool slots_find(struct slots *s, const struct kl_json *doc);

/* True if the numbers hold in a record of the layout.  In an empty array there
 * is nothing, by number or by name. */
static inline bool
slots_guarded(const struct slots_layout *k, const struct kl_json *doc)
{
	const struct kl_json_node *node;
	uint32_t i;

	for (i = 0; i < k->guards; i++) {
		node = &doc->node[doc->place[k->guard[i]]];
		if (node->type == KL_JSON_ARRAY && node->count > 0)
			return false;
	}
	return true;
}

/* Be ready to tell where each is in a record, until the next is scanned.  False
 * when out of memory. */
static inline bool
slots_ready(struct slots *s, const struct kl_json *doc)
{
	const struct slots_layout *k = &s->known[s->at];

	if (doc->layout != 0 && doc->layout == k->layout &&
	    slots_guarded(k, doc)) {
		s->place = doc->place;
		return true;
	}
	return (doc->shape != 0 && doc->shape == s->shape) ||
	    slots_find(s, doc);
}

/* The value of the slot in the record; 0 if it is absent. */
static inline uint32_t
slots_node(const struct slots *s, uint32_t slot)
{
	return s->place[s->known[s->at].number[slot]];
}

void slots_free(struct slots *s);

#endif /* SLOTS_H */
