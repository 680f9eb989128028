/* SPDX-License-Identifier: MIT */
/*
 * import-errors.c - the errors of a job, each tied to the people it is about.
 *
 * An error carries the profile as it was sent; its identifiers lead back to
 * the batch.  Where it carries none, the pointer's row does.  If an error
 * leads nowhere, or fewer people are named than the job says have failed, it
 * is not known which of the others were imported, and nothing is claimed of
 * them.
 */

#include <string.h>

#include "kl/count.h"
#include "kl/url.h"
#include "run.h"

static enum kl_rc
ask(struct kl_send *s, struct part *p, struct kl_err *err)
{
	const struct kl_endpoint *ep = kl_endpoint(p->road->errors);
	struct kl_call call = { .ep = ep, .id = p->job, .tag = p };
	struct kl_buf *q = &s->line;

	kl_buf_reset(q);
	kl_buf_printf(q, "page%%5Bsize%%5D=%u", (unsigned)ep->page_size);
	if (p->cursor.value.n > 0)
		kl_url_param(q, "page[cursor]", p->cursor.value.s,
		    p->cursor.value.n);
	call.query.s = q->s;
	call.query.n = q->n;
	return kl_client_start(s->o.client, &call, err);
}

enum kl_rc
errors_read(struct kl_send *s, struct part *p, struct kl_err *err)
{
	part_turn(s, p, PART_ERRORS);
	return ask(s, p, err);
}

/* The person of the payload: the profile object, or its attributes. */
static enum kl_rc
find_person(struct kl_send *s, const struct part *p, const struct kl_json *doc,
    uint32_t payload, uint32_t *person, struct kl_err *err)
{
	uint32_t inner;
	enum kl_rc rc;

	*person = KL_NOBODY;
	if (payload == 0 || kl_json_type(doc, payload) != KL_JSON_OBJECT)
		return KL_OK;
	inner = kl_json_get(doc, payload, "attributes");
	if (inner != 0 && kl_json_type(doc, inner) == KL_JSON_OBJECT)
		payload = inner;
	if ((rc = kl_profile_ids(&s->ids, doc, payload, err)) != KL_OK)
		return rc;
	*person = kl_batch_whose(p->b, &s->ids);
	return KL_OK;
}

static enum kl_rc
take_error(struct kl_send *s, struct part *p, const struct kl_answer *a,
    uint32_t e, struct kl_err *err)
{
	uint32_t at = kl_json_get(a->doc, e, "attributes"), person;
	struct kl_profile_ids by_id = { 0 };
	struct kl_fault f = { 0 };
	struct kl_err why = { 0 };
	enum kl_rc rc;

	rc = find_person(s, p, a->doc,
	    kl_json_get(a->doc, at, "original_payload"), &person, err);
	if (rc != KL_OK)
		return rc;
	s->faults.doc = a->doc;
	if (at == 0 || !kl_fault_read(&s->faults, at, &f)) {
		p->untied++;
		return KL_OK;
	}
	if (person == KL_NOBODY && f.profile.n > 0) {
		by_id.id = f.profile;
		person = kl_batch_whose(p->b, &by_id);
	}
	if (person == KL_NOBODY && f.has_row)
		person = part_person(p, f.row);
	if (person == KL_NOBODY || !part_has(p, person)) {
		p->untied++;
		return KL_OK;
	}
	if (p->b->person[person].outcome != KL_PENDING)
		return KL_OK; /* its second error */
	(void)kl_fault_err(&f, &why);
	kl_batch_reject(p->b, person, &why, 0, f.pointer);
	p->tied++;
	return KL_OK;
}

static void
conclude(struct kl_send *s, struct part *p)
{
	uint32_t left = part_pending(p);

	if (p->untied == 0 && p->tied >= p->failed) {
		part_end(s, p, KL_ACCEPTED, false);
		return;
	}
	run_note(s,
	    "job %s says %s failed, but its errors name %u: it is not known "
	    "which of the other %s imported",
	    p->job, KL_COUNT((uint64_t)p->failed, "profile", "profiles"),
	    (unsigned)p->tied, KL_COUNT(left, "was", "were"));
	part_end(s, p, KL_UNKNOWN, false);
}

enum kl_rc
errors_untold(struct kl_send *s, struct part *p)
{
	conclude(s, p);
	return KL_OK;
}

enum kl_rc
errors_page(struct kl_send *s, struct part *p, const struct kl_answer *a,
    struct kl_err *err)
{
	struct kl_buf path = { 0 };
	struct kl_err why = { 0 };
	uint32_t data;
	enum kl_rc rc = a->err.rc;

	if (rc != KL_OK) {
		run_fail(s, &a->err);
		part_end(s, p, KL_UNKNOWN, rc != KL_EREFUSED);
		return KL_OK;
	}
	data = kl_json_get(a->doc, 0, "data");
	if (data != 0 && kl_json_type(a->doc, data) == KL_JSON_ARRAY)
		kl_json_each (e, a->doc, data)
			if ((rc = take_error(s, p, a, e, err)) != KL_OK)
				return rc;
	run_path(&path, kl_endpoint(p->road->errors)->path, p->job);
	rc = kl_cursor_next(&p->cursor, a->doc, kl_client_base(s->o.client),
	    (struct kl_span){ path.s, path.n }, &why);
	kl_buf_free(&path);
	if (rc == KL_OK)
		return ask(s, p, err);
	if (rc == KL_EOF)
		conclude(s, p);
	else {
		run_fail(s, &why);
		part_end(s, p, KL_UNKNOWN, true);
	}
	return KL_OK;
}
