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
 * A plan tells that a profile is good, or all of it but the address, as of most
 * that are not.  What else is wrong with one is found by those who look at the
 * members in their order.
 */

#include "kl/phone.h"

#include "email-known.h"
#include "exam.h"

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* --- looking -------------------------------------------------------------- */

/* A profile that is looked at. */
struct look {
	struct kl_profile *p;
	const struct kl_json *doc;
	uint32_t obj;
	const struct kl_profile_places *k;
	const uint32_t *place; /* NODES: the places of nodes are the nodes */
};
#define NODES NULL

/* The value that is there, 0 if none is.  (Node 0 is an object.) */
INLINE uint32_t
value_at(const struct look *x, uint32_t i)
{
	return x->place == NODES ? i : x->place[i];
}

/* The same of a text; what is not there is the first name of the record, a
 * string like others. */
INLINE uint32_t
text_at(const struct look *x, uint32_t i)
{
	uint32_t v = value_at(x, i);

	return x->place == NODES ? v : v + (v == 0);
}

#define HARMLESS 1U /* the node of that name */

/* Types of texts, all of them or-ed and and-ed. */
struct types {
	unsigned any, all;
};

INLINE void
see(struct types *seen, const struct look *x, uint32_t v)
{
	unsigned type = x->doc->node[v].type;

	seen->any |= type;
	seen->all &= type;
}

_Static_assert(KL_JSON_NULL == 1 && KL_JSON_STRING == 5 && KL_JSON_OBJECT == 7,
    "null and string alone have their lowest bit and not the one above");

/* Not 0 if one is neither a text nor null. */
INLINE unsigned
odd_texts(const struct look *x)
{
	const uint32_t *text = x->k->text, *end = text + x->k->texts;
	struct types seen = { 0, ~0U };

	for (; text < end; text += 4) {
		see(&seen, x, text_at(x, text[0]));
		see(&seen, x, text_at(x, text[1]));
		see(&seen, x, text_at(x, text[2]));
		see(&seen, x, text_at(x, text[3]));
	}
	return (seen.any & 2) | (~seen.all & 1);
}

/* Not 0 if one is neither an object nor null. */
INLINE unsigned
odd_objects(const struct look *x)
{
	unsigned seen = 0;
	uint32_t i;

	for (i = 0; i < x->k->objects; i++)
		seen |=
		    1U << kl_json_type(x->doc, value_at(x, x->k->object[i]));
	return seen & ~(T(OBJECT) | T(NULL));
}

/* Not 0 if one of these texts is empty. */
INLINE unsigned
empty_names(const struct look *x)
{
	unsigned empty = 0;
	uint32_t i;

	for (i = 0; i < x->k->names; i++)
		empty |= x->doc->node[value_at(x, x->k->name[i])].n == 2;
	return empty;
}

/* True if it is a text. */
INLINE bool
is_text(const struct look *x, uint32_t v)
{
	return kl_json_type(x->doc, v) == KL_JSON_STRING;
}

/* The text at v, which is one. */
INLINE struct kl_span
text_of(const struct look *x, const struct kl_json_node *node)
{
	return (struct kl_span){ x->doc->s + node->at + 1, node->n - 2 };
}

/* True for what the form takes, and what is not there, where the quick way
 * said nothing. */
static NOINLINE bool
is_good(const struct look *x, uint32_t v, unsigned form)
{
	const struct exam in = { x->p, x->doc, x->obj, NULL };

	return v == 0 || exam_form(&in, v - 1, form, NULL) == KL_OK;
}

/* True if something tells who the person is. */
static bool
is_somebody(const struct look *x)
{
	bool who;
	uint32_t i;

	who = is_text(x, value_at(x, x->k->email)) ||
	    is_text(x, value_at(x, x->k->phone));
	for (i = 0; i < x->k->names; i++)
		if (x->k->name[i] != x->k->id || x->p->match_id)
			who |= is_text(x, value_at(x, x->k->name[i]));
	return who;
}

/* True if the address is one that the quick way knows. */
INLINE bool
is_known_email(const struct look *x)
{
	uint32_t v = value_at(x, x->k->email);
	const struct kl_json_node *node = &x->doc->node[v];
	const struct kl_domain *domain = NULL;

	if (!UNLIKELY(node->esc || node->type != KL_JSON_STRING))
		domain = email_known(&x->p->domains, text_of(x, node));
	if (UNLIKELY(domain == NULL))
		return false;
	x->p->email = v;
	x->p->domain = domain;
	return true;
}

#define EACH(byte) (0x0101010101010101U * (uint64_t)(byte))

/* True for + and 8 to 15 digits, or what is no text.  All digits are looked at
 * at once, the first eight and the last, wherever those are. */
INLINE bool
is_usual_phone(const struct look *x, uint32_t v)
{
	const struct kl_json_node *node = &x->doc->node[v];
	struct kl_span t = text_of(x, node);
	uint64_t first = load8(t.s) ^ (EACH('0') ^ '0' ^ '+');
	uint64_t last = load8(t.s + t.n - 8) ^ EACH('0');
	uint64_t over9 = (first + EACH(0x76)) | (last + EACH(0x76));
	bool digits = ((over9 | first | last) & EACH(0x80)) == 0;
	bool starts = ((first & 0xff) == 0) & ((first & 0xff00) != 0);

	return (node->type != KL_JSON_STRING) |
	    (digits & starts & (t.n - 9 < 7) & !node->esc);
}

/* True for a language and a region, as in en-US, or what is no text. */
INLINE bool
is_usual_locale(const struct look *x, uint32_t v)
{
	const struct kl_json_node *node = &x->doc->node[v];
	const uint64_t four = 0x0101000101U;
	struct kl_span t = text_of(x, node);
	uint64_t w = load8(t.s), lower = w | four * 0x20;
	uint64_t letters = (lower + four * (0x80 - 'a')) &
	    ~(lower + four * (0x7f - 'z')) & ~w & four * 0x80;

	return (node->type != KL_JSON_STRING) |
	    ((letters == four * 0x80) & (t.s[2] == '-') & (t.n == 5) &
		!node->esc);
}

/* What is to be looked at again. */
static NOINLINE bool
are_other(struct look x, uint32_t phone, uint32_t locale)
{
	return is_good(&x, phone, KL_FORM_PHONE) &&
	    is_good(&x, locale, KL_FORM_LOCALE);
}

/* True if the number and the locale are good.  They are looked at even if they
 * are not there: they are behind an address or another identifier, so that
 * some bytes before the end of what would be theirs are of the record. */
INLINE bool
are_good(const struct look *x)
{
	uint32_t phone = value_at(x, x->k->phone);
	uint32_t locale = value_at(x, x->k->locale);

	if (!UNLIKELY(!(is_usual_phone(x, phone) & is_usual_locale(x, locale))))
		return true;
	return are_other(*x, phone, locale);
}

/* An address that the quick way does not know, or none, where all else but the
 * number and the locale is good.  An address that is wrong is what is wrong
 * with the profile, then, if it is the only thing. */
static NOINLINE enum kl_rc
other_email(struct look x, struct kl_err *err)
{
	const struct exam in = { x.p, x.doc, x.obj, NULL };
	uint32_t v = value_at(&x, x.k->email);

	if (!is_somebody(&x) || !are_good(&x))
		return KL_AGAIN;
	return v == 0 ? KL_OK : exam_form(&in, v - 1, KL_FORM_EMAIL, err);
}

/* Those that are checked by their rows; the location has some of them. */
static NOINLINE bool
others_pass(struct look x)
{
	uint32_t i;

	for (i = 0; i < x.k->others; i++)
		if (!is_good(&x, value_at(&x, x.k->other[i].place),
			x.k->other[i].row->form))
			return false;
	return true;
}

/* KL_OK if all members at these places pass, and one tells who the person is;
 * else as exam_as_planned().  What is within a location that is no object is
 * not there. */
INLINE enum kl_rc
members(const struct look *x, struct kl_err *err)
{
	if ((odd_texts(x) | odd_objects(x) | empty_names(x)) != 0 ||
	    (x->k->others > 0 && !others_pass(*x)))
		return KL_AGAIN;
	if (!is_known_email(x))
		return other_email(*x, err);
	return are_good(x) ? KL_OK : KL_AGAIN;
}

/* How many there are. */
static uint32_t
count(const uint32_t *number, uint32_t n, const uint32_t *place)
{
	uint32_t i, found = 0;

	for (i = 0; i < n; i++)
		found += place[number[i]] != 0;
	return found;
}

/* The members of the location that is there. */
static inline uint32_t
location_count(const struct kl_json *doc, uint32_t v)
{
	const struct kl_json_node *node = &doc->node[v];

	return v != 0 && node->type == KL_JSON_OBJECT ? node->count : 0;
}

/* True if the record has members that no profile has: more than are known. */
static NOINLINE bool
has_strange(const struct kl_json *doc, uint32_t obj,
    const struct kl_profile_places *k)
{
	const uint32_t *place = doc->place;
	uint32_t top, within, i;

	top = count(k->text, k->top_texts, place) +
	    count(k->object, k->objects, place);
	within = count(k->text + k->top_texts, k->texts - k->top_texts, place);
	for (i = 0; i < k->others; i++)
		*(i < k->top_others ? &top : &within) +=
		    place[k->other[i].place] != 0;
	return top != doc->node[obj].count ||
	    within != location_count(doc, place[k->location]);
}

INLINE enum kl_rc
by_nodes(struct kl_profile *p, const struct kl_json *doc, uint32_t obj,
    const struct kl_profile_plan *plan, struct kl_err *err)
{
	const struct look x = { p, doc, obj, &plan->node, NODES };

	if (plan->strange && p->unknown == KL_UNKNOWN_REFUSE)
		return KL_AGAIN;
	return members(&x, err);
}

INLINE enum kl_rc
by_numbers(struct kl_profile *p, const struct kl_json *doc, uint32_t obj,
    struct kl_profile_plan *plan, struct kl_err *err)
{
	const struct look x = { p, doc, obj, &plan->number, doc->place };

	plan->strange = plan->foreign && has_strange(doc, obj, x.k);
	if (x.place == NODES ||
	    (plan->strange && p->unknown == KL_UNKNOWN_REFUSE))
		return KL_AGAIN;
	return members(&x, err);
}

/* --- planning ------------------------------------------------------------- */

/* A member of a profile is there. */
static void
add(struct kl_profile_places *k, const struct kl_member *row, uint32_t place)
{
	switch ((enum kl_member_form)row->form) {
	case KL_FORM_EMAIL:
		k->email = place;
		break;
	case KL_FORM_PHONE:
		k->phone = place;
		break;
	case KL_FORM_LOCALE:
		k->locale = place;
		break;
	case KL_FORM_NAME:
		if (row->role == KL_MEMBER_ID)
			k->id = place;
		k->name[k->names++] = place;
		break;
	case KL_FORM_TEXT:
		break;
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
		return;
	}
	k->text[k->texts++] = place;
}

/* What comes now is in the location. */
static void
end_top(struct kl_profile_places *k)
{
	k->top_texts = k->texts;
	k->top_others = k->others;
}

/* All are there: texts are looked at four at a time. */
static void
end(struct kl_profile_places *k, uint32_t harmless)
{
	uint32_t i;

	for (i = k->texts; i % 4 != 0; i++)
		k->text[i] = harmless;
}

/* Add the numbers that the members of a profile, or of its location, have.
 * True if the layout has others. */
static bool
add_numbers(struct kl_profile_places *k, const struct kl_json *doc,
    uint32_t parent, bool of_location)
{
	const struct kl_member *row, *behind;
	uint32_t n, i, known = 0;

	row = kl_member_rows(of_location, &n);
	for (behind = row + n; row < behind; row++) {
		i = kl_json_member(doc, parent,
		    (struct kl_span){ row->name, row->n });
		if (i == 0)
			continue;
		add(k, row, i);
		known++;
	}
	return known != kl_json_members(doc, parent);
}

/* A plan in the place of the oldest, which is the one at hand then. */
static struct kl_profile_plan *
begin_plan(struct kl_profile *p)
{
	p->planned = p->turn++ % KL_PROFILE_LAYOUTS;
	p->plan[p->planned] = (struct kl_profile_plan){ 0 };
	return &p->plan[p->planned];
}

/* The plan for the layout of the record; the profile of an event is a member
 * of it. */
static NOINLINE struct kl_profile_plan *
plan_of(struct kl_profile *p, const struct kl_json *doc, bool within)
{
	struct kl_profile_plan *plan;
	uint32_t i, k;

	for (i = 0; i < KL_PROFILE_LAYOUTS; i++) {
		k = (p->planned + i) % KL_PROFILE_LAYOUTS;
		plan = &p->plan[k];
		if (plan->layout == doc->layout &&
		    (plan->parent != 0) == within) {
			p->planned = k;
			return plan;
		}
	}
	plan = begin_plan(p);
	plan->layout = doc->layout;
	if (within)
		plan->parent = kl_json_member(doc, 0, KL_SPAN(KL_WITHIN_EVENT));
	plan->foreign = add_numbers(&plan->number, doc, plan->parent, false);
	end_top(&plan->number);
	if (plan->number.location != 0)
		plan->foreign |= add_numbers(&plan->number, doc,
		    plan->number.location, true);
	end(&plan->number, 0);
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
static NOINLINE void
plan_shape(const struct kl_json *doc, uint32_t obj,
    struct kl_profile_plan *plan)
{
	const struct kl_profile_places *from = &plan->number;
	const uint32_t *place = doc->place;
	struct kl_profile_places *to = &plan->node;
	uint32_t i;

	plan->shape = doc->shape;
	plan->obj = obj;
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
	end(to, HARMLESS);
	settle(to, doc);
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
	if (location_count(doc, plan->node.location) > 0)
		plan->strange |= !add_nodes(x, &plan->node, plan->node.location,
		    kl_location_member);
	end(&plan->node, HARMLESS);
	settle(&plan->node, doc);
}

enum kl_rc
exam_as_planned(struct kl_profile *p, const struct kl_json *doc, uint32_t obj,
    struct kl_err *err)
{
	struct kl_profile_plan *plan = &p->plan[p->planned];
	enum kl_rc rc;

	p->email = 0;
	if (!exam_is_far(doc, obj))
		return KL_AGAIN;
	if (doc->shape != 0 && plan->shape == doc->shape && plan->obj == obj)
		return by_nodes(p, doc, obj, plan, err);
	if (doc->layout == 0)
		return KL_AGAIN;
	if (plan->layout != doc->layout || (plan->parent != 0) != (obj != 0))
		plan = plan_of(p, doc, obj != 0);
	if (doc->place[plan->parent] != obj)
		return KL_AGAIN;
	rc = by_numbers(p, doc, obj, plan, err);
	if (rc == KL_OK && doc->shape != 0)
		plan_shape(doc, obj, plan);
	return rc;
}
