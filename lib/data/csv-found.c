/* SPDX-License-Identifier: MIT */
/* csv-found.c - columns that are found in records. */

#include "csv-columns.h"

/* --- a record ------------------------------------------------------------- */

/* A value in its column, which may have one already. */
static enum kl_rc
take_found(struct kl_columns *c, uint32_t column, uint32_t node,
    struct kl_err *err)
{
	struct kl_span path;

	if (c->node[column] == 0) {
		c->node[column] = node;
		return KL_OK;
	}
	path = path_of(c, &c->col[column]);
	(void)kl_err_set(err, KL_EDATA, "two members make the same column");
	kl_err_code(err, "column_twice");
	kl_err_field(err, path.s, path.n);
	kl_err_hint(err, "choose one with --columns");
	return KL_EDATA;
}

static bool
is_empty(const struct kl_json *doc, uint32_t node)
{
	const struct kl_json_node *v = &doc->node[node];

	return v->type == KL_JSON_NULL ||
	    (v->type == KL_JSON_OBJECT && v->count == 0);
}

/* True if the members of the value are columns of their own. */
static inline bool
reaches_in(const struct kl_json *doc, uint32_t node)
{
	return doc->node[node].type == KL_JSON_OBJECT &&
	    doc->node[node].count > 0;
}

/* Put the dotted name of a member into path, after n bytes of it. */
static enum kl_rc
extend(struct kl_columns *c, const struct kl_json *doc, uint32_t m, size_t n,
    bool top, struct kl_err *err)
{
	struct kl_span name = kl_json_text(doc, m, &c->tmp);
	enum kl_rc rc;

	if ((rc = kl_buf_check(&c->tmp, err)) != KL_OK)
		return rc;
	c->path.n = n;
	if (!top)
		kl_buf_putc(&c->path, '.');
	kl_buf_span(&c->path, name);
	return kl_buf_check(&c->path, err);
}

/* A value that no record before it had there: it goes by its dotted name. */
static enum kl_rc
by_path(struct kl_columns *c, const struct kl_json *doc, uint32_t node,
    struct kl_err *err)
{
	uint64_t *slot = kl_map_get(&c->by_path, c->path.s, c->path.n);

	if (slot != NULL)
		return take_found(c, (uint32_t)*slot, node, err);
	/* The next value here may be no empty one. */
	c->judged = true;
	if (c->drop || is_empty(doc, node))
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA,
	    "a member that the first record did not have");
	kl_err_code(err, "column_unknown");
	kl_err_field(err, c->path.s, c->path.n);
	kl_err_hint(err,
	    "name the columns with --columns, find them all with "
	    "--all-columns, or leave such members out with --drop-unknown");
	return KL_EDATA;
}

/* The member at m by its dotted name, or those of its members. */
static enum kl_rc
walk_path(struct kl_columns *c, const struct kl_json *doc, uint32_t m, size_t n,
    bool top, struct kl_err *err)
{
	enum kl_rc rc = extend(c, doc, m, n, top, err);
	size_t here = c->path.n;

	if (rc != KL_OK)
		return rc;
	if (!reaches_in(doc, m + 1))
		return by_path(c, doc, m + 1, err);
	kl_json_each_member (k, doc, m + 1)
		if ((rc = walk_path(c, doc, k, here, false, err)) != KL_OK)
			break;
	return rc;
}

/* Begin a path with that of a level. */
static void
start_path(struct kl_columns *c, uint32_t level)
{
	const struct level *l = &c->level[level];

	kl_buf_reset(&c->path);
	kl_buf_put(&c->path, c->paths.s + l->path, l->path_n);
}

static enum kl_rc
stray(struct kl_columns *c, const struct kl_json *doc, uint32_t level,
    uint32_t m, struct kl_err *err)
{
	start_path(c, level);
	return walk_path(c, doc, m, c->path.n, level == 0, err);
}

/* The members of an object by the entries of a level, or by their dotted
 * names. */
static enum kl_rc
found_object(struct kl_columns *c, const struct kl_json *doc, uint32_t obj,
    uint32_t level, struct kl_err *err)
{
	const struct kl_json_node *node = doc->node;
	uint32_t end = node[obj].next, at, to;
	enum kl_rc rc = KL_OK;
	bool in;

	for (uint32_t m = obj + 1; m < end && rc == KL_OK;
	     m = node[m + 1].next) {
		at = entry_of(c, doc, m, level);
		in = reaches_in(doc, m + 1);
		to = in ? c->entry[at].child : c->entry[at].column;
		if (UNLIKELY(to == NONE))
			rc = stray(c, doc, level, m, err);
		else if (in)
			rc = found_object(c, doc, m + 1, to, err);
		else if (LIKELY(c->node[to] == 0))
			c->node[to] = m + 1;
		else
			rc = take_found(c, to, m + 1, err);
	}
	return rc;
}

enum kl_rc
kl_columns_take_found(struct kl_columns *c, const struct kl_json *doc,
    struct kl_err *err)
{
	return found_object(c, doc, 0, 0, err);
}

/* --- finding -------------------------------------------------------------- */

/* The column for a value found at path; one that another way leads to is
 * shared. */
static enum kl_rc
make_column(struct kl_columns *c, uint32_t e, struct kl_err *err)
{
	struct kl_span path = { c->path.s, c->path.n };
	uint32_t column = 0;
	uint64_t *slot;
	enum kl_rc rc;

	if (path.n == 0) {
		(void)kl_err_set(err, KL_EDATA, "a member has no name");
		kl_err_code(err, "column_unnamed");
		kl_err_hint(err, "choose the columns with --columns");
		return KL_EDATA;
	}
	if (memchr(path.s, '\0', path.n) != NULL)
		return kl_csv_cells_nul((struct kl_span){ 0 }, err);
	if ((slot = kl_map_get(&c->by_path, path.s, path.n)) != NULL) {
		c->entry[e].column = (uint32_t)*slot;
		return KL_OK;
	}
	if ((rc = kl_columns_add(c, path, &column, err)) != KL_OK)
		return rc;
	c->node[column] = 0;
	c->col[column].entry = e;
	c->entry[e].column = column;
	return KL_OK;
}

static enum kl_rc make_member(struct kl_columns *c, const struct kl_json *doc,
    uint32_t level, uint32_t m, struct kl_err *err);

/* Columns for the members of an object, at a level that may be new. */
static enum kl_rc
make_members(struct kl_columns *c, const struct kl_json *doc, uint32_t level,
    uint32_t e, uint32_t obj, struct kl_err *err)
{
	uint32_t child = c->entry[e].child;
	enum kl_rc rc = KL_OK;

	if (child == NONE) {
		child = kl_columns_level(c, c->level[level].depth + 1,
		    (struct kl_span){ c->path.s, c->path.n });
		if (child == NONE)
			return kl_err_nomem(err);
		c->entry[e].child = child;
	}
	kl_json_each_member (m, doc, obj)
		if ((rc = make_member(c, doc, child, m, err)) != KL_OK)
			break;
	return rc;
}

/* Entry and column for a member. */
static enum kl_rc
make_member(struct kl_columns *c, const struct kl_json *doc, uint32_t level,
    uint32_t m, struct kl_err *err)
{
	struct kl_span name;
	enum kl_rc rc;
	uint32_t e;

	start_path(c, level);
	if ((rc = extend(c, doc, m, c->path.n, level == 0, err)) != KL_OK)
		return rc;
	name = kl_json_text(doc, m, &c->tmp);
	if ((e = kl_columns_entry(c, level, name)) == NO_ENTRY)
		return kl_err_nomem(err);
	if (reaches_in(doc, m + 1))
		return make_members(c, doc, level, e, m + 1, err);
	if (c->entry[e].column == NONE &&
	    (rc = make_column(c, e, err)) != KL_OK)
		return rc;
	c->col[c->entry[e].column].empty &= is_empty(doc, m + 1);
	return KL_OK;
}

/* The record has no members but those of columns: which of them are empty. */
static void
look_again(struct kl_columns *c, const struct kl_json *doc,
    const struct csv_where *where)
{
	uint32_t at;

	for (uint32_t i = 0; i < c->cols; i++)
		if (c->col[i].empty && (at = where->node[where->of[i]]) != 0)
			c->col[i].empty = is_empty(doc, at);
}

enum kl_rc
kl_columns_find(struct kl_columns *c, const struct kl_json *doc,
    struct kl_err *err)
{
	struct csv_where where;
	enum kl_rc rc = KL_OK;

	if (doc->layout != 0 && c->cols > 0 &&
	    kl_columns_count_numbered(c, doc, &where)) {
		look_again(c, doc, &where);
		return KL_OK;
	}
	if (c->levels == 0 &&
	    kl_columns_level(c, 0, (struct kl_span){ 0 }) == NONE)
		return kl_err_nomem(err);
	kl_json_each_member (m, doc, 0)
		if ((rc = make_member(c, doc, 0, m, err)) != KL_OK)
			break;
	return rc;
}

void
kl_columns_found(struct kl_columns *c)
{
	struct column *col;
	struct kl_span path;
	uint32_t kept = 0;
	uint64_t *slot;

	kl_columns_forget_shapes(c);
	for (uint32_t i = 0; i < c->cols; i++) {
		col = &c->col[i];
		path = path_of(c, col);
		if (col->empty && c->entry[col->entry].child != NONE) {
			kl_map_del(&c->by_path, path.s, path.n);
			continue;
		}
		if ((slot = kl_map_get(&c->by_path, path.s, path.n)) != NULL)
			*slot = kept;
		c->col[kept++] = *col;
	}
	c->cols = kept;
	for (uint32_t i = 0; i < c->entries; i++)
		c->entry[i].column = NONE;
	for (uint32_t i = 0; i < c->cols; i++)
		c->entry[c->col[i].entry].column = i;
}
