/* SPDX-License-Identifier: MIT */

/*
 * profile-plan.c - a profile found good without reading names.
 *
 * Where the scanner has numbered the members of a record, those that a profile
 * may have are looked up once for all texts of the layout.  Then a record is
 * good if the values at these numbers are, and if they are as many as it has
 * members.  It may lack any: that makes no branch, for nobody can foretell it.
 *
 * Records of one shape have the same names at the same nodes, so for them the
 * numbers need not even be looked up, and what all of them pass is left out.
 * Where members have no numbers, that is found out from their names.
 *
 * A plan tells only that a profile is good.  What is wrong with one is found by
 * those who look at the members in their order.
 */

#include "kl/email.h"
#include "kl/phone.h"

#include "exam.h"

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* --- looking -------------------------------------------------------------- */

/* The places of nodes are the nodes. */
#define NODES NULL

/* The value that is there, 0 if none is.  (Node 0 is an object.) */
INLINE uint32_t
value_at(const uint32_t *place, uint32_t i)
{
	return place == NODES ? i : place[i];
}

/* Not 0 if one is neither a text nor null; *found counts those there are. */
INLINE unsigned
odd_texts(const struct exam *x, const uint32_t *text, const uint32_t *end,
    const uint32_t *place, uint32_t *found)
{
	unsigned odd = 0, there;
	uint32_t v;

	for (; text < end; text++) {
		v = value_at(place, *text);
		there = place == NODES || v != 0;
		*found += there;
		odd |= (kl_json_type(x->doc, v) ^ KL_JSON_NULL) & -there;
	}
	return odd & ~((unsigned)KL_JSON_NULL ^ KL_JSON_STRING);
}

_Static_assert((KL_JSON_STRING ^ KL_JSON_NULL) == 4 && KL_JSON_NULL == 1,
    "null and string, and no other type up to 7, differ in that bit alone");

/* Not 0 if one is neither an object nor null. */
INLINE unsigned
odd_objects(const struct exam *x, const uint32_t *object, const uint32_t *end,
    const uint32_t *place, uint32_t *found)
{
	unsigned seen = 0;
	uint32_t v;

	for (; object < end; object++) {
		v = value_at(place, *object);
		*found += v != 0;
		seen |= 1U << kl_json_type(x->doc, v);
	}
	return seen & ~(T(OBJECT) | T(NULL));
}

/* True if it is a text. */
INLINE bool
is_text(const struct exam *x, uint32_t v)
{
	return kl_json_type(x->doc, v) == KL_JSON_STRING;
}

/* True if it is empty, or neither a text nor null, but there. */
INLINE bool
is_no_name(const struct exam *x, uint32_t v)
{
	const struct kl_json_node *node = &x->doc->node[v];

	return ((node->type != KL_JSON_STRING) | (node->n == 2)) &
	    (node->type != KL_JSON_NULL) & (v != 0);
}

/* The text at v, if it is one without escapes; else nothing. */
INLINE struct kl_span
plain_text(const struct exam *x, uint32_t v)
{
	const struct kl_json_node *node = &x->doc->node[v];

	if (UNLIKELY(node->esc || node->type != KL_JSON_STRING))
		return (struct kl_span){ 0 };
	return (struct kl_span){ x->doc->s + node->at + 1, node->n - 2 };
}

/* True for what the form takes, and what is not there, where the quick way
 * said nothing. */
static NOINLINE bool
is_good(const struct exam *x, uint32_t v, unsigned form)
{
	return v == 0 || exam_form(x, v - 1, form, NULL) == KL_OK;
}

INLINE bool
is_email(const struct exam *x, uint32_t v)
{
	struct kl_profile *p = x->p;
	const struct kl_domain *domain =
	    kl_email_known(&p->domains, plain_text(x, v));

	if (UNLIKELY(domain == NULL))
		return is_good(x, v, KL_FORM_EMAIL);
	p->email = v;
	p->domain = domain;
	return true;
}

INLINE bool
is_phone(const struct exam *x, uint32_t v)
{
	return kl_phone_is_e164(plain_text(x, v)) ||
	    is_good(x, v, KL_FORM_PHONE);
}

INLINE bool
is_locale(const struct exam *x, uint32_t v)
{
	return exam_usual_locale(plain_text(x, v)) ||
	    is_good(x, v, KL_FORM_LOCALE);
}

/* Members that were found: of the profile, and of its location. */
struct found {
	uint32_t top, place;
};

/* Those that are checked by their rows; the location has some of them. */
INLINE bool
others_pass(const struct exam *x, const struct kl_profile_places *k,
    const uint32_t *place, struct found *found)
{
	uint32_t i, v;

	for (i = 0; i < k->others; i++) {
		v = value_at(place, k->other[i].place);
		if (i < k->top_others)
			found->top += v != 0;
		else
			found->place += v != 0;
		if (!is_good(x, v, k->other[i].row->form))
			return false;
	}
	return true;
}

/* The members of the location that is there. */
static inline uint32_t
location_count(const struct exam *x, uint32_t v)
{
	const struct kl_json_node *node = &x->doc->node[v];

	return v != 0 && node->type == KL_JSON_OBJECT ? node->count : 0;
}

/*
 * True if all members at these places pass, and one tells who the person is;
 * *strange is set if there are others.  What is within a location that is
 * no object is not there.
 */
INLINE bool
members_pass(const struct exam *x, const struct kl_profile_places *k,
    const uint32_t *place, bool *strange)
{
	const uint32_t *top = k->text + k->top_texts;
	uint32_t id = value_at(place, k->id), i, v;
	uint32_t email = value_at(place, k->email);
	uint32_t phone = value_at(place, k->phone);
	uint32_t locale = value_at(place, k->locale);
	struct found found = { 0 };
	unsigned odd;
	bool who;

	odd = odd_texts(x, k->text, top, place, &found.top) |
	    odd_texts(x, top, k->text + k->texts, place, &found.place) |
	    odd_objects(x, k->object, k->object + k->objects, place,
		&found.top) |
	    is_no_name(x, id);
	who = is_text(x, email) | is_text(x, phone) |
	    (is_text(x, id) & x->p->match_id);
	for (i = 0; i < k->names; i++) {
		v = value_at(place, k->name[i]);
		found.top += v != 0;
		odd |= is_no_name(x, v);
		who |= is_text(x, v);
	}
	if (odd != 0 || !who || !others_pass(x, k, place, &found))
		return false;
	if (place != NODES) {
		found.top += (id != 0);
		found.top += (email != 0);
		found.top += (phone != 0);
		found.top += (locale != 0);
		*strange = found.top != x->doc->node[x->obj].count ||
		    found.place !=
			location_count(x, value_at(place, k->location));
	}
	if (*strange && x->p->unknown == KL_UNKNOWN_REFUSE)
		return false;
	return is_email(x, email) && is_phone(x, phone) && is_locale(x, locale);
}

/* --- planning ------------------------------------------------------------- */

/* A member of a profile is there. */
static void
add(struct kl_profile_places *k, const struct kl_member *row, uint32_t place)
{
	switch ((enum kl_member_form)row->form) {
	case KL_FORM_TEXT:
		k->text[k->texts++] = place;
		return;
	case KL_FORM_EMAIL:
		k->email = place;
		return;
	case KL_FORM_PHONE:
		k->phone = place;
		return;
	case KL_FORM_LOCALE:
		k->locale = place;
		return;
	case KL_FORM_NAME:
		if (row->role == KL_MEMBER_ID)
			k->id = place;
		else
			k->name[k->names++] = place;
		return;
	case KL_FORM_LOCATION:
		k->location = place;
		/* FALLTHROUGH */
	case KL_FORM_OBJECT:
		k->object[k->objects++] = place;
		return;
	case KL_FORM_LATITUDE:
	case KL_FORM_LONGITUDE:
	case KL_FORM_META:
	case KL_FORM_CONSENT:
		k->other[k->others].row = row;
		k->other[k->others++].place = place;
	}
}

/* What comes now is in the location. */
static void
end_top(struct kl_profile_places *k)
{
	k->top_texts = k->texts;
	k->top_others = k->others;
}

/* Add the numbers that the members of a profile, or of its location, have. */
static void
add_numbers(struct kl_profile_places *k, const struct kl_json *doc,
    uint32_t parent, bool of_location)
{
	const struct kl_member *row, *end;
	uint32_t n, i;

	row = kl_member_rows(of_location, &n);
	for (end = row + n; row < end; row++) {
		i = kl_json_member(doc, parent,
		    (struct kl_span){ row->name, row->n });
		if (i != 0)
			add(k, row, i);
	}
}

/* A plan in the place of the oldest, which is the one at hand then. */
static struct kl_profile_plan *
begin_plan(struct kl_profile *p)
{
	p->planned = p->turn++ % KL_PROFILE_LAYOUTS;
	p->plan[p->planned] = (struct kl_profile_plan){ 0 };
	return &p->plan[p->planned];
}

/* The plan for the layout of the record; an event's profile is a member of
 * it. */
static struct kl_profile_plan *
plan_of(const struct exam *x)
{
	const struct kl_json *doc = x->doc;
	struct kl_profile *p = x->p;
	struct kl_profile_plan *plan;
	uint32_t i, k;

	for (i = 0; i < KL_PROFILE_LAYOUTS; i++) {
		k = (p->planned + i) % KL_PROFILE_LAYOUTS;
		plan = &p->plan[k];
		if (plan->layout == doc->layout &&
		    (plan->parent != 0) == (x->obj != 0)) {
			p->planned = k;
			return plan;
		}
	}
	plan = begin_plan(p);
	plan->layout = doc->layout;
	if (x->obj != 0)
		plan->parent = kl_json_member(doc, 0, KL_SPAN(KL_WITHIN_EVENT));
	add_numbers(&plan->number, doc, plan->parent, false);
	end_top(&plan->number);
	if (plan->number.location != 0)
		add_numbers(&plan->number, doc, plan->number.location, true);
	return plan;
}

/* The nodes at some places: how many there are. */
static uint32_t
nodes_at(uint32_t *to, const uint32_t *from, uint32_t n, const uint32_t *place)
{
	uint32_t i, k = 0;

	for (i = 0; i < n; i++)
		if (place[from[i]] != 0)
			to[k++] = place[from[i]];
	return k;
}

/* Leave out the objects that are such in every record of the shape: they have
 * something in them. */
static void
settle(struct kl_profile_places *k, const struct kl_json *doc)
{
	uint32_t i, n = 0;

	for (i = 0; i < k->objects; i++)
		if (kl_json_type(doc, k->object[i]) != KL_JSON_OBJECT ||
		    doc->node[k->object[i]].next == k->object[i] + 1)
			k->object[n++] = k->object[i];
	k->objects = n;
}

/* Plan for records of the shape of this one, from the numbers of its
 * members. */
static void
plan_shape(const struct exam *x, struct kl_profile_plan *plan)
{
	const struct kl_profile_places *from = &plan->number;
	const uint32_t *place = x->doc->place;
	struct kl_profile_places *to = &plan->node;
	uint32_t i;

	plan->shape = x->doc->shape;
	plan->obj = x->obj;
	*to = (struct kl_profile_places){ .email = place[from->email],
		.phone = place[from->phone],
		.locale = place[from->locale],
		.id = place[from->id] };
	to->texts = nodes_at(to->text, from->text, from->texts, place);
	to->names = nodes_at(to->name, from->name, from->names, place);
	to->objects = nodes_at(to->object, from->object, from->objects, place);
	for (i = 0; i < from->others; i++) {
		if (place[from->other[i].place] == 0)
			continue;
		to->other[to->others].row = from->other[i].row;
		to->other[to->others++].place = place[from->other[i].place];
	}
	settle(to, x->doc);
}

/* Add the nodes of the members of the object; false if one is no member of a
 * profile. */
static bool
add_nodes(const struct exam *x, struct kl_profile_places *k, uint32_t obj,
    const struct kl_member *(*look_up)(struct kl_span))
{
	const struct kl_member *row;
	bool all = true;

	kl_json_each_member (m, x->doc, obj) {
		row = look_up(kl_member_text(x->doc, m, &x->p->name));
		if (row != NULL)
			add(k, row, m + 1);
		all &= row != NULL;
	}
	return all;
}

void
exam_plan(const struct exam *x)
{
	const struct kl_json *doc = x->doc;
	struct kl_profile *p = x->p;
	struct kl_profile_plan *plan;

	if (doc->layout != 0 || doc->shape == 0 || doc->shape != p->seen) {
		p->seen = doc->shape;
		return;
	}
	plan = begin_plan(p);
	plan->shape = doc->shape;
	plan->obj = x->obj;
	plan->strange = !add_nodes(x, &plan->node, x->obj, kl_profile_member);
	if (location_count(x, plan->node.location) > 0)
		plan->strange |= !add_nodes(x, &plan->node, plan->node.location,
		    kl_location_member);
	settle(&plan->node, doc);
}

bool
exam_as_planned(const struct exam *x)
{
	struct kl_profile_plan *plan = &x->p->plan[x->p->planned];
	const struct kl_json *doc = x->doc;

	x->p->email = 0;
	if (!exam_is_far(x))
		return false;
	if (doc->shape != 0 && plan->shape == doc->shape && plan->obj == x->obj)
		return members_pass(x, &plan->node, NODES, &plan->strange);
	if (doc->layout == 0)
		return false;
	plan = plan_of(x);
	if (doc->place[plan->parent] != x->obj ||
	    !members_pass(x, &plan->number, doc->place, &plan->strange))
		return false;
	if (doc->shape != 0)
		plan_shape(x, plan);
	return true;
}
