/* SPDX-License-Identifier: MIT */
/* query.c - a question to a collection, as the query of a request. */

#include <stdio.h>
#include <string.h>

#include "kl/url.h"
#include "query.h"

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
	const char *fields = w->fields != NULL ? w->fields : r->only;
	enum kl_rc rc;

	*a = (struct kl_query){ .r = r, .ep = kl_endpoint(r->ep) };
	if (id != NULL)
		kl_buf_puts(&a->id, id);
	if ((rc = query_fields_check(r, fields, w->with, err)) != KL_OK ||
	    (rc = put_size(a, w->page, err)) != KL_OK ||
	    (rc = query_where_put(a, w, err)) != KL_OK)
		return rc;
	query_fields_put(a, fields, w);
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
