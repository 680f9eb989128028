/* SPDX-License-Identifier: MIT */
/*
 * doubt.c - people of whom it is not known whether the service took them.
 *
 * Where repeating a request may do harm it is not repeated.  The batch waits
 * until what the service accepts can be seen, asks for its people once more,
 * and believes what it sees: that nothing is seen is for the verb to judge.
 * Other batches go on meanwhile.
 */

#include "kl/time.h"
#include "run.h"

/* So many answers in a row did not come: the service is out, and everything
 * that is sent only adds to what is not known. */
#define LOST 4

void
doubt_part(struct kl_send *s, struct part *p, const struct kl_answer *a)
{
	struct kl_batch *b = p->b;
	uint64_t sent = kl_now_wall() - a->ms;
	uint32_t i, person;

	if (b->sent == 0 || sent < b->sent)
		b->sent = sent;
	b->due = kl_now_mono() + s->o.settle_ms;
	for (i = 0; (person = part_person(p, i)) != KL_NOBODY; i++)
		if (b->person[person].outcome == KL_PENDING) {
			b->person[person].stage = KL_STAGE_DOUBT;
			b->person[person].tried = true;
		}
	if (s->stats.doubts++ == 0)
		run_note(s,
		    "the answer to a request was lost: what it did is looked "
		    "at in %llu s",
		    (unsigned long long)(s->o.settle_ms + 999) / 1000);
	if (++s->lost >= LOST)
		run_fail(s, &a->err);
	part_done(s, p);
}

void
doubt_person(struct kl_send *s, struct kl_batch *b, uint32_t person)
{
	uint64_t now = kl_now_wall(), since;

	b->person[person].stage = KL_STAGE_DOUBT;
	if (b->sent == 0)
		b->sent = b->last = b->at;
	since = now > b->last ? now - b->last : 0;
	b->due = kl_now_mono();
	if (since < s->o.settle_ms)
		b->due += s->o.settle_ms - since;
}

/* --- waiting -------------------------------------------------------------- */

static bool
is_in_doubt(const struct kl_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->people; i++)
		if (b->person[i].outcome == KL_PENDING &&
		    b->person[i].stage == KL_STAGE_DOUBT)
			return true;
	return false;
}

uint64_t
doubt_wait(const struct kl_send *s, uint64_t now)
{
	const struct part *p;
	uint64_t wait = UINT64_MAX;

	if (s->o.verb->proof == NULL) /* nobody is ever in doubt */
		return wait;
	for (p = s->parts; p != NULL; p = p->next)
		if (p->state == PART_SETTLING && p->b->due <= now)
			return 0;
		else if (p->state == PART_SETTLING && p->b->due - now < wait)
			wait = p->b->due - now;
	return wait;
}

void
doubt_due(struct kl_send *s, uint64_t now)
{
	struct part *p, *next;

	for (p = s->parts; p != NULL; p = next) {
		next = p->next;
		if (p->state != PART_SETTLING || p->b->due > now)
			continue;
		look_again(p->b);
		p->b->proving = true;
		p->b->proofs++;
		part_done(s, p);
	}
}

/* --- looking -------------------------------------------------------------- */

enum kl_rc
doubt_on(struct kl_send *s, struct kl_batch *b, struct kl_err *err)
{
	struct part *p;
	enum kl_rc rc;

	if (s->leaving)
		return KL_EOF;
	if (b->proving) {
		rc = look_on(s, b, err);
		if (rc == KL_EOF)
			look_judge(s, b);
		if (rc != KL_EOF)
			return rc;
	}
	if (!is_in_doubt(b))
		return KL_EOF;
	if ((p = part_add(s, b, NULL, NULL, 0, err)) == NULL)
		return KL_ENOMEM;
	part_turn(s, p, PART_SETTLING);
	return KL_OK;
}
