/* SPDX-License-Identifier: MIT */
#ifndef MEMBER_H
#define MEMBER_H

/* member.h - what profile.c and profile-check.c share. */

#include "kl/profile.h"

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
 * profile of an event. */
enum kl_rc kl_member_body(struct kl_profile *p, struct kl_buf *b,
    const struct kl_json *doc, uint32_t obj, struct kl_err *err);

/* KL_OK if the document is an object. */
enum kl_rc kl_member_object(const struct kl_json *doc, struct kl_err *err);

#endif /* MEMBER_H */
