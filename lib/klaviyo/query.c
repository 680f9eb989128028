/* SPDX-License-Identifier: MIT */
/* query.c - a question to a collection, as the query of a request. */

#include <stdio.h>
#include <string.h>

#include "kl/near.h"
#include "kl/query.h"
#include "kl/timestamp.h"
#include "kl/url.h"

/* --- names of attributes -------------------------------------------------- */

static bool
known(const char *const *names, struct kl_span s)
{
	for (; *names != NULL; names++)
		if (kl_span_is(s, *names))
			return true;
	return false;
}

static bool
deep(const char *const *beginnings, struct kl_span s)
{
	size_t i, n;

	for (i = 0; beginnings != NULL && beginnings[i] != NULL; i++) {
		n = strlen(beginnings[i]);
		if (s.n > n && memcmp(s.s, beginnings[i], n) == 0)
			return true;
	}
	return false;
}

/* Say which word is wrong, and what may have been meant. */
static enum kl_rc
unknown(const char *const *names, struct kl_span s, const char *what,
    struct kl_err *err)
{
	const char *near = kl_near(names, s.s, s.n);

	(void)kl_err_set(err, KL_EUSAGE, "%s: klaviyo offers no %.*s", what,
	    s.n > 100 ? 100 : (int)s.n, s.s);
	kl_err_code(err, "field_unknown");
	if (s.n > 11 && memcmp(s.s, "properties.", 11) == 0)
		kl_err_hint(err,
		    "ask for properties, and choose with kl-map "
		    "or kl-to-csv --columns");
	else if (near != NULL)
		kl_err_hint(err, "%s?", near);
	return KL_EUSAGE;
}

/* The word of a comma list at *list, which is moved behind it; false: none
 * is left. */
static bool
next_word(const char **list, struct kl_span *word)
{
	if (*list == NULL)
		return false;
	*word = (struct kl_span){ *list, strcspn(*list, ",") };
	*list = (*list)[word->n] == ',' ? *list + word->n + 1 : NULL;
	return true;
}

/* The set a name belongs to, by its prefix, which is cut off. */
static const struct kl_fieldset *
set_of(const struct kl_resource *r, struct kl_span *word)
{
	const struct kl_fieldset *f;
	size_t n;

	for (f = r->fields + 1; f < r->fields + KL_FIELDSETS; f++) {
		if (f->type == NULL || f->prefix == NULL)
			continue;
		n = strlen(f->prefix);
		if (word->n > n && memcmp(word->s, f->prefix, n) == 0) {
			word->s += n;
			word->n -= n;
			return f;
		}
	}
	return r->fields;
}

static enum kl_rc
check_fields(const struct kl_resource *r, const char *list, struct kl_err *err)
{
	const struct kl_fieldset *f;
	struct kl_span word;

	if (list != NULL && r->fields[0].type == NULL) {
		(void)kl_err_set(err, KL_EUSAGE, "%s come as a whole", r->name);
		kl_err_code(err, "field_unknown");
		return KL_EUSAGE;
	}
	while (next_word(&list, &word)) {
		f = set_of(r, &word);
		if (!known(f->names, word) && !deep(f->deep, word))
			return unknown(f->names, word, "fields", err);
	}
	return KL_OK;
}

static enum kl_rc
check_with(const struct kl_resource *r, const char *list, struct kl_err *err)
{
	struct kl_span word;

	if (list != NULL && r->more == NULL) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "there is nothing more of %s to ask for", r->name);
		kl_err_code(err, "field_unknown");
		return KL_EUSAGE;
	}
	while (next_word(&list, &word))
		if (!known(r->more, word))
			return unknown(r->more, word, "with", err);
	return KL_OK;
}

/* What is needed, if it is not wanted anyway. */
static const char *
hidden(const struct kl_query *a, const char *fields, const char *need)
{
	struct kl_span word;

	if (fields == NULL)
		return NULL;
	while (need != NULL && next_word(&fields, &word))
		if (set_of(a->r, &word) == a->r->fields &&
		    kl_span_is(word, need))
			return NULL;
	return need;
}

/* fields[TYPE] for every set that something is named of.  True in *of: for
 * which. */
static void
put_fields(struct kl_query *a, const char *fields, bool of[KL_FIELDSETS])
{
	const struct kl_fieldset *f = a->r->fields;
	struct kl_buf list = { 0 };
	struct kl_span word;
	const char *rest;
	char name[60];
	size_t i;

	for (i = 0; i < KL_FIELDSETS && f[i].type != NULL; i++) {
		kl_buf_reset(&list);
		for (rest = fields; next_word(&rest, &word);)
			if (set_of(a->r, &word) == &f[i]) {
				if (list.n > 0)
					kl_buf_putc(&list, ',');
				kl_buf_span(&list, word);
			}
		if (i == 0 && a->hidden != NULL)
			kl_buf_printf(&list, "%s%s", list.n > 0 ? "," : "",
			    a->hidden);
		of[i] = list.n > 0;
		(void)snprintf(name, sizeof(name), "fields[%s]", f[i].type);
		/* Of the resource itself none may be wanted. */
		if (of[i] || i == 0)
			kl_url_param(&a->query, name, of[i] ? list.s : "id",
			    of[i] ? list.n : 2);
		if (list.rc != KL_OK)
			a->query.rc = list.rc;
	}
	kl_buf_free(&list);
}

/* include=: all of it, or what attributes are wanted of. */
static void
put_include(struct kl_query *a, const char *fields, const bool of[KL_FIELDSETS])
{
	const struct kl_fieldset *f = a->r->fields;
	struct kl_buf list = { 0 };
	size_t i;

	if (a->r->include == NULL)
		return;
	if (fields == NULL) {
		kl_url_param(&a->query, "include", a->r->include,
		    strlen(a->r->include));
		return;
	}
	for (i = 1; i < KL_FIELDSETS && f[i].type != NULL; i++)
		if (of[i])
			kl_buf_printf(&list, "%s%s", list.n > 0 ? "," : "",
			    f[i].type);
	if (list.n > 0)
		kl_url_param(&a->query, "include", list.s, list.n);
	if (list.rc != KL_OK)
		a->query.rc = list.rc;
	kl_buf_free(&list);
}

/* additional-fields[TYPE]=: what comes always and what is asked for. */
static void
put_with(struct kl_query *a, const char *with)
{
	const char *always = a->r->with;
	struct kl_buf list = { 0 };
	struct kl_span word;
	char name[60];

	if (always != NULL)
		kl_buf_puts(&list, always);
	while (next_word(&with, &word))
		if (always == NULL || !kl_span_is(word, always)) {
			if (list.n > 0)
				kl_buf_putc(&list, ',');
			kl_buf_span(&list, word);
		}
	(void)snprintf(name, sizeof(name), "additional-fields[%s]",
	    a->r->fields[0].type);
	if (list.n > 0)
		kl_url_param(&a->query, name, list.s, list.n);
	if (list.rc != KL_OK)
		a->query.rc = list.rc;
	kl_buf_free(&list);
}

/* --- filters -------------------------------------------------------------- */

static void
begin_condition(struct kl_buf *b, enum kl_op op, const char *field)
{
	kl_buf_printf(b, "%s%s(%s,", b->n > 0 ? "," : "", kl_op_name(op),
	    field);
}

void
kl_filter_put(struct kl_buf *b, enum kl_op op, const char *field,
    struct kl_span value)
{
	begin_condition(b, op, field);
	kl_buf_span(b, value);
	kl_buf_putc(b, ')');
}

void
kl_filter_put_text(struct kl_buf *b, enum kl_op op, const char *field,
    struct kl_span text)
{
	size_t i;

	begin_condition(b, op, field);
	kl_buf_putc(b, '"');
	for (i = 0; i < text.n; i++) {
		if (text.s[i] == '"' || text.s[i] == '\\')
			kl_buf_putc(b, '\\');
		kl_buf_putc(b, text.s[i]);
	}
	kl_buf_puts(b, "\")");
}

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

static enum kl_rc
put_filters(struct kl_query *a, const struct kl_want *w, struct kl_err *err)
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

/* --- the question --------------------------------------------------------- */

static enum kl_rc
put_size(struct kl_query *a, unsigned wanted, struct kl_err *err)
{
	char text[20];

	a->page = a->ep->page_size;
	if (a->page == 0 && wanted > 0)
		return kl_err_set(err, KL_EUSAGE,
		    "%s come in pages that Klaviyo sizes: no page size",
		    a->r->name);
	if (a->page == 0)
		return KL_OK;
	if (wanted > a->page) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "a page of %s has %u rows at most", a->r->name, a->page);
		return KL_EUSAGE;
	}
	if (wanted > 0)
		a->page = wanted;
	(void)snprintf(text, sizeof(text), "%u", a->page);
	kl_url_param(&a->query, "page[size]", text, strlen(text));
	return KL_OK;
}

enum kl_rc
kl_query_make(struct kl_query *a, enum kl_res res, const char *id,
    const struct kl_want *w, struct kl_err *err)
{
	const struct kl_resource *r = kl_resource(res);
	bool of[KL_FIELDSETS] = { false };
	const char *fields = w->fields != NULL ? w->fields : r->only;
	enum kl_rc rc;

	*a = (struct kl_query){ .r = r, .ep = kl_endpoint(r->ep) };
	if (id != NULL)
		kl_buf_puts(&a->id, id);
	if ((rc = check_fields(r, fields, err)) != KL_OK ||
	    (rc = check_with(r, w->with, err)) != KL_OK ||
	    (rc = put_size(a, w->page, err)) != KL_OK ||
	    (rc = put_filters(a, w, err)) != KL_OK)
		return rc;
	a->hidden = hidden(a, fields, w->need);
	if (fields != NULL)
		put_fields(a, fields, of);
	put_include(a, fields, of);
	if (w->with != NULL || r->with != NULL)
		put_with(a, w->with);
	if ((rc = kl_buf_check(&a->id, err)) == KL_OK &&
	    (rc = kl_buf_check(&a->filter, err)) == KL_OK)
		rc = kl_buf_check(&a->query, err);
	return rc;
}

void
kl_query_free(struct kl_query *a)
{
	kl_buf_free(&a->id);
	kl_buf_free(&a->query);
	kl_buf_free(&a->filter);
	*a = (struct kl_query){ 0 };
}

void
kl_query_put(const struct kl_query *a, struct kl_buf *to, const char *sort,
    struct kl_span more, struct kl_span cursor)
{
	struct kl_buf f = { 0 };

	kl_buf_put(to, a->query.s, a->query.n);
	kl_buf_put(&f, a->filter.s, a->filter.n);
	if (f.n > 0 && more.n > 0)
		kl_buf_putc(&f, ',');
	kl_buf_span(&f, more);
	if (f.n > 0)
		kl_url_param(to, "filter", f.s, f.n);
	if (sort != NULL)
		kl_url_param(to, "sort", sort, strlen(sort));
	if (cursor.n > 0)
		kl_url_param(to, "page[cursor]", cursor.s, cursor.n);
	if (f.rc != KL_OK)
		to->rc = f.rc;
	kl_buf_free(&f);
}
