/* SPDX-License-Identifier: MIT */
/* canon.c - one spelling for JSON that says the same. */

#include <stdlib.h>
#include <string.h>

#include "kl/canon.h"
#include "kl/room.h"

/* The name of a member with its quotes, as it will be written. */
struct kl_canon_name {
	const char *s;
	uint32_t n;
	uint32_t node;
	size_t at; /* in c->text, of a name that had escapes */
	int escaped;
};

#define FEW 24 /* members up to which insertion is the faster sort */

static int
compare(const void *a, const void *b)
{
	const struct kl_canon_name *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->s, y->s, x->n);
}

static void
sort(struct kl_canon_name *name, size_t n)
{
	struct kl_canon_name x;
	size_t i, j;

	if (n > FEW) {
		qsort(name, n, sizeof(*name), compare);
		return;
	}
	for (i = 1; i < n; i++) {
		if (compare(&name[i - 1], &name[i]) <= 0)
			continue;
		x = name[i];
		for (j = i; j > 0 && compare(&name[j - 1], &x) > 0; j--)
			name[j] = name[j - 1];
		name[j] = x;
	}
}

static bool
skipped(const struct kl_canon *c, uint32_t node)
{
	size_t i;

	for (i = 0; i < c->skips; i++)
		if (c->skip[i] == node)
			return true;
	return false;
}

/* A string, as few escapes as can be. */
static void
put_string(struct kl_buf *to, const struct kl_json *doc, uint32_t i)
{
	struct kl_buf tmp = { .max = KL_JSON_BYTES };
	struct kl_span s = kl_json_raw(doc, i);

	if (!doc->node[i].esc) {
		kl_buf_put(to, s.s, s.n);
		return;
	}
	s = kl_json_text(doc, i, &tmp);
	if (tmp.rc != KL_OK)
		to->rc = tmp.rc;
	kl_json_put_text(to, s.s, s.n);
	kl_buf_free(&tmp);
}

/* Put the names of an object's members on the stack. */
static bool
gather(struct kl_canon *c, const struct kl_json *doc, uint32_t object)
{
	struct kl_span raw;

	kl_json_each_member (m, doc, object) {
		if (c->skips > 0 && skipped(c, m + 1))
			continue;
		if (!KL_ROOM(c->name, c->n, c->cap, 64))
			return false;
		raw = kl_json_raw(doc, m);
		c->name[c->n] = (struct kl_canon_name){ .s = raw.s,
			.n = (uint32_t)raw.n,
			.node = m + 1 };
		if (doc->node[m].esc) {
			c->name[c->n].escaped = 1;
			c->name[c->n].at = c->text.n;
			put_string(&c->text, doc, m);
			c->name[c->n].n =
			    (uint32_t)(c->text.n - c->name[c->n].at);
		}
		c->n++;
	}
	return c->text.rc == KL_OK;
}

/* The text of rewritten names moves as it grows. */
static void
settle(struct kl_canon *c, size_t from)
{
	size_t i;

	for (i = from; c->text.n > 0 && i < c->n; i++)
		if (c->name[i].escaped)
			c->name[i].s = c->text.s + c->name[i].at;
}

static void
put_object(struct kl_canon *c, struct kl_buf *to, const struct kl_json *doc,
    uint32_t object)
{
	size_t from = c->n, text = c->text.n, i;
	const struct kl_canon_name *name;

	if (!gather(c, doc, object)) {
		to->rc = KL_ENOMEM;
		c->n = from;
		return;
	}
	settle(c, from);
	if (c->n > from)
		sort(c->name + from, c->n - from);
	kl_buf_putc(to, '{');
	for (i = from; i < c->n; i++) {
		name = &c->name[i];
		if (i > from)
			kl_buf_putc(to, ',');
		if (name->escaped)
			kl_buf_put(to, c->text.s + name->at, name->n);
		else
			kl_buf_put(to, name->s, name->n);
		kl_buf_putc(to, ':');
		kl_canon_put(c, to, doc, name->node);
	}
	kl_buf_putc(to, '}');
	c->n = from;
	c->text.n = text;
}

static void
put_array(struct kl_canon *c, struct kl_buf *to, const struct kl_json *doc,
    uint32_t array)
{
	kl_buf_putc(to, '[');
	kl_json_each (e, doc, array) {
		if (e > array + 1)
			kl_buf_putc(to, ',');
		if (c->skips == 0 || !skipped(c, e))
			kl_canon_put(c, to, doc, e);
	}
	kl_buf_putc(to, ']');
}

void
kl_canon_put(struct kl_canon *c, struct kl_buf *to, const struct kl_json *doc,
    uint32_t i)
{
	struct kl_span raw;

	switch (kl_json_type(doc, i)) {
	case KL_JSON_OBJECT:
		put_object(c, to, doc, i);
		break;
	case KL_JSON_ARRAY:
		put_array(c, to, doc, i);
		break;
	case KL_JSON_STRING:
		put_string(to, doc, i);
		break;
	default:
		raw = kl_json_raw(doc, i);
		kl_buf_put(to, raw.s, raw.n);
	}
}

void
kl_canon_free(struct kl_canon *c)
{
	free(c->name);
	kl_buf_free(&c->text);
	c->name = NULL;
	c->n = c->cap = 0;
}
