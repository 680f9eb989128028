/* SPDX-License-Identifier: MIT */
/* part.c - requests: the whole of a batch, or a part of it. */

#include <stdlib.h>

#include "kl/time.h"
#include "run.h"

enum kl_rc
part_add(struct kl_send *s, struct kl_batch *b, uint32_t from, uint32_t to,
    struct kl_err *err)
{
	struct part *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return kl_err_nomem(err);
	p->b = b;
	p->from = from;
	p->to = to;
	p->next = s->parts;
	s->parts = p;
	b->parts++;
	return KL_OK;
}

uint32_t
part_person(const struct part *p, uint32_t row)
{
	if (p->row == NULL)
		return row < p->to ? row : KL_NOBODY;
	return row < p->rows ? p->row[row] : KL_NOBODY;
}

uint32_t
part_pending(const struct part *p)
{
	uint32_t i, n = 0;

	for (i = p->from; i < p->to; i++)
		n += p->b->person[i].outcome == KL_PENDING;
	return n;
}

/* The body of a part that is not the whole batch. */
static enum kl_rc
compose(struct kl_send *s, struct part *p, struct kl_err *err)
{
	free(p->row); /* of a first try */
	p->row = malloc((size_t)(p->to - p->from) * sizeof(*p->row));
	if (p->row == NULL)
		return kl_err_nomem(err);
	p->rows =
	    kl_batch_part(p->b, &s->maker, p->from, p->to, &p->body, p->row);
	return kl_buf_check(&p->body, err);
}

enum kl_rc
part_start(struct kl_send *s, struct part *p, struct kl_err *err)
{
	struct kl_batch *b = p->b;
	struct kl_call call = { .ep = s->ep, .gap_ms = b->gap_ms, .tag = p };
	bool whole =
	    b->pending == b->people && p->from == 0 && p->to == b->people;
	enum kl_rc rc;

	if (b->started == 0) {
		b->started = kl_now_wall();
		b->mono = kl_now_mono();
		kl_sha256_hex(b->body.s, b->body.n, b->sha256);
	}
	if (!whole && (rc = compose(s, p, err)) != KL_OK)
		return rc;
	call.body.s = whole ? b->body.s : p->body.s;
	call.body.n = whole ? b->body.n : p->body.n;
	if ((rc = kl_client_start(s->o.client, &call, err)) != KL_OK)
		return rc;
	p->state = PART_SENT;
	s->sending++;
	s->stats.requests++;
	s->stats.bytes += call.body.n;
	return KL_OK;
}

void
part_sent(struct kl_send *s, struct part *p)
{
	s->sending--;
	kl_buf_free(&p->body);
}

enum kl_rc
part_split(struct kl_send *s, struct part *p, struct kl_err *err)
{
	struct kl_batch *b = p->b;
	uint32_t half = part_pending(p) / 2, mid, from = p->from, to = p->to;
	enum kl_rc rc;

	for (mid = from; half > 0; mid++)
		half -= b->person[mid].outcome == KL_PENDING;
	if ((rc = part_add(s, b, mid, to, err)) != KL_OK ||
	    (rc = part_add(s, b, from, mid, err)) != KL_OK)
		return rc;
	p->to = p->from; /* nobody is left in it */
	part_end(s, p, KL_FAILED, false);
	return KL_OK;
}

void
part_free(struct part *p)
{
	kl_buf_free(&p->body);
	kl_cursor_free(&p->cursor);
	free(p->row);
	free(p);
}

/* Records of the part's pending people. */
static uint64_t
pending_records(const struct part *p)
{
	const struct kl_batch *b = p->b;
	uint64_t n = 0;
	uint32_t i, r;

	for (i = p->from; i < p->to; i++)
		if (b->person[i].outcome == KL_PENDING)
			for (r = b->person[i].first; r != KL_NOBODY;
			     r = b->rec[r].next)
				n++;
	return n;
}

void
part_end(struct kl_send *s, struct part *p, enum kl_outcome o, bool excused)
{
	struct kl_batch *b = p->b;
	struct part **at = &s->parts;

	if (excused)
		s->stats.excused += pending_records(p);
	kl_batch_settle_all(b, p->from, p->to, o);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	part_free(p);
	if (--b->parts == 0)
		settle_batch(s, b);
}
