/* SPDX-License-Identifier: MIT */
/*
 * rehearse.c - a run without a client: a line for each request that would be
 * made of a batch, and counts of them.
 *
 * Who would be found by a lookup is not known: everybody is taken for found.
 */

#include <stdlib.h>

#include "run.h"

/* An id as long as the service's. */
#define SOME_ID "01ABCDEFGHJKMNPQRSTVWXYZ00"

struct rehearsal {
	struct kl_send *s;
	struct kl_batch *b;
	uint64_t lookups; /* not yet told */
	uint32_t *row;
	uint32_t n;
	uint32_t *then; /* who is sent once more */
	uint32_t thens;
};

/* One request for n people of the rows. */
static enum kl_rc
tell(struct rehearsal *r, const struct kl_road *road, const uint32_t *row,
    uint32_t n, struct kl_err *err)
{
	const struct kl_endpoint *ep;
	struct kl_send *s = r->s;
	const char *items = s->o.verb->items;
	struct kl_batch *b = r->b;
	struct kl_buf body = { 0 }, *l = &s->line;
	uint64_t records = 0;
	uint32_t i;
	enum kl_rc rc;

	rc = part_body(s, b, road, row, n, &body, &ep, err);
	for (i = 0; i < n; i++)
		records += part_records(b, row[i]);
	s->gaps += s->stats.requests > 0 ? b->gap_ms : 0;
	s->stats.requests++;
	s->stats.bytes += body.n;
	s->planned[ep->ep]++;
	kl_buf_reset(l);
	kl_buf_puts(l, "{\"dry_run\":1");
	kl_json_put_int(l, "seq", (int64_t)b->seq);
	if (r->lookups > 0)
		kl_json_put_int(l, "lookups", (int64_t)r->lookups);
	r->lookups = 0;
	kl_json_put_str(l, "method", ep->method);
	kl_json_put_str(l, "path", ep->path);
	kl_json_put_int(l, "from", (int64_t)b->from);
	kl_json_put_int(l, "to", (int64_t)b->to);
	kl_json_put_int(l, "records", (int64_t)records);
	kl_json_put_int(l, items != NULL ? items : "profiles", (int64_t)n);
	kl_json_put_int(l, "bytes", (int64_t)body.n);
	kl_buf_putc(l, '}');
	kl_buf_free(&body);
	if (rc == KL_OK && (rc = kl_buf_check(l, err)) == KL_OK)
		rc = s->o.sink.line(s->o.sink.ctx, l->s, l->n, err);
	return rc;
}

/* The rows in requests of as many as the endpoint takes. */
static enum kl_rc
tell_all(struct rehearsal *r, const struct kl_road *road, const uint32_t *row,
    uint32_t all, struct kl_err *err)
{
	uint32_t most = kl_endpoint(road->ep)->items, i, n;
	enum kl_rc rc = KL_OK;

	for (i = 0; rc == KL_OK && i < all; i += n) {
		n = all - i < most ? all - i : most;
		rc = tell(r, road, row + i, n, err);
	}
	return rc;
}

/* Those who are like the first that is pending; they are settled. */
static bool
gather(struct rehearsal *r)
{
	const struct kl_person *p, *like = NULL;
	uint32_t i;

	r->n = 0;
	for (i = 0; i < r->b->people; i++) {
		p = &r->b->person[i];
		if (p->outcome != KL_PENDING)
			continue;
		like = like != NULL ? like : p;
		if (p->group == like->group && p->way == like->way) {
			r->row[r->n++] = i;
			kl_batch_settle(r->b, i, KL_FILTERED);
		}
	}
	return like != NULL;
}

static enum kl_rc
find_all(struct rehearsal *r, struct kl_err *err)
{
	const struct kl_found who = { .id = KL_SPAN(SOME_ID), .member = true };
	enum kl_rc rc = KL_OK;
	uint32_t i;

	for (i = 0; rc == KL_OK && i < r->b->people; i++)
		rc = kl_batch_find(r->b, i, &who, err);
	return rc;
}

static enum kl_rc
rehearse(struct rehearsal *r, struct kl_err *err)
{
	const struct kl_verb *v = r->s->o.verb;
	const struct kl_road *road;
	const struct kl_road *then = r->s->o.list != NULL ? v->then : NULL;
	unsigned way;
	uint32_t i;
	enum kl_rc rc = KL_OK;

	if (v->look != NULL)
		r->lookups = look_cost(r->s, r->b, r->s->planned);
	r->s->stats.lookups += r->lookups;
	if (v->look != NULL || v->then != NULL)
		rc = find_all(r, err);
	while (rc == KL_OK && gather(r)) {
		way = r->b->person[r->row[0]].way;
		road = kl_verb_way(v, way);
		rc = tell_all(r, road, r->row, r->n, err);
		for (i = 0; then != NULL && road->tells_id && i < r->n; i++)
			r->then[r->thens++] = r->row[i];
		if (way != 0 && kl_endpoint(road->ep)->items == 1)
			r->s->stats.single += r->n;
	}
	if (rc == KL_OK && then != NULL && r->thens > 0)
		rc = tell_all(r, then, r->then, r->thens, err);
	return rc;
}

void
rehearse_batch(struct kl_send *s, struct kl_batch *b)
{
	struct rehearsal r = { .s = s, .b = b };
	struct kl_err err = { 0 };
	enum kl_rc rc = KL_OK;

	if (b->people > 0) {
		r.row = malloc((size_t)b->people * 2 * sizeof(*r.row));
		r.then = r.row != NULL ? r.row + b->people : NULL;
		rc = r.row != NULL ? rehearse(&r, &err) : kl_err_nomem(&err);
		free(r.row);
	}
	if (rc != KL_OK)
		run_fail(s, &err);
	kl_batch_settle_all(b, KL_FILTERED);
	settle_batch(s, b);
}
