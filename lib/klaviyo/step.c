/* SPDX-License-Identifier: MIT */
/*
 * step.c - what a batch does next.
 *
 * A batch comes here when it takes off, and each time none of its parts is
 * left.  Its pending people then need the next thing: to be sent, with those
 * they may share a request with, or to be sent once more by their ids; or it
 * has to be looked what a request did that no answer came to.  If nobody is
 * pending it is settled.
 */

#include <stdlib.h>

#include "run.h"

/* Nothing is sent any more: who is pending has failed with the run, unless an
 * earlier run may have sent them. */
static void
give_up(struct kl_send *s, struct kl_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->people; i++) {
		if (b->person[i].outcome != KL_PENDING)
			continue;
		s->stats.excused += part_records(b, i);
		kl_batch_settle(b, i,
		    b->person[i].tried ? KL_UNKNOWN : KL_FAILED);
	}
}

/* So many are sent one by one, where others share a request. */
static void
count_single(struct kl_send *s, const struct kl_endpoint *ep, uint32_t n)
{
	if (s->stats.single == 0 && s->o.expected == 0)
		run_note(s,
		    "some records need a request of their own: of these there "
		    "are %u a minute at most",
		    (unsigned)kl_rate_part(&ep->rate, s->o.max_percent).steady);
	s->stats.single += n;
}

/* A part of the pending people at that stage who are like the first of them,
 * *first; KL_EOF if there are none. */
static enum kl_rc
gather(struct kl_send *s, struct kl_batch *b, enum kl_stage stage,
    const struct kl_road *then, uint32_t *row, struct kl_err *err)
{
	const struct kl_person *p, *like = NULL;
	const struct kl_road *road = then;
	struct part *part;
	uint32_t i, n = 0;

	for (i = 0; i < b->people; i++) {
		p = &b->person[i];
		if (p->outcome != KL_PENDING || p->stage != stage)
			continue;
		if (like == NULL)
			like = p;
		if (stage == KL_STAGE_THEN ||
		    (p->group == like->group && p->way == like->way &&
			p->tried == like->tried))
			row[n++] = i;
	}
	if (like == NULL)
		return KL_EOF;
	if (stage == KL_STAGE_NEW)
		road = kl_verb_way(s->o.verb, like->way);
	if (stage == KL_STAGE_NEW && like->way != 0 &&
	    kl_endpoint(road->ep)->items == 1)
		count_single(s, kl_endpoint(road->ep), n);
	part = part_add(s, b, road, n < b->people ? row : NULL, n, err);
	if (part == NULL)
		return KL_ENOMEM;
	part->replayed = like->tried;
	for (i = 0; i < n; i++)
		b->person[row[i]].stage = KL_STAGE_SENT;
	return KL_OK;
}

/* Parts for all who are at that stage. */
static enum kl_rc
send(struct kl_send *s, struct kl_batch *b, enum kl_stage stage,
    const struct kl_road *then, struct kl_err *err)
{
	uint32_t *row = malloc((size_t)b->people * sizeof(*row));
	enum kl_rc rc = KL_OK;

	if (row == NULL)
		return kl_err_nomem(err);
	while (rc == KL_OK)
		rc = gather(s, b, stage, then, row, err);
	free(row);
	return rc == KL_EOF ? KL_OK : rc;
}

bool
step_then(const struct kl_send *s, const struct part *p)
{
	return s->o.verb->then != NULL && s->o.list != NULL &&
	    p->road->tells_id;
}

void
step_on(struct kl_send *s, struct kl_batch *b)
{
	const struct kl_verb *v = s->o.verb;
	struct kl_err err = { 0 };
	enum kl_rc rc = KL_OK;

	if (b->pending > 0 && v->proof != NULL &&
	    (rc = doubt_on(s, b, &err)) == KL_EOF)
		rc = KL_OK;
	if (rc == KL_OK && b->parts == 0 && b->pending > 0 && !s->stopping &&
	    v->look != NULL && !b->looked &&
	    (rc = look_on(s, b, &err)) == KL_EOF) {
		look_judge(s, b);
		rc = KL_OK;
	}
	if (rc == KL_OK && b->parts == 0 && b->pending > 0 && !s->stopping &&
	    (v->look == NULL || b->looked)) {
		rc = send(s, b, KL_STAGE_NEW, NULL, &err);
		if (rc == KL_OK && b->parts == 0 && v->then != NULL)
			rc = send(s, b, KL_STAGE_THEN, v->then, &err);
	}
	if (rc != KL_OK)
		run_fail(s, &err);
	if (b->parts > 0)
		return;
	give_up(s, b);
	settle_batch(s, b);
}
