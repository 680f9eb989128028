/* SPDX-License-Identifier: MIT */
/* settle.c - a batch is done: rejects, counts, receipt. */

#include "kl/time.h"
#include "receipt.h"
#include "run.h"

/* True if it is a failure of ours, and not a reject over the tolerance. */
static bool
fail_on(struct kl_send *s, enum kl_rc rc, const struct kl_err *err)
{
	if (rc != KL_OK)
		run_fail(s, err);
	return rc != KL_OK && rc != KL_EDATA;
}

/* Set aside the records the service refused, in the order of the input. */
static void
tell_rejects(struct kl_send *s, struct kl_batch *b)
{
	struct kl_err reason = { 0 }, err = { 0 };
	struct kl_rejected what = { .record = true, .known = b->settled };
	struct kl_why why = { 0 };
	const struct kl_rec *r;
	struct kl_span bytes;
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		r = &b->rec[i];
		if (r->person == KL_NOBODY ||
		    b->person[r->person].outcome != KL_REJECTED)
			continue;
		kl_batch_why(b, r->person, &reason, &why.http, &why.pointer);
		bytes = kl_batch_bytes(b, r);
		what.line = b->chunk != 0 ? b->chunk : r->line;
		what.s = bytes.s;
		what.n = bytes.n;
		if (fail_on(s,
			s->o.sink.reject(s->o.sink.ctx, &what, &reason, &why,
			    &err),
			&err))
			b->left_open = true;
	}
}

static void
write_receipt(struct kl_send *s, const struct kl_batch *b)
{
	struct kl_receipt r = { .run = s->o.run,
		.action = s->o.verb->name,
		.account = s->o.account,
		.list = s->o.list,
		.complete = s->o.verb->road.has_job || s->ep->success[0] != 202,
		.resumed = b->settled || (b->known > 0 && b->people == 0),
		.hash = s->o.hash };
	struct kl_err err = { 0 };
	enum kl_rc rc;

	kl_buf_reset(&s->line);
	kl_receipt_put(&s->line, &r, b);
	if ((rc = kl_buf_check(&s->line, &err)) == KL_OK)
		rc = s->o.sink.line(s->o.sink.ctx, s->line.s, s->line.n, &err);
	(void)fail_on(s, rc, &err);
}

/* Out of the run; its memory serves the next one, as far as a run may hold so
 * much: pages that come and go cost the kernel more than what is written on
 * them costs us. */
static void
put_away(struct kl_send *s, struct kl_batch *b)
{
	size_t bytes = kl_batch_weight(b);

	if (s->in_use + s->spared + bytes > s->o.memory) {
		kl_batch_free(b);
		return;
	}
	b->next = s->spare;
	s->spare = b;
	s->spared += bytes;
}

/* What the run has not settled for good is a later run's work: what ended it
 * left it open, or nothing but the journal would remember who was rejected;
 * or it is not known, and must not be sent again without being asked. */
static bool
is_open(const struct kl_send *s, const struct kl_batch *b,
    const uint64_t n[KL_OUTCOMES])
{
	return (s->stopping && n[KL_FAILED] + n[KL_UNKNOWN] > 0) ||
	    (b->asks && n[KL_UNKNOWN] > 0) ||
	    (!b->asks && n[KL_REJECTED] > 0 && !s->o.sink.keeps);
}

void
settle_batch(struct kl_send *s, struct kl_batch *b)
{
	struct kl_batch **end = &s->done;

	kl_receipt_count(b, b->count);
	b->counted = true;
	b->left_open = is_open(s, b, b->count);
	if (b->started != 0)
		b->ms = kl_now_mono() - b->mono;
	while (*end != NULL)
		end = &(*end)->next;
	b->next = NULL;
	*end = b;
}

/* Set aside what is to be, of all batches that are done, and make that last.
 * Where it cannot be, they are left open. */
static void
land_rejects(struct kl_send *s)
{
	struct kl_err err = { 0 };
	struct kl_batch *b;
	bool any = false, bad = false;

	for (b = s->done; b != NULL; b = b->next) {
		if (b->count[KL_REJECTED] == 0)
			continue;
		tell_rejects(s, b);
		any = true;
	}
	if (any)
		bad = fail_on(s, s->o.sink.settle(s->o.sink.ctx, &err), &err);
	for (b = s->done; bad && b != NULL; b = b->next)
		b->left_open = true;
}

void
settle_land(struct kl_send *s)
{
	struct kl_batch *b, **end = &s->landed;

	if (s->done == NULL)
		return;
	if (s->o.client != NULL)
		land_rejects(s);
	trail_land(s);
	for (b = s->done; b != NULL; b = b->next) {
		if (s->o.client != NULL)
			keep_outcome(s, b);
		kl_guard_leave(&s->guard, &b->flight);
		s->in_use -= b->charged;
		b->charged = 0;
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = s->done;
	s->done = NULL;
}

/* Count it, and say so on stdout: but not what the journal could not take. */
static void
tell(struct kl_send *s, struct kl_batch *b)
{
	const struct kl_kind *kind = s->o.verb->kind;
	struct kl_err err = { 0 };
	uint64_t n[KL_OUTCOMES];
	int o;

	kl_receipt_count(b, n);
	sum_now(s, b);
	if (s->o.client != NULL && !b->cut && !b->untold &&
	    (!s->keep.failed || b->left_open))
		write_receipt(s, b);
	for (o = 0; o < KL_OUTCOMES; o++)
		if (o != KL_REJECTED && n[o] > 0)
			s->o.sink.count(s->o.sink.ctx, (enum kl_outcome)o,
			    n[o]);
	s->stats.batches++;
	s->stats.resumed += b->settled || (b->known > 0 && b->people == 0);
	s->stats.known += b->known;
	s->stats.undecided += b->asks ? n[KL_UNKNOWN] : 0;
	if (kind != NULL && kind->told(b, &s->maker, &err) != KL_OK)
		run_fail(s, &err);
	put_away(s, b);
}

void
settle_tell(struct kl_send *s)
{
	struct kl_batch *b;

	while ((b = s->landed) != NULL) {
		s->landed = b->next;
		tell(s, b);
	}
}

void
settle_again(struct kl_send *s, struct kl_batch *b)
{
	if (!resume_outcomes(s, b))
		kl_batch_settle_all(b, KL_UNKNOWN);
	tell_rejects(s, b);
	tell(s, b);
}
