/* SPDX-License-Identifier: MIT */

/*
 * profile-whole.c - records that are sent as they stand.
 *
 * Most records consist of nothing but what is sent, without a null and
 * without white space: then what is sent of them are their own bytes.  Their
 * names tell once for all records of a shape; only the values are looked at.
 */

#include "member.h"

/* The bytes of a value without white space, but for those of the values in it
 * that hold nothing themselves: these go to the list.  No more than there is
 * room for are kept. */
static uint32_t
add(struct kl_profile_whole *w, const struct kl_json *doc, uint32_t v)
{
	const struct kl_json_node *node = &doc->node[v];
	bool object = node->type == KL_JSON_OBJECT;
	uint32_t glue = 1, i;

	if (node->next == v + 1) {
		if (w->n < KL_PROFILE_STEPS)
			w->leaf[w->n] = v;
		w->n++;
		return 0;
	}
	for (i = v + 1; i < node->next; i = doc->node[i].next) {
		if (object)
			glue += doc->node[i++].n + 1;
		glue += add(w, doc, i) + 1;
	}
	return glue;
}

/* All members of the location are some that it has. */
static bool
is_location(struct kl_profile *p, const struct kl_json *doc, uint32_t obj)
{
	kl_json_each_member (m, doc, obj)
		if (kl_location_member(kl_member_text(doc, m, &p->name)) ==
		    NULL)
			return false;
	return true;
}

/* True if the member is sent as it stands, in all records of the shape: what
 * holds something does so in all of them. */
static bool
is_fit(struct kl_profile *p, const struct kl_json *doc, uint32_t m)
{
	const struct kl_member *row =
	    kl_profile_member(kl_member_text(doc, m, &p->name));

	if (row == NULL || row->role != KL_MEMBER_SENT)
		return false;
	return row->form != KL_FORM_LOCATION ||
	    (kl_json_type(doc, m + 1) == KL_JSON_OBJECT &&
		doc->node[m + 1].next > m + 2 && is_location(p, doc, m + 1));
}

/* Find out whether records of this shape may be sent whole: n is 0 if not. */
static void
learn(struct kl_profile *p, const struct kl_json *doc)
{
	struct kl_profile_whole *w = &p->whole;
	bool fit = true;

	*w = (struct kl_profile_whole){ .shape = doc->shape };
	w->glue = add(w, doc, 0);
	kl_json_each_member (m, doc, 0)
		fit = fit && is_fit(p, doc, m);
	if (!fit || w->n > KL_PROFILE_STEPS)
		w->n = 0;
}

/* True if nothing in the record is null, and the values take all the bytes that
 * are not names and what stands between them.  A null that lies deeper than
 * what may be cleared would do no harm, but is rare. */
static inline bool
is_dense(const struct kl_profile_whole *w, const struct kl_json *doc)
{
	const uint32_t *leaf = w->leaf, *end = leaf + w->n;
	uint32_t bytes = doc->node[0].n - w->glue;
	unsigned null = 0;

	for (; leaf < end; leaf++) {
		null |= doc->node[*leaf].type - KL_JSON_NULL - 1U;
		bytes -= doc->node[*leaf].n;
	}
	return bytes == 0 && null >> 31 == 0;
}

bool
kl_member_whole(struct kl_profile *p, const struct kl_json *doc)
{
	struct kl_profile_whole *w = &p->whole;

	if (doc->shape == 0)
		return false;
	if (doc->shape != w->shape) {
		/* A shape that does not come twice is not worth it. */
		if (doc->shape == w->seen)
			learn(p, doc);
		w->seen = doc->shape;
		return false;
	}
	return w->n > 0 && is_dense(w, doc);
}
