/* SPDX-License-Identifier: MIT */
/* merge.c - several profile objects of one person become one. */

#include <stdlib.h>
#include <string.h>

#include "kl/room.h"
#include "merge.h"

#define NONE UINT32_MAX

/* One member.  Entry 0 is the object itself. */
struct kl_merge_entry {
	struct kl_span name;  /* as written, quotes included */
	struct kl_span value; /* as written, if it is not open */
	uint32_t child, last; /* members of an open one */
	uint32_t next;
	bool open; /* an object that is merged member by member */
};

/* The objects whose members are merged one by one, by where they stand. */
enum level {
	TOP,
	ATTRIBUTES,
	INNER,
	CLOSED
};

static enum level
below(enum level at, const struct kl_json *doc, uint32_t name)
{
	if (at == TOP && kl_json_is(doc, name, "attributes"))
		return ATTRIBUTES;
	if (at == ATTRIBUTES &&
	    (kl_json_is(doc, name, "location") ||
		kl_json_is(doc, name, "properties") ||
		kl_json_is(doc, name, "subscriptions")))
		return INNER;
	return CLOSED;
}

static enum kl_rc
new_entry(struct kl_merge *m, struct kl_span name, struct kl_err *err)
{
	if (m->n == KL_JSON_NODES || !KL_ROOM(m->entry, m->n, m->cap, 64))
		return kl_err_nomem(err);
	m->entry[m->n++] = (struct kl_merge_entry){ .name = name,
		.child = NONE,
		.last = NONE,
		.next = NONE };
	return KL_OK;
}

enum kl_rc
kl_merge_start(struct kl_merge *m, struct kl_err *err)
{
	kl_map_reset(&m->names);
	m->n = 0;
	if (new_entry(m, (struct kl_span){ 0 }, err) != KL_OK)
		return KL_ENOMEM;
	m->entry[0].open = true;
	return KL_OK;
}

/* The member of entry parent with that name, made if there is none. */
static enum kl_rc
member(struct kl_merge *m, uint32_t parent, uint32_t name, uint32_t *which,
    struct kl_err *err)
{
	struct kl_merge_entry *p;
	uint64_t *v;
	bool fresh;

	kl_buf_reset(&m->key);
	kl_buf_put(&m->key, &parent, sizeof(parent));
	kl_buf_span(&m->key, kl_json_text(&m->doc, name, &m->text));
	if (kl_buf_check(&m->key, NULL) != KL_OK ||
	    (v = kl_map_put(&m->names, m->key.s, m->key.n, &fresh)) == NULL)
		return kl_err_nomem(err);
	if (fresh) {
		if (new_entry(m, kl_json_raw(&m->doc, name), err) != KL_OK)
			return KL_ENOMEM;
		*v = m->n - 1;
		p = &m->entry[parent];
		if (p->child == NONE)
			p->child = m->n - 1;
		else
			m->entry[p->last].next = m->n - 1;
		p->last = m->n - 1;
	}
	*which = (uint32_t)*v;
	return KL_OK;
}

/* Not deeper than enum level has names. */
static enum kl_rc
add_members(struct kl_merge *m, uint32_t to, uint32_t obj, enum level at,
    struct kl_err *err)
{
	struct kl_merge_entry *e;
	enum level in;
	uint32_t i = 0;

	kl_json_each_member (k, &m->doc, obj) {
		if (member(m, to, k, &i, err) != KL_OK)
			return KL_ENOMEM;
		e = &m->entry[i];
		in = below(at, &m->doc, k);
		if (in != CLOSED &&
		    kl_json_type(&m->doc, k + 1) == KL_JSON_OBJECT &&
		    (e->open || e->value.n == 0)) {
			e->open = true;
			if (add_members(m, i, k + 1, in, err) != KL_OK)
				return KL_ENOMEM;
			continue;
		}
		e->open = false;
		e->value = kl_json_raw(&m->doc, k + 1);
	}
	return KL_OK;
}

enum kl_rc
kl_merge_add(struct kl_merge *m, struct kl_span object, struct kl_err *err)
{
	enum kl_rc rc = kl_json_scan(&m->doc, object.s, object.n, err);

	return rc != KL_OK ? rc : add_members(m, 0, 0, TOP, err);
}

static void
put_entry(const struct kl_merge *m, uint32_t i, struct kl_buf *b)
{
	const struct kl_merge_entry *e = &m->entry[i];
	uint32_t c;

	if (!e->open) {
		kl_buf_span(b, e->value);
		return;
	}
	kl_buf_putc(b, '{');
	for (c = e->child; c != NONE; c = m->entry[c].next) {
		if (c != e->child)
			kl_buf_putc(b, ',');
		kl_buf_span(b, m->entry[c].name);
		kl_buf_putc(b, ':');
		put_entry(m, c, b);
	}
	kl_buf_putc(b, '}');
}

void
kl_merge_put(const struct kl_merge *m, struct kl_buf *b)
{
	put_entry(m, 0, b);
}

void
kl_merge_free(struct kl_merge *m)
{
	kl_json_free(&m->doc);
	kl_map_free(&m->names);
	kl_buf_free(&m->text);
	kl_buf_free(&m->key);
	free(m->entry);
	*m = (struct kl_merge){ 0 };
}
