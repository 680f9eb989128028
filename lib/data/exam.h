/* SPDX-License-Identifier: MIT */
#ifndef EXAM_H
#define EXAM_H

/* exam.h - what the checks of profiles and of events share. */

#include "kl/limits.h"

#include "member.h"

/* A record under examination. */
struct exam {
	struct kl_profile *p; /* how profiles are taken; its scratch is used */
	const struct kl_json *doc;
	uint32_t obj;	/* the profile: 0, or its place in an event */
	const char *in; /* path of the object whose members are being looked
			 * at; NULL for the record itself */
};

/* Types, to be or-ed. */
#define T(type) (1U << KL_JSON_##type)

/* Fail on member m: its path, then the text. */
enum kl_rc exam_fail(const struct exam *x, uint32_t m, struct kl_err *err,
    const char *code, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* Fail on member m because its type is none that it takes. */
enum kl_rc exam_wrong_type(const struct exam *x, uint32_t m, unsigned set,
    const char *takes, struct kl_err *err);

/* KL_OK if the value of member m is of a type in the set; takes names the
 * set.  (Nulls never come so far.) */
static inline enum kl_rc
exam_typed(const struct exam *x, uint32_t m, unsigned set, const char *takes,
    struct kl_err *err)
{
	if ((1U << kl_json_type(x->doc, m + 1) & set) != 0)
		return KL_OK;
	return exam_wrong_type(x, m, set, takes, err);
}

/* The text of the string value of m. */
static inline struct kl_span
exam_text(const struct exam *x, uint32_t m)
{
	return kl_member_text(x->doc, m + 1, &x->p->text);
}

/* The member of object obj whose value has the most bytes; 0: it has none. */
uint32_t exam_largest(const struct kl_json *doc, uint32_t obj);

/* The characters of UTF-8 text. */
size_t exam_characters(struct kl_span t);

/* Member m, whose value takes a form, or is null (profile-member.c). */
enum kl_rc exam_form(const struct exam *x, uint32_t m, unsigned form,
    struct kl_err *err);

/* Member m, whose row is known or NULL. */
enum kl_rc exam_member(const struct exam *x, uint32_t m,
    const struct kl_member *row, struct kl_err *err);

/* True for what most members are: a plain string that may be any. */
static inline bool
exam_plain(const struct exam *x, uint32_t m, const struct kl_member *row)
{
	return row != NULL && row->form == KL_FORM_TEXT &&
	    kl_json_type(x->doc, m + 1) == KL_JSON_STRING;
}

/* True if member m, of that row, tells who the person is. */
static inline bool
exam_identifies(const struct exam *x, uint32_t m, const struct kl_member *row)
{
	return row != NULL && kl_json_type(x->doc, m + 1) != KL_JSON_NULL &&
	    (row->identifies || (row->role == KL_MEMBER_ID && x->p->match_id));
}

/* The row of name m, which is member k of its object: that of the last record
 * in the same place, if it is the same name, else the one that look_up finds.
 */
static inline const struct kl_member *
exam_row(const struct exam *x, uint32_t m, uint32_t k,
    const struct kl_member *last[KL_PROFILE_GUESSES],
    const struct kl_member *(*look_up)(struct kl_span))
{
	struct kl_span name = kl_member_text(x->doc, m, &x->p->name);
	const struct kl_member *row;

	if (k >= KL_PROFILE_GUESSES)
		return look_up(name);
	row = last[k];
	if (row != NULL && row->n == name.n &&
	    kl_member_same(row->name, name.s, name.n))
		return row;
	return last[k] = look_up(name);
}

/* What the members of a location are in. */
static inline struct exam
exam_within(const struct exam *x)
{
	struct exam in = *x;

	in.in = x->obj == 0 ? "location" : KL_WITHIN_EVENT ".location";
	return in;
}

/* The bytes a profile object adds to those of its record at the most. */
#define EXAM_ADDED sizeof("{\"type\":\"profile\",\"attributes\":{},,}")

static inline size_t
exam_limit(uint32_t obj)
{
	return obj == 0 ? KL_PROFILE_MAX : KL_EVENT_PROFILE_MAX;
}

/* True if the record is so far from the limit that what is sent cannot be
 * over it, as most are. */
static inline bool
exam_is_far(const struct kl_json *doc, uint32_t obj)
{
	return doc->node[obj].n + EXAM_ADDED <= exam_limit(obj);
}

/*
 * Look at the profile, the object that is node obj, by a plan.  KL_OK: it is
 * good.  KL_AGAIN: nothing is said; it may be good nevertheless, and its
 * members are to be looked at one by one, in their order.  Else as
 * exam_slowly(): its address, and nothing else, is wrong.
 */
enum kl_rc exam_as_planned(struct kl_profile *p, const struct kl_json *doc,
    uint32_t obj, struct kl_err *err);

/* Plan for profiles like this one, which was found good without a plan. */
void exam_plan(const struct exam *x);

/* The profile at x->obj, an object: kl_profile_check(); for what no plan has
 * found good. */
enum kl_rc exam_slowly(const struct exam *x, struct kl_err *err);

#endif /* EXAM_H */
