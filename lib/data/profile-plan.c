/* SPDX-License-Identifier: MIT */

/*
 * profile-plan.c - what to look at in records of one shape.
 *
 * Records of one shape have the same names at the same nodes, so their rows
 * are looked up once.  Left out is what every record of the shape passes.  Most
 * of the rest are texts of any kind, whose types are judged all at once.
 */

#include "exam.h"

bool
exam_texts(const struct exam *x)
{
	const struct kl_profile_plan *plan = &x->p->plan;
	unsigned seen = 0;
	uint32_t i;

	for (i = 0; i < plan->texts; i++)
		seen |= 1U << kl_json_type(x->doc, plan->text[i]);
	return (seen & ~(T(STRING) | T(NULL))) == 0;
}

enum kl_rc
exam_as_planned(const struct exam *x, bool *known, struct kl_err *err)
{
	const struct kl_profile_plan *plan = &x->p->plan;
	const struct kl_profile_step *s = plan->step, *end = s + plan->n;
	struct exam in = exam_within(x);
	enum kl_rc rc;

	for (; s < end; s++) {
		rc = exam_member(s->location ? &in : x, s->m, s->row, err);
		if (rc != KL_OK)
			return rc;
		*known |= !s->location && exam_identifies(x, s->m, s->row);
	}
	return KL_OK;
}

/* False if there are too many steps. */
static bool
add(struct kl_profile_plan *plan, uint32_t m, const struct kl_member *row,
    bool location)
{
	if (row != NULL && row->form == KL_FORM_TEXT && !row->identifies) {
		if (plan->texts == KL_PROFILE_STEPS)
			return false;
		plan->text[plan->texts++] = m + 1;
		return true;
	}
	if (plan->n == KL_PROFILE_STEPS)
		return false;
	plan->step[plan->n++] = (struct kl_profile_step){ .row = row,
		.m = m,
		.location = location };
	return true;
}

/* A value that holds others does so in every record of the shape. */
static bool
add_member(const struct exam *x, uint32_t m)
{
	struct kl_profile_plan *plan = &x->p->plan;
	const struct kl_json *doc = x->doc;
	const struct kl_member *row =
	    kl_profile_member(kl_member_text(doc, m, &x->p->name));
	bool holds = doc->node[m + 1].next > m + 2;

	if (row != NULL && row->form == KL_FORM_OBJECT && holds)
		return true;
	if (row == NULL || row->form != KL_FORM_LOCATION || !holds)
		return add(plan, m, row, false);
	kl_json_each_member (i, doc, m + 1)
		if (!add(plan, i,
			kl_location_member(kl_member_text(doc, i, &x->p->name)),
			true))
			return false;
	return true;
}

void
exam_plan(const struct exam *x)
{
	struct kl_profile_plan *plan = &x->p->plan;
	uint64_t shape = x->doc->shape;

	if (shape == 0 || shape != plan->seen) {
		plan->seen = shape;
		return;
	}
	plan->n = plan->texts = 0;
	plan->shape = shape;
	plan->obj = x->obj;
	kl_json_each_member (m, x->doc, x->obj)
		if (!add_member(x, m))
			plan->shape = 0;
}
