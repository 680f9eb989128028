/* SPDX-License-Identifier: MIT */
#ifndef ROSTER_H
#define ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/send.h"

/*
 * roster.h - the members of a list, all of them, each by its identifiers.
 *
 * An identifier is known by its hash of 64 bits (kl_people_hash()), which is
 * keyed and never 0.  It takes 16 bytes, a third of them free at most times,
 * and the id of a member 27: a million members with an address and a number
 * are 70 MB.
 */

struct roster {
	uint64_t *hash; /* 0: free */
	uint32_t *who;	/* where its id is, in ids */
	uint32_t n, slots;
	struct kl_buf ids; /* a byte for the length of each, then its bytes */
	uint64_t members;
};

#define ROSTER_NOBODY UINT32_MAX

/* Room for so many identifiers, that growing may be needed less. */
enum kl_rc roster_expect(struct roster *r, uint64_t identifiers,
    struct kl_err *err);

/* Another member, and its number for roster_name(). */
enum kl_rc roster_add(struct roster *r, struct kl_span id, uint32_t *member,
    struct kl_err *err);

/* The member has that identifier, unless somebody else had it before. */
enum kl_rc roster_name(struct roster *r, uint32_t member, uint64_t hash,
    struct kl_err *err);

/* The member with the identifier, or ROSTER_NOBODY; its id. */
uint32_t roster_find(const struct roster *r, uint64_t hash);
struct kl_span roster_id(const struct roster *r, uint32_t member);

/* The member is not one any more, as far as is known. */
void roster_leave(struct roster *r, uint32_t member);

void roster_free(struct roster *r);

#endif /* ROSTER_H */
