/* SPDX-License-Identifier: MIT */
/* csv-columns.c - the tree of names that leads to columns. */

#include <stdlib.h>
#include <string.h>

#include "csv-columns.h"
#include "kl/room.h"

#define FIRST 32 /* elements of an array */

#define PASSED 256U	 /* members without a column that a level remembers, */
#define PASSED_NAME 256U /* and bytes of the name of one */

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
kl_columns_forget_shapes(struct kl_columns *c)
{
	for (unsigned i = 0; i < SHAPES; i++) {
		free(c->shape[i].node);
		c->shape[i] = (struct shape){ 0 };
	}
	kl_columns_forget_numbers(c);
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

uint32_t
kl_columns_level(struct kl_columns *c, uint32_t depth, struct kl_span path)
{
	if (!KL_ROOM(c->level, c->levels, c->levels_cap, FIRST))
		return NONE;
	c->level[c->levels] = (struct level){ .depth = depth,
		.path = (uint32_t)c->paths.n,
		.path_n = (uint32_t)path.n };
	kl_buf_span(&c->paths, path);
	return c->paths.rc == KL_OK ? c->levels++ : NONE;
}

/* True if the name cannot stand in JSON as it is. */
static bool
has_escapes(struct kl_span name)
{
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.s[i] < ' ' || name.s[i] == '"' ||
		    name.s[i] == '\\')
			return true;
	return false;
}

uint32_t
kl_columns_entry(struct kl_columns *c, uint32_t level, struct kl_span name)
{
	struct entry *e;
	uint64_t *slot;
	bool fresh;

	if (!KL_ROOM(c->entry, c->entries, c->entries_cap, FIRST))
		return NO_ENTRY;
	if (c->entries == 0)
		c->entry[c->entries++] =
		    (struct entry){ .mask = 1, .column = NONE, .child = NONE };
	if (!kl_buf_room(&c->names, name.n + 2))
		return NO_ENTRY;
	slot = kl_map_put(&c->level[level].by_name, name.s, name.n, &fresh);
	if (slot == NULL)
		return NO_ENTRY;
	if (!fresh)
		return (uint32_t)*slot;
	*slot = c->entries;
	e = &c->entry[c->entries];
	*e = (struct entry){ .at = (uint32_t)c->names.n,
		.n = (uint32_t)name.n + 2,
		.column = NONE,
		.child = NONE };
	kl_buf_putc(&c->names, '"');
	kl_buf_span(&c->names, name);
	kl_buf_putc(&c->names, '"');
	e->mask = e->n < HEAD ? (1U << e->n) - 1 : (1U << HEAD) - 1;
	if (!has_escapes(name))
		memcpy(e->head, c->names.s + e->at, e->n < HEAD ? e->n : HEAD);
	return c->entries++;
}

enum kl_rc
kl_columns_add(struct kl_columns *c, struct kl_span path, uint32_t *column,
    struct kl_err *err)
{
	uint32_t cap = c->cols_cap, same = cap, too = cap;
	uint64_t *slot;

	if (c->cols == KL_CSV_COLUMNS) {
		(void)kl_err_set(err, KL_EDATA, "more than %d columns",
		    KL_CSV_COLUMNS);
		kl_err_code(err, "column_limit");
		kl_err_hint(err, "choose some with --columns");
		return KL_EDATA;
	}
	if (!KL_ROOM(c->nodes, c->cols + 1, same, FIRST))
		return kl_err_nomem(err);
	c->node = c->nodes + 1;
	if (!KL_ROOM(c->each, c->cols, too, FIRST) ||
	    !KL_ROOM(c->col, c->cols, cap, FIRST))
		return kl_err_nomem(err);
	c->each[c->cols] = c->cols;
	c->cols_cap = cap;
	slot = kl_map_put(&c->by_path, path.s, path.n, NULL);
	if (slot == NULL)
		return kl_err_nomem(err);
	kl_columns_forget_shapes(c);
	*slot = c->cols;
	c->col[c->cols] = (struct column){ .path = (uint32_t)c->paths.n,
		.path_n = (uint32_t)path.n,
		.empty = true,
		.entry = NONE };
	kl_buf_span(&c->paths, path);
	*column = c->cols++;
	return kl_buf_check(&c->paths, err);
}

/* --- looking up ----------------------------------------------------------- */

/* The entry of the member at m by its name, made if it is to be passed over. */
static uint32_t
by_name(struct kl_columns *c, const struct kl_json *doc, uint32_t m,
    uint32_t level)
{
	struct level *l = &c->level[level];
	struct kl_span name = kl_json_text(doc, m, &c->tmp);
	uint32_t e = NO_ENTRY;
	uint64_t *slot;

	if (c->tmp.rc != KL_OK)
		return NO_ENTRY;
	if ((slot = kl_map_get(&l->by_name, name.s, name.n)) != NULL) {
		e = (uint32_t)*slot;
	} else if (c->named && l->passed < PASSED && name.n <= PASSED_NAME) {
		/* Members to pass over are remembered too; without memory
		 * for that they are looked up every time. */
		if ((e = kl_columns_entry(c, level, name)) != NO_ENTRY)
			l->passed++;
	}
	return e;
}

NOINLINE uint32_t
kl_columns_look_up(struct kl_columns *c, const struct kl_json *doc, uint32_t m,
    uint32_t level)
{
	const struct kl_json_node *name = &doc->node[m];
	struct seen *seen = place_of(c, name, level);
	struct seen *other = &c->seen[(size_t)(seen - c->seen) ^ 1];
	uint32_t e;

	if (other->level == level && other->entry != NO_ENTRY &&
	    is_entry(c, doc, name, &c->entry[other->entry]))
		return other->entry;
	if ((e = by_name(c, doc, m, level)) != NO_ENTRY)
		*(seen->entry == NO_ENTRY ? seen : other) =
		    (struct seen){ level, e };
	return e;
}

bool
kl_columns_is_rest(const struct kl_columns *c, const struct kl_json *doc,
    const struct kl_json_node *name, const struct entry *e)
{
	return name->n == e->n && !name->esc &&
	    memcmp(doc->s + name->at, c->names.s + e->at, e->n) == 0;
}

/* --- rows ----------------------------------------------------------------- */

enum kl_rc
kl_columns_nul(struct kl_span name, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "a NUL character, which no table takes");
	kl_err_code(err, "value_nul");
	kl_err_field(err, name.s, name.n);
	return KL_EDATA;
}

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

/* The nodes of a record whose shape came before; NULL if it did not. */
static const uint32_t *
recall(const struct kl_columns *c, uint64_t shape)
{
	for (unsigned i = 0; shape != 0 && i < SHAPES; i++)
		if (c->shape[i].shape == shape)
			return c->shape[i].node;
	return NULL;
}

/* Keep the nodes of this record for the next of its shape.  Without memory
 * they are found again. */
static void
remember(struct kl_columns *c, uint64_t shape)
{
	struct shape *s = &c->shape[c->turn++ % SHAPES];

	s->shape = 0;
	if (s->node == NULL &&
	    (s->node = calloc(c->cols, sizeof(*s->node))) == NULL)
		return;
	memcpy(s->node, c->node, c->cols * sizeof(*s->node));
	s->shape = shape;
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
		remember(c, doc->shape);
	return rc;
}

/* Find the values of a record in the quickest way there is. */
static enum kl_rc
find(struct kl_columns *c, const struct kl_json *doc, struct csv_where *where,
    struct kl_err *err)
{
	*where = (struct csv_where){ recall(c, doc->shape), c->each };
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
	return rc == KL_EDATA ? kl_columns_nul(path_of(c, &c->col[bad]), err)
			      : rc;
}
