/* SPDX-License-Identifier: MIT */
/* intake.c - records in, batches closed. */

#include "kl/time.h"
#include "run.h"

/* With a journal, several batches may wait, to share a sync: so many, or so
 * many bytes of them. */
#define QUEUE 4
#define QUEUE_BYTES ((size_t)2 << 20)

bool
queue_full(const struct kl_send *s)
{
	if (s->keep.j == NULL)
		return s->queue > 0;
	return s->queue >= QUEUE || s->queue_bytes >= QUEUE_BYTES;
}

/* Where records must not wait, those of a batch that is open may come in even
 * while others cannot leave: they would only share a smaller one. */
bool
kl_send_ready(const struct kl_send *s)
{
	if (s->ended || s->stopping)
		return false;
	return !queue_full(s) || (s->o.flush_ms > 0 && s->open != NULL);
}

uint64_t
intake_wait(const struct kl_send *s, uint64_t now)
{
	const struct kl_batch *b = s->open;

	if (s->o.flush_ms == 0 || b == NULL || b->n == 0 || b->old ||
	    s->in_chunk || queue_full(s))
		return UINT64_MAX;
	return now - b->opened < s->o.flush_ms
	    ? s->o.flush_ms - (now - b->opened)
	    : 0;
}

void
kl_send_end_for(struct kl_send *s, const struct kl_err *why)
{
	if (s->end.rc == KL_OK)
		s->end = *why;
}

/* The batch records are added to. */
static struct kl_batch *
open_batch(struct kl_send *s, struct kl_err *err)
{
	struct kl_batch *b = s->open;

	if (b != NULL)
		return b;
	if ((b = s->spare) != NULL) {
		s->spare = b->next;
		s->spared -= kl_batch_weight(b);
		/* Not before: now it brings what it clears close by. */
		kl_batch_reset(b);
	} else if ((b = kl_batch_new(&s->maker)) == NULL) {
		(void)kl_err_nomem(err);
		return NULL;
	}
	b->seq = ++s->seq;
	if (s->o.flush_ms > 0)
		b->opened = kl_now_mono();
	b->gap_ms = s->in_chunk ? s->chunk.wait_ms : s->o.gap_ms;
	if (s->in_chunk) {
		b->chunk = s->chunk.line;
		b->from = s->chunk.from;
		b->to = s->chunk.to;
	}
	resume_open(s, b);
	s->maker.max_records = s->in_chunk ? s->ep->items : s->o.records;
	if (b->old)
		s->maker.max_records = b->want;
	return s->open = b;
}

/* The batch was begun by an earlier run: is it that batch?  One that the end
 * of this run cut short is left to the next. */
static void
compare(struct kl_send *s, struct kl_batch *b)
{
	if (s->stopping && b->n < b->want)
		b->cut = true;
	else if (!resume_agrees(s, b))
		b->old = false;
	if (b->cut || !b->old)
		b->settled = false;
}

/* The open batch is sealed and waits for its turn. */
enum kl_rc
intake_close(struct kl_send *s, struct kl_err *err)
{
	struct kl_batch *b = s->open;
	enum kl_rc rc;

	if (b == NULL)
		return KL_OK;
	if ((rc = kl_batch_seal(b, &s->maker, err)) != KL_OK)
		return rc;
	kl_batch_fit(b);
	s->open = NULL;
	s->stats.merged += b->merged;
	s->stats.bare += b->bare;
	s->stats.people += b->people;
	if (b->people > 0 && s->o.client != NULL)
		sum_later(s, b);
	keep_mark(s, b);
	if (b->old)
		compare(s, b);
	if (b->settled) {
		settle_again(s, b);
		return KL_OK;
	}
	*s->waiting_end = b;
	s->waiting_end = &b->next;
	s->queue++;
	s->queue_bytes += kl_batch_weight(b);
	return KL_OK;
}

/* The line of the next record as the receipt has it: where kl-chunk was given
 * every line of its input, it follows from the chunk's first. */
static uint64_t
receipt_line(struct kl_send *s, uint64_t line)
{
	if (!s->in_chunk)
		return line;
	return s->dense ? s->chunk.from + s->chunk_i++ : 0;
}

enum kl_rc
kl_send_refused(struct kl_send *s, uint64_t line, struct kl_span r,
    struct kl_err *err)
{
	struct kl_batch *b;
	char digest[KL_RECORD_DIGEST] = "";

	/* One that ends the run, and that nothing will remember, stands alone:
	 * it may be mended without a change to the batch before it. */
	if (s->keep.j != NULL && s->end.rc != KL_OK && !s->o.sink.keeps &&
	    intake_close(s, err) != KL_OK)
		return KL_ENOMEM;
	if ((b = open_batch(s, err)) == NULL)
		return KL_ENOMEM;
	if (s->o.hash != NULL)
		kl_record_digest(s->o.hash, r.s, r.n, digest);
	if (kl_batch_note(b, receipt_line(s, line), digest, err) != KL_OK)
		return KL_ENOMEM;
	keep_brought(s, b);
	return kl_batch_full(b, &s->maker) ? intake_close(s, err) : KL_OK;
}

/* The record is wrong: set it aside here and now. */
static enum kl_rc
refuse(struct kl_send *s, const struct kl_send_record *r,
    const struct kl_err *reason, struct kl_err *err)
{
	struct kl_rejected what = { .line = r->line,
		.s = r->s.s,
		.n = r->s.n,
		.record = true,
		.known = kl_send_known(s) };
	struct kl_err end = { 0 };
	enum kl_rc rc, rc2;

	rc = s->o.sink.reject(s->o.sink.ctx, &what, reason, NULL, &end);
	if (rc != KL_OK)
		kl_send_end_for(s, &end);
	if ((rc2 = kl_send_refused(s, r->line, r->s, err)) != KL_OK)
		return rc2;
	if (rc == KL_OK)
		return KL_OK;
	*err = end;
	s->ended = true;
	return rc;
}

enum kl_rc
kl_send_record(struct kl_send *s, const struct kl_send_record *r,
    struct kl_err *err)
{
	struct kl_err why;
	struct kl_batch *b;
	uint64_t line, i = s->chunk_i;
	enum kl_rc rc = KL_OK;

	kl_err_clear(&why);
	if ((b = open_batch(s, err)) == NULL)
		return KL_ENOMEM;
	line = receipt_line(s, r->line);
	if (s->o.sink.check != NULL)
		rc = s->o.sink.check(s->o.sink.ctx, r->doc, &why);
	if (rc == KL_OK)
		rc = kl_batch_add(b, &s->maker, line, r->s, r->doc, &why);
	if (rc == KL_AGAIN) {
		if ((rc = intake_close(s, err)) != KL_OK)
			return rc;
		if ((b = open_batch(s, err)) == NULL)
			return KL_ENOMEM;
		rc = kl_batch_add(b, &s->maker, line, r->s, r->doc, &why);
	}
	if (rc == KL_EDATA || rc == KL_ETOOBIG) {
		s->chunk_i = i;
		return refuse(s, r, &why, err);
	}
	if (rc != KL_OK) {
		*err = why;
		return rc;
	}
	keep_brought(s, b);
	/* A full batch leaves at once: the next record may be long in coming.
	 */
	return kl_batch_full(s->open, &s->maker) ? intake_close(s, err) : KL_OK;
}

enum kl_rc
kl_send_chunk(struct kl_send *s, const struct kl_send_chunk *c,
    struct kl_err *err)
{
	enum kl_rc rc = intake_close(s, err);

	s->chunk = *c;
	s->in_chunk = true;
	s->dense = c->n > 0 && c->to - c->from == c->n - 1;
	s->chunk_i = 0;
	return rc;
}

enum kl_rc
kl_send_chunk_end(struct kl_send *s, struct kl_err *err)
{
	enum kl_rc rc = intake_close(s, err);

	s->in_chunk = false;
	return rc;
}

enum kl_rc
kl_send_end(struct kl_send *s, struct kl_err *err)
{
	enum kl_rc rc;

	s->ended = true;
	if ((rc = intake_close(s, err)) == KL_OK)
		resume_ended(s);
	return rc;
}
