/* SPDX-License-Identifier: MIT */
/* part.c - requests: the whole of a batch, or some people of it. */

#include <stdlib.h>
#include <string.h>

#include "kl/time.h"
#include "run.h"

/* Room for the numbers of n people; NULL only when out of memory. */
static uint32_t *
room_for(uint32_t n)
{
	return malloc((n > 0 ? n : 1) * sizeof(uint32_t));
}

struct part *
part_add(struct kl_send *s, struct kl_batch *b, const struct kl_road *road,
    const uint32_t *row, uint32_t n, struct kl_err *err)
{
	struct part *p = calloc(1, sizeof(*p));

	if (p != NULL && row != NULL && (p->row = room_for(n)) == NULL) {
		free(p);
		p = NULL;
	}
	if (p == NULL) {
		(void)kl_err_nomem(err);
		return NULL;
	}
	if (row != NULL)
		memcpy(p->row, row, n * sizeof(*row));
	p->rows = row != NULL ? n : 0;
	p->b = b;
	p->road = road;
	*s->parts_end = p;
	s->parts_end = &p->next;
	if (s->queued++ == 0)
		s->first_queued = p;
	b->parts++;
	return p;
}

void
part_turn(struct kl_send *s, struct part *p, enum part_state state)
{
	s->queued -= p->state == PART_QUEUED;
	if (state == PART_QUEUED) {
		s->queued++;
		s->first_queued = s->parts;
	}
	p->state = state;
}

/* How many people it is about. */
static uint32_t
count(const struct part *p)
{
	return p->row != NULL ? p->rows : p->b->people;
}

uint32_t
part_person(const struct part *p, uint32_t row)
{
	if (row >= count(p))
		return KL_NOBODY;
	return p->row != NULL ? p->row[row] : row;
}

bool
part_has(const struct part *p, uint32_t person)
{
	uint32_t low = 0, high = p->rows, mid;

	if (p->row == NULL)
		return person < p->b->people;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (p->row[mid] < person)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->rows && p->row[low] == person;
}

bool
part_rows(const struct kl_send *s, const struct part *p,
    const struct kl_fault *f, uint32_t *from, uint32_t *to)
{
	const struct kl_kind *kind = s->o.verb->kind;

	if (kind != NULL)
		return kind->rows(p->b, p->row, count(p), f, from, to);
	*from = f->row;
	*to = *from + 1;
	return *from < count(p);
}

static bool
is_pending(const struct part *p, uint32_t row)
{
	return p->b->person[part_person(p, row)].outcome == KL_PENDING;
}

uint32_t
part_pending(const struct part *p)
{
	uint32_t i, n = 0, all = count(p);

	if (p->row == NULL)
		return p->b->pending;
	for (i = 0; i < all; i++)
		n += is_pending(p, i);
	return n;
}

/* Leave only those in it who are pending. */
static enum kl_rc
thin(struct part *p, struct kl_err *err)
{
	uint32_t *row = p->row, i, n = 0, all = count(p);

	if (row == NULL && (row = room_for(all)) == NULL)
		return kl_err_nomem(err);
	for (i = 0; i < all; i++)
		if (is_pending(p, i))
			row[n++] = part_person(p, i);
	p->row = row;
	p->rows = n;
	return KL_OK;
}

/* What is more than a request holds is left to another part, behind it. */
static enum kl_rc
part_carve(struct kl_send *s, struct part *p, uint32_t items,
    struct kl_err *err)
{
	struct part *rest;

	if (p->rows <= items)
		return KL_OK;
	rest = part_add(s, p->b, p->road, p->row + items, p->rows - items, err);
	if (rest == NULL)
		return KL_ENOMEM;
	rest->replayed = p->replayed;
	p->rows = items;
	return KL_OK;
}

enum kl_rc
part_body(const struct kl_send *s, const struct kl_batch *b,
    const struct kl_road *road, const uint32_t *row, uint32_t n,
    struct kl_buf *body, const struct kl_endpoint **ep, struct kl_err *err)
{
	const struct kl_kind *kind = s->o.verb->kind;

	*ep = kl_endpoint(road->ep);
	if (kind == NULL || n > 1)
		return kl_batch_part(b, &s->maker, road, row, n, body, err);
	*ep = kl_endpoint(kind->one);
	return kind->single(b, &s->maker, row[0], body, err);
}

static enum kl_rc
start_road(struct kl_send *s, struct part *p, struct kl_err *err)
{
	struct kl_batch *b = p->b;
	struct kl_call call = { .ep = kl_endpoint(p->road->ep),
		.id = p->road->list_in_path ? s->o.list : NULL,
		.gap_ms = b->gap_ms,
		.tag = p };
	bool whole = p->row == NULL && b->pending == b->people &&
	    p->road == &s->o.verb->road && p->road->put == NULL &&
	    !kl_batch_mixed(b) && (s->o.verb->kind == NULL || b->people > 1);
	enum kl_rc rc;

	if (b->started == 0) {
		b->started = kl_now_wall();
		b->mono = kl_now_mono();
	}
	if (!whole) {
		if ((rc = thin(p, err)) != KL_OK ||
		    (rc = part_carve(s, p, call.ep->items, err)) != KL_OK ||
		    (rc = part_body(s, b, p->road, p->row, p->rows, &p->body,
			 &call.ep, err)) != KL_OK)
			return rc;
	}
	call.body.s = whole ? b->body.s : p->body.s;
	call.body.n = whole ? b->body.n : p->body.n;
	if ((rc = kl_client_start(s->o.client, &call, err)) != KL_OK)
		return rc;
	part_turn(s, p, PART_SENT);
	s->sending++;
	s->stats.requests++;
	s->stats.bytes += call.body.n;
	return KL_OK;
}

enum kl_rc
part_start(struct kl_send *s, struct part *p, struct kl_err *err)
{
	return p->road == NULL ? look_start(s, p, err) : start_road(s, p, err);
}

void
part_sent(struct kl_send *s, struct part *p)
{
	s->sending--;
	kl_buf_free(&p->body);
}

/* Out of the list; the batch may have none left. */
static void
take_out(struct kl_send *s, struct part *p)
{
	struct part **at = &s->parts;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	if (s->parts_end == &p->next)
		s->parts_end = at;
	if (s->first_queued == p)
		s->first_queued = p->next;
	s->queued -= p->state == PART_QUEUED;
	p->b->parts--;
	part_free(p);
}

enum kl_rc
part_split(struct kl_send *s, struct part *p, struct kl_err *err)
{
	struct part *half[2];
	uint32_t mid;
	enum kl_rc rc;
	int i;

	if ((rc = thin(p, err)) != KL_OK)
		return rc;
	mid = p->rows / 2;
	half[0] = part_add(s, p->b, p->road, p->row, mid, err);
	half[1] = part_add(s, p->b, p->road, p->row + mid, p->rows - mid, err);
	if (half[0] == NULL || half[1] == NULL)
		return KL_ENOMEM;
	for (i = 0; i < 2; i++)
		half[i]->replayed = p->replayed;
	take_out(s, p);
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

uint64_t
part_records(const struct kl_batch *b, uint32_t person)
{
	uint64_t n = 0;
	uint32_t r;

	for (r = b->person[person].first; r != KL_NOBODY; r = b->rec[r].next)
		n++;
	return n;
}

void
part_done(struct kl_send *s, struct part *p)
{
	struct kl_batch *b = p->b;

	take_out(s, p);
	if (b->parts == 0)
		step_on(s, b);
}

void
part_end(struct kl_send *s, struct part *p, enum kl_outcome o, bool excused)
{
	struct kl_batch *b = p->b;
	uint32_t i, all = p->road != NULL ? count(p) : 0;

	if (all == b->people && p->row == NULL && !excused) {
		kl_batch_settle_all(b, o);
		all = 0;
	}
	/* A lookup decides nothing: the batch goes on, or gives up. */
	for (i = 0; i < all; i++) {
		if (!is_pending(p, i))
			continue;
		if (excused)
			s->stats.excused += part_records(b, part_person(p, i));
		kl_batch_settle(b, part_person(p, i), o);
	}
	part_done(s, p);
}
