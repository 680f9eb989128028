/* SPDX-License-Identifier: MIT */
/* csv-named.c - columns that are named, by members and dotted paths. */

#include <stdio.h>

#include "csv-columns.h"

/* --- names ---------------------------------------------------------------- */

/* How many elements an array must have for one to be called that. */
static uint32_t
element(struct kl_span name)
{
	uint32_t v = 0;

	if (name.n == 0 || name.n > 9 || (name.n > 1 && name.s[0] == '0'))
		return 0;
	for (size_t i = 0; i < name.n; i++) {
		if (name.s[i] < '0' || name.s[i] > '9')
			return 0;
		v = 10 * v + (uint32_t)(name.s[i] - '0');
	}
	return v + 1;
}

/* The entry of a name at a level, known to arrays. */
static uint32_t
named_entry(struct kl_columns *c, uint32_t level, struct kl_span name)
{
	uint32_t e = kl_columns_entry(c, level, name), n = element(name);

	if (c->level[level].elements < n)
		c->level[level].elements = n;
	return e;
}

/* All the ways to read a name: whole; its first part, then the rest whole;
 * and so on, as deep as records can be. */
static enum kl_rc
add_ways(struct kl_columns *c, struct kl_span name, uint32_t column,
    struct kl_err *err)
{
	uint32_t level = 0, e, child;
	struct kl_span head;
	const char *dot;

	for (;;) {
		if ((e = named_entry(c, level, name)) == NO_ENTRY)
			return kl_err_nomem(err);
		c->entry[e].column = column;
		if (name.n == 0 ||
		    (dot = memchr(name.s, '.', name.n)) == NULL ||
		    c->level[level].depth >= KL_JSON_DEPTH)
			return KL_OK;
		head = (struct kl_span){ name.s, (size_t)(dot - name.s) };
		if ((e = named_entry(c, level, head)) == NO_ENTRY)
			return kl_err_nomem(err);
		if (c->entry[e].child == NONE) {
			child = kl_columns_level(c, c->level[level].depth + 1,
			    (struct kl_span){ 0 });
			if (child == NONE)
				return kl_err_nomem(err);
			c->entry[e].child = child;
		}
		level = c->entry[e].child;
		name = (struct kl_span){ dot + 1, name.n - head.n - 1 };
	}
}

enum kl_rc
kl_columns_name(struct kl_columns *c, const struct kl_span *name, size_t n,
    struct kl_err *err)
{
	uint32_t column = 0;
	enum kl_rc rc;

	if ((rc = kl_csv_names(name, n, err)) != KL_OK)
		return rc;
	c->named = true;
	if (kl_columns_level(c, 0, (struct kl_span){ 0 }) == NONE)
		return kl_err_nomem(err);
	for (size_t i = 0; i < n && rc == KL_OK; i++) {
		rc = kl_columns_add(c, name[i], &column, err);
		if (rc == KL_OK)
			rc = add_ways(c, name[i], column, err);
	}
	return rc;
}

/* --- a record ------------------------------------------------------------- */

/* A named column has the value, unless there are several that its name could
 * mean. */
INLINE void
take_named(struct kl_columns *c, const struct kl_json *doc, uint32_t column,
    uint32_t node)
{
	if (UNLIKELY(c->node[column] != 0))
		node = kl_json_path(doc, 0, path_of(c, &c->col[column]));
	c->node[column] = node;
}

static void named_array(struct kl_columns *c, const struct kl_json *doc,
    uint32_t array, uint32_t level);

static void named_object(struct kl_columns *c, const struct kl_json *doc,
    uint32_t obj, uint32_t level);

/* What is in the value of a member or element. */
static void
named_inside(struct kl_columns *c, const struct kl_json *doc, uint32_t node,
    uint32_t level)
{
	unsigned type = doc->node[node].type;

	if (type == KL_JSON_OBJECT)
		named_object(c, doc, node, level);
	else if (type == KL_JSON_ARRAY)
		named_array(c, doc, node, level);
}

static void
named_array(struct kl_columns *c, const struct kl_json *doc, uint32_t array,
    uint32_t level)
{
	const struct level *l = &c->level[level];
	uint32_t left = l->elements, i = 0;
	struct entry of;
	char name[16];
	uint64_t *slot;
	int n;

	kl_json_each (e, doc, array) {
		if (left-- == 0)
			break;
		n = snprintf(name, sizeof(name), "%u", (unsigned)i++);
		slot = kl_map_get(&l->by_name, name, (size_t)n);
		if (slot == NULL)
			continue;
		of = c->entry[*slot];
		if (of.column != NONE)
			take_named(c, doc, of.column, e);
		if (of.child != NONE)
			named_inside(c, doc, e, of.child);
	}
}

static void
named_object(struct kl_columns *c, const struct kl_json *doc, uint32_t obj,
    uint32_t level)
{
	const struct kl_json_node *node = doc->node;
	const struct entry *e;
	uint32_t end = node[obj].next, at, *slot, had;

	for (uint32_t m = obj + 1; m < end; m = node[m + 1].next) {
		/* A look-up may move the entries. */
		at = entry_of(c, doc, m, level);
		e = &c->entry[at];
		/* NONE is the one before the first: members that have no
		 * column are not told from others, which come at random. */
		slot = &c->nodes[(uint32_t)(e->column + 1)];
		had = *slot;
		*slot = m + 1;
		if (UNLIKELY((had != 0) & (e->column != NONE)))
			*slot = kl_json_path(doc, 0,
			    path_of(c, &c->col[e->column]));
		if (e->child != NONE)
			named_inside(c, doc, m + 1, e->child);
	}
}

void
kl_columns_take_named(struct kl_columns *c, const struct kl_json *doc)
{
	named_object(c, doc, 0, 0);
}
