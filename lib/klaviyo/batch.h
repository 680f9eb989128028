/* SPDX-License-Identifier: MIT */
#ifndef KL_BATCH_H
#define KL_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/errors.h"
#include "kl/events.h"
#include "kl/journal.h"
#include "kl/json.h"
#include "kl/profile.h"
#include "kl/send.h"
#include "kl/tally.h"
#include "merge.h"
#include "people.h"

/*
 * batch.h - the records that share a request, the people they are about, and
 * what became of each.
 *
 * A batch covers a range of input lines and has one receipt.  Records that
 * share an identifier are one person and become one item of the request; all
 * of them get its outcome.  The body is built while records are added; what
 * a record's bytes are needed for afterwards (rejects, digests) is read from
 * the body where they stand there unchanged, and kept apart only otherwise.
 */

#define KL_PENDING KL_OUTCOMES /* no outcome yet */
#define KL_NOBODY UINT32_MAX   /* a record that is in no request */
#define KL_BODIES 4	       /* that are kept for others, at most */
#define KL_KNOWN_MAX 20000     /* records in a batch, if some are known */

/* One record. */
struct kl_rec {
	uint64_t line;	  /* for the receipt; 0: not known */
	uint32_t at, n;	  /* its bytes, in body or src */
	uint32_t item_at; /* its own item in the body, until sealed */
	uint32_t item_n;
	uint32_t person; /* once sealed, index into person, or KL_NOBODY;
			  * before, the record it is joined to */
	uint32_t next;	 /* once sealed, the person's next record */
	uint32_t weight; /* bytes of the items of all who are joined to it */
	bool in_body;	 /* at is in body, not in src */
	bool meta;	 /* someone joined to it has meta: not to be merged */
	bool digested;	 /* at is in src, of the digest, not of the bytes */
	uint8_t way;	 /* its item goes */
	uint8_t had;	 /* an outcome that is known, plus 1; 0: none */
	uint16_t group;	 /* whose requests it may share */
};

/* One person, and the item that stands for it. */
struct kl_person {
	uint32_t at, n; /* in body */
	uint32_t first; /* record */
	uint32_t why;	/* into whys, plus 1; 0: none */
	uint32_t found; /* the first profile found for it, plus 1; 0: none */
	uint16_t group;
	uint8_t outcome;
	uint8_t stage; /* enum kl_stage */
	uint8_t way;
	bool tried; /* an earlier run may have sent it */
};

/* How far a pending person is. */
enum kl_stage {
	KL_STAGE_NEW,	/* nothing is under way */
	KL_STAGE_SENT,	/* in a part, or a part of an earlier run's */
	KL_STAGE_THEN,	/* its first request is done, verb->then is due */
	KL_STAGE_DOUBT, /* it may have been sent: verb->proof is due */
};

/* A profile found for a person. */
struct kl_hit {
	uint32_t at, n; /* its id, in text of ids found */
	uint32_t next;	/* another of that person, plus 1; 0: none */
	uint32_t notes;
	bool member;
	bool skip;	 /* it is not to be sent */
	uint32_t key_at; /* what its membership is asked by: kind and value, */
	uint32_t key_n;	 /* in the same text; 0: it need not be */
};

/* Those who may share a request. */
struct kl_group {
	uint32_t at, n; /* its key */
};

#define KL_GROUPS 64 /* in a batch at most */
/* Items with a request each, where others share one: they are slow. */
#define KL_SINGLES 100

/* Items that have something in common, which stands before them: of events,
 * the profile. */
struct kl_bundle {
	uint32_t at, bytes; /* of that, in body */
	uint32_t first, n;  /* items */
};

struct kl_batch {
	uint64_t seq;
	uint64_t from, to; /* lines, as the receipt names them */
	uint64_t chunk;	   /* line of the chunk all records came in, or 0 */
	uint64_t gap_ms;   /* since the send before it */
	bool sealed;
	struct kl_buf src, body;
	struct kl_buf whys; /* reasons of rejected people, packed */
	struct kl_rec *rec;
	uint32_t n, cap;
	struct kl_person *person;
	uint32_t people; /* until sealed: items */
	uint32_t people_cap;
	uint32_t pending;	    /* people without an outcome */
	uint32_t came[KL_OUTCOMES]; /* people with each */
	bool joined;		    /* records were, to another */
	uint32_t merged; /* records that were joined to an earlier one */
	uint32_t bare;	 /* items of nothing but identifiers */
	struct kl_idents ids;
	/* Who may be sent together. */
	struct kl_buf keys;
	struct kl_group group[KL_GROUPS];
	uint32_t groups;
	uint32_t asides;  /* items that do not take the usual way */
	uint32_t singles; /* ... but one with a request for each */
	uint8_t ways;	  /* that items take, a bit each */
	bool asks;	  /* an item must not be sent twice */
	size_t open_n;	  /* bytes before the items of the body */
	size_t frame_max; /* ... before and after those of any group */
	/* Who was found. */
	struct kl_buf found_ids;
	struct kl_hit *hit;
	uint32_t hits, hits_cap;
	unsigned looking; /* which question is asked */
	bool look_begun;  /* ... one was */
	bool looked;	  /* who is sent is known */
	bool proving;	  /* the questions are those of verb->proof */
	unsigned proofs;  /* so often */
	uint64_t sent;	  /* wall clock: the first request of doubt left; 0 */
	uint64_t last;	  /* ... and the last that an earlier run sent */
	uint64_t due;	  /* steady clock: when it has settled */
	struct kl_bundle *bundle; /* of a kind that has them */
	uint32_t bundles, bundle_cap;
	/* What the receipt tells. */
	bool counted; /* what became of the records, which is final */
	uint64_t count[KL_OUTCOMES];
	uint64_t started, mono; /* wall and steady clock; 0: never sent */
	uint64_t ms;		/* from its start to its end */
	unsigned attempts;
	int http;
	char sha256[KL_SHA256_HEX];
	struct kl_buf jobs; /* ids, a NUL after each */
	/* For the engine. */
	uint64_t opened; /* steady clock, if it may not wait for long */
	uint32_t parts;	 /* alive */
	uint32_t alone;	 /* people refused alone without a success between */
	struct kl_flight flight;
	size_t charged; /* bytes of memory it was counted with, once sent */
	struct kl_batch *next;
	/* For the journal. */
	uint64_t line;	/* of the input, that its last record is on */
	bool intended;	/* the journal has its intent */
	bool old;	/* an earlier run has meant to send it */
	bool settled;	/* ... and has settled it */
	bool left_open; /* its outcome is not final: a later run's work */
	bool cut;	/* ... and not all of it was read: no receipt */
	bool untold;	/* the audit trail could not be told: likewise */
	bool spent;	/* its body is wanted for nothing but its digest */
	bool announced; /* ... was told that it would be sent */
	uint32_t want;	/* records it had then */
	uint64_t at;	/* when that was, wall clock */
	unsigned char seen[16]; /* digest of the input up to its end */
	uint32_t known;		/* items that were taken before */
	struct kl_buf marks;	/* of a kind that has them: one a record */
};

/* What records are turned into items with; shared by all batches of a run. */
struct kl_maker {
	const struct kl_verb *verb;
	struct kl_frame frame; /* but for its group */
	size_t max_records, max_body, max_item;
	size_t max_way[KL_WAYS];    /* of an item, on each way */
	struct kl_profile *profile; /* borrowed */
	struct kl_profile_ids ids;
	struct kl_merge merge;
	struct kl_people_seed seed;
	size_t usual_body, usual_src; /* the most that batches had so far */
	size_t usual_text;	      /* ... of identifiers */
	struct kl_buf key;	      /* scratch */
	/* Bodies whose memory serves the next ones, the last that came first:
	 * it is still in the caches. */
	struct kl_buf body[KL_BODIES];
	unsigned bodies;
	/* What was taken by earlier runs; NULL: nothing is known of that. */
	struct kl_journal *taken;
	const char *account;
	const struct kl_hash_key *hash; /* as kl_send_opts.hash */
};

/*
 * How records gather where an item is not a person: in place of kl_batch_add(),
 * kl_batch_seal() and kl_batch_part().  Items still are "people" in everything
 * that counts and settles them.
 */
struct kl_kind {
	enum kl_rc (*add)(struct kl_batch *b, struct kl_maker *m, uint64_t line,
	    struct kl_span record, const struct kl_json *doc,
	    struct kl_err *err);
	enum kl_rc (
	    *seal)(struct kl_batch *b, struct kl_maker *m, struct kl_err *err);
	enum kl_rc (*part)(const struct kl_batch *b, const struct kl_maker *m,
	    const uint32_t *row, uint32_t n, struct kl_buf *body,
	    struct kl_err *err);
	/* A request of one item alone goes to that endpoint, with this body. */
	enum kl_ep one;
	enum kl_rc (*single)(const struct kl_batch *b, const struct kl_maker *m,
	    uint32_t row, struct kl_buf *body, struct kl_err *err);
	/* The items an error names, of a request of these n (row NULL: the
	 * whole batch): *from to *to - 1.  False if it names none. */
	bool (*rows)(const struct kl_batch *b, const uint32_t *row, uint32_t n,
	    const struct kl_fault *f, uint32_t *from, uint32_t *to);
	/* The batch has its outcome, which is told. */
	enum kl_rc (*told)(const struct kl_batch *b, const struct kl_maker *m,
	    struct kl_err *err);
};

/* A fresh or reset batch for m.  NULL only when out of memory. */
struct kl_batch *kl_batch_new(struct kl_maker *m);
void kl_batch_reset(struct kl_batch *b);
void kl_batch_free(struct kl_batch *b);

/*
 * Add a scanned record.  KL_OK; KL_AGAIN if the batch has to end before it
 * (full, or a person that cannot be merged); KL_EDATA or KL_ETOOBIG if the
 * record is wrong, err saying why; nothing changed then.  KL_ENOMEM.
 */
enum kl_rc kl_batch_add(struct kl_batch *b, struct kl_maker *m, uint64_t line,
    struct kl_span record, const struct kl_json *doc, struct kl_err *err);

/* Note a record that was rejected before it came here; digest may be NULL. */
enum kl_rc kl_batch_note(struct kl_batch *b, uint64_t line, const char *digest,
    struct kl_err *err);

/* For a kind: room for another record, and for so many people; the record
 * on that line is the batch's last. */
enum kl_rc kl_batch_room(struct kl_batch *b, struct kl_err *err);
enum kl_rc kl_batch_room_people(struct kl_batch *b, uint32_t people,
    struct kl_err *err);
void kl_batch_cover(struct kl_batch *b, uint64_t line);

/* No more records: merge people and close the body. */
enum kl_rc kl_batch_seal(struct kl_batch *b, struct kl_maker *m,
    struct kl_err *err);

/* Build the body of a request for these people, who are of one group. */
enum kl_rc kl_batch_part(const struct kl_batch *b, const struct kl_maker *m,
    const struct kl_road *road, const uint32_t *row, uint32_t n,
    struct kl_buf *body, struct kl_err *err);

/* A profile was found for a person; the nth one of those. */
enum kl_rc kl_batch_find(struct kl_batch *b, uint32_t person,
    const struct kl_found *who, struct kl_err *err);
struct kl_found kl_batch_found(const struct kl_batch *b, uint32_t person,
    const struct kl_hit *hit);

/* True if people of it differ in what request they can be in. */
static inline bool
kl_batch_mixed(const struct kl_batch *b)
{
	return b->groups > 1 || b->asides > 0;
}

/* True if it takes no other: of items, or of records that are none. */
bool kl_batch_full(const struct kl_batch *b, const struct kl_maker *m);

/* Settle a pending person; all who are. */
void kl_batch_settle(struct kl_batch *b, uint32_t person, enum kl_outcome o);
void kl_batch_settle_all(struct kl_batch *b, enum kl_outcome o);

/* Reject a person, if pending, for that reason. */
void kl_batch_reject(struct kl_batch *b, uint32_t person,
    const struct kl_err *reason, int http, struct kl_span pointer);

/* The reason again; pointer is borrowed from the batch. */
void kl_batch_why(const struct kl_batch *b, uint32_t person,
    struct kl_err *reason, int *http, const char **pointer);

/* The person with one of the identifiers, or KL_NOBODY. */
uint32_t kl_batch_whose(const struct kl_batch *b,
    const struct kl_profile_ids *ids);

/* The first of the records that this one is joined to; until it is sealed. */
uint32_t kl_batch_root(struct kl_batch *b, uint32_t i);

/* The requests of that way. */
static inline const struct kl_road *
kl_verb_way(const struct kl_verb *v, unsigned way)
{
	return way == 0 ? &v->road : v->aside[way - 1];
}

/* What stands around the items of a group. */
struct kl_frame kl_batch_frame(const struct kl_batch *b,
    const struct kl_maker *m, uint16_t group);

/* The profile object of an item, which it is, or which stands before it. */
struct kl_span kl_batch_profile(const struct kl_batch *b, uint32_t person);
/* The bundle that the item is in, of a kind that has them. */
uint32_t kl_batch_bundle(const struct kl_batch *b, uint32_t person);

/* The bytes of a record (s is NULL once the body it stands in is gone), and
 * what became of it. */
struct kl_span kl_batch_bytes(const struct kl_batch *b, const struct kl_rec *r);
enum kl_outcome kl_batch_outcome(const struct kl_batch *b,
    const struct kl_rec *r);

/* True if records stand in the body: it is needed after it has been sent. */
bool kl_batch_stout(const struct kl_batch *b);

/* The body is wanted no more: its memory serves others. */
void kl_batch_strip(struct kl_batch *b, struct kl_maker *m);

/* Give back the memory nothing stands in. */
void kl_batch_fit(struct kl_batch *b);

/* Bytes of memory it holds. */
size_t kl_batch_weight(const struct kl_batch *b);

#endif /* KL_BATCH_H */
