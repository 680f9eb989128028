/* SPDX-License-Identifier: MIT */

/*
 * profile-whole.c - records that are sent as they stand.
 *
 * Most records consist of nothing but what is sent, without a null and
 * without white space: then what is sent of them are their own bytes.  Their
 * names tell once for all records of a shape; only the values are looked at.
 */

#include "member.h"

/* False if there are too many. */
static bool
add(struct kl_profile_whole *w, uint32_t m)
{
	if (w->n == KL_PROFILE_STEPS)
		return false;
	w->name[w->n++] = m;
	return true;
}

/* The bytes of an object beside the values of these members, where there is no
 * white space: the names, and a colon, comma or brace for each, and another. */
static uint32_t
glue_of(const struct kl_json *doc, const uint32_t *name, const uint32_t *end)
{
	uint32_t n = 1;

	for (; name < end; name++)
		n += doc->node[*name].n + 2;
	return n;
}

static bool
add_all(struct kl_profile_whole *w, const struct kl_json *doc, uint32_t obj)
{
	kl_json_each_member (m, doc, obj)
		if (!add(w, m))
			return false;
	return true;
}

/* All members of the location are some that it has. */
static bool
add_location(struct kl_profile *p, const struct kl_json *doc, uint32_t obj)
{
	struct kl_profile_whole *w = &p->whole;

	kl_json_each_member (m, doc, obj)
		if (kl_location_member(kl_member_text(doc, m, &p->name)) ==
		    NULL)
			return false;
	w->location = obj;
	w->place = w->n;
	if (!add_all(w, doc, obj))
		return false;
	w->place_end = w->n;
	w->place_glue =
	    glue_of(doc, w->name + w->place, w->name + w->place_end);
	return true;
}

/* What stands within a member that holds something does so in all records of
 * the shape. */
static bool
add_inner(struct kl_profile *p, const struct kl_json *doc, uint32_t m)
{
	const struct kl_member *row =
	    kl_profile_member(kl_member_text(doc, m, &p->name));
	bool object = kl_json_type(doc, m + 1) == KL_JSON_OBJECT;
	bool holds = doc->node[m + 1].next > m + 2;

	if (row == NULL || row->role != KL_MEMBER_SENT)
		return false;
	if (row->form == KL_FORM_LOCATION)
		return object && holds && add_location(p, doc, m + 1);
	return !object || !holds || add_all(&p->whole, doc, m + 1);
}

/* Find out whether records of this shape may be sent whole: n stays 0 if
 * not. */
static void
learn(struct kl_profile *p, const struct kl_json *doc)
{
	struct kl_profile_whole *w = &p->whole;
	bool fit;

	*w = (struct kl_profile_whole){ .shape = doc->shape };
	fit = add_all(w, doc, 0);
	w->top = w->n;
	w->glue = glue_of(doc, w->name, w->name + w->top);
	kl_json_each_member (m, doc, 0)
		fit = fit && add_inner(p, doc, m);
	if (!fit)
		w->n = 0;
}

/* True if no value of the members is null, and they take so many bytes. */
static inline bool
are_dense(const struct kl_json *doc, const uint32_t *name, const uint32_t *end,
    size_t bytes)
{
	const struct kl_json_node *value;
	unsigned null = 0;

	for (; name < end; name++) {
		value = &doc->node[*name + 1];
		null |= value->type == KL_JSON_NULL;
		bytes -= value->n;
	}
	return null == 0 && bytes == 0;
}

static bool
are_null(const struct kl_json *doc, const uint32_t *name, const uint32_t *end)
{
	unsigned null = 0;

	for (; name < end; name++)
		null |= kl_json_type(doc, *name + 1) == KL_JSON_NULL;
	return null != 0;
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
	return w->n > 0 &&
	    are_dense(doc, w->name, w->name + w->top,
		doc->node[0].n - w->glue) &&
	    (w->location == 0 ||
		are_dense(doc, w->name + w->place, w->name + w->place_end,
		    doc->node[w->location].n - w->place_glue)) &&
	    !are_null(doc, w->name + w->top, w->name + w->n);
}
