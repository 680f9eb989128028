/* SPDX-License-Identifier: MIT */
#ifndef MEMBER_H
#define MEMBER_H

/* member.h - what profile.c and profile-check.c share. */

#include "kl/profile.h"

#include "words.h"

/* The text of string node i, as kl_json_text() has it, without a call for the
 * usual one, which has no escapes. */
static inline struct kl_span
kl_member_text(const struct kl_json *doc, uint32_t i, struct kl_buf *tmp)
{
	const struct kl_json_node *node = doc->node + i;

	if (node->esc || node->type != KL_JSON_STRING)
		return kl_json_text(doc, i, tmp);
	return (struct kl_span){ doc->s + node->at + 1, node->n - 2 };
}

/* True if the n bytes are equal, 1 to 24 of them: names are so short that a
 * call of memcmp() would be most of the work. */
static inline bool
kl_member_same(const char *a, const char *b, size_t n)
{
	if (n >= 8)
		return load8(a) == load8(b) &&
		    load8(a + n - 8) == load8(b + n - 8) &&
		    (n <= 16 || load8(a + 8) == load8(b + 8));
	if (n >= 4)
		return load4(a) == load4(b) &&
		    load4(a + n - 4) == load4(b + n - 4);
	return a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1];
}

/* All members of a profile, or of its location, n of them. */
const struct kl_member *kl_member_rows(bool of_location, uint32_t *n);

/* The path of member m of doc, within the object called in (NULL: the
 * record), goes to err->field.  Names are kept as they were written. */
void kl_member_path(struct kl_err *err, const struct kl_json *doc, uint32_t m,
    const char *in);

/* Describe member m as one that no profile (or location) has. */
enum kl_rc kl_member_unknown(struct kl_profile *p, const struct kl_json *doc,
    uint32_t m, const char *in, struct kl_err *err);

/* What an event calls the profile it is of. */
#define KL_WITHIN_EVENT "profile"
#define KL_WITHIN_N (sizeof(KL_WITHIN_EVENT) - 1)

/* kl_profile_body() of the object that is node obj: 0 for a record, else the
 * profile of an event.  inside says that meta belongs to the attributes. */
enum kl_rc kl_member_body(struct kl_profile *p, struct kl_buf *b,
    const struct kl_json *doc, uint32_t obj, bool inside, struct kl_err *err);

/* A profile object in the making. */
struct kl_member_making {
	struct kl_profile *p;
	struct kl_buf *b;
	const struct kl_json *doc;
	bool event;    /* it is that of an event */
	bool inside;   /* meta is an attribute */
	bool comma;    /* one is due before the next member */
	bool location; /* there is one */
	uint32_t meta; /* its value; 0: none */
};

/* The member at m, of the object called in, is null: leave it out, or have it
 * cleared.  row is NULL for a property. */
enum kl_rc kl_member_null(struct kl_member_making *k, uint32_t m,
    const struct kl_member *row, const char *in, struct kl_err *err);

/* Append what is to be cleared because the record has no member of that name:
 * of the location, if obj is it; else of the record, obj, with a location of
 * its own if there was none. */
void kl_member_missing(struct kl_member_making *k, uint32_t obj, bool place);

/* Append the meta, with the properties to be unset. */
enum kl_rc kl_member_meta(struct kl_member_making *k, struct kl_err *err);

/* True if the record is what is sent of it: p learns to tell. */
bool kl_member_whole(struct kl_profile *p, const struct kl_json *doc);

static inline bool
kl_member_is_object(const struct kl_json *doc)
{
	return doc->nodes > 0 && kl_json_type(doc, 0) == KL_JSON_OBJECT;
}

/* KL_OK if the document is an object. */
enum kl_rc kl_member_object(const struct kl_json *doc, struct kl_err *err);

#endif /* MEMBER_H */
