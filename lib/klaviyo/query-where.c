/* SPDX-License-Identifier: MIT */
/* query-where.c - which rows a question asks for: times, address, filters. */

#include <stdio.h>
#include <string.h>

#include "kl/timestamp.h"
#include "query.h"

void
kl_query_where(struct kl_query *a, struct kl_span filter)
{
	if (filter.n == 0)
		return;
	if (a->filter.n > 0)
		kl_buf_putc(&a->filter, ',');
	kl_buf_span(&a->filter, filter);
}

/* RFC 3339, or a date: as the service wants it. */
static enum kl_rc
put_time(struct kl_buf *b, struct kl_stamp *t, const char *s, const char *what,
    struct kl_err *err)
{
	struct kl_err why = { 0 };
	char day[40];

	if (strlen(s) == 10 && strspn(s, "0123456789-") == 10) {
		(void)snprintf(day, sizeof(day), "%sT00:00:00Z", s);
		s = day;
	}
	if (kl_stamp_parse(s, strlen(s), t, &why) == KL_OK) {
		kl_stamp_put(b, t);
		return KL_OK;
	}
	(void)kl_err_set(err, KL_EUSAGE, "%s: %s", what, why.msg);
	kl_err_code(err, "time_invalid");
	kl_err_hint(err, "as 2026-11-23 or 2026-11-23T04:05:06Z");
	return KL_EUSAGE;
}

static enum kl_rc
put_bound(struct kl_query *a, struct kl_stamp *at, const char *s, bool until,
    struct kl_err *err)
{
	const struct kl_range_by *by = &a->r->when;
	enum kl_op op = until ? KL_OP_LESS_THAN
	    : by->strict      ? KL_OP_GREATER_THAN
			      : KL_OP_GREATER_OR_EQUAL;
	const char *what = until ? "until" : "since";
	const struct kl_filter_field *f = a->r->filters;
	struct kl_buf t = { 0 };
	enum kl_rc rc;

	if (s == NULL)
		return KL_OK;
	while (f != NULL && f->field != NULL &&
	    (by->field == NULL || strcmp(f->field, by->field) != 0))
		f++;
	if (f == NULL || f->field == NULL || (f->ops & op) == 0) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "%s cannot be asked for by time with %s", a->r->name, what);
		kl_err_code(err, "filter_unknown");
		return KL_EUSAGE;
	}
	if ((rc = put_time(&t, at, s, what, err)) == KL_OK)
		kl_filter_put(&a->filter, op, by->field,
		    (struct kl_span){ t.s, t.n });
	if (t.rc != KL_OK)
		a->filter.rc = t.rc;
	kl_buf_free(&t);
	return rc;
}

/* Nothing is from a time on and before it, and none of it would look like
 * nothing being there. */
static enum kl_rc
check_order(const struct kl_stamp *since, const struct kl_stamp *until,
    struct kl_err *err)
{
	if (since->sec < until->sec ||
	    (since->sec == until->sec && since->ns < until->ns))
		return KL_OK;
	(void)kl_err_set(err, KL_EUSAGE,
	    "until is not later than since: nothing can be between them");
	kl_err_code(err, "time_invalid");
	kl_err_hint(err, "exchange them, or leave one out");
	return KL_EUSAGE;
}

/* Since and until, or the condition that is there without them. */
static enum kl_rc
put_bounds(struct kl_query *a, const struct kl_want *w, struct kl_err *err)
{
	struct kl_stamp since, until;
	enum kl_rc rc;

	if (a->r->shape != KL_SHAPE_FLAT && a->r->shape != KL_SHAPE_EVENT &&
	    w->since != NULL && w->until != NULL) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "%s can be asked for by one time only: since or until",
		    a->r->name);
		kl_err_code(err, "filter_unknown");
		return KL_EUSAGE;
	}
	if (a->r->filter != NULL && w->since == NULL && w->until == NULL)
		kl_query_where(a, KL_SPAN(a->r->filter));
	if ((rc = put_bound(a, &since, w->since, false, err)) == KL_OK)
		rc = put_bound(a, &until, w->until, true, err);
	if (rc == KL_OK && w->since != NULL && w->until != NULL)
		rc = check_order(&since, &until, err);
	return rc;
}

enum kl_rc
query_where_put(struct kl_query *a, const struct kl_want *w, struct kl_err *err)
{
	struct kl_span where;
	enum kl_rc rc;

	if ((rc = put_bounds(a, w, err)) != KL_OK)
		return rc;
	if (w->email != NULL && a->r->email == NULL) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "%s cannot be asked for by e-mail address", a->r->name);
		kl_err_code(err, "filter_unknown");
		return KL_EUSAGE;
	}
	if (w->email != NULL)
		kl_filter_put_text(&a->filter, KL_OP_EQUALS, a->r->email,
		    KL_SPAN(w->email));
	if (w->where == NULL)
		return KL_OK;
	where = KL_SPAN(w->where);
	if ((rc = kl_filter_check(where, a->r->filters, err)) == KL_OK)
		kl_query_where(a, where);
	return rc;
}
