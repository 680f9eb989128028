/* SPDX-License-Identifier: MIT */
/*
 * answer.c - what the answer to a request means, and repair.
 *
 * The service checks a body as a whole and takes all of it or nothing.  Where
 * it names the rows it does not like, those are rejected and the rest is sent
 * again; where it names none, the body is halved until the bad rows are
 * alone: at most 2 log2 n requests for each.
 */

#include <string.h>

#include "kl/time.h"
#include "run.h"

/* So many people refused alone, none accepted between: it is not about them. */
#define ALONE 32

/* True if the profile object has that id. */
static bool
has_id(struct kl_send *s, struct kl_span profile, struct kl_span id)
{
	struct kl_span v;
	uint32_t at;

	if (kl_json_scan(&s->record, profile.s, profile.n, NULL) != KL_OK ||
	    (at = kl_json_get(&s->record, 0, "id")) == 0)
		return false;
	v = kl_json_text(&s->record, at, &s->found);
	return v.n == id.n && memcmp(v.s, id.s, id.n) == 0;
}

/* Reject those who are matched by the id of a profile that is not there. */
static uint32_t
reject_unknown(struct kl_send *s, struct part *p, const struct kl_fault *f)
{
	struct kl_err why = { 0 };
	uint32_t i, person, n = 0;

	(void)kl_fault_err(f, &why);
	for (i = 0; (person = part_person(p, i)) != KL_NOBODY; i++) {
		if (p->b->person[person].outcome != KL_PENDING ||
		    !has_id(s, kl_batch_profile(p->b, person), f->profile))
			continue;
		kl_batch_reject(p->b, person, &why, 404, f->pointer);
		n++;
	}
	return n;
}

/* Reject the people of the rows the answer names.  Returns how many. */
static uint32_t
reject_named(struct kl_send *s, struct part *p, const struct kl_answer *a)
{
	struct kl_fault f = { 0 };
	struct kl_err why;
	uint32_t row, end, person, n = 0;

	s->faults.doc = a->doc;
	s->faults.at = 0;
	while (kl_fault_next(&s->faults, &f)) {
		if (f.profile.n > 0) {
			n += reject_unknown(s, p, &f);
			continue;
		}
		if (!f.has_row || !part_rows(s, p, &f, &row, &end))
			continue;
		memset(&why, 0, sizeof(why));
		(void)kl_fault_err(&f, &why);
		for (; row < end; row++) {
			person = part_person(p, row);
			if (person == KL_NOBODY ||
			    p->b->person[person].outcome != KL_PENDING)
				continue;
			kl_batch_reject(p->b, person, &why, a->status,
			    f.pointer);
			n++;
		}
	}
	return n;
}

/* True if the answer is about the request, whatever records are in it: no
 * other rows would please the service. */
static bool
is_about_request(struct kl_send *s, const struct kl_answer *a)
{
	static const char other[] = "/data/relationships";
	struct kl_fault f = { 0 };

	s->faults.doc = a->doc;
	s->faults.at = 0;
	while (kl_fault_next(&s->faults, &f))
		if (f.parameter.n > 0 ||
		    (f.pointer.n >= sizeof(other) - 1 &&
			memcmp(f.pointer.s, other, sizeof(other) - 1) == 0))
			return true;
	return false;
}

/* The one person of a part was refused: the answer's first error is why. */
static void
reject_alone(struct kl_send *s, struct part *p, const struct kl_answer *a)
{
	struct kl_fault f = { 0 };
	struct kl_err why = { 0 };
	struct kl_span pointer = { 0 };
	uint32_t i, person;

	s->faults.doc = a->doc;
	s->faults.at = 0;
	if (a->status != 413 && kl_fault_next(&s->faults, &f)) {
		(void)kl_fault_err(&f, &why);
		pointer = f.pointer;
	} else {
		(void)kl_err_set(&why, KL_EREFUSED,
		    "the service refused the record with status %d", a->status);
		kl_err_code(&why,
		    a->status == 413 ? "body_too_big" : "refused");
	}
	for (i = 0; (person = part_person(p, i)) != KL_NOBODY; i++)
		kl_batch_reject(p->b, person, &why, a->status, pointer);
}

/* A person refused alone is rejected; many in a row end the run. */
static void
repair_alone(struct kl_send *s, struct part *p, const struct kl_answer *a)
{
	struct kl_err why = { 0 };

	reject_alone(s, p, a);
	if (a->status == 404)
		return; /* each is about its own id */
	if (++p->b->alone < ALONE || p->b->pending == 0)
		return;
	(void)kl_err_set(&why, KL_EREFUSED,
	    "the service refused %d records of one batch alone, status %d, "
	    "and took none",
	    ALONE, a->status);
	kl_err_hint(&why, "it said: %.200s", a->err.msg);
	run_fail(s, &why);
}

static enum kl_rc
repair(struct kl_send *s, struct part *p, const struct kl_answer *a,
    struct kl_err *err)
{
	if (a->status == 413 || reject_named(s, p, a) == 0) {
		if (a->status != 413 && is_about_request(s, a)) {
			run_fail(s, &a->err);
			part_end(s, p, KL_FAILED, false);
			return KL_OK;
		}
		if (part_pending(p) > 1)
			return part_split(s, p, err);
		repair_alone(s, p, a);
	}
	if (part_pending(p) == 0)
		part_end(s, p, KL_REJECTED, false);
	else
		part_turn(s, p, PART_QUEUED);
	return KL_OK;
}

/* True if an error is about the id of a profile. */
static bool
names_profile(struct kl_send *s, const struct kl_answer *a)
{
	struct kl_fault f = { 0 };

	s->faults.doc = a->doc;
	s->faults.at = 0;
	while (kl_fault_next(&s->faults, &f))
		if (f.profile.n > 0)
			return true;
	return false;
}

/* True if the service may take other rows of the same body. */
static bool
is_repairable(struct kl_send *s, const struct kl_answer *a)
{
	return a->effect == KL_REFUSED &&
	    (a->status == 400 || a->status == 409 || a->status == 413 ||
		a->status == 422 || (a->status == 404 && names_profile(s, a)));
}

/* True if every error says that the like of it is there already. */
static bool
all_duplicates(struct kl_send *s, const struct kl_answer *a)
{
	static const char like[] = "duplicate";
	struct kl_fault f = { 0 };
	bool any = false;

	s->faults.doc = a->doc;
	s->faults.at = 0;
	while (kl_fault_next(&s->faults, &f)) {
		if (f.code.n < sizeof(like) - 1 ||
		    memcmp(f.code.s, like, sizeof(like) - 1) != 0)
			return false;
		any = true;
	}
	return any;
}

/* True if the refusal tells that an earlier attempt, whose answer nobody has
 * seen, took effect. */
static bool
acknowledges(struct kl_send *s, const struct part *p, const struct kl_answer *a)
{
	if (a->effect != KL_REFUSED || (!a->unsure_before && !p->replayed))
		return false;
	return (a->ep->replay == KL_REPLAY_GONE && a->status == 404) ||
	    (a->ep->replay == KL_REPLAY_SAME && all_duplicates(s, a));
}

/* The one profile of a part was taken, and the answer names its id: what is
 * to be done then, is due. */
static enum kl_rc
answer_id(struct kl_send *s, struct part *p, const struct kl_answer *a,
    struct kl_err *err)
{
	uint32_t data = kl_json_get(a->doc, 0, "data");
	uint32_t person = part_person(p, 0);
	struct kl_buf tmp = { 0 };
	struct kl_found who = { 0 };
	struct kl_err why = { 0 };
	enum kl_rc rc = KL_OK;

	if (data != 0)
		who.id =
		    kl_json_text(a->doc, kl_json_get(a->doc, data, "id"), &tmp);
	if (who.id.n > 0) {
		rc = kl_batch_find(p->b, person, &who, err);
		p->b->person[person].stage = KL_STAGE_THEN;
		part_done(s, p);
	} else {
		(void)kl_err_set(&why, KL_EPROTO,
		    "the service took a profile and named no id");
		run_fail(s, &why);
		part_end(s, p, KL_UNKNOWN, true);
	}
	kl_buf_free(&tmp);
	return rc;
}

enum kl_rc
answer_request(struct kl_send *s, struct part *p, const struct kl_answer *a,
    struct kl_err *err)
{
	struct kl_batch *b = p->b;

	part_sent(s, p);
	if (b->attempts == 0 && a->attempts > 0) {
		/* The client held it back until it might go. */
		b->started = kl_now_wall() - a->ms;
		b->mono = kl_now_mono() - a->ms;
	}
	b->attempts += a->attempts;
	if (a->status != 0)
		b->http = a->status;
	if (acknowledges(s, p, a)) {
		part_end(s, p, KL_ACCEPTED, false);
		return KL_OK;
	}
	if (p->road->may_lack && a->effect == KL_REFUSED && a->status == 404) {
		s->stats.lacking += part_pending(p);
		part_end(s, p, KL_UNCHANGED, false);
		return KL_OK;
	}
	if (vanish_may(p, a))
		return vanish(s, p, a, err);
	if (is_repairable(s, a))
		return repair(s, p, a, err);
	if (a->effect == KL_APPLIED) {
		b->alone = 0;
		s->lost = 0;
		if (p->road->has_job)
			return jobs_accepted(s, p, a, err);
		if (step_then(s, p))
			return answer_id(s, p, a, err);
		keep_taken(s, p);
		part_end(s, p, KL_ACCEPTED, false);
		return KL_OK;
	}
	if (a->effect == KL_UNSURE && s->o.verb->proof != NULL) {
		doubt_part(s, p, a);
		return KL_OK;
	}
	run_fail(s, &a->err);
	part_end(s, p, a->effect == KL_UNSURE ? KL_UNKNOWN : KL_FAILED,
	    a->err.rc != KL_EREFUSED);
	return KL_OK;
}
