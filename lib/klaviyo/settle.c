/* SPDX-License-Identifier: MIT */
/* settle.c - a batch is done: rejects, counts, receipt. */

#include "kl/time.h"
#include "receipt.h"
#include "run.h"

/* Batches kept for their memory: so many, no larger than that. */
#define SPARES 2
#define SPARE_BYTES ((size_t)2 << 20)

static void
fail_on(struct kl_send *s, enum kl_rc rc, const struct kl_err *err)
{
	if (rc != KL_OK)
		run_fail(s, err);
}

/* Set aside the records the service refused, in the order of the input. */
static void
tell_rejects(struct kl_send *s, const struct kl_batch *b)
{
	struct kl_err reason = { 0 }, err = { 0 };
	struct kl_rejected what = { .record = true };
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
		fail_on(s,
		    s->o.sink.reject(s->o.sink.ctx, &what, &reason, &why, &err),
		    &err);
	}
}

static void
write_receipt(struct kl_send *s, const struct kl_batch *b)
{
	struct kl_receipt r = { .run = s->o.run,
		.action = s->o.verb->name,
		.account = s->o.account,
		.list = s->o.list,
		.has_job = s->o.verb->has_job,
		.now = kl_now_mono(),
		.hash = s->o.hash };
	struct kl_err err = { 0 };
	enum kl_rc rc;

	kl_buf_reset(&s->line);
	kl_receipt_put(&s->line, &r, b);
	if ((rc = kl_buf_check(&s->line, &err)) == KL_OK)
		rc = s->o.sink.line(s->o.sink.ctx, s->line.s, s->line.n, &err);
	fail_on(s, rc, &err);
}

/* Out of the run; its memory serves the next one. */
static void
put_away(struct kl_send *s, struct kl_batch *b)
{
	if (b->flying) {
		kl_guard_leave(&s->guard, &b->ids);
		s->in_use -= b->charged;
	}
	if (s->spares == SPARES || kl_batch_weight(b) > SPARE_BYTES) {
		kl_batch_free(b);
		return;
	}
	kl_batch_reset(b);
	b->next = s->spare;
	s->spare = b;
	s->spares++;
}

void
settle_batch(struct kl_send *s, struct kl_batch *b)
{
	struct kl_err err = { 0 };
	uint64_t n[KL_OUTCOMES];
	int o;

	kl_receipt_count(b, n);
	if (s->o.client != NULL) {
		tell_rejects(s, b);
		if (n[KL_REJECTED] > 0)
			fail_on(s, s->o.sink.settle(s->o.sink.ctx, &err), &err);
		write_receipt(s, b);
	}
	for (o = 0; o < KL_OUTCOMES; o++)
		if (o != KL_REJECTED && n[o] > 0)
			s->o.sink.count(s->o.sink.ctx, (enum kl_outcome)o,
			    n[o]);
	s->stats.batches++;
	put_away(s, b);
}
