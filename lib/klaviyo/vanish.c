/* SPDX-License-Identifier: MIT */
/*
 * vanish.c - profiles that are gone between a lookup and the request that
 * names them by their ids: deleted, or merged with others.
 *
 * Whether the service minds is not documented; if it does, it refuses the
 * whole request.  The profiles it names are left out, or, if it names none,
 * the request is halved until they are alone.
 */

#include "run.h"

bool
vanish_may(const struct part *p, const struct kl_answer *a)
{
	return a->effect == KL_REFUSED && a->status == 404 &&
	    p->road->put != NULL && p->road->list_in_path;
}

/* The person whose profile is that item of the request, and which. */
static uint32_t
whose(const struct part *p, uint32_t item, struct kl_hit **hit)
{
	struct kl_batch *b = p->b;
	uint32_t i, person, h;

	for (i = 0; (person = part_person(p, i)) != KL_NOBODY; i++) {
		if (b->person[person].outcome != KL_PENDING)
			continue;
		for (h = b->person[person].found; h != 0; h = (*hit)->next) {
			*hit = &b->hit[h - 1];
			if (!(*hit)->skip && item-- == 0)
				return person;
		}
	}
	return KL_NOBODY;
}

/* No profile of the person is left: as if none had been found, or, if it was
 * imported just now, a reject. */
static void
judge(struct kl_send *s, struct part *p, uint32_t person)
{
	const struct kl_verb *v = s->o.verb;
	struct kl_found none = kl_batch_found(p->b, person, NULL);
	enum kl_outcome o = KL_SEND_IT;
	struct kl_err why = { 0 };

	if (v->look != NULL && p->road == &v->road)
		o = v->look->judge(&none, &s->maker.frame, &why);
	if (o == KL_SEND_IT) {
		(void)kl_err_set(&why, KL_EREFUSED,
		    "the profile is gone, deleted or merged with another");
		kl_err_code(&why, "profile_gone");
		o = KL_REJECTED;
	}
	if (o == KL_REJECTED)
		kl_batch_reject(p->b, person, &why, 404, (struct kl_span){ 0 });
	else
		kl_batch_settle(p->b, person, o);
}

static bool
has_any(const struct kl_batch *b, uint32_t person)
{
	uint32_t h;

	for (h = b->person[person].found; h != 0; h = b->hit[h - 1].next)
		if (!b->hit[h - 1].skip)
			return true;
	return false;
}

/* The items the answer names.  Marked first, as items move when one goes. */
static uint32_t
leave_out(struct kl_send *s, struct part *p, const struct kl_answer *a)
{
	struct kl_fault f = { 0 };
	struct kl_hit *hit, *gone[64];
	uint32_t person, n = 0, i;

	s->faults.doc = a->doc;
	s->faults.at = 0;
	while (n < 64 && kl_fault_next(&s->faults, &f))
		if (f.has_row && whose(p, f.row, &hit) != KL_NOBODY)
			gone[n++] = hit;
	for (i = 0; i < n; i++)
		gone[i]->skip = true;
	for (i = 0; n > 0 && (person = part_person(p, i)) != KL_NOBODY; i++)
		if (p->b->person[person].outcome == KL_PENDING &&
		    !has_any(p->b, person))
			judge(s, p, person);
	return n;
}

static uint32_t
first_pending(const struct part *p)
{
	uint32_t i, person;

	for (i = 0; (person = part_person(p, i)) != KL_NOBODY; i++)
		if (p->b->person[person].outcome == KL_PENDING)
			break;
	return person;
}

enum kl_rc
vanish(struct kl_send *s, struct part *p, const struct kl_answer *a,
    struct kl_err *err)
{
	if (leave_out(s, p, a) == 0) {
		if (part_pending(p) > 1)
			return part_split(s, p, err);
		judge(s, p, first_pending(p));
	}
	if (part_pending(p) == 0)
		part_end(s, p, KL_REJECTED, false);
	else
		part_turn(s, p, PART_QUEUED);
	return KL_OK;
}
