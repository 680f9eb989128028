/* SPDX-License-Identifier: MIT */
/* csv-columns.c - records into rows. */

#include <stdlib.h>
#include <string.h>

#include "csv-columns.h"

/* --- making --------------------------------------------------------------- */

struct kl_columns *
kl_columns_new(const struct kl_columns_form *form)
{
	struct kl_columns *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->drop = form->drop;
	if (!kl_csv_cells_init(&c->cells, form)) {
		kl_columns_free(c);
		return NULL;
	}
	return c;
}

void
kl_columns_forget(struct kl_columns *c)
{
	kl_columns_forget_shapes(c);
	for (uint32_t i = 0; i < c->levels; i++)
		kl_map_free(&c->level[i].by_name);
	kl_map_free(&c->by_path);
	kl_buf_reset(&c->names);
	kl_buf_reset(&c->paths);
	c->entries = c->levels = c->cols = 0;
	memset(c->seen, 0, sizeof(c->seen));
}

void
kl_columns_free(struct kl_columns *c)
{
	if (c == NULL)
		return;
	kl_columns_forget(c);
	kl_csv_cells_free(&c->cells);
	kl_buf_free(&c->names);
	kl_buf_free(&c->paths);
	kl_buf_free(&c->path);
	kl_buf_free(&c->tmp);
	free(c->entry);
	free(c->level);
	free(c->col);
	free(c->nodes);
	free(c->each);
	free(c);
}

/* A copy of an array of n; NULL if memory ran out. */
static void *
copied(const void *array, uint32_t n, size_t size)
{
	void *p = calloc((size_t)n + 1, size);

	if (p != NULL && n > 0)
		memcpy(p, array, n * size);
	return p;
}

/* What is in arrays. */
static bool
copy_arrays(struct kl_columns *to, const struct kl_columns *c)
{
	to->entry = copied(c->entry, c->entries, sizeof(*c->entry));
	to->level = copied(c->level, c->levels, sizeof(*c->level));
	to->col = copied(c->col, c->cols, sizeof(*c->col));
	to->nodes = calloc((size_t)c->cols + 2, sizeof(*c->nodes));
	to->each = copied(c->each, c->cols, sizeof(*c->each));
	if (to->entry == NULL || to->level == NULL || to->col == NULL ||
	    to->nodes == NULL || to->each == NULL)
		return false;
	to->node = to->nodes + 1;
	for (uint32_t i = 0; i < c->levels; i++)
		to->level[i].by_name = (struct kl_map){ 0 };
	to->entries = to->entries_cap = c->entries;
	to->levels = to->levels_cap = c->levels;
	to->cols = to->cols_cap = c->cols;
	return true;
}

struct kl_columns *
kl_columns_copy(const struct kl_columns *c)
{
	struct kl_columns *to = calloc(1, sizeof(*to));
	bool good;

	if (to == NULL)
		return NULL;
	to->named = c->named;
	to->drop = c->drop;
	good = kl_csv_cells_copy(&to->cells, &c->cells) && copy_arrays(to, c) &&
	    kl_map_copy(&to->by_path, &c->by_path);
	for (uint32_t i = 0; good && i < c->levels; i++)
		good = kl_map_copy(&to->level[i].by_name, &c->level[i].by_name);
	kl_buf_put(&to->names, c->names.s, c->names.n);
	kl_buf_put(&to->paths, c->paths.s, c->paths.n);
	if (good && to->names.rc == KL_OK && to->paths.rc == KL_OK)
		return to;
	kl_columns_free(to);
	return NULL;
}

size_t
kl_columns_count(const struct kl_columns *c)
{
	return c->cols;
}

/* --- rows ----------------------------------------------------------------- */

enum kl_rc
kl_columns_header(struct kl_columns *c, struct kl_buf *b, struct kl_err *err)
{
	for (uint32_t i = 0; i < c->cols; i++) {
		if (i > 0)
			kl_buf_putc(b, c->cells.form.delimiter);
		kl_csv_cells_text(&c->cells, b, path_of(c, &c->col[i]));
	}
	return kl_buf_check(b, err);
}

/* Walk the record for the node of each column. */
static enum kl_rc
find_nodes(struct kl_columns *c, const struct kl_json *doc, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	c->judged = false;
	if (c->cols > 0)
		memset(c->nodes, 0, (c->cols + 1) * sizeof(*c->nodes));
	if (c->named)
		kl_columns_take_named(c, doc);
	else if (c->entries > 0)
		rc = kl_columns_take_found(c, doc, err);
	if (rc == KL_OK && doc->shape != 0 && c->cols > 0 && !c->judged)
		kl_columns_remember(c, doc->shape);
	return rc;
}

/* Find the values of a record in the quickest way there is. */
static enum kl_rc
find(struct kl_columns *c, const struct kl_json *doc, struct csv_where *where,
    struct kl_err *err)
{
	*where =
	    (struct csv_where){ kl_columns_recall(c, doc->shape), c->each };
	if (where->node != NULL)
		return KL_OK;
	if (doc->layout != 0 && doc->shape == 0 &&
	    (c->named ? kl_columns_take_numbered(c, doc, where)
		      : kl_columns_count_numbered(c, doc, where)))
		return KL_OK;
	*where = (struct csv_where){ c->node, c->each };
	return find_nodes(c, doc, err);
}

enum kl_rc
kl_columns_row(struct kl_columns *c, const struct kl_json *doc,
    struct kl_buf *b, struct kl_err *err)
{
	struct csv_where where;
	enum kl_rc rc;
	size_t bad = 0;

	if ((rc = find(c, doc, &where, err)) != KL_OK)
		return rc;
	rc = c->cells.row(&c->cells, doc, &where, c->cols, b, &bad, err);
	return rc == KL_EDATA ? kl_csv_cells_nul(path_of(c, &c->col[bad]), err)
			      : rc;
}
