/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_PROFILE_H
#define SANDBOX_PROFILE_H

#include "errors.h"
#include "kl/json.h"
#include "store.h"

/*
 * profile.h - reading a profile out of a request, and applying it.
 */

/* By which road a profile comes decides what it may hold and what null
 * means. */
enum road {
	ROAD_CREATE, /* POST profiles */
	ROAD_PATCH,  /* PATCH profiles/{id} */
	ROAD_IMPORT, /* POST profile-import */
	ROAD_BULK,   /* a row of a bulk import */
	ROAD_EVENT,  /* of an event, meta among its attributes */
	ROAD_EVENTS, /* of events in bulk, meta beside them */
	ROAD_SEED,   /* a line of a seed, with its lists beside it */
};

/* A profile that was read and found sound.  Spans are borrowed from the
 * scanned document or from canon.  All zero is ready for use. */
struct draft {
	enum road road;
	bool null_unsets; /* a property that is null is taken away */
	const struct kl_json *doc;
	uint32_t attributes;		       /* node */
	struct kl_span id;		       /* empty if none was sent */
	struct kl_span ident[KEY_IDENTIFIERS]; /* JSON; empty if none */
	uint32_t owner[KEY_IDENTIFIERS];  /* by profile_match(): who has it */
	uint32_t append, unappend, unset; /* nodes of meta; 0: none */
	struct entry *e;
	size_t n, cap;
	struct kl_buf canon[KEY_IDENTIFIERS];
	struct kl_buf tmp;
	struct kl_buf patched; /* arrays made by append and unappend */
	struct kl_json old;    /* a stored array, scanned */
};

/*
 * Read node of doc, an object {type,id,attributes,meta}, checking every
 * member.  False: *p is the first fault; its pointer begins at the object.
 */
bool profile_read(struct store *st, const struct kl_json *doc, uint32_t node,
    enum road road, struct draft *d, struct problem *p);

/* Let go of an identifier, as if it had not been sent. */
void draft_disown(struct draft *d, enum key k);

void draft_free(struct draft *d);

/* What to do when identifiers belong to two profiles. */
enum conflict {
	CONFLICT_REFUSE,
	CONFLICT_MOVE,
	CONFLICT_MERGE /* they are one person from then on */
};

/* Find who has the identifiers; *at is the profile the draft is about: by
 * id, else e-mail, phone, external_id, _kx; NONE if there is none.  False: an
 * unknown id. */
bool profile_match(const struct store *st, struct draft *d, uint32_t *at,
    struct problem *p);

/* After profile_match(): where an identifier of the draft belongs to somebody
 * else than at, refuse, or take it away from them. */
bool profile_claim(struct store *st, const struct draft *d, uint32_t at,
    enum conflict how, uint64_t now_us, struct problem *p);

/* Apply the draft to profile at.  False: memory. */
bool profile_apply(struct store *st, struct draft *d, uint32_t at,
    uint64_t now_us, bool *changed);

#endif /* SANDBOX_PROFILE_H */
