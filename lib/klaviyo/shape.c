/* SPDX-License-Identifier: MIT */
/* shape.c - the resources of a page as records, in the shape of their kind. */

#include <string.h>

#include "kl/flat.h"
#include "kl/shape.h"

/* What joins an event: names of relationships, which are members of its row. */
static const char *const joined[] = { "profile", "metric" };

/* Where suppressions stand in a profile. */
#define MARKETING "subscriptions.email.marketing."

static enum kl_rc
nonsense(struct kl_err *err, const char *what)
{
	(void)kl_err_set(err, KL_EPROTO, "klaviyo sent %s", what);
	kl_err_code(err, "no_resource");
	return KL_EPROTO;
}

/* TYPE NUL ID of a resource or of what points to one: the key it is found by.
 * False if it has not both. */
static bool
identity(struct kl_shaper *r, uint32_t node, struct kl_span *key)
{
	uint32_t type = kl_json_get(r->doc, node, "type");
	uint32_t id = kl_json_get(r->doc, node, "id");

	if (type == 0 || id == 0 ||
	    kl_json_type(r->doc, type) != KL_JSON_STRING ||
	    kl_json_type(r->doc, id) != KL_JSON_STRING)
		return false;
	kl_buf_reset(&r->tmp);
	kl_buf_span(&r->tmp, kl_json_raw(r->doc, type));
	kl_buf_putc(&r->tmp, '\0');
	kl_buf_span(&r->tmp, kl_json_raw(r->doc, id));
	*key = (struct kl_span){ r->tmp.s, r->tmp.n };
	return true;
}

enum kl_rc
kl_shape_page(struct kl_shaper *r, const struct kl_page *page,
    struct kl_err *err)
{
	uint32_t included;
	struct kl_span key;
	uint64_t *at;

	r->doc = page->doc;
	if (r->shape != KL_SHAPE_EVENT)
		return KL_OK;
	kl_map_reset(&r->included);
	if ((included = kl_json_get(r->doc, 0, "included")) == 0)
		return KL_OK;
	if (kl_json_type(r->doc, included) != KL_JSON_ARRAY)
		return nonsense(err, "no array of what is included");
	kl_json_each (e, r->doc, included) {
		if (kl_json_type(r->doc, e) != KL_JSON_OBJECT ||
		    !identity(r, e, &key))
			return nonsense(err, "something without type and id");
		at = kl_map_put(&r->included, key.s, key.n, NULL);
		if (at == NULL || r->tmp.rc != KL_OK)
			return kl_err_nomem(err);
		*at = e;
	}
	return KL_OK;
}

void
kl_shape_free(struct kl_shaper *r)
{
	kl_map_free(&r->included);
	kl_buf_free(&r->tmp);
	*r = (struct kl_shaper){ 0 };
}

/* What the relationship points to; 0 if the resource has none of the name. */
static uint32_t
related(const struct kl_json *doc, uint32_t node, const char *name)
{
	uint32_t at = kl_json_get(doc, node, "relationships");

	if (at == 0 || (at = kl_json_get(doc, at, name)) == 0)
		return 0;
	return kl_json_get(doc, at, "data");
}

/* ,"profile":{...}: all that is known of it, at least its id. */
static enum kl_rc
put_joined(struct kl_shaper *r, struct kl_buf *b, uint32_t node,
    const char *name, struct kl_err *err)
{
	uint32_t at = related(r->doc, node, name);
	struct kl_span key;
	uint64_t *whole;

	if (at == 0)
		return KL_OK;
	if (kl_json_type(r->doc, at) == KL_JSON_NULL) {
		kl_json_put_null(b, name);
		return KL_OK;
	}
	if (kl_json_type(r->doc, at) != KL_JSON_OBJECT ||
	    !identity(r, at, &key))
		return nonsense(err, "a relationship without type and id");
	whole = kl_map_get(&r->included, key.s, key.n);
	kl_json_put_name(b, name);
	return kl_flat_put(b, r->doc, whole != NULL ? (uint32_t)*whole : at,
	    err);
}

static enum kl_rc
put_event(struct kl_shaper *r, struct kl_buf *b, uint32_t node,
    struct kl_err *err)
{
	uint32_t attributes;
	size_t i;
	enum kl_rc rc;

	if ((rc = kl_flat_put_but(b, r->doc, node, r->hidden, err)) != KL_OK)
		return rc;
	attributes = kl_json_get(r->doc, node, "attributes");
	if (b->rc == KL_OK)
		b->n--; /* its brace */
	for (i = 0; i < sizeof(joined) / sizeof(joined[0]); i++) {
		if (attributes != 0 &&
		    kl_json_get(r->doc, attributes, joined[i]) != 0)
			continue; /* the attribute is the service's own word */
		if ((rc = put_joined(r, b, node, joined[i], err)) != KL_OK)
			return rc;
	}
	kl_buf_putc(b, '}');
	return KL_OK;
}

/* --- suppressions --------------------------------------------------------- */

/* The nth suppression, on the list that is asked for; 0: there is none. */
static uint32_t
suppression(const struct kl_shaper *r, uint32_t attributes, uint32_t nth)
{
	bool on_list = r->shape == KL_SHAPE_SUPPRESSED_LIST;
	uint32_t all, list;

	all = kl_json_path(r->doc, attributes,
	    on_list ? KL_SPAN(MARKETING "list_suppressions")
		    : KL_SPAN(MARKETING "suppression"));
	if (all == 0 || kl_json_type(r->doc, all) != KL_JSON_ARRAY)
		return 0;
	kl_json_each (e, r->doc, all) {
		if (kl_json_type(r->doc, e) != KL_JSON_OBJECT)
			continue;
		if (on_list && r->list != NULL) {
			list = kl_json_get(r->doc, e, "list_id");
			if (list == 0 || !kl_json_is(r->doc, list, r->list))
				continue;
		}
		if (nth-- == 0)
			return e;
	}
	return 0;
}

/* ,NAME:VALUE for the members of an object, but for one. */
static void
put_members(const struct kl_shaper *r, struct kl_buf *b, uint32_t object,
    const char *but)
{
	kl_json_each_member (m, r->doc, object) {
		if (kl_json_is(r->doc, m, but))
			continue;
		kl_buf_putc(b, ',');
		kl_flat_copy(b, kl_json_raw(r->doc, m));
		kl_buf_putc(b, ':');
		kl_flat_copy(b, kl_json_raw(r->doc, m + 1));
	}
}

static enum kl_rc
put_suppressed(struct kl_shaper *r, struct kl_buf *b, uint32_t node,
    uint32_t nth, struct kl_err *err)
{
	uint32_t id = 0, attributes = 0, at;
	size_t from = b->n;

	if (kl_json_type(r->doc, node) == KL_JSON_OBJECT) {
		id = kl_json_get(r->doc, node, "id");
		attributes = kl_json_get(r->doc, node, "attributes");
	}
	if (id == 0 || attributes == 0 ||
	    kl_json_type(r->doc, id) != KL_JSON_STRING ||
	    kl_json_type(r->doc, attributes) != KL_JSON_OBJECT)
		return nonsense(err, "an object without id or attributes");
	if ((at = suppression(r, attributes, nth)) == 0)
		return KL_EOF;
	kl_buf_puts(b, "{\"id\":");
	kl_buf_span(b, kl_json_raw(r->doc, id));
	put_members(r, b, at, "id");
	r->key = b->n - from;
	put_members(r, b, attributes, "subscriptions");
	kl_buf_putc(b, '}');
	return KL_OK;
}

enum kl_rc
kl_shape_put(struct kl_shaper *r, struct kl_buf *b, uint32_t node, uint32_t nth,
    struct kl_err *err)
{
	struct kl_flat of;

	if (r->shape == KL_SHAPE_SUPPRESSED ||
	    r->shape == KL_SHAPE_SUPPRESSED_LIST)
		return put_suppressed(r, b, node, nth, err);
	if (nth > 0)
		return KL_EOF;
	of = kl_flat_of(r->doc, node);
	r->key = 6 + (of.id != 0 ? kl_json_raw(r->doc, of.id).n : 0);
	if (r->shape == KL_SHAPE_EVENT)
		return put_event(r, b, node, err);
	return kl_flat_put_of(b, r->doc, of, r->hidden, err);
}
