/* SPDX-License-Identifier: MIT */
#ifndef KL_PLAN_H
#define KL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/digest.h"
#include "kl/err.h"
#include "kl/klaviyo.h"
#include "kl/lists.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/plan.h - the file that says what is to be done to the members of a list,
 * between the moment it is decided and the moment it is done.
 *
 * Lines of JSON: what the plan is; who is to be removed, or added, by the id
 * of the profile; records to be sent, enciphered; and a last line with the
 * counts and a seal over every byte before it, an HMAC under the user's secret.
 *
 *	{"kl_plan":1,"kind":"mirror","account","list","made","nonce"}
 *	{"remove":ID,"joined":TIME,"was":DIGEST}
 *	{"add":ID}
 *	{"send":BASE64,"line":N,"new":BOOL}
 *	{"end":{"records","members","add","change","remove","protected",
 *	 "identifiers","newest"},"seal":DIGEST}
 *
 * No address is in it that could be read without the secret.  A plan is
 * written under another name and gets its own, 0600, when it is whole.
 */

#define KL_PLAN_LINE ((size_t)32 << 20) /* bytes of one */
#define KL_PLAN_HOURS 24		/* a plan is good for so long */
#define KL_PLAN_UNDO_HOURS (24 * 30)	/* ... one that undoes */

#define KL_JOINED 40 /* bytes of a time as the service tells it */

enum kl_plan_kind {
	KL_PLAN_MIRROR,
	KL_PLAN_UNDO,
};

/* What it is; then what is in it. */
struct kl_plan {
	enum kl_plan_kind kind;
	char account[KL_LIST_ID], list[KL_LIST_ID];
	uint64_t made;		     /* wall clock, ms */
	bool match_id, drop_unknown; /* how its records are taken */
	char of[KL_RECORD_DIGEST];   /* the seal of the plan that an undo is of,
				      * and "" otherwise */
	uint64_t records;	     /* of the input */
	uint64_t members;	     /* of the list */
	uint64_t add, change;	     /* records to be sent: new, and changed */
	uint64_t remove;  /* members; of an undo, those it adds are in
			   * add */
	uint64_t protect; /* members that are not removed although they
			   * are not in the input */
	char identifiers[KL_RECORD_DIGEST]; /* digest of those of the input */
	char newest[KL_JOINED]; /* when the last member had joined, as it came;
				 * "" without members */
	char seal[KL_RECORD_DIGEST];
};

/* Somebody who is to be removed or added. */
struct kl_plan_person {
	char id[KL_PROFILE_ID];
	char joined[KL_JOINED]; /* joined_group_at, as it came; "": not said */
	uint64_t was; /* fingerprint of the identifiers; 0: not said */
};

/* Append its counts as members of an object: "records":3,"members":4, ... */
void kl_plan_counts(const struct kl_plan *plan, struct kl_buf *b);

struct kl_plan_writer; /* opaque */

/* Begin the file that is to be at path; plan says what it is, and its counts
 * are not looked at before kl_plan_end().  KL_OK; KL_ECREATE; KL_ENOMEM. */
enum kl_rc kl_plan_new(struct kl_plan_writer **to, const char *path,
    const struct kl_hash_key *hash, const struct kl_plan *plan,
    struct kl_err *err);

/* Add somebody; add a record, which came on that line: fresh if it is about
 * nobody who is a member. */
enum kl_rc kl_plan_remove(struct kl_plan_writer *w,
    const struct kl_plan_person *p, struct kl_err *err);
enum kl_rc kl_plan_add(struct kl_plan_writer *w, const struct kl_plan_person *p,
    struct kl_err *err);
enum kl_rc kl_plan_send(struct kl_plan_writer *w, uint64_t line, bool fresh,
    struct kl_span record, struct kl_err *err);

/* Seal it, put it on disk, and give it its name.  The seal goes to plan. */
enum kl_rc kl_plan_end(struct kl_plan_writer *w, struct kl_plan *plan,
    struct kl_err *err);

/* Free it; what was not ended is no more.  NULL is allowed. */
void kl_plan_free(struct kl_plan_writer *w);

/* Where a reader is told what stands in a plan; each gets ctx, and may fail. */
struct kl_plan_sink {
	void *ctx;
	enum kl_rc (*remove)(void *ctx, const struct kl_plan_person *p,
	    struct kl_err *err);
	enum kl_rc (*add)(void *ctx, const struct kl_plan_person *p,
	    struct kl_err *err);
	enum kl_rc (*send)(void *ctx, uint64_t line, bool fresh,
	    struct kl_span record, struct kl_err *err);
};

/*
 * Read the plan on fd, named path in messages.  It is whole and unaltered if
 * this is KL_OK, and only then is anything that the sink was told worth
 * anything.  KL_EDATA with code plan_unknown (no plan, or of a newer kind),
 * plan_altered (or made with another secret), plan_short; KL_EIO; KL_ENOMEM.
 */
enum kl_rc kl_plan_read(struct kl_plan *plan, int fd, const char *path,
    const struct kl_hash_key *hash, const struct kl_plan_sink *sink,
    struct kl_err *err);

/* Whether it may be applied: to this account and list (NULL: to whichever it
 * names), at this time.  KL_OK or KL_EDATA: plan_account, plan_list,
 * plan_old. */
enum kl_rc kl_plan_check(const struct kl_plan *plan, const char *account,
    const char *list, uint64_t now, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_PLAN_H */
