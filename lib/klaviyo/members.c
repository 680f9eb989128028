/* SPDX-License-Identifier: MIT */

/*
 * members.c - the members of a list, one at a time.
 *
 * A page is copied when it comes, as records: the client may be used for
 * other calls before the next.
 */

#include <stdlib.h>
#include <string.h>

#include "kl/flat.h"
#include "kl/klaviyo.h"
#include "kl/source.h"

/* A value that was handed out; freed with the next member. */
struct text {
	struct text *next;
	char s[];
};

struct kl_members {
	struct kl_client *client;
	struct kl_source walk;
	char *list, *fields;
	struct kl_buf page; /* records, each with a NUL after it */
	size_t at;	    /* where the next one begins */
	struct kl_span now; /* the one lent */
	struct kl_json doc; /* of it; nodes 0: not looked at yet */
	struct text *texts;
	bool begun;
	enum kl_rc rc; /* KL_OK while it goes on */
	struct kl_err err;
};

struct kl_members *
kl_members_new(struct kl_client *c, const char *list, const char *fields)
{
	struct kl_members *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->client = c;
	m->list = strdup(list);
	if (fields != NULL)
		m->fields = strdup(fields);
	if (m->list == NULL || (fields != NULL && m->fields == NULL)) {
		kl_members_free(m);
		return NULL;
	}
	return m;
}

static void
free_texts(struct kl_members *m)
{
	struct text *t;

	while ((t = m->texts) != NULL) {
		m->texts = t->next;
		free(t);
	}
}

void
kl_members_free(struct kl_members *m)
{
	if (m == NULL)
		return;
	free_texts(m);
	kl_source_free(&m->walk);
	kl_buf_free(&m->page);
	kl_json_free(&m->doc);
	free(m->list);
	free(m->fields);
	free(m);
}

/* The list is unknown, err says: looking for it says which there are. */
static enum kl_rc
unknown_list(struct kl_members *m, struct kl_err *err)
{
	struct kl_err why = { 0 };
	struct kl_list none;

	if (kl_list_id_valid(m->list) &&
	    kl_list_find(m->client, m->list, NULL, &none, &why) == KL_EREFUSED)
		*err = why;
	return KL_EREFUSED;
}

/* Ask for the next page and copy it.  It may be empty and not the last. */
static enum kl_rc
read_page(struct kl_members *m, struct kl_err *err)
{
	struct kl_page page;
	enum kl_rc rc;

	rc = kl_source_next(&m->walk, &page, err);
	if (rc == KL_EREFUSED && strcmp(err->code, "list_unknown") == 0)
		return unknown_list(m, err);
	if (rc != KL_OK)
		return rc;
	kl_buf_reset(&m->page);
	m->at = 0;
	kl_json_each (e, page.doc, page.data) {
		rc = kl_flat_put(&m->page, page.doc, e, err);
		if (rc != KL_OK)
			return rc;
		kl_buf_putc(&m->page, '\0');
	}
	return kl_buf_check(&m->page, err);
}

static enum kl_rc
begin(struct kl_members *m, struct kl_err *err)
{
	struct kl_want want = { .fields = m->fields };
	struct kl_query query = { 0 };
	enum kl_rc rc;

	rc = kl_query_make(&query, KL_RES_MEMBERS, m->list, &want, err);
	if (rc == KL_OK)
		rc = kl_source_walk(&m->walk, m->client, &query, NULL, err);
	kl_query_free(&query);
	m->begun = rc == KL_OK;
	return rc;
}

/* Have a record at m->at. */
static enum kl_rc
fill(struct kl_members *m, struct kl_err *err)
{
	enum kl_rc rc;

	if (!m->begun && (rc = begin(m, err)) != KL_OK)
		return rc;
	while (m->at == m->page.n)
		if ((rc = read_page(m, err)) != KL_OK)
			return rc;
	return KL_OK;
}

enum kl_rc
kl_members_next(struct kl_members *m, struct kl_span *record,
    struct kl_err *err)
{
	if (m == NULL)
		return kl_err_nomem(err);
	free_texts(m);
	m->doc.nodes = 0;
	m->now = (struct kl_span){ 0 };
	if (m->rc == KL_OK)
		m->rc = fill(m, &m->err);
	if (m->rc != KL_OK) {
		if (m->rc != KL_EOF && err != NULL)
			*err = m->err;
		return m->rc;
	}
	m->now.s = m->page.s + m->at;
	m->now.n = strlen(m->now.s);
	m->at += m->now.n + 1;
	*record = m->now;
	return KL_OK;
}

/* A copy that lives until the next member; a failure is remembered. */
static const char *
keep(struct kl_members *m, struct kl_span s)
{
	struct text *t = malloc(sizeof(*t) + s.n + 1);

	if (t == NULL) {
		m->rc = kl_err_nomem(&m->err);
		return NULL;
	}
	if (s.n > 0)
		memcpy(t->s, s.s, s.n);
	t->s[s.n] = '\0';
	t->next = m->texts;
	m->texts = t;
	return t->s;
}

const char *
kl_members_text(struct kl_members *m, const char *name)
{
	struct kl_buf tmp = { 0 };
	const char *s = NULL;
	uint32_t at;

	if (m == NULL || m->now.s == NULL)
		return NULL;
	if (m->doc.nodes == 0 &&
	    kl_json_scan(&m->doc, m->now.s, m->now.n, NULL) != KL_OK) {
		m->rc = kl_err_nomem(&m->err); /* it was scanned before */
		return NULL;
	}
	at = kl_json_path(&m->doc, 0, KL_SPAN(name));
	if (at == 0 || kl_json_type(&m->doc, at) == KL_JSON_NULL)
		return NULL;
	if (kl_json_type(&m->doc, at) != KL_JSON_STRING)
		return keep(m, kl_json_raw(&m->doc, at));
	s = keep(m, kl_json_text(&m->doc, at, &tmp));
	kl_buf_free(&tmp);
	return s;
}
