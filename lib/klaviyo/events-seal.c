/* SPDX-License-Identifier: MIT */
/* events-seal.c - the events of a batch become a request: repeats out, the rest
 * grouped by profile. */

#include <stdlib.h>
#include <string.h>

#include "events-batch.h"
#include "kl/room.h"
#include "kl/siphash.h"

/* Room for the work on the records of a batch. */
static enum kl_rc
make_room(struct kl_events *e, uint32_t n, struct kl_err *err)
{
	uint32_t slots = 64;

	if (n <= e->cap)
		return KL_OK;
	while (slots < 2 * n)
		slots *= 2;
	free(e->work);
	free(e->turn);
	free(e->slot);
	free(e->of);
	e->cap = 0;
	e->of = calloc(n, sizeof(*e->of));
	e->work = calloc(n, sizeof(*e->work));
	e->turn = calloc(n, sizeof(*e->turn));
	e->slot = calloc(slots, sizeof(*e->slot));
	if (e->work == NULL || e->turn == NULL || e->slot == NULL ||
	    e->of == NULL)
		return kl_err_nomem(err);
	e->cap = n;
	e->slots = slots;
	return KL_OK;
}

/* Two records of one person with the same metric and unique_id. */
static bool
same_event(const struct kl_batch *b, uint32_t x, uint32_t y)
{
	const struct kl_rec *p = &b->rec[x], *q = &b->rec[y];

	return p->next == q->next && p->person == q->person &&
	    memcmp(b->body.s + p->item_at, b->body.s + q->item_at, p->next) ==
	    0;
}

static bool
same_profile(const struct kl_batch *b, uint32_t x, uint32_t y)
{
	const struct kl_rec *p = &b->rec[x], *q = &b->rec[y];

	return p->weight == q->weight &&
	    memcmp(b->body.s + p->item_at + p->item_n,
		b->body.s + q->item_at + q->item_n, p->weight) == 0;
}

/* The event that the record is, if it is one that was there before; else
 * events, which it then becomes. */
static uint32_t
find_event(struct kl_events *e, const struct kl_batch *b,
    const struct kl_maker *m, uint32_t i, uint32_t events)
{
	const struct kl_rec *r = &b->rec[i];
	uint32_t hash =
	    (uint32_t)kl_siphash(m->seed.k, b->body.s + r->item_at, r->next) ^
	    r->person * 0x9e3779b1U;
	uint32_t at = hash & (e->slots - 1), event;

	while (e->slot[at] != 0) {
		event = e->slot[at] - 1;
		if (e->work[event].hash == hash &&
		    same_event(b, e->work[event].rec, i))
			return event;
		at = (at + 1) & (e->slots - 1);
	}
	e->slot[at] = events + 1;
	e->work[events] = (struct event_work){ .rec = i, .hash = hash };
	return events;
}

/* A new event joins the newest bundle of its person, or begins another.  A
 * bundle's at is, meanwhile, the record whose profile it has. */
static enum kl_rc
choose_bundle(struct kl_events *e, struct kl_batch *b, uint32_t event,
    struct kl_err *err)
{
	uint32_t rec = e->work[event].rec, *turn = &e->turn[b->rec[rec].person];

	if (*turn == 0 || !same_profile(b, b->bundle[*turn - 1].at, rec)) {
		if (!KL_ROOM(b->bundle, b->bundles, b->bundle_cap, 64))
			return kl_err_nomem(err);
		b->bundle[b->bundles] = (struct kl_bundle){ .at = rec };
		*turn = ++b->bundles;
	}
	e->work[event].bundle = *turn - 1;
	b->bundle[*turn - 1].n++;
	return KL_OK;
}

/* Records become events, of[] says which, and these join bundles. */
static enum kl_rc
find_events(struct kl_events *e, struct kl_batch *b, const struct kl_maker *m,
    struct kl_err *err)
{
	uint32_t i, events = 0;

	memset(e->slot, 0, e->slots * sizeof(*e->slot));
	memset(e->turn, 0, b->n * sizeof(*e->turn));
	/* The roots of all first: a record may have joined two persons. */
	for (i = 0; i < b->n; i++)
		if (!b->rec[i].digested)
			b->rec[i].person = kl_batch_root(b, i);
	for (i = 0; i < b->n; i++) {
		e->of[i] = KL_NOBODY;
		if (b->rec[i].digested)
			continue;
		e->of[i] = find_event(e, b, m, i, events);
		if (e->of[i] < events)
			continue;
		if (choose_bundle(e, b, events, err) != KL_OK)
			return KL_ENOMEM;
		events++;
	}
	b->merged = b->people - events;
	b->people = b->pending = events;
	return KL_OK;
}

/* Events are numbered in the order of the request: bundle by bundle. */
static void
number_events(struct kl_events *e, struct kl_batch *b)
{
	uint32_t i, first = 0, event;
	struct kl_rec *r;

	for (i = 0; i < b->bundles; i++) {
		b->bundle[i].first = first;
		first += b->bundle[i].n;
		b->bundle[i].n = 0;
	}
	for (event = 0; event < b->people; event++) {
		struct kl_bundle *g = &b->bundle[e->work[event].bundle];

		i = g->first + g->n++;
		b->person[i] = (struct kl_person){ .first = e->work[event].rec,
			.outcome = KL_PENDING };
		e->work[event].number = i;
	}
	for (i = 0; i < b->n; i++) {
		r = &b->rec[i];
		event = e->of[i];
		r->person = r->next = KL_NOBODY;
		if (event == KL_NOBODY)
			continue;
		r->person = e->work[event].number;
		if (e->work[event].rec != i)
			b->rec[e->work[event].last].next = i;
		e->work[event].last = i;
	}
}

/* The request, out of what the body holds until now. */
static void
write_bundles(struct kl_batch *b, struct kl_buf *to)
{
	const char *old = b->body.s;
	struct kl_bundle *g;
	struct kl_person *p;
	const struct kl_rec *r;
	uint32_t i, k;

	events_open(to, NULL);
	for (i = 0; i < b->bundles; i++) {
		g = &b->bundle[i];
		r = &b->rec[g->at];
		kl_buf_puts(to, i > 0 ? "," BUNDLE_OPEN : BUNDLE_OPEN);
		g->at = (uint32_t)to->n;
		g->bytes = r->weight;
		kl_buf_put(to, old + r->item_at + r->item_n, r->weight);
		kl_buf_puts(to, BUNDLE_MID);
		for (k = 0; k < g->n; k++) {
			p = &b->person[g->first + k];
			r = &b->rec[p->first];
			if (k > 0)
				kl_buf_putc(to, ',');
			p->at = (uint32_t)to->n;
			p->n = r->item_n;
			kl_buf_put(to, old + r->item_at, r->item_n);
		}
		kl_buf_puts(to, BUNDLE_CLOSE);
	}
	events_close(to, NULL);
}

enum kl_rc
events_seal(struct kl_batch *b, struct kl_maker *m, struct kl_err *err)
{
	struct kl_events *e = m->frame.ctx;
	struct kl_buf old = b->body;
	uint32_t i;

	b->sealed = true;
	/* Nobody waits for another's events: the order of one person's does
	 * not matter. */
	kl_idents_reset(&b->ids);
	if (b->people == 0) {
		for (i = 0; i < b->n; i++)
			b->rec[i].person = KL_NOBODY;
		return KL_OK;
	}
	if (make_room(e, b->n, err) != KL_OK ||
	    find_events(e, b, m, err) != KL_OK ||
	    kl_batch_room_people(b, b->people, err) != KL_OK)
		return KL_ENOMEM;
	number_events(e, b);
	kl_buf_reset(&e->other);
	e->other.max = m->max_body;
	write_bundles(b, &e->other);
	if (kl_buf_check(&e->other, err) != KL_OK)
		return err->rc;
	b->body = e->other;
	e->other = old;
	return KL_OK;
}
