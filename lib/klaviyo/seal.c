/* SPDX-License-Identifier: MIT */
/* seal.c - a batch is full: its records become people, and those a body. */

#include <stdlib.h>

#include "batch.h"

/* Each root becomes a person; the others follow in the order of the input.
 * A person's n is, meanwhile, its last record. */
static enum kl_rc
number_people(struct kl_batch *b, struct kl_err *err)
{
	struct kl_person *p;
	struct kl_rec *r;
	uint32_t i, root;

	if (b->people > b->people_cap) {
		p = realloc(b->person, b->people * sizeof(*p));
		if (p == NULL)
			return kl_err_nomem(err);
		b->person = p;
		b->people_cap = b->people;
	}
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
				.outcome = KL_PENDING };
		} else {
			r->person = b->rec[root].person;
			b->rec[b->person[r->person].n].next = i;
			b->person[r->person].n = i;
		}
	}
	b->merged -= b->people;
	b->pending = b->people;
	return KL_OK;
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
	struct kl_buf to = { .max = b->body.max };
	struct kl_person *p;
	struct kl_rec *r;
	enum kl_rc rc = KL_OK;
	uint32_t i;

	m->verb->open(&to);
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
	uint32_t i;
	enum kl_rc rc;

	b->sealed = true;
	if ((rc = number_people(b, err)) != KL_OK || b->people == 0)
		return rc;
	if (b->merged > 0)
		rc = rewrite(b, m, err);
	else
		for (i = 0; i < b->n; i++)
			if (b->rec[i].person != KL_NOBODY) {
				struct kl_person *p =
				    &b->person[b->rec[i].person];

				p->at = b->rec[i].item_at;
				p->n = b->rec[i].item_n;
			}
	if (rc != KL_OK)
		return rc;
	b->body.max = m->max_body;
	m->verb->close(&b->body, m->list);
	return kl_buf_check(&b->body, err);
}

enum kl_rc
kl_batch_part(const struct kl_batch *b, const struct kl_maker *m,
    const uint32_t *row, uint32_t n, struct kl_buf *body, struct kl_err *err)
{
	uint32_t i;

	kl_buf_reset(body);
	body->max = m->max_body;
	m->verb->open(body);
	for (i = 0; i < n; i++) {
		if (i > 0)
			kl_buf_putc(body, ',');
		kl_buf_put(body, b->body.s + b->person[row[i]].at,
		    b->person[row[i]].n);
	}
	m->verb->close(body, m->list);
	return kl_buf_check(body, err);
}
