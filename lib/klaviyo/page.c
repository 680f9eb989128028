/* SPDX-License-Identifier: MIT */
/* page.c - collections, a page at a time. */

#include <string.h>

#include "kl/page.h"
#include "kl/url.h"

/* Longer is no cursor.  Klaviyo's have about 100 bytes. */
#define CURSOR_MAX 8192

static enum kl_rc
foreign(struct kl_err *err, const char *what)
{
	(void)kl_err_set(err, KL_EPROTO,
	    "the link to the next page %s; it is not followed", what);
	kl_err_code(err, "foreign_link");
	return KL_EPROTO;
}

/* Without a final slash: both forms are in use. */
static struct kl_span
without_slash(struct kl_span s)
{
	while (s.n > 0 && s.s[s.n - 1] == '/')
		s.n--;
	return s;
}

/* True if the link's path is the base's followed by the one asked. */
static bool
same_path(const struct kl_url *link, const struct kl_url *base,
    struct kl_span asked)
{
	struct kl_span p = without_slash(link->path);
	struct kl_span b = without_slash(base->path);

	asked = without_slash(asked);
	return p.n == b.n + asked.n &&
	    (b.n == 0 || memcmp(p.s, b.s, b.n) == 0) &&
	    (asked.n == 0 || memcmp(p.s + b.n, asked.s, asked.n) == 0);
}

/* Take the cursor out of the link. */
static enum kl_rc
read_link(struct kl_buf *value, struct kl_span link, const char *base_url,
    struct kl_span path, struct kl_err *err)
{
	struct kl_url u, base;

	if (!kl_url_split(&u, link.s, link.n))
		return foreign(err, "is not a plain URL");
	if (!kl_url_split(&base, base_url, strlen(base_url)))
		return kl_err_set(err, KL_EBUG, "no base URL");
	if (!kl_url_same_origin(&u, &base))
		return foreign(err, "leads to another server");
	if (!same_path(&u, &base, path))
		return foreign(err, "leads to another path");
	kl_buf_reset(value);
	value->max = CURSOR_MAX;
	if (!kl_url_query(value, u.query, "page[cursor]") || value->n == 0) {
		if (value->rc == KL_ENOMEM)
			return kl_err_nomem(err);
		return foreign(err, "has no page[cursor]");
	}
	return KL_OK;
}

static enum kl_rc
circle(const struct kl_cursor *cur, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EPROTO,
	    "the pages go in a circle: the cursor after page %llu "
	    "was there before",
	    (unsigned long long)cur->pages);
	kl_err_code(err, "page_loop");
	return KL_EPROTO;
}

/* An empty one may have no memory at all. */
static bool
same(const struct kl_buf *a, const struct kl_buf *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->s, b->s, a->n) == 0);
}

/*
 * Remember one cursor, at the 1st, 2nd, 4th, 8th ... page: if the cursors go
 * in a circle, it comes back before long (Brent's method).
 */
static enum kl_rc
look_for_loop(struct kl_cursor *cur, struct kl_err *err)
{
	struct kl_span value = { cur->value.s, cur->value.n };

	if (cur->power > 0 && same(&cur->seen, &cur->value))
		return circle(cur, err);
	if (cur->power == 0 || ++cur->lap == cur->power) {
		cur->power = cur->power == 0 ? 1 : cur->power * 2;
		cur->lap = 0;
		kl_buf_reset(&cur->seen);
		kl_buf_span(&cur->seen, value);
	}
	return kl_buf_check(&cur->seen, err);
}

/* Go on to the cursor of the link.  The commonest circle, a page that leads
 * to itself, is noticed at once. */
static enum kl_rc
follow(struct kl_cursor *cur, struct kl_span link, const char *base_url,
    struct kl_span path, struct kl_err *err)
{
	struct kl_buf next = { 0 };
	enum kl_rc rc;

	if ((rc = read_link(&next, link, base_url, path, err)) != KL_OK) {
		kl_buf_free(&next);
		return rc;
	}
	if (same(&next, &cur->value)) {
		kl_buf_free(&next);
		return circle(cur, err);
	}
	kl_buf_free(&cur->value);
	cur->value = next;
	return look_for_loop(cur, err);
}

enum kl_rc
kl_cursor_next(struct kl_cursor *cur, const struct kl_json *doc,
    const char *base_url, struct kl_span path, struct kl_err *err)
{
	struct kl_buf tmp = { 0 };
	struct kl_span link;
	uint32_t data, next;
	enum kl_rc rc;

	data = doc->nodes > 0 ? kl_json_get(doc, 0, "data") : 0;
	if (data == 0 || kl_json_type(doc, data) != KL_JSON_ARRAY) {
		(void)kl_err_set(err, KL_EPROTO,
		    "page %llu of the answer has no data array",
		    (unsigned long long)cur->pages + 1);
		kl_err_code(err, "no_page");
		return KL_EPROTO;
	}
	cur->pages++;
	if ((next = kl_json_get(doc, 0, "links")) != 0)
		next = kl_json_get(doc, next, "next");
	if (next == 0 || kl_json_type(doc, next) == KL_JSON_NULL)
		return KL_EOF;
	if (kl_json_type(doc, next) != KL_JSON_STRING)
		return foreign(err, "is no string");
	link = kl_json_text(doc, next, &tmp);
	rc = link.n == 0 ? KL_EOF : follow(cur, link, base_url, path, err);
	kl_buf_free(&tmp);
	return rc;
}

void
kl_cursor_free(struct kl_cursor *cur)
{
	kl_buf_free(&cur->value);
	kl_buf_free(&cur->seen);
	*cur = (struct kl_cursor){ 0 };
}

void
kl_pages_path(struct kl_buf *b, const struct kl_endpoint *ep, const char *id)
{
	const char *hole = strstr(ep->path, "{id}");

	if (hole == NULL) {
		kl_buf_puts(b, ep->path);
		return;
	}
	kl_buf_put(b, ep->path, (size_t)(hole - ep->path));
	if (id != NULL)
		kl_url_encode(b, id, strlen(id));
	kl_buf_puts(b, hole + 4);
}

static enum kl_rc
ask(struct kl_pages *p, struct kl_err *err)
{
	struct kl_call call = { .ep = p->ep, .id = p->id };
	struct kl_buf q = { 0 };
	enum kl_rc rc;

	kl_buf_put(&q, p->query.s, p->query.n);
	if (p->cursor.value.n > 0)
		kl_url_param(&q, "page[cursor]", p->cursor.value.s,
		    p->cursor.value.n);
	call.query = (struct kl_span){ q.s, q.n };
	if ((rc = kl_buf_check(&q, err)) == KL_OK)
		rc = kl_client_call(p->client, &call, &p->answer, err);
	kl_buf_free(&q);
	return rc;
}

enum kl_rc
kl_pages_next(struct kl_pages *p, uint32_t *data, struct kl_err *err)
{
	struct kl_buf path = { 0 };
	enum kl_rc rc;

	if (p->end)
		return KL_EOF;
	if ((rc = ask(p, err)) != KL_OK)
		return rc;
	kl_pages_path(&path, p->ep, p->id);
	if ((rc = kl_buf_check(&path, err)) == KL_OK)
		rc = kl_cursor_next(&p->cursor, p->answer.doc,
		    kl_client_base(p->client),
		    (struct kl_span){ path.s, path.n }, err);
	kl_buf_free(&path);
	if (rc != KL_OK && rc != KL_EOF)
		return rc;
	p->end = rc == KL_EOF;
	p->count++;
	*data = kl_json_get(p->answer.doc, 0, "data");
	return KL_OK;
}

void
kl_pages_free(struct kl_pages *p)
{
	kl_cursor_free(&p->cursor);
	kl_buf_free(&p->query);
}
