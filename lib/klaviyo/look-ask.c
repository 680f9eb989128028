/* SPDX-License-Identifier: MIT */
/*
 * look-ask.c - what is asked about the people of a batch.
 *
 * The service is asked by kind of identifier, in the order in which an import
 * matches them, up to 100 in a request; who is found by one is not asked for
 * by the next.  A list can be asked by address and number only: who is found
 * by id or external_id is asked after by the address the profile has.
 */

#include "kl/url.h"
#include "look.h"

#define QUERY 6000 /* bytes, encoded, of what is asked for */

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

const struct kl_look *
look_of(const struct kl_send *s, const struct kl_batch *b)
{
	return b->proving ? s->o.verb->proof : s->o.verb->look;
}

const struct stage *
look_stages(const struct kl_look *look)
{
	if (look->every)
		return look->on_list ? every_in_list : every_anywhere;
	return look->on_list ? in_list : anywhere;
}

const struct stage *
look_stage(const struct kl_send *s, const struct kl_batch *b)
{
	return &look_stages(look_of(s, b))[b->looking];
}

/* --- asking --------------------------------------------------------------- */

/* Requests that are being written. */
struct asking {
	struct kl_send *s;
	struct kl_batch *b;
	struct part *p; /* NULL: none is open */
	uint32_t at;	/* of the identifier, or hit, that is asked for */
};

/* How many values may be in a request: once two were refused that had more
 * than any that was answered, no more than that one had. */
static uint32_t
most(const struct kl_send *s)
{
	return s->look.refused > 1 && s->look.answered > 0 ? s->look.answered
							   : LOOK_VALUES;
}

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
	a->p->to = a->at;
	a->p = NULL;
	return kl_buf_check(q, err);
}

static enum kl_rc
ask_for(struct asking *a, struct kl_span value, struct kl_err *err)
{
	const struct stage *st = look_stage(a->s, a->b);
	struct kl_buf *q;
	enum kl_rc rc;

	if (a->p != NULL &&
	    (a->p->values >= most(a->s) ||
		a->p->body.n + value.n * 3 > QUERY) &&
	    (rc = close_query(a, err)) != KL_OK)
		return rc;
	if (a->p == NULL) {
		a->p = part_add(a->s, a->b, NULL, NULL, 0, err);
		if (a->p == NULL)
			return KL_ENOMEM;
		a->p->from = a->at;
		kl_buf_puts(&a->p->body, "filter=any%28");
		kl_buf_printf(&a->p->body, "%s%%2C%%5B", st->field);
	}
	q = &a->p->body;
	if (a->p->values++ > 0)
		kl_buf_puts(q, "%2C");
	put_value(q, value);
	return KL_OK;
}

bool
look_means(const struct kl_batch *b, uint32_t person)
{
	enum kl_stage stage = b->proving ? KL_STAGE_DOUBT : KL_STAGE_NEW;

	return person != KL_NOBODY && b->person[person].outcome == KL_PENDING &&
	    b->person[person].stage == stage;
}

/* True if the person is still to be found. */
static bool
is_sought(const struct asking *a, uint32_t person)
{
	return look_means(a->b, person) &&
	    (a->b->person[person].found == 0 || look_of(a->s, a->b)->every);
}

char
look_kind(const struct kl_batch *b, uint32_t ident)
{
	char kind = b->ids.text.s[b->ids.ident[ident].at];

	return kind == 'E' ? 'e' : kind;
}

/* By the identifiers of the records, from a->at on. */
static enum kl_rc
ask_idents(struct asking *a, char kind, uint32_t to, struct kl_err *err)
{
	const struct kl_batch *b = a->b;
	enum kl_rc rc = KL_OK;

	for (; rc == KL_OK && a->at < to; a->at++)
		if (look_kind(b, a->at) == kind &&
		    is_sought(a, b->rec[b->ids.ident[a->at].rec].person))
			rc = ask_for(a, kl_idents_text(&b->ids, a->at), err);
	return rc;
}

/* By what the profiles have that were found, likewise. */
static enum kl_rc
ask_hits(struct asking *a, char kind, uint32_t to, struct kl_err *err)
{
	const struct kl_batch *b = a->b;
	const struct kl_hit *h;
	enum kl_rc rc = KL_OK;

	for (; rc == KL_OK && a->at < to; a->at++) {
		h = &b->hit[a->at];
		if (h->key_n > 0 && b->found_ids.s[h->key_at] == kind)
			rc = ask_for(a,
			    (struct kl_span){ b->found_ids.s + h->key_at + 1,
				h->key_n - 1 },
			    err);
	}
	return rc;
}

/* Ask for those from from to to. */
static enum kl_rc
ask_range(struct asking *a, uint32_t from, uint32_t to, struct kl_err *err)
{
	const struct stage *st = look_stage(a->s, a->b);
	enum kl_rc rc;

	a->at = from;
	rc = st->again ? ask_hits(a, st->kind, to, err)
		       : ask_idents(a, st->kind, to, err);
	return rc == KL_OK ? close_query(a, err) : rc;
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
		st = look_stage(s, b);
		if (st->kind == 0)
			return KL_EOF;
		rc = ask_range(&a, 0, st->again ? b->hits : b->ids.n, err);
	}
	return rc;
}

enum kl_rc
look_start(struct kl_send *s, struct part *p, struct kl_err *err)
{
	const struct stage *st = look_stage(s, p->b);
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
	part_turn(s, p, PART_SENT);
	s->sending++;
	s->stats.lookups++;
	return KL_OK;
}

enum kl_rc
look_halve(struct kl_send *s, struct part *p, struct kl_err *err)
{
	struct asking a = { .s = s, .b = p->b };
	uint32_t middle = p->from + (p->to - p->from) / 2;
	enum kl_rc rc;

	if (p->values < 2)
		return KL_EOF;
	if (p->values > s->look.answered)
		s->look.refused++;
	rc = ask_range(&a, p->from, middle, err);
	if (rc == KL_OK)
		rc = ask_range(&a, middle, p->to, err);
	part_done(s, p);
	return rc;
}
