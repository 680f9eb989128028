/* SPDX-License-Identifier: MIT */

/*
 * profile-plan.c - what to look at in a profile, found without reading names.
 *
 * Where the scanner has numbered the members of a record, those that a profile
 * may have are looked up once for all texts of the layout, and a record is
 * planned by going through their numbers: which of them it has, and that it
 * has no others.  Records of one shape have the same names at the same nodes,
 * so what was planned for one holds for the next; where members have no
 * numbers, that alone is made use of.
 *
 * Left out of a plan is what every record of the shape passes.  Most of the
 * rest are texts of any kind, whose types are judged all at once.
 *
 * A plan tells only that a profile is good.  What is wrong with one is found by
 * those who look at the members in their order.
 */

#include "exam.h"

/* --- looking -------------------------------------------------------------- */

/* True if all that may be any text are texts, or null. */
static bool
texts_pass(const struct exam *x)
{
	const struct kl_profile_plan *plan = &x->p->plan;
	unsigned seen = 0;
	uint32_t i;

	for (i = 0; i < plan->texts; i++)
		seen |= 1U << kl_json_type(x->doc, plan->text[i]);
	return (seen & ~(T(STRING) | T(NULL))) == 0;
}

static bool
steps_pass(const struct exam *x, bool *known)
{
	const struct kl_profile_plan *plan = &x->p->plan;
	const struct kl_profile_step *s = plan->step, *end = s + plan->n;

	for (; s < end; s++) {
		if (exam_member(x, s->m, s->row, NULL) != KL_OK)
			return false;
		*known |= exam_identifies(x, s->m, s->row);
	}
	return true;
}

/* --- planning by number --------------------------------------------------- */

/* Add the numbers that the members of a profile, or of its location, have. */
static void
number(struct kl_profile_numbers *k, const struct kl_json *doc, uint32_t parent,
    bool of_location)
{
	const struct kl_member *row, *end;
	uint32_t n, i;

	row = kl_member_rows(of_location, &n);
	for (end = row + n; row < end; row++) {
		i = kl_json_member(doc, parent,
		    (struct kl_span){ row->name, row->n });
		if (i == 0)
			continue;
		if (row->form == KL_FORM_LOCATION)
			k->location = i;
		if (row->form == KL_FORM_TEXT && !row->identifies) {
			k->text[k->texts++] = i;
		} else {
			k->step[k->steps].row = row;
			k->step[k->steps++].number = i;
		}
	}
}

/* The numbers in texts of the layout of the record; an event's profile is a
 * member of it. */
static const struct kl_profile_numbers *
numbers_of(const struct exam *x)
{
	struct kl_profile_plan *plan = &x->p->plan;
	const struct kl_json *doc = x->doc;
	struct kl_profile_numbers *k = plan->numbers;
	uint32_t i;

	for (i = 0; i < KL_PROFILE_LAYOUTS; i++, k++)
		if (k->layout == doc->layout &&
		    (k->parent != 0) == (x->obj != 0))
			return k;
	k = &plan->numbers[plan->turn++ % KL_PROFILE_LAYOUTS];
	*k = (struct kl_profile_numbers){ .layout = doc->layout };
	if (x->obj != 0)
		k->parent = kl_json_member(doc, 0, KL_SPAN(KL_WITHIN_EVENT));
	number(k, doc, k->parent, false);
	k->top_texts = k->texts;
	k->top_steps = k->steps;
	if (k->location != 0)
		number(k, doc, k->location, true);
	return k;
}

/* True if the value passes in every record of the shape: an object with
 * something in it, whose members are any, or are looked at themselves. */
static inline bool
is_settled(const struct kl_json *doc, uint32_t v, const struct kl_member *row)
{
	return (row->form == KL_FORM_OBJECT || row->form == KL_FORM_LOCATION) &&
	    kl_json_type(doc, v) == KL_JSON_OBJECT && doc->node[v].next > v + 1;
}

/* Plan for those of some texts that are there; how many. */
static inline uint32_t
plan_texts(struct kl_profile_plan *plan, const uint32_t *place,
    const uint32_t *text, const uint32_t *end)
{
	uint32_t n = plan->texts, before = n, v;

	for (; text < end; text++) {
		v = place[*text];
		plan->text[n] = v;
		n += v != 0;
	}
	plan->texts = n;
	return n - before;
}

/* The same of the others, those from i to end. */
static inline uint32_t
plan_steps(struct kl_profile_plan *plan, const struct kl_json *doc,
    const struct kl_profile_numbers *k, uint32_t i, uint32_t end)
{
	const struct kl_member *row;
	uint32_t found = 0, v;

	for (; i < end; i++) {
		if ((v = doc->place[k->step[i].number]) == 0)
			continue;
		found++;
		row = k->step[i].row;
		if (!is_settled(doc, v, row))
			plan->step[plan->n++] =
			    (struct kl_profile_step){ row, v - 1 };
	}
	return found;
}

/* Plan for the record at hand, and others of its shape.  False if it cannot be
 * told where the members are. */
static bool
plan_numbers(const struct exam *x)
{
	struct kl_profile_plan *plan = &x->p->plan;
	const struct kl_json *doc = x->doc;
	const struct kl_profile_numbers *k = numbers_of(x);
	const uint32_t *place = doc->place, *top = k->text + k->top_texts;
	uint32_t location = place[k->location], found;

	if (place[k->parent] != x->obj)
		return false;
	plan->shape = doc->shape;
	plan->obj = x->obj;
	plan->texts = plan->n = 0;
	found = plan_texts(plan, place, k->text, top) +
	    plan_steps(plan, doc, k, 0, k->top_steps);
	plan->strange = found != doc->node[x->obj].count;
	/* Numbers in an array tell nothing: the location has to be an object,
	 * and is looked at if it is not. */
	if (location == 0 || kl_json_type(doc, location) != KL_JSON_OBJECT)
		return true;
	found = plan_texts(plan, place, top, k->text + k->texts) +
	    plan_steps(plan, doc, k, k->top_steps, k->steps);
	plan->strange |= found != doc->node[location].count;
	return true;
}

/* --- planning by shape ---------------------------------------------------- */

static void
add(const struct exam *x, uint32_t m, const struct kl_member *row)
{
	struct kl_profile_plan *plan = &x->p->plan;

	if (row == NULL)
		plan->strange = true;
	else if (row->form == KL_FORM_TEXT && !row->identifies)
		plan->text[plan->texts++] = m + 1;
	else if (!is_settled(x->doc, m + 1, row))
		plan->step[plan->n++] = (struct kl_profile_step){ row, m };
}

void
exam_plan(const struct exam *x)
{
	struct kl_profile_plan *plan = &x->p->plan;
	const struct kl_json *doc = x->doc;
	const struct kl_member *row;

	if (doc->layout != 0 || doc->shape == 0 || doc->shape != plan->seen) {
		plan->seen = doc->shape;
		return;
	}
	plan->n = plan->texts = 0;
	plan->strange = false;
	plan->shape = doc->shape;
	plan->obj = x->obj;
	kl_json_each_member (m, doc, x->obj) {
		row = kl_profile_member(kl_member_text(doc, m, &x->p->name));
		add(x, m, row);
		if (row == NULL || row->form != KL_FORM_LOCATION ||
		    !is_settled(doc, m + 1, row))
			continue;
		kl_json_each_member (i, doc, m + 1)
			add(x, i,
			    kl_location_member(
				kl_member_text(doc, i, &x->p->name)));
	}
}

/* True if the plan is one for this record. */
static inline bool
is_planned(const struct exam *x)
{
	const struct kl_profile_plan *plan = &x->p->plan;

	return x->doc->shape != 0 && plan->shape == x->doc->shape &&
	    plan->obj == x->obj;
}

bool
exam_as_planned(const struct exam *x, bool *known)
{
	*known = false;
	x->p->email = 0;
	if (!is_planned(x) && (x->doc->layout == 0 || !plan_numbers(x)))
		return false;
	if (x->p->plan.strange && x->p->unknown == KL_UNKNOWN_REFUSE)
		return false;
	return texts_pass(x) && steps_pass(x, known);
}
