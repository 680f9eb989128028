/* SPDX-License-Identifier: MIT */
/*
 * outcome.c - what became of the people of a batch.
 *
 * A reason is packed: the status, a flag byte, then code, field, message,
 * hint and pointer, a NUL after each.
 */

#include <stdlib.h>
#include <string.h>

#include "batch.h"

void
kl_batch_settle(struct kl_batch *b, uint32_t person, enum kl_outcome o)
{
	if (b->person[person].outcome != KL_PENDING)
		return;
	b->person[person].outcome = (uint8_t)o;
	b->pending--;
	b->came[o]++;
}

void
kl_batch_settle_all(struct kl_batch *b, enum kl_outcome o)
{
	uint32_t i;

	for (i = 0; i < b->people; i++)
		kl_batch_settle(b, i, o);
}

void
kl_batch_reject(struct kl_batch *b, uint32_t person,
    const struct kl_err *reason, int http, struct kl_span pointer)
{
	struct kl_buf *w = &b->whys;
	size_t at = w->n;

	if (b->person[person].outcome != KL_PENDING)
		return;
	kl_buf_put(w, &http, sizeof(http));
	kl_buf_put(w, reason->code, strlen(reason->code) + 1);
	kl_buf_put(w, reason->field, strlen(reason->field) + 1);
	kl_buf_put(w, reason->msg, strlen(reason->msg) + 1);
	kl_buf_put(w, reason->hint, strlen(reason->hint) + 1);
	kl_buf_put(w, pointer.s, pointer.n);
	kl_buf_putc(w, '\0');
	if (w->rc == KL_OK)
		b->person[person].why = (uint32_t)at + 1;
	else /* the reason is lost, the reject is not */
		w->n = at;
	kl_batch_settle(b, person, KL_REJECTED);
}

/* Copy a packed string and step over it. */
static void
unpack(char *to, size_t size, const char **s)
{
	size_t n = strlen(*s);

	if (n < size)
		memcpy(to, *s, n + 1);
	*s += n + 1;
}

void
kl_batch_why(const struct kl_batch *b, uint32_t person, struct kl_err *reason,
    int *http, const char **pointer)
{
	const char *s;

	(void)kl_err_set(reason, KL_EREFUSED, "the service refused the record");
	*http = 0;
	*pointer = NULL;
	if (b->person[person].why == 0)
		return;
	s = b->whys.s + b->person[person].why - 1;
	memcpy(http, s, sizeof(*http));
	s += sizeof(*http);
	unpack(reason->code, sizeof(reason->code), &s);
	unpack(reason->field, sizeof(reason->field), &s);
	unpack(reason->msg, sizeof(reason->msg), &s);
	unpack(reason->hint, sizeof(reason->hint), &s);
	*pointer = *s != '\0' ? s : NULL;
}

static uint32_t
look(const struct kl_batch *b, char kind, struct kl_span id)
{
	uint32_t rec;

	if (id.n == 0)
		return KL_NOBODY;
	rec = kl_idents_find(&b->ids, kl_people_hash(b->ids.seed, kind, id),
	    kind, id);
	return rec == KL_IDENT_NONE ? KL_NOBODY : b->rec[rec].person;
}

uint32_t
kl_batch_whose(const struct kl_batch *b, const struct kl_profile_ids *ids)
{
	const struct {
		char kind;
		struct kl_span id;
	} by[] = { { 'e', ids->email }, { 'p', ids->phone },
		{ 'x', ids->external_id }, { 'k', ids->kx }, { 'i', ids->id } };
	uint32_t person = KL_NOBODY;
	size_t i;

	for (i = 0; person == KL_NOBODY && i < sizeof(by) / sizeof(*by); i++)
		person = look(b, by[i].kind, by[i].id);
	return person;
}

uint32_t
kl_batch_bundle(const struct kl_batch *b, uint32_t person)
{
	uint32_t low = 0, high = b->bundles, mid;

	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (b->bundle[mid].first <= person)
			low = mid;
		else
			high = mid;
	}
	return low;
}

struct kl_span
kl_batch_profile(const struct kl_batch *b, uint32_t person)
{
	const struct kl_person *p = &b->person[person];
	const struct kl_bundle *g;

	if (b->bundles == 0)
		return (struct kl_span){ b->body.s + p->at, p->n };
	g = &b->bundle[kl_batch_bundle(b, person)];
	return (struct kl_span){ b->body.s + g->at, g->bytes };
}

struct kl_span
kl_batch_bytes(const struct kl_batch *b, const struct kl_rec *r)
{
	const char *s = r->in_body ? b->body.s : b->src.s;

	return (struct kl_span){ s != NULL ? s + r->at : NULL, r->n };
}

enum kl_outcome
kl_batch_outcome(const struct kl_batch *b, const struct kl_rec *r)
{
	if (r->had != 0)
		return (enum kl_outcome)(r->had - 1);
	if (r->person == KL_NOBODY)
		return KL_REJECTED;
	return (enum kl_outcome)b->person[r->person].outcome;
}

bool
kl_batch_stout(const struct kl_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->n && !b->rec[i].in_body; i++)
		;
	return i < b->n;
}

static void
fit(struct kl_buf *b)
{
	char *s;

	if (b->n == 0 || b->cap - b->n < b->n / 8)
		return;
	if ((s = realloc(b->s, b->n)) != NULL) {
		b->s = s;
		b->cap = b->n;
	}
}

void
kl_batch_fit(struct kl_batch *b)
{
	fit(&b->body);
	fit(&b->src);
	fit(&b->ids.text);
}

size_t
kl_batch_weight(const struct kl_batch *b)
{
	return b->src.cap + b->body.cap + b->whys.cap + b->marks.cap +
	    b->cap * sizeof(*b->rec) + b->people_cap * sizeof(*b->person) +
	    kl_idents_bytes(&b->ids);
}
