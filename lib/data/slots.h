/* SPDX-License-Identifier: MIT */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/json.h"
#include "kl/map.h"

/*
 * slots.h - the members of a record that a mapping asks for, found in one
 * walk.
 *
 * Records of one stream have their members in one order, so each name is
 * first looked for where the last record had it, by a comparison of its
 * bytes.  Only where that fails are names looked up.
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
	uint32_t node;	 /* its value in this record; 0: absent */
	uint32_t at;	 /* where its name was, from its object on */
	const char *raw; /* that of the slot, and its bytes */
	size_t raw_n;
};

/* A member at one place of the record, as it was last. */
#define PLACES 256
#define PLACE_RAW 58
struct place {
	uint32_t slot;
	uint8_t n; /* 0: nothing known */
	char raw[PLACE_RAW];
};

/* Where the slots were found in texts of one shape (kl_json_scan_next()). */
#define SHAPES 4
struct slots_shape {
	uint64_t shape; /* 0: none */
	uint32_t *node; /* owned; one for each slot */
};

struct slots {
	struct slot *slot;
	struct slot_now *now;
	uint64_t shape; /* what now is true for; 0: one record only */
	struct slots_shape known[SHAPES];
	unsigned turn; /* the one of them to be given up next */
	uint32_t n, cap;
	bool nested;	     /* one has a parent */
	struct kl_map names; /* of members of the record */
	struct place place[PLACES];
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

/* Find all of them in a record.  False when out of memory. */
bool slots_find(struct slots *s, const struct kl_json *doc);

void slots_free(struct slots *s);

#endif /* SLOTS_H */
