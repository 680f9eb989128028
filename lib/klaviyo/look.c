/* SPDX-License-Identifier: MIT */
/* look.c - who the people of a batch are: answers, and what they mean. */

#include <stdlib.h>
#include <string.h>

#include "look.h"

/* So often it is looked what a request did, and sent again. */
#define PROOFS 4

/* --- the answer ----------------------------------------------------------- */

/* Whom the profile was asked for, by its identifier of that kind. */
static uint32_t
whose(const struct kl_send *s, const struct kl_batch *b, char kind,
    struct kl_span id)
{
	struct kl_profile_ids one = { 0 };

	switch (kind) {
	case 'i':
		one.id = id;
		break;
	case 'e':
		one.email = s->ids.email;
		break;
	case 'p':
		one.phone = s->ids.phone;
		break;
	default:
		one.external_id = s->ids.external_id;
	}
	return kl_batch_whose(b, &one);
}

/* What a list can be asked for, to see whether the profile is a member. */
static void
remember_key(struct kl_batch *b, struct kl_hit *h,
    const struct kl_profile_ids *ids)
{
	bool email = ids->email.n > 0;
	struct kl_span v = email ? ids->email : ids->phone;

	if (v.n == 0) { /* it cannot be asked: nothing speaks against it */
		h->member = true;
		return;
	}
	h->key_at = (uint32_t)b->found_ids.n;
	kl_buf_putc(&b->found_ids, email ? 'e' : 'p');
	kl_buf_span(&b->found_ids, v);
	h->key_n = (uint32_t)v.n + 1;
}

/* The profiles of that id, found before, are members. */
static void
mark_members(struct kl_batch *b, struct kl_span id)
{
	struct kl_hit *h;
	uint32_t i;

	for (i = 0; i < b->hits; i++) {
		h = &b->hit[i];
		if (h->n == id.n &&
		    memcmp(b->found_ids.s + h->at, id.s, id.n) == 0)
			h->member = true;
	}
}

/* A profile against all records of the person it was found for. */
static void
weigh(struct kl_send *s, struct kl_batch *b, uint32_t person,
    struct kl_found *f, struct kl_weighed *w)
{
	const struct kl_look *look = look_of(s, b);
	enum kl_outcome o = KL_SEND_IT;
	struct kl_err why = { 0 };
	struct kl_span bytes;
	uint32_t r;

	for (r = b->person[person].first; o == KL_SEND_IT && r != KL_NOBODY;
	     r = b->rec[r].next) {
		bytes = kl_batch_bytes(b, &b->rec[r]);
		w->record = &s->record;
		if (kl_json_scan(&s->record, bytes.s, bytes.n, &why) == KL_OK)
			o = look->weigh(f, w, &s->maker.frame, &why);
		else
			o = KL_FAILED;
	}
	if (o == KL_FAILED)
		run_fail(s, &why);
	else if (o == KL_REJECTED)
		kl_batch_reject(b, person, &why, 0, (struct kl_span){ 0 });
	else if (o != KL_SEND_IT)
		kl_batch_settle(b, person, o);
}

/* One profile of an answer. */
static enum kl_rc
take_profile(struct kl_send *s, struct kl_batch *b, const struct kl_json *doc,
    uint32_t profile, struct kl_err *err)
{
	const struct kl_look *look = look_of(s, b);
	const struct stage *st = look_stage(s, b);
	uint32_t attributes = kl_json_get(doc, profile, "attributes");
	uint32_t id = kl_json_get(doc, profile, "id"), person, hits = b->hits;
	struct kl_found f = { .member = st->list };
	struct kl_weighed w = { .doc = doc,
		.attributes = attributes,
		.by = st->kind,
		.sent = (int64_t)(b->sent / 1000) };
	enum kl_rc rc;

	kl_buf_reset(&s->found);
	if (id == 0 || attributes == 0 ||
	    (f.id = kl_json_text(doc, id, &s->found)).n == 0)
		return KL_OK;
	if (st->again) {
		mark_members(b, f.id);
		return KL_OK;
	}
	if ((rc = kl_profile_ids(&s->ids, doc, attributes, err)) != KL_OK)
		return rc;
	person = whose(s, b, st->kind, f.id);
	if (!look_means(b, person))
		return KL_OK;
	if (look->note != NULL)
		look->note(&f, doc, attributes, &s->maker.frame);
	if (look->weigh != NULL)
		weigh(s, b, person, &f, &w);
	rc = kl_batch_find(b, person, &f, err);
	if (rc == KL_OK && look->on_list && !st->list && b->hits > hits)
		remember_key(b, &b->hit[b->hits - 1], &s->ids);
	return rc;
}

static enum kl_rc
take_profiles(struct kl_send *s, struct kl_batch *b, const struct kl_json *doc,
    struct kl_err *err)
{
	uint32_t data = kl_json_get(doc, 0, "data");
	enum kl_rc rc;

	if (data == 0 || kl_json_type(doc, data) != KL_JSON_ARRAY)
		return KL_OK; /* no page: the cursor says so */
	kl_json_each (e, doc, data)
		if ((rc = take_profile(s, b, doc, e, err)) != KL_OK)
			return rc;
	return kl_buf_check(&b->found_ids, err);
}

/* The service does not take the one value of the part: it is the record's. */
static enum kl_rc
refuse_alone(struct kl_send *s, struct part *p, const struct kl_answer *a)
{
	struct kl_batch *b = p->b;
	struct kl_err why = a->err;
	uint32_t i, person;

	kl_err_hint(&why, "the service refuses to look for it");
	for (i = p->from; i < p->to && !look_stage(s, b)->again; i++) {
		person = b->rec[b->ids.ident[i].rec].person;
		if (look_kind(b, i) == look_stage(s, b)->kind &&
		    look_means(b, person))
			kl_batch_reject(b, person, &why, a->status,
			    (struct kl_span){ 0 });
	}
	part_done(s, p);
	return KL_OK;
}

enum kl_rc
look_answer(struct kl_send *s, struct part *p, const struct kl_answer *a,
    struct kl_err *err)
{
	struct kl_buf path = { 0 };
	struct kl_err why = { 0 };
	enum kl_rc rc = a->err.rc;

	s->sending--;
	if (a->effect == KL_REFUSED &&
	    (a->status == 400 || a->status == 413 || a->status == 414) &&
	    (rc = look_halve(s, p, err)) != KL_EOF)
		return rc;
	if (rc == KL_EOF && !p->b->proving && s->look.answered > 0)
		return refuse_alone(s, p, a);
	if (rc != KL_OK) {
		run_fail(s, &a->err);
		part_done(s, p);
		return KL_OK;
	}
	if (p->values > s->look.answered)
		s->look.answered = p->values;
	if ((rc = take_profiles(s, p->b, a->doc, err)) != KL_OK)
		return rc;
	run_path(&path, a->ep->path, s->o.list);
	rc = kl_cursor_next(&p->cursor, a->doc, kl_client_base(s->o.client),
	    (struct kl_span){ path.s, path.n }, &why);
	kl_buf_free(&path);
	if (rc == KL_OK) {
		part_turn(s, p, PART_QUEUED);
		return KL_OK;
	}
	if (rc != KL_EOF)
		run_fail(s, &why);
	part_done(s, p);
	return KL_OK;
}

/* --- judging -------------------------------------------------------------- */

/* One person, by the notes on all that was found. */
static enum kl_outcome
judge_all(struct kl_send *s, struct kl_batch *b, uint32_t person,
    struct kl_err *why)
{
	struct kl_found f = kl_batch_found(b, person, NULL);
	const struct kl_hit *hit;
	uint32_t h;

	for (h = b->person[person].found; h != 0; h = hit->next) {
		hit = &b->hit[h - 1];
		f.notes |= hit->notes;
	}
	return look_of(s, b)->judge(&f, &s->maker.frame, why);
}

static void
settle(struct kl_batch *b, uint32_t person, enum kl_outcome o,
    const struct kl_err *why)
{
	if (o == KL_REJECTED)
		kl_batch_reject(b, person, why, 0, (struct kl_span){ 0 });
	else if (o != KL_SEND_IT)
		kl_batch_settle(b, person, o);
}

/* What a request did that may have had the person in it. */
static void
prove(struct kl_send *s, struct kl_batch *b, uint32_t person)
{
	struct kl_err why = { 0 };
	enum kl_outcome o = judge_all(s, b, person, &why);

	/* Asked to, what an earlier run may have sent is sent once more. */
	if (o == KL_UNKNOWN && s->o.resend_unknown && b->old && b->proofs == 1)
		o = KL_SEND_IT;
	if (o == KL_SEND_IT && b->proofs >= PROOFS)
		o = KL_UNKNOWN;
	if (o == KL_SEND_IT)
		b->person[person].stage = KL_STAGE_NEW;
	settle(b, person, o, &why);
}

/* One person: is anything found that is to be sent? */
static void
judge(struct kl_send *s, struct kl_batch *b, uint32_t person)
{
	const struct kl_look *look = s->o.verb->look;
	struct kl_found f = kl_batch_found(b, person, NULL);
	struct kl_err why = { 0 };
	enum kl_outcome o = KL_SEND_IT, first = KL_SEND_IT;
	struct kl_hit *hit;
	bool fit = false;
	uint32_t h;

	for (h = b->person[person].found; h != 0; h = hit->next) {
		hit = &b->hit[h - 1];
		f = kl_batch_found(b, person, hit);
		o = look->judge(&f, &s->maker.frame, &why);
		hit->skip = o != KL_SEND_IT;
		fit = fit || !hit->skip;
		first = first == KL_SEND_IT ? o : first;
	}
	if (b->person[person].found == 0) {
		first = look->judge(&f, &s->maker.frame, &why);
		fit = first == KL_SEND_IT;
	}
	if (!fit)
		settle(b, person, first, &why);
}

void
look_judge(struct kl_send *s, struct kl_batch *b)
{
	bool every = look_of(s, b)->every;
	struct kl_err why = { 0 };
	uint32_t i;

	for (i = 0; i < b->people; i++)
		if (!look_means(b, i))
			continue;
		else if (b->proving)
			prove(s, b, i);
		else if (every)
			settle(b, i, judge_all(s, b, i, &why), &why);
		else
			judge(s, b, i);
	if (b->proving)
		look_again(b);
	else {
		b->looked = true;
		keep_fit(s, b);
	}
}

void
look_again(struct kl_batch *b)
{
	uint32_t i;

	b->looking = 0;
	b->look_begun = b->looked = b->proving = false;
	b->hits = 0;
	kl_buf_reset(&b->found_ids);
	for (i = 0; i < b->people; i++)
		b->person[i].found = 0;
}

/* --- without a client ----------------------------------------------------- */

/* How many requests each stage takes if everybody is found by the first
 * identifier asked for. */
static void
count(const struct kl_send *s, const struct kl_batch *b,
    uint64_t n[LOOK_STAGES])
{
	const struct kl_look *look = s->o.verb->look;
	const struct stage *st = look_stages(look);
	bool *seen = calloc(b->people, sizeof(*seen));
	const struct kl_ident *id;
	uint32_t i, person;
	unsigned k;

	for (k = 0; seen != NULL && st[k].kind != 0 && !st[k].again; k++) {
		for (i = 0; i < b->ids.n; i++) {
			id = &b->ids.ident[i];
			person = b->rec[id->rec].person;
			if (b->ids.text.s[id->at] != st[k].kind ||
			    person == KL_NOBODY ||
			    (!look->every && seen[person]))
				continue;
			seen[person] = true;
			n[k]++;
		}
		n[k] = (n[k] + LOOK_VALUES - 1) / LOOK_VALUES;
	}
	free(seen);
}

uint64_t
look_cost(struct kl_send *s, const struct kl_batch *b, uint64_t planned[KL_EPS])
{
	const struct stage *st = look_stages(s->o.verb->look);
	uint64_t n[LOOK_STAGES] = { 0 }, all = 0;
	bool twice;
	unsigned k;

	count(s, b, n);
	for (k = 0; st[k].kind != 0; k++) {
		twice = s->o.verb->look->on_list && !st[k].list;
		all += n[k] * (twice ? 2 : 1);
		if (planned == NULL)
			continue;
		planned[st[k].list ? KL_EP_LIST_PROFILES : KL_EP_PROFILES] +=
		    n[k];
		planned[KL_EP_LIST_PROFILES] += twice ? n[k] : 0;
	}
	return all;
}
