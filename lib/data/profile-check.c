/* SPDX-License-Identifier: MIT */

/*
 * profile-check.c - a profile record as a whole: each of its members, who it
 * is about, and its size.
 */

#include <stdio.h>
#include <string.h>

#include "kl/limits.h"
#include "kl/profile.h"

#include "exam.h"

/* The profile is too big: say by how much, and what makes it so. */
static enum kl_rc
too_big(const struct exam *x, size_t n, size_t max, struct kl_err *err)
{
	uint32_t m = exam_largest(x->doc, x->obj), inner;
	size_t bytes = x->doc->node[m + 1].n;
	struct kl_err where = { 0 };
	char in[32];

	(void)snprintf(in, sizeof(in), "%s%sproperties",
	    x->in == NULL ? "" : x->in, x->in == NULL ? "" : ".");
	kl_member_path(&where, x->doc, m, x->in);
	if (strcmp(where.field, in) == 0 &&
	    (inner = exam_largest(x->doc, m + 1)) != 0) {
		kl_member_path(&where, x->doc, inner, in);
		bytes = x->doc->node[inner + 1].n;
	}
	(void)kl_err_set(err, KL_ETOOBIG,
	    "the profile%s is %zu bytes as it is sent; the service takes %zu",
	    x->obj == 0 ? "" : " of the event", n, max);
	kl_err_code(err, "profile_too_big");
	kl_err_field(err, where.field, strlen(where.field));
	kl_err_hint(err, "leave something out; most of it is %s (%zu bytes)",
	    where.field, bytes);
	return KL_ETOOBIG;
}

/* The size of what is sent.  Only a record that is near the limit is made
 * into it. */
static enum kl_rc
check_size(const struct exam *x, struct kl_err *err)
{
	size_t max = exam_limit(x->obj);
	struct kl_profile *p = x->p;
	uint64_t nulls = p->nulls_ignored, dropped = p->dropped;
	enum kl_rc rc;

	if (exam_is_far(x->doc, x->obj))
		return KL_OK;
	kl_buf_reset(&p->body);
	rc = kl_member_body(p, &p->body, x->doc, x->obj, false, err);
	p->nulls_ignored = nulls;
	p->dropped = dropped;
	if (rc == KL_OK && p->body.n > max)
		return too_big(x, p->body.n, max, err);
	return rc;
}

/* Nothing tells who the person is. */
static enum kl_rc
nobody(const struct exam *x, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "the %s has no identifier: email, phone_number, external_id%s",
	    x->obj == 0 ? "record" : "profile of the event",
	    x->p->match_id ? " or id" : "");
	kl_err_code(err, "identifier_missing");
	if (x->in != NULL)
		kl_err_field(err, x->in, strlen(x->in));
	kl_err_hint(err,
	    !x->p->match_id && kl_json_get(x->doc, x->obj, "id") != 0
		? "add one; its id counts only where profiles are matched by id"
		: "add one of them");
	return KL_EDATA;
}

/* The members one by one; *known is set if one tells who the person is. */
static enum kl_rc
check_members(const struct exam *x, bool *known, struct kl_err *err)
{
	const struct kl_member *row;
	uint32_t k = 0;
	enum kl_rc rc;

	*known = false;
	x->p->email = 0;
	kl_json_each_member (m, x->doc, x->obj) {
		row = exam_row(x, m, k++, x->p->last, kl_profile_member);
		if (exam_plain(x, m, row))
			continue;
		if ((rc = exam_member(x, m, row, err)) != KL_OK)
			return rc;
		*known |= exam_identifies(x, m, row);
	}
	return KL_OK;
}

enum kl_rc
exam_slowly(const struct exam *x, struct kl_err *err)
{
	bool known;
	enum kl_rc rc;

	if ((rc = check_members(x, &known, err)) != KL_OK)
		return rc;
	exam_plan(x);
	return known ? check_size(x, err) : nobody(x, err);
}

/* Apart, so that a record which a plan finds good costs no more than that. */
static __attribute__((noinline)) enum kl_rc
check_slowly(struct kl_profile *p, const struct kl_json *doc,
    struct kl_err *err)
{
	const struct exam x = { p, doc, 0, NULL };

	return exam_slowly(&x, err);
}

enum kl_rc
kl_profile_check(struct kl_profile *p, const struct kl_json *doc,
    struct kl_err *err)
{
	enum kl_rc rc;

	if (!kl_member_is_object(doc))
		return kl_member_object(doc, err);
	rc = exam_as_planned(p, doc, 0, err);
	return rc == KL_AGAIN ? check_slowly(p, doc, err) : rc;
}
