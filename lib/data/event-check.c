/* SPDX-License-Identifier: MIT */

/*
 * event-check.c - an event record against what the service documents.
 *
 * As for profiles: one walk over the members, a table of checks by form.
 * What lies within properties is walked once more, in the order of the nodes
 * and without recursion.
 */

#include <string.h>

#include "kl/domain.h"
#include "kl/limits.h"
#include "kl/timestamp.h"

#include "event-priv.h"

/* Why a record over a limit must not be sent as it is. */
#define DROPPED "the service drops such events without a word"

static enum kl_rc
check_metric(struct kl_event *e, const struct exam *x, uint32_t m,
    struct kl_err *err)
{
	struct kl_span t;
	size_t n;

	(void)e;
	if (exam_typed(x, m, T(STRING), "a string", err) != KL_OK)
		return KL_EDATA;
	t = exam_text(x, m);
	if (t.n == 0)
		return exam_fail(x, m, err, "metric_invalid",
		    "say what happened, as in Placed Order", "is empty");
	if (t.n > KL_METRIC_MAX && (n = exam_characters(t)) > KL_METRIC_MAX)
		return exam_fail(x, m, err, "metric_invalid",
		    "use a shorter name, and put the rest into properties",
		    "has %zu characters; the service takes fewer than %d", n,
		    KL_METRIC_MAX + 1);
	return KL_OK;
}

/* The address in the profile, if there is one, is of no domain that is
 * dropped. */
static enum kl_rc
check_domain(const struct exam *x, struct kl_err *err)
{
	if (x->p->email == 0 || x->p->domain->doubt != KL_DOUBT_TEST)
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA,
	    KL_WITHIN_EVENT ".email is of a domain for tests, whose events "
			    "the service drops without a word");
	kl_err_code(err, "domain_dropped");
	kl_err_field(err, KL_WITHIN_EVENT ".email", KL_WITHIN_N + 6);
	kl_err_hint(err, "use another address, or --allow-test-domains");
	return KL_EDATA;
}

static enum kl_rc
check_profile(struct kl_event *e, const struct exam *x, uint32_t m,
    struct kl_err *err)
{
	struct exam in = *x;
	enum kl_rc rc;

	if (exam_typed(x, m, T(OBJECT), "an object", err) != KL_OK)
		return KL_EDATA;
	in.obj = m + 1;
	in.in = KL_WITHIN_EVENT;
	rc = exam_as_planned(in.p, in.doc, in.obj, err);
	if (rc == KL_AGAIN)
		rc = exam_slowly(&in, err);
	if (rc != KL_OK || e->test_domains)
		return rc;
	return check_domain(&in, err);
}

/* The path of node i within properties, which is node obj. */
static void
path_to(const struct kl_json *doc, uint32_t obj, uint32_t i, struct kl_buf *b)
{
	uint32_t next = obj, k;

	kl_buf_reset(b);
	kl_buf_puts(b, "properties");
	while ((obj = next) != i) {
		k = 0;
		if (kl_json_type(doc, obj) == KL_JSON_OBJECT) {
			kl_json_each_member (m, doc, obj)
				if (i < doc->node[m + 1].next) {
					struct kl_span name =
					    kl_json_raw(doc, m);

					kl_buf_putc(b, '.');
					kl_buf_put(b, name.s + 1, name.n - 2);
					next = i == m ? m : m + 1;
					break;
				}
			continue;
		}
		kl_json_each (at, doc, obj) {
			if (i < doc->node[at].next) {
				kl_buf_printf(b, ".%u", k);
				next = at;
				break;
			}
			k++;
		}
	}
}

/* The properties of an event. */
struct tree {
	const struct kl_json *doc;
	uint32_t obj;
};

/* Fail on node i within them: its path, then the text. */
static enum kl_rc fail(const struct tree *t, uint32_t i, struct kl_err *err,
    const char *code, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

static enum kl_rc
fail(const struct tree *t, uint32_t i, struct kl_err *err, const char *code,
    const char *hint, const char *fmt, ...)
{
	struct kl_err where = { 0 }, text = { 0 };
	/* A path that does not fit loses its end. */
	struct kl_buf path = { .max = sizeof(where.field) - 1 };
	va_list ap;

	path_to(t->doc, t->obj, i, &path);
	kl_err_field(&where, path.s, path.n);
	kl_buf_free(&path);
	va_start(ap, fmt);
	(void)kl_err_vset(&text, KL_EDATA, fmt, ap);
	va_end(ap);
	(void)kl_err_set(err, KL_EDATA, "%s %s", where.field, text.msg);
	kl_err_code(err, code);
	kl_err_field(err, where.field, strlen(where.field));
	kl_err_hint(err, "%s; %s", hint, DROPPED);
	return KL_EDATA;
}

/* A string longer than it may be as it is written. */
static enum kl_rc
check_string(const struct tree *t, uint32_t i, struct kl_buf *tmp,
    struct kl_err *err)
{
	struct kl_span s = kl_member_text(t->doc, i, tmp);

	if (s.n <= KL_EVENT_STRING_MAX)
		return KL_OK;
	return fail(t, i, err, "string_too_long",
	    "shorten it, or split it over several properties",
	    "has %zu bytes; the service takes %d", s.n, KL_EVENT_STRING_MAX);
}

/* A number of many digits: an integer must fit in 64 bits. */
static enum kl_rc
check_integer(const struct tree *t, uint32_t i, struct kl_err *err)
{
	struct kl_span s = kl_json_raw(t->doc, i);
	int64_t v;
	size_t k;

	for (k = 0; k < s.n; k++)
		if (s.s[k] == '.' || s.s[k] == 'e' || s.s[k] == 'E')
			return KL_OK;
	if (kl_json_int(t->doc, i, &v))
		return KL_OK;
	return fail(t, i, err, "integer_too_big", "put it in quotes",
	    "is an integer over 64 bits");
}

/* An array or object that has depth others around it. */
static enum kl_rc
check_container(const struct tree *t, uint32_t i, uint32_t depth,
    struct kl_err *err)
{
	const struct kl_json_node *node = &t->doc->node[i];

	if (depth >= KL_EVENT_DEPTH_MAX)
		return fail(t, i, err, "nesting_too_deep",
		    "nest it less, or put it into a string",
		    "is nested %u levels deep; the service takes %d",
		    (unsigned)depth + 1, KL_EVENT_DEPTH_MAX);
	if (node->type == KL_JSON_ARRAY && node->count > KL_EVENT_ITEMS_MAX)
		return fail(t, i, err, "array_too_long",
		    "leave elements out, or split it over several properties",
		    "has %u elements; the service takes %d",
		    (unsigned)node->count, KL_EVENT_ITEMS_MAX);
	return KL_OK;
}

/* Digits that any 64-bit integer can have. */
#define SAFE_DIGITS 18

/* All that lies within properties. */
static enum kl_rc
check_tree(const struct tree *t, struct kl_buf *tmp, struct kl_err *err)
{
	const struct kl_json_node *node = t->doc->node;
	uint32_t end[KL_EVENT_DEPTH_MAX], depth = 1, i;
	enum kl_rc rc = KL_OK;

	end[0] = node[t->obj].next;
	for (i = t->obj + 1; i < end[0] && rc == KL_OK; i++) {
		while (i >= end[depth - 1])
			depth--;
		switch ((enum kl_json_type)node[i].type) {
		case KL_JSON_OBJECT:
		case KL_JSON_ARRAY:
			rc = check_container(t, i, depth, err);
			if (rc == KL_OK)
				end[depth++] = node[i].next;
			break;
		case KL_JSON_STRING:
			if (node[i].n > KL_EVENT_STRING_MAX + 2)
				rc = check_string(t, i, tmp, err);
			break;
		case KL_JSON_NUMBER:
			if (node[i].n > SAFE_DIGITS)
				rc = check_integer(t, i, err);
			break;
		case KL_JSON_NULL:
		case KL_JSON_FALSE:
		case KL_JSON_TRUE:
			break;
		}
	}
	return rc;
}

static enum kl_rc
check_properties(struct kl_event *e, const struct exam *x, uint32_t m,
    struct kl_err *err)
{
	struct tree t = { x->doc, m + 1 };

	(void)e;
	if (exam_typed(x, m, T(OBJECT), "an object", err) != KL_OK)
		return KL_EDATA;
	if (x->doc->node[m + 1].count > KL_EVENT_PROPERTIES_MAX)
		return fail(&t, t.obj, err, "properties_too_many",
		    "leave some out, or nest them in objects",
		    "has %u members; the service takes %d",
		    (unsigned)x->doc->node[m + 1].count,
		    KL_EVENT_PROPERTIES_MAX);
	return check_tree(&t, &x->p->text, err);
}

/* The time of member m, in whatever form times come. */
static enum kl_rc
read_time(const struct kl_event *e, const struct exam *x, uint32_t m,
    struct kl_stamp *at, struct kl_err *why)
{
	struct kl_span t = kl_json_raw(x->doc, m + 1);

	if (kl_json_type(x->doc, m + 1) == KL_JSON_STRING)
		t = exam_text(x, m);
	if (e->times == NULL)
		return kl_stamp_parse(t.s, t.n, at, why);
	return kl_stamp_scan(e->times, t.s, t.n, e->offset, at, why);
}

static enum kl_rc
check_time(struct kl_event *e, const struct exam *x, uint32_t m,
    struct kl_err *err)
{
	struct kl_err why = { 0 };
	struct kl_stamp at;

	if (exam_typed(x, m, T(STRING) | (e->times != NULL ? T(NUMBER) : 0),
		e->times != NULL ? "a string, a number" : "a string",
		err) != KL_OK)
		return KL_EDATA;
	if (read_time(e, x, m, &at, &why) != KL_OK)
		return exam_fail(x, m, err, "time_invalid",
		    "write it as in 2026-11-23T04:05:06Z; the convert function "
		    "date of kl-map does",
		    "cannot be read: %s", why.msg);
	if (at.sec < KL_EVENT_TIME_MIN)
		return exam_fail(x, m, err, "time_range",
		    "correct the time, or leave the event out; " DROPPED,
		    "is before 2000-01-01T00:00:00Z");
	if (e->now != 0 && at.sec > e->now + KL_EVENT_AHEAD_MAX)
		return exam_fail(x, m, err, "time_range",
		    "correct the time, or send the event later; " DROPPED,
		    "is more than a year (365 days) ahead of now");
	e->time = at.sec;
	return KL_OK;
}

static enum kl_rc
check_value(struct kl_event *e, const struct exam *x, uint32_t m,
    struct kl_err *err)
{
	struct kl_span s = kl_json_raw(x->doc, m + 1);
	int64_t v;
	size_t k;

	(void)e;
	if (kl_json_type(x->doc, m + 1) == KL_JSON_STRING)
		return exam_fail(x, m, err, "type_wrong",
		    "write it without quotes; the convert function number of "
		    "kl-map does",
		    "is a string; it takes a number or null");
	if (exam_typed(x, m, T(NUMBER), "a number", err) != KL_OK)
		return KL_EDATA;
	for (k = 0; k < s.n; k++)
		if (s.s[k] == '.' || s.s[k] == 'e' || s.s[k] == 'E')
			return KL_OK;
	if (s.n > SAFE_DIGITS && !kl_json_int(x->doc, m + 1, &v))
		return exam_fail(x, m, err, "integer_too_big",
		    "correct it, or leave the member out",
		    "is an integer over 64 bits");
	return KL_OK;
}

static enum kl_rc
check_currency(struct kl_event *e, const struct exam *x, uint32_t m,
    struct kl_err *err)
{
	(void)e;
	if (exam_typed(x, m, T(STRING), "a string", err) != KL_OK)
		return KL_EDATA;
	if (kl_currency_is(exam_text(x, m)))
		return KL_OK;
	return exam_fail(x, m, err, "currency_invalid",
	    "write it as in USD, in capital letters",
	    "is not a currency of ISO 4217");
}

static enum kl_rc
check_unique_id(struct kl_event *e, const struct exam *x, uint32_t m,
    struct kl_err *err)
{
	struct kl_span t;
	size_t n;

	(void)e;
	if (exam_typed(x, m, T(STRING), "a string", err) != KL_OK)
		return KL_EDATA;
	t = exam_text(x, m);
	if (t.n == 0)
		return exam_fail(x, m, err, "unique_id_invalid",
		    "leave the member out, or set it to null", "is empty");
	if (t.n > KL_UNIQUE_ID_MAX &&
	    (n = exam_characters(t)) > KL_UNIQUE_ID_MAX)
		return exam_fail(x, m, err, "unique_id_invalid",
		    "use a shorter one, such as a digest of it",
		    "has %zu characters; the service takes 1 to %d", n,
		    KL_UNIQUE_ID_MAX);
	return KL_OK;
}

static enum kl_rc
check_flag(struct kl_event *e, const struct exam *x, uint32_t m,
    struct kl_err *err)
{
	(void)e;
	return exam_typed(x, m, T(TRUE) | T(FALSE), "true, false", err);
}

/* By form. */
static enum kl_rc (*const check[])(struct kl_event *e, const struct exam *x,
    uint32_t m, struct kl_err *err) = {
	[KL_EVENT_METRIC] = check_metric,
	[KL_EVENT_PROFILE] = check_profile,
	[KL_EVENT_PROPERTIES] = check_properties,
	[KL_EVENT_TIME] = check_time,
	[KL_EVENT_VALUE] = check_value,
	[KL_EVENT_CURRENCY] = check_currency,
	[KL_EVENT_UNIQUE_ID] = check_unique_id,
	[KL_EVENT_FLAG] = check_flag,
};

/* The event is too big: say by how much, and what makes it so. */
static enum kl_rc
too_big(const struct kl_json *doc, size_t n, struct kl_err *err)
{
	uint32_t obj = kl_json_get(doc, 0, "properties"), m;
	struct kl_err where = { 0 };

	m = obj == 0 ? 0 : exam_largest(doc, obj);
	if (m == 0)
		m = exam_largest(doc, obj = 0);
	kl_member_path(&where, doc, m, obj == 0 ? NULL : "properties");
	(void)kl_err_set(err, KL_ETOOBIG,
	    "the event is %zu bytes as it is sent without its profile; the "
	    "service takes %d",
	    n, KL_EVENT_MAX);
	kl_err_code(err, "event_too_big");
	kl_err_field(err, where.field, strlen(where.field));
	kl_err_hint(err, "leave something out; most of it is %s (%u bytes)",
	    where.field, (unsigned)doc->node[m + 1].n);
	return KL_ETOOBIG;
}

/* As for profiles, only an event near the limit is made into what is sent;
 * profile is the node of its profile. */
static enum kl_rc
check_size(struct kl_event *e, const struct kl_json *doc, uint32_t profile,
    struct kl_err *err)
{
	enum kl_rc rc;

	if (doc->node[0].n - doc->node[profile].n + EVENT_ADDED <= KL_EVENT_MAX)
		return KL_OK;
	kl_buf_reset(&e->body);
	rc = kl_event_body(e, &e->body, doc, err);
	if (rc == KL_OK && e->body.n > KL_EVENT_MAX)
		return too_big(doc, e->body.n, err);
	return rc;
}

enum kl_rc
kl_event_check(struct kl_event *e, const struct kl_json *doc,
    struct kl_err *err)
{
	const struct exam x = { &e->profile, doc, 0, NULL };
	const struct kl_event_member *row;
	enum kl_rc rc;

	if (kl_member_object(doc, err) != KL_OK)
		return KL_EDATA;
	memset(e->at, 0, sizeof(e->at));
	kl_json_each_member (m, doc, 0) {
		row = kl_event_member(kl_member_text(doc, m, &e->profile.name));
		if (row == NULL && e->profile.unknown == KL_UNKNOWN_REFUSE)
			return event_unknown(e, doc, m, err);
		if (row == NULL || kl_json_type(doc, m + 1) == KL_JSON_NULL)
			continue;
		e->at[row->form] = m + 1;
		if ((rc = check[row->form](e, &x, m, err)) != KL_OK)
			return rc;
	}
	if (e->at[KL_EVENT_METRIC] == 0)
		return event_missing("metric",
		    "add the name of what happened, as in Placed Order", err);
	if (e->at[KL_EVENT_PROFILE] == 0)
		return event_missing("profile",
		    "add an object that says who it was, as in "
		    "{\"email\":...}",
		    err);
	return check_size(e, doc, e->at[KL_EVENT_PROFILE], err);
}
