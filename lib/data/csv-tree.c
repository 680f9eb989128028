/* SPDX-License-Identifier: MIT */
/* csv-tree.c - the tree of names that leads to columns. */

#include <string.h>

#include "csv-columns.h"
#include "kl/room.h"

#define FIRST 32 /* elements of an array */

#define PASSED 256U	 /* members without a column that a level remembers, */
#define PASSED_NAME 256U /* and bytes of the name of one */

/* --- making --------------------------------------------------------------- */

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
