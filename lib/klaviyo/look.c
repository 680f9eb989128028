/* SPDX-License-Identifier: MIT */
/*
 * look.c - who the people of a batch are, before they are sent.
 *
 * The service is asked by kind of identifier, in the order in which an import
 * matches them, up to 100 in a request; who is found by one is not asked for
 * by the next.  A list can be asked by address and number only: who is found
 * by id or external_id is asked after by the address the profile has.
 */

#include <stdlib.h>
#include <string.h>

#include "kl/url.h"
#include "run.h"

/* In one request: no limit is published for either, so they are small. */
#define VALUES 100
#define STAGES 6   /* of questions, at most */
#define QUERY 6000 /* bytes, encoded */

/* So often it is looked what a request did, and sent again. */
#define PROOFS 4

/* What is asked one after the other. */
struct stage {
	char kind;	   /* of identifiers of the batch (people.h) */
	const char *field; /* in the filter */
	bool list;	   /* the list is asked, not all profiles */
	bool again;	   /* it is about profiles that were found, by what
			    * they have of that kind */
};

static const struct stage anywhere[] = {
	{ 'i', "id", false, false },
	{ 'e', "email", false, false },
	{ 'p', "phone_number", false, false },
	{ 'x', "external_id", false, false },
	{ 0 },
};

static const struct stage in_list[] = {
	{ 'i', "id", false, false },
	{ 'e', "email", true, false },
	{ 'p', "phone_number", true, false },
	{ 'x', "external_id", false, false },
	{ 'e', "email", true, true },
	{ 'p', "phone_number", true, true },
	{ 0 },
};

/* All of both are asked for, of everybody: kl_look.every. */
static const struct stage every_anywhere[] = {
	{ 'e', "email", false, false },
	{ 'p', "phone_number", false, false },
	{ 0 },
};

static const struct stage every_in_list[] = {
	{ 'e', "email", true, false },
	{ 'p', "phone_number", true, false },
	{ 0 },
};

/* What is asked: before people are sent, or after. */
static const struct kl_look *
look_of(const struct kl_send *s, const struct kl_batch *b)
{
	return b->proving ? s->o.verb->proof : s->o.verb->look;
}

static const struct stage *
stages(const struct kl_look *look)
{
	if (look->every)
		return look->on_list ? every_in_list : every_anywhere;
	return look->on_list ? in_list : anywhere;
}

static const struct stage *
stage_of(const struct kl_send *s, const struct kl_batch *b)
{
	return &stages(look_of(s, b))[b->looking];
}

/* --- asking --------------------------------------------------------------- */

/* Requests that are being written. */
struct asking {
	struct kl_send *s;
	struct kl_batch *b;
	struct part *p; /* NULL: none is open */
	unsigned values;
};

/* A string of the filter language.  Whether a backslash before anything but
 * a quote is one or escapes is not said; so it is doubled only where both
 * readings would differ. */
static void
put_value(struct kl_buf *to, struct kl_span v)
{
	size_t i;

	kl_buf_puts(to, "%22");
	for (i = 0; i < v.n; i++) {
		bool last = i + 1 == v.n;

		if (v.s[i] == '"' ||
		    (v.s[i] == '\\' &&
			(last || v.s[i + 1] == '"' || v.s[i + 1] == '\\')))
			kl_buf_puts(to, "%5C");
		kl_url_encode(to, v.s + i, 1);
	}
	kl_buf_puts(to, "%22");
}

/* The request is written to its end. */
static enum kl_rc
close_query(struct asking *a, struct kl_err *err)
{
	const struct kl_look *look = look_of(a->s, a->b);
	struct kl_buf *q;

	if (a->p == NULL)
		return KL_OK;
	q = &a->p->body;
	kl_buf_puts(q,
	    "%5D%29&fields%5Bprofile%5D=email,phone_number,external_id");
	if (look->fields != NULL)
		kl_buf_printf(q, ",%s", look->fields);
	if (look->with != NULL)
		kl_buf_printf(q, "&additional-fields%%5Bprofile%%5D=%s",
		    look->with);
	kl_buf_puts(q, "&page%5Bsize%5D=100");
	a->p = NULL;
	return kl_buf_check(q, err);
}

static enum kl_rc
ask_for(struct asking *a, struct kl_span value, struct kl_err *err)
{
	const struct stage *st = stage_of(a->s, a->b);
	struct kl_buf *q;
	enum kl_rc rc;

	if (a->p != NULL &&
	    (a->values == VALUES || a->p->body.n + value.n * 3 > QUERY) &&
	    (rc = close_query(a, err)) != KL_OK)
		return rc;
	if (a->p == NULL) {
		a->p = part_add(a->s, a->b, NULL, NULL, 0, err);
		if (a->p == NULL)
			return KL_ENOMEM;
		a->values = 0;
		kl_buf_puts(&a->p->body, "filter=any%28");
		kl_buf_printf(&a->p->body, "%s%%2C%%5B", st->field);
	}
	q = &a->p->body;
	if (a->values++ > 0)
		kl_buf_puts(q, "%2C");
	put_value(q, value);
	return KL_OK;
}

/* True if it is about that person. */
static bool
is_meant(const struct kl_batch *b, uint32_t person)
{
	enum kl_stage stage = b->proving ? KL_STAGE_DOUBT : KL_STAGE_NEW;

	return person != KL_NOBODY && b->person[person].outcome == KL_PENDING &&
	    b->person[person].stage == stage;
}

/* True if the person is still to be found. */
static bool
is_sought(const struct asking *a, uint32_t person)
{
	return is_meant(a->b, person) &&
	    (a->b->person[person].found == 0 || look_of(a->s, a->b)->every);
}

/* By the identifiers of the records. */
static enum kl_rc
ask_idents(struct asking *a, char kind, struct kl_err *err)
{
	const struct kl_batch *b = a->b;
	const struct kl_ident *id;
	struct kl_span value;
	enum kl_rc rc = KL_OK;
	uint32_t i;
	char as;

	for (i = 0; rc == KL_OK && i < b->ids.n; i++) {
		id = &b->ids.ident[i];
		value = (struct kl_span){ b->ids.text.s + id->at, id->n };
		as = *value.s == 'E' ? 'e' : *value.s;
		value.s++;
		value.n--;
		if (as == kind && is_sought(a, b->rec[id->rec].person))
			rc = ask_for(a, value, err);
	}
	return rc;
}

/* By what the profiles have that were found. */
static enum kl_rc
ask_hits(struct asking *a, char kind, struct kl_err *err)
{
	const struct kl_batch *b = a->b;
	const struct kl_hit *h;
	enum kl_rc rc = KL_OK;
	uint32_t i;

	for (i = 0; rc == KL_OK && i < b->hits; i++) {
		h = &b->hit[i];
		if (h->key_n > 0 && b->found_ids.s[h->key_at] == kind)
			rc = ask_for(a,
			    (struct kl_span){ b->found_ids.s + h->key_at + 1,
				h->key_n - 1 },
			    err);
	}
	return rc;
}

enum kl_rc
look_on(struct kl_send *s, struct kl_batch *b, struct kl_err *err)
{
	struct asking a = { .s = s, .b = b };
	const struct stage *st;
	enum kl_rc rc = KL_OK;

	if (s->scan.state == SCAN_DONE && !b->proving)
		return (rc = scan_find(s, b, err)) == KL_OK ? KL_EOF : rc;
	while (rc == KL_OK && b->parts == 0) {
		b->looking += b->look_begun;
		b->look_begun = true;
		st = stage_of(s, b);
		if (st->kind == 0)
			return KL_EOF;
		rc = st->again ? ask_hits(&a, st->kind, err)
			       : ask_idents(&a, st->kind, err);
		if (rc == KL_OK)
			rc = close_query(&a, err);
	}
	return rc;
}

enum kl_rc
look_start(struct kl_send *s, struct part *p, struct kl_err *err)
{
	const struct stage *st = stage_of(s, p->b);
	struct kl_call call = { .tag = p };
	struct kl_buf *q = &s->line;
	enum kl_rc rc;

	call.ep = kl_endpoint(st->list ? KL_EP_LIST_PROFILES : KL_EP_PROFILES);
	call.id = st->list ? s->o.list : NULL;
	kl_buf_reset(q);
	kl_buf_span(q, (struct kl_span){ p->body.s, p->body.n });
	if (p->cursor.value.n > 0)
		kl_url_param(q, "page[cursor]", p->cursor.value.s,
		    p->cursor.value.n);
	if ((rc = kl_buf_check(q, err)) != KL_OK)
		return rc;
	call.query = (struct kl_span){ q->s, q->n };
	if ((rc = kl_client_start(s->o.client, &call, err)) != KL_OK)
		return rc;
	p->state = PART_SENT;
	s->sending++;
	s->stats.lookups++;
	return KL_OK;
}

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
	const struct stage *st = stage_of(s, b);
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
	if (!is_meant(b, person))
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

enum kl_rc
look_answer(struct kl_send *s, struct part *p, const struct kl_answer *a,
    struct kl_err *err)
{
	struct kl_buf path = { 0 };
	struct kl_err why = { 0 };
	enum kl_rc rc = a->err.rc;

	s->sending--;
	if (rc != KL_OK) {
		run_fail(s, &a->err);
		part_done(s, p);
		return KL_OK;
	}
	if ((rc = take_profiles(s, p->b, a->doc, err)) != KL_OK)
		return rc;
	run_path(&path, a->ep->path, s->o.list);
	rc = kl_cursor_next(&p->cursor, a->doc, kl_client_base(s->o.client),
	    (struct kl_span){ path.s, path.n }, &why);
	kl_buf_free(&path);
	if (rc == KL_OK) {
		p->state = PART_QUEUED;
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
		if (!is_meant(b, i))
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
count(const struct kl_send *s, const struct kl_batch *b, uint64_t n[STAGES])
{
	const struct kl_look *look = s->o.verb->look;
	const struct stage *st = stages(look);
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
		n[k] = (n[k] + VALUES - 1) / VALUES;
	}
	free(seen);
}

uint64_t
look_cost(struct kl_send *s, const struct kl_batch *b, uint64_t planned[KL_EPS])
{
	const struct stage *st = stages(s->o.verb->look);
	uint64_t n[STAGES] = { 0 }, all = 0;
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
