/* SPDX-License-Identifier: MIT */
#ifndef KL_MIRROR_H
#define KL_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/digest.h"
#include "kl/err.h"
#include "kl/json.h"
#include "kl/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/mirror.h - the difference between the records of an input and the
 * members of a list.
 *
 * All records come first, then all members, then the records once more, for
 * each of which it is then known what the list lacks of it:
 *
 *	kl_mirror_want(m, doc, &err)		each record
 *	kl_mirror_protect(m, doc, &err)		whom else to keep
 *	kl_mirror_settle(m, &err)
 *	kl_mirror_member(m, doc, node, ...)	each member
 *	kl_mirror_need(m, doc, &need, &err)	each record, in their order
 *	kl_mirror_join(m, doc, i, ...)		... if kl_mirror_joins()
 *
 * Memory: 8 bytes for each identifier of the input, 5 more once the members
 * come, and 1 for each record.  An identifier is known by a keyed fingerprint
 * of 64 bits, so the values of members that are in the input wait in a
 * temporary file, some hundred bytes each.  That a stranger has the
 * fingerprint of somebody in the input is as likely as guessing 64 bits, and
 * then keeps a member.
 */

struct kl_mirror; /* opaque */

/*
 * match_id: the id of a record identifies it.  values: whether a member has
 * the values of its record is looked at too, and the temporary file is made
 * beside near.  KL_OK; KL_ENOMEM; KL_ECREATE.
 */
enum kl_rc kl_mirror_new(struct kl_mirror **to, const struct kl_hash_key *hash,
    bool match_id, bool values, const char *near, struct kl_err *err);
void kl_mirror_free(struct kl_mirror *m);

/*
 * A scanned record of the input: whoever has its e-mail address (folded),
 * phone number or external id (or id) stays.  KL_OK; KL_EDATA (code
 * identifier_missing) if it has none of them: nobody can be known by it.
 * KL_ENOMEM.
 */
enum kl_rc kl_mirror_want(struct kl_mirror *m, const struct kl_json *doc,
    struct kl_err *err);

/* The same of somebody who is not to be removed, and is not in the input. */
enum kl_rc kl_mirror_protect(struct kl_mirror *m, const struct kl_json *doc,
    struct kl_err *err);

/* No more of them. */
enum kl_rc kl_mirror_settle(struct kl_mirror *m, struct kl_err *err);

/* After that: the digest of all identifiers of the input, whatever their
 * order; and the fields to ask of members, as kl_list_walk() takes them. */
void kl_mirror_digest(const struct kl_mirror *m, char out[KL_RECORD_DIGEST]);
void kl_mirror_fields(const struct kl_mirror *m, struct kl_buf *b);

enum kl_fate_of_member {
	KL_MEMBER_WANTED,    /* in the input */
	KL_MEMBER_PROTECTED, /* not in it, and not to be removed */
	KL_MEMBER_EXTRA,     /* neither: p says who */
};

/* A member: the resource at node.  KL_EPROTO if it is none. */
enum kl_rc kl_mirror_member(struct kl_mirror *m, const struct kl_json *doc,
    uint32_t node, enum kl_fate_of_member *fate, struct kl_plan_person *p,
    struct kl_err *err);

/* The fingerprint of a person's identifiers, for kl_plan_person.was; of the
 * object obj with them. */
enum kl_rc kl_mirror_was(struct kl_mirror *m, const struct kl_json *doc,
    uint32_t obj, uint64_t *was, struct kl_err *err);

enum kl_need {
	KL_NEED_NOTHING, /* a member, and has all values */
	KL_NEED_CHANGE,	 /* a member, and has not */
	KL_NEED_ADD,	 /* no member */
};

/* What the list lacks of a record, after all members. */
enum kl_rc kl_mirror_need(struct kl_mirror *m, const struct kl_json *doc,
    enum kl_need *need, struct kl_err *err);

/*
 * Where several records are about one person, all are needed if one is, so
 * that the last value is the one that stays.  True if that has to be looked
 * at: then kl_mirror_join() is asked of every record, in order, again and
 * again until it has no news.
 */
bool kl_mirror_joins(const struct kl_mirror *m);

/* The need of record i (from 0) becomes a change, if it is nothing and that of
 * another of its person is not; *news then becomes true. */
enum kl_rc kl_mirror_join(struct kl_mirror *m, const struct kl_json *doc,
    uint64_t i, bool *news, struct kl_err *err);

/* The need of record i, the nth for the nth call of kl_mirror_need(). */
enum kl_need kl_mirror_need_of(const struct kl_mirror *m, uint64_t i);

#ifdef __cplusplus
}
#endif

#endif /* KL_MIRROR_H */
