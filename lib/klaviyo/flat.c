/* SPDX-License-Identifier: MIT */
/* flat.c - a JSON:API resource as a record of one line. */

#include <string.h>

#include "kl/flat.h"

void
kl_flat_copy(struct kl_buf *b, struct kl_span s)
{
	size_t n;

	if (memchr(s.s, '\n', s.n) == NULL && memchr(s.s, '\r', s.n) == NULL) {
		kl_buf_span(b, s);
		return;
	}
	while (s.n > 0) {
		for (n = 0; n < s.n && s.s[n] != '\n' && s.s[n] != '\r';)
			n++;
		kl_buf_put(b, s.s, n);
		n += n < s.n;
		s.s += n;
		s.n -= n;
	}
}

/* The attributes one by one, without a second "id". */
static void
put_members(struct kl_buf *b, const struct kl_json *doc, uint32_t attributes,
    const char *but)
{
	kl_json_each_member (m, doc, attributes) {
		if (kl_json_is(doc, m, "id") ||
		    (but != NULL && kl_json_is(doc, m, but)))
			continue;
		kl_buf_putc(b, ',');
		kl_flat_copy(b, kl_json_raw(doc, m));
		kl_buf_putc(b, ':');
		kl_flat_copy(b, kl_json_raw(doc, m + 1));
	}
}

enum kl_rc
kl_flat_put(struct kl_buf *b, const struct kl_json *doc, uint32_t node,
    struct kl_err *err)
{
	return kl_flat_put_but(b, doc, node, NULL, err);
}

/* A member's name is this word, as it is usually spelled: without an escape. */
static bool
plainly(const struct kl_json *doc, uint32_t m, struct kl_span word)
{
	return doc->node[m].n == word.n + 2 &&
	    memcmp(doc->s + doc->node[m].at + 1, word.s, word.n) == 0;
}

struct kl_flat
kl_flat_of(const struct kl_json *doc, uint32_t node)
{
	struct kl_flat of = { 0, 0 };

	if (kl_json_type(doc, node) != KL_JSON_OBJECT)
		return of;
	kl_json_each_member (m, doc, node) {
		if (plainly(doc, m, KL_SPAN("id")))
			of.id = m + 1;
		else if (plainly(doc, m, KL_SPAN("attributes")))
			of.attributes = m + 1;
		if (of.id != 0 && of.attributes != 0)
			return of;
	}
	if (of.id == 0)
		of.id = kl_json_get(doc, node, "id");
	if (of.attributes == 0)
		of.attributes = kl_json_get(doc, node, "attributes");
	return of;
}

enum kl_rc
kl_flat_put_but(struct kl_buf *b, const struct kl_json *doc, uint32_t node,
    const char *but, struct kl_err *err)
{
	return kl_flat_put_of(b, doc, kl_flat_of(doc, node), but, err);
}

enum kl_rc
kl_flat_put_of(struct kl_buf *b, const struct kl_json *doc, struct kl_flat of,
    const char *but, struct kl_err *err)
{
	uint32_t id = of.id, attributes = of.attributes;
	struct kl_span inner;

	if (id == 0 || kl_json_type(doc, id) != KL_JSON_STRING ||
	    (attributes != 0 &&
		kl_json_type(doc, attributes) != KL_JSON_OBJECT)) {
		(void)kl_err_set(err, KL_EPROTO,
		    "klaviyo sent an object without id or attributes");
		kl_err_code(err, "no_resource");
		return KL_EPROTO;
	}
	kl_buf_puts(b, "{\"id\":");
	kl_buf_span(b, kl_json_raw(doc, id));
	if (attributes == 0 || doc->node[attributes].count == 0) {
		kl_buf_putc(b, '}');
		return KL_OK;
	}
	if (but != NULL || kl_json_get(doc, attributes, "id") != 0) {
		put_members(b, doc, attributes, but);
		kl_buf_putc(b, '}');
		return KL_OK;
	}
	/* All of it in one copy, the opening brace made a comma. */
	inner = kl_json_raw(doc, attributes);
	kl_buf_putc(b, ',');
	kl_flat_copy(b, (struct kl_span){ inner.s + 1, inner.n - 1 });
	return KL_OK;
}
