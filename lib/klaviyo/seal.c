/* SPDX-License-Identifier: MIT */
/* seal.c - a batch is full: its records become people, and those a body. */

#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "kl/room.h"

enum kl_rc
kl_batch_room_people(struct kl_batch *b, uint32_t people, struct kl_err *err)
{
	struct kl_person *p;

	if (people <= b->people_cap)
		return KL_OK;
	if ((p = realloc(b->person, people * sizeof(*p))) == NULL)
		return kl_err_nomem(err);
	b->person = p;
	b->people_cap = people;
	return KL_OK;
}

/* No two records were joined: each is a person, whose item is where it is. */
static void
number_strangers(struct kl_batch *b)
{
	struct kl_rec *r;
	uint32_t i;

	b->people = 0;
	for (i = 0; i < b->n; i++) {
		r = &b->rec[i];
		r->next = KL_NOBODY;
		r->person = r->digested ? KL_NOBODY : b->people++;
		if (r->digested)
			continue;
		b->person[r->person] = (struct kl_person){ .at = r->item_at,
			.n = r->item_n,
			.first = i,
			.group = r->group,
			.way = r->way,
			.outcome = KL_PENDING };
	}
}

/* Each root becomes a person; the others follow in the order of the input.
 * A person's n is, meanwhile, its last record. */
static void
number_people(struct kl_batch *b)
{
	struct kl_rec *r;
	uint32_t i, root;

	for (i = 0; i < b->n; i++)
		b->rec[i].next = kl_batch_root(b, i);
	b->merged = b->people;
	b->people = 0;
	for (i = 0; i < b->n; i++) {
		r = &b->rec[i];
		root = r->next;
		r->next = KL_NOBODY;
		if (r->digested)
			r->person = KL_NOBODY;
		else if (root == i) {
			r->person = b->people++;
			b->person[r->person] = (struct kl_person){ .n = i,
				.first = i,
				.group = r->group,
				.way = r->way,
				.outcome = KL_PENDING };
		} else {
			r->person = b->rec[root].person;
			b->rec[b->person[r->person].n].next = i;
			b->person[r->person].n = i;
		}
	}
	b->merged -= b->people;
}

/* The person's item, merged from those of its records; the records' bytes
 * move to src, because their items go. */
static enum kl_rc
put_merged(struct kl_batch *b, struct kl_maker *m, const struct kl_person *p,
    struct kl_buf *to, struct kl_err *err)
{
	struct kl_rec *r;
	uint32_t i;
	enum kl_rc rc = kl_merge_start(&m->merge, err);

	for (i = p->first; rc == KL_OK && i != KL_NOBODY; i = r->next) {
		r = &b->rec[i];
		if (r->in_body) {
			r->in_body = false;
			kl_buf_put(&b->src, b->body.s + r->at, r->n);
			r->at = (uint32_t)(b->src.n - r->n);
		}
		rc = kl_merge_add(&m->merge,
		    (struct kl_span){ b->body.s + r->item_at, r->item_n }, err);
	}
	if (rc == KL_OK)
		kl_merge_put(&m->merge, to);
	return rc == KL_OK ? kl_buf_check(&b->src, err) : rc;
}

/* Write the body anew, an item a person. */
static enum kl_rc
rewrite(struct kl_batch *b, struct kl_maker *m, struct kl_err *err)
{
	struct kl_frame f = kl_batch_frame(b, m, 0);
	struct kl_buf to = { .max = b->body.max };
	struct kl_person *p;
	struct kl_rec *r;
	enum kl_rc rc = KL_OK;
	uint32_t i;

	m->verb->road.open(&to, &f);
	for (i = 0; rc == KL_OK && i < b->people; i++) {
		p = &b->person[i];
		r = &b->rec[p->first];
		if (i > 0)
			kl_buf_putc(&to, ',');
		p->at = (uint32_t)to.n;
		if (r->next != KL_NOBODY)
			rc = put_merged(b, m, p, &to, err);
		else {
			if (r->in_body)
				r->at = p->at + (r->at - r->item_at);
			kl_buf_put(&to, b->body.s + r->item_at, r->item_n);
		}
		p->n = (uint32_t)(to.n - p->at);
	}
	if (rc == KL_OK)
		rc = kl_buf_check(&to, err);
	if (rc != KL_OK) {
		kl_buf_free(&to);
		return rc;
	}
	kl_buf_free(&b->body);
	b->body = to;
	return KL_OK;
}

enum kl_rc
kl_batch_seal(struct kl_batch *b, struct kl_maker *m, struct kl_err *err)
{
	struct kl_frame f = kl_batch_frame(b, m, 0);
	enum kl_rc rc;

	if (m->verb->kind != NULL)
		return m->verb->kind->seal(b, m, err);
	b->sealed = true;
	if ((rc = kl_batch_room_people(b, b->people, err)) != KL_OK)
		return rc;
	if (b->joined)
		number_people(b);
	else
		number_strangers(b);
	b->pending = b->people;
	if (b->people == 0)
		return KL_OK;
	if (b->joined && (rc = rewrite(b, m, err)) != KL_OK)
		return rc;
	b->body.max = m->max_body;
	m->verb->road.close(&b->body, &f);
	if (b->body.n > m->usual_body)
		m->usual_body = b->body.n;
	if (b->src.n > m->usual_src)
		m->usual_src = b->src.n;
	if (b->ids.text.n > m->usual_text)
		m->usual_text = b->ids.text.n;
	return kl_buf_check(&b->body, err);
}

/* --- some of it ----------------------------------------------------------- */

enum kl_rc
kl_batch_find(struct kl_batch *b, uint32_t person, const struct kl_found *who,
    struct kl_err *err)
{
	struct kl_hit *p;
	uint32_t *end;

	for (end = &b->person[person].found; *end != 0; end = &p->next) {
		p = &b->hit[*end - 1];
		if (p->n == who->id.n &&
		    memcmp(b->found_ids.s + p->at, who->id.s, p->n) == 0) {
			p->notes |= who->notes;
			return KL_OK;
		}
	}

	if (!KL_ROOM(b->hit, b->hits, b->hits_cap, 64))
		return kl_err_nomem(err);
	b->hit[b->hits++] = (struct kl_hit){ .at = (uint32_t)b->found_ids.n,
		.n = (uint32_t)who->id.n,
		.notes = who->notes,
		.member = who->member };
	kl_buf_span(&b->found_ids, who->id);
	for (end = &b->person[person].found; *end != 0;)
		end = &b->hit[*end - 1].next;
	*end = b->hits;
	return kl_buf_check(&b->found_ids, err);
}

struct kl_found
kl_batch_found(const struct kl_batch *b, uint32_t person,
    const struct kl_hit *hit)
{
	struct kl_found f = { .tried = b->person[person].tried };

	if (hit != NULL) {
		f.id = (struct kl_span){ b->found_ids.s + hit->at, hit->n };
		f.member = hit->member;
		f.notes = hit->notes;
	}
	return f;
}

/* The items of a person, as they are sent. */
static void
put_items(const struct kl_batch *b, const struct kl_road *road, uint32_t row,
    const struct kl_frame *f, struct kl_buf *body)
{
	const struct kl_person *p = &b->person[row];
	const struct kl_span made = { b->body.s + p->at, p->n };
	const struct kl_hit *hit;
	struct kl_found who = kl_batch_found(b, row, NULL);
	bool first = true;
	uint32_t h;

	if (road->put == NULL)
		kl_buf_span(body, made);
	else if (p->found == 0)
		road->put(body, made, &who, f);
	for (h = road->put != NULL ? p->found : 0; h != 0; h = hit->next) {
		hit = &b->hit[h - 1];
		if (hit->skip)
			continue;
		if (!first)
			kl_buf_putc(body, ',');
		first = false;
		who = kl_batch_found(b, row, hit);
		road->put(body, made, &who, f);
	}
}

enum kl_rc
kl_batch_part(const struct kl_batch *b, const struct kl_maker *m,
    const struct kl_road *road, const uint32_t *row, uint32_t n,
    struct kl_buf *body, struct kl_err *err)
{
	struct kl_frame f = kl_batch_frame(b, m, b->person[row[0]].group);
	uint32_t i;

	if (m->verb->kind != NULL)
		return m->verb->kind->part(b, m, row, n, body, err);
	kl_buf_reset(body);
	body->max = kl_endpoint(road->ep)->body_bytes;
	road->open(body, &f);
	for (i = 0; i < n; i++) {
		if (i > 0)
			kl_buf_putc(body, ',');
		put_items(b, road, row[i], &f, body);
	}
	road->close(body, &f);
	return kl_buf_check(body, err);
}
