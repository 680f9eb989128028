/* SPDX-License-Identifier: MIT */
/* query-fields.c - which attributes a question asks for. */

#include <stdio.h>
#include <string.h>

#include "kl/near.h"
#include "kl/url.h"
#include "query.h"

/* --- names ---------------------------------------------------------------- */

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

/* --- checking ------------------------------------------------------------- */

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

enum kl_rc
query_fields_check(const struct kl_resource *r, const char *fields,
    const char *with, struct kl_err *err)
{
	enum kl_rc rc = check_fields(r, fields, err);

	return rc == KL_OK ? check_with(r, with, err) : rc;
}

/* --- asking --------------------------------------------------------------- */

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

void
query_fields_put(struct kl_query *a, const char *fields,
    const struct kl_want *w)
{
	bool of[KL_FIELDSETS] = { false };

	a->hidden = hidden(a, fields, w->need);
	if (fields != NULL)
		put_fields(a, fields, of);
	put_include(a, fields, of);
	if (w->with != NULL || a->r->with != NULL)
		put_with(a, w->with);
}
