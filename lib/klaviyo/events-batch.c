/* SPDX-License-Identifier: MIT */
/*
 * events-batch.c - a batch of events.
 *
 * Records join the records of their person, as those of profiles do, but each
 * stays an event of its own, unless it repeats metric and unique_id of an
 * earlier one of that person: then it is the same, and the first stands for
 * all.  Events follow each other under one profile object as long as what
 * their records say of the person is the same; where it changes another
 * begins, so that what was said last is also last in the request.
 */

#include "events-batch.h"

void
events_open(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, EVENTS_OPEN);
}

void
events_close(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, EVENTS_CLOSE);
}

/* --- parts ---------------------------------------------------------------- */

static void
put_profile(const struct kl_batch *b, uint32_t bundle, struct kl_buf *body)
{
	kl_buf_put(body, b->body.s + b->bundle[bundle].at,
	    b->bundle[bundle].bytes);
}

static enum kl_rc
events_part(const struct kl_batch *b, const struct kl_maker *m,
    const uint32_t *row, uint32_t n, struct kl_buf *body, struct kl_err *err)
{
	const struct kl_person *p;
	uint32_t i, in = KL_NOBODY, bundle;

	kl_buf_reset(body);
	body->max = m->max_body;
	events_open(body, NULL);
	for (i = 0; i < n; i++) {
		p = &b->person[row[i]];
		bundle = kl_batch_bundle(b, row[i]);
		if (bundle != in) {
			kl_buf_puts(body,
			    i > 0 ? BUNDLE_CLOSE "," BUNDLE_OPEN : BUNDLE_OPEN);
			put_profile(b, bundle, body);
			kl_buf_puts(body, BUNDLE_MID);
		} else
			kl_buf_putc(body, ',');
		in = bundle;
		kl_buf_put(body, b->body.s + p->at, p->n);
	}
	kl_buf_puts(body, BUNDLE_CLOSE);
	events_close(body, NULL);
	return kl_buf_check(body, err);
}

/* One event by itself: the profile goes among its attributes, with its meta
 * inside. */
static enum kl_rc
events_single(const struct kl_batch *b, const struct kl_maker *m, uint32_t row,
    struct kl_buf *body, struct kl_err *err)
{
	const struct kl_person *p = &b->person[row];
	const struct kl_bundle *g = &b->bundle[kl_batch_bundle(b, row)];
	struct kl_span profile = { b->body.s + g->at, g->bytes };
	struct kl_json doc = { 0 };
	uint32_t meta;
	enum kl_rc rc;

	if ((rc = kl_json_scan(&doc, profile.s, profile.n, err)) != KL_OK)
		return rc;
	kl_buf_reset(body);
	body->max = m->max_body;
	kl_buf_puts(body, "{\"data\":");
	kl_buf_put(body, b->body.s + p->at, p->n - 2);
	kl_buf_puts(body, ",\"profile\":{\"data\":");
	if ((meta = kl_json_get(&doc, 0, "meta")) == 0)
		kl_buf_span(body, profile);
	else {
		struct kl_span value = kl_json_raw(&doc, meta);
		size_t head =
		    (size_t)(value.s - profile.s) - sizeof("},\"meta\":") + 1;

		kl_buf_put(body, profile.s, head);
		kl_json_put_raw(body, "meta", value);
		kl_buf_puts(body, "}}");
	}
	kl_buf_puts(body, "}}}}");
	kl_json_free(&doc);
	return kl_buf_check(body, err);
}

/* --- errors --------------------------------------------------------------- */

/* Which rows of a request an error is about: of the bundle it names all, or
 * the one it names. */
static bool
events_rows(const struct kl_batch *b, const uint32_t *row, uint32_t n,
    const struct kl_fault *f, uint32_t *from, uint32_t *to)
{
	uint32_t i, in = KL_NOBODY, bundle, k = KL_NOBODY;

	*from = *to = n;
	for (i = 0; i < n && k + 1 <= f->row + 1; i++) {
		bundle = kl_batch_bundle(b, row != NULL ? row[i] : i);
		if (bundle != in) {
			k++; /* from none to the first */
			in = bundle;
		}
		if (k == f->row && *from == n)
			*from = i;
		if (k == f->row)
			*to = i + 1;
	}
	if (f->has_sub) {
		if (f->sub >= *to - *from)
			return false;
		*from += f->sub;
		*to = *from + 1;
	}
	return *from < *to;
}

static enum kl_rc
events_told(const struct kl_batch *b, const struct kl_maker *m,
    struct kl_err *err)
{
	struct kl_events *e = m->frame.ctx;

	return e->verify != NULL ? verify_expect(e->verify, b, err) : KL_OK;
}

const struct kl_kind events_kind = {
	.add = events_add,
	.seal = events_seal,
	.part = events_part,
	.one = KL_EP_EVENT_CREATE,
	.single = events_single,
	.rows = events_rows,
	.told = events_told,
};
