/* SPDX-License-Identifier: MIT */
/*
 * csv-columns.c - which member of a record goes into which column.
 *
 * The names are a tree: a level for each object that columns reach into, an
 * entry for each member there.  A record is walked once.  Each entry keeps
 * which one came after it the last time, so that a member of a record that is
 * like the one before it costs one comparison, and a look-up only otherwise.
 */

#include <stdio.h>
#include <stdlib.h>

#include "csv-cells.h"
#include "kl/map.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first entry is none: no member is like it, so that what was foreseen
 * need not be asked for. */
#define NO_ENTRY 0U
#define NONE UINT32_MAX
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define PASSED 256U	 /* members without a column that a level remembers, */
#define PASSED_NAME 256U /* and bytes of the name of one */
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define HEAD ((size_t)16)

/* A member of a level's object. */
struct entry {
	char head[HEAD]; /* its name with a quote on either side, or the
			  * beginning of that; zero if JSON escapes it */
	uint32_t mask;	 /* a bit for each byte of head that counts */
	uint32_t at, n;	 /* the whole of it, in names */
	uint32_t column; /* or NONE */
	uint32_t child;	 /* the level of its members, or NONE */
	uint32_t next;	 /* the entry that came after it */
};

struct level {
	struct kl_map by_name; /* entry */
	uint32_t first;	       /* the entry that came first */
	uint32_t depth;
	uint32_t passed;       /* entries with neither column nor child */
	uint32_t elements;     /* of arrays, that may have an entry */
	uint32_t path, path_n; /* of what was found: its dotted name, in
				* paths */
};

struct column {
	uint32_t path, path_n; /* its name, in paths */
	bool empty;	       /* null or {} in all records so far, and */
	uint32_t entry;	       /* the entry that made it */
};

struct kl_columns {
	struct csv_cells cells;
	bool named, drop;
	struct entry *entry;
	struct level *level;
	struct column *col;
	uint32_t *node; /* of each column, in the present record */
	uint32_t entries, levels, cols;
	uint32_t entries_cap, levels_cap, cols_cap;
	struct kl_buf names, paths;
	struct kl_map by_path; /* column */
	struct kl_buf path, tmp;
};

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
	for (uint32_t i = 0; i < c->levels; i++)
		kl_map_free(&c->level[i].by_name);
	kl_map_free(&c->by_path);
	kl_buf_reset(&c->names);
	kl_buf_reset(&c->paths);
	c->entries = c->levels = c->cols = 0;
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
	free(c->node);
	free(c);
}

size_t
kl_columns_count(const struct kl_columns *c)
{
	return c->cols;
}

/* Room for one more in an array. */
static bool
grow(void **array, uint32_t n, uint32_t *cap, size_t size)
{
	uint32_t more = *cap == 0 ? 32 : 2 * *cap;
	void *p;

	if (n < *cap)
		return true;
	if (more < *cap || (p = realloc(*array, more * size)) == NULL)
		return false;
	*array = p;
	*cap = more;
	return true;
}

/* A new level; NONE if memory ran out. */
static uint32_t
add_level(struct kl_columns *c, uint32_t depth, struct kl_span path)
{
	void *array = c->level;

	if (!grow(&array, c->levels, &c->levels_cap, sizeof(*c->level)))
		return NONE;
	c->level = array;
	c->level[c->levels] = (struct level){ .first = NO_ENTRY,
		.depth = depth,
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

/* The entry of a name, made if it is new; NO_ENTRY if memory ran out. */
static uint32_t
add_entry(struct kl_columns *c, uint32_t level, struct kl_span name)
{
	void *array = c->entry;
	struct entry *e;
	uint64_t *slot;
	bool fresh;

	if (!grow(&array, c->entries, &c->entries_cap, sizeof(*c->entry)))
		return NO_ENTRY;
	c->entry = array;
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

/* A new column; its number is in *column. */
static enum kl_rc
add_column(struct kl_columns *c, struct kl_span path, uint32_t *column,
    struct kl_err *err)
{
	uint32_t cap = c->cols_cap, same = cap;
	void *array = c->col, *node = c->node;
	uint64_t *slot;

	if (c->cols == KL_CSV_COLUMNS) {
		(void)kl_err_set(err, KL_EDATA, "more than %d columns",
		    KL_CSV_COLUMNS);
		kl_err_code(err, "column_limit");
		kl_err_hint(err, "choose some with --columns");
		return KL_EDATA;
	}
	if (!grow(&node, c->cols, &same, sizeof(*c->node)))
		return kl_err_nomem(err);
	c->node = node;
	if (!grow(&array, c->cols, &cap, sizeof(*c->col)))
		return kl_err_nomem(err);
	c->col = array;
	c->cols_cap = cap;
	slot = kl_map_put(&c->by_path, path.s, path.n, NULL);
	if (slot == NULL)
		return kl_err_nomem(err);
	*slot = c->cols;
	c->col[c->cols] = (struct column){ .path = (uint32_t)c->paths.n,
		.path_n = (uint32_t)path.n,
		.empty = true,
		.entry = NONE };
	kl_buf_span(&c->paths, path);
	*column = c->cols++;
	return kl_buf_check(&c->paths, err);
}

static struct kl_span
path_of(const struct kl_columns *c, const struct column *col)
{
	return (struct kl_span){ c->paths.s + col->path, col->path_n };
}

/* --- columns that are named ----------------------------------------------- */

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
	uint32_t e = add_entry(c, level, name), n = element(name);

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
			child = add_level(c, c->level[level].depth + 1,
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
	if (add_level(c, 0, (struct kl_span){ 0 }) == NONE)
		return kl_err_nomem(err);
	for (size_t i = 0; i < n && rc == KL_OK; i++) {
		rc = add_column(c, name[i], &column, err);
		if (rc == KL_OK)
			rc = add_ways(c, name[i], column, err);
	}
	return rc;
}

/* --- a record ------------------------------------------------------------- */

/* The entry of the member at m, looked up and to be foreseen after prev. */
static NOINLINE uint32_t
look_up(struct kl_columns *c, const struct kl_json *doc, uint32_t m,
    uint32_t level, uint32_t prev)
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
		if ((e = add_entry(c, level, name)) != NO_ENTRY)
			l->passed++;
	}
	if (e == NO_ENTRY)
		return e;
	if (prev == NO_ENTRY)
		l->first = e;
	else
		c->entry[prev].next = e;
	return e;
}

/* The rest of a name that is longer than head, or stands where so many bytes
 * cannot be read. */
static NOINLINE bool
is_rest(const struct kl_columns *c, const struct kl_json *doc,
    const struct kl_json_node *name, const struct entry *e)
{
	return name->n == e->n && !name->esc &&
	    memcmp(doc->s + name->at, c->names.s + e->at, e->n) == 0;
}

/*
 * True if the member is that of the entry.  The quotes are compared too: a
 * name that is the same up to its closing quote has the same length, and no
 * escapes.
 */
INLINE bool
is_entry(const struct kl_columns *c, const struct kl_json *doc,
    const struct kl_json_node *name, const struct entry *e)
{
#ifdef __SSE2__
	const char *s = doc->s + name->at;
	unsigned mask;

	if (UNLIKELY(name->at + HEAD > doc->n))
		return is_rest(c, doc, name, e);
	mask = (unsigned)_mm_movemask_epi8(
	    _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)s),
		_mm_loadu_si128((const __m128i *)(const void *)e->head)));
	if (UNLIKELY((mask & e->mask) != e->mask))
		return false;
	return LIKELY(e->n <= HEAD) || is_rest(c, doc, name, e);
#else
	return is_rest(c, doc, name, e);
#endif
}

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
	uint32_t end = node[obj].next;
	uint32_t at, prev = NO_ENTRY, next = c->level[level].first;

	for (uint32_t m = obj + 1; m < end; m = node[m + 1].next) {
		if (is_entry(c, doc, &node[m], &c->entry[next]))
			at = next;
		else if ((at = look_up(c, doc, m, level, prev)) == NO_ENTRY)
			continue;
		if (c->entry[at].column != NONE)
			take_named(c, doc, c->entry[at].column, m + 1);
		if (c->entry[at].child != NONE)
			named_inside(c, doc, m + 1, c->entry[at].child);
		prev = at;
		next = c->entry[at].next;
	}
}

/* --- columns that are found ----------------------------------------------- */

static enum kl_rc
has_nul(struct kl_span name, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "a NUL character, which no table takes");
	kl_err_code(err, "value_nul");
	kl_err_field(err, name.s, name.n);
	return KL_EDATA;
}

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
	uint32_t end = node[obj].next, to;
	uint32_t at, prev = NO_ENTRY, next = c->level[level].first;
	enum kl_rc rc = KL_OK;
	bool in;

	for (uint32_t m = obj + 1; m < end && rc == KL_OK;
	     m = node[m + 1].next) {
		at = is_entry(c, doc, &node[m], &c->entry[next])
		    ? next
		    : look_up(c, doc, m, level, prev);
		in = reaches_in(doc, m + 1);
		to = in ? c->entry[at].child : c->entry[at].column;
		if (at != NO_ENTRY) {
			prev = at;
			next = c->entry[at].next;
		}
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
		return has_nul((struct kl_span){ 0 }, err);
	if ((slot = kl_map_get(&c->by_path, path.s, path.n)) != NULL) {
		c->entry[e].column = (uint32_t)*slot;
		return KL_OK;
	}
	if ((rc = add_column(c, path, &column, err)) != KL_OK)
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
		child = add_level(c, c->level[level].depth + 1,
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
	if ((e = add_entry(c, level, name)) == NO_ENTRY)
		return kl_err_nomem(err);
	if (reaches_in(doc, m + 1))
		return make_members(c, doc, level, e, m + 1, err);
	if (c->entry[e].column == NONE &&
	    (rc = make_column(c, e, err)) != KL_OK)
		return rc;
	c->col[c->entry[e].column].empty &= is_empty(doc, m + 1);
	return KL_OK;
}

enum kl_rc
kl_columns_find(struct kl_columns *c, const struct kl_json *doc,
    struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	if (c->levels == 0 && add_level(c, 0, (struct kl_span){ 0 }) == NONE)
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

enum kl_rc
kl_columns_row(struct kl_columns *c, const struct kl_json *doc,
    struct kl_buf *b, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	size_t bad = 0;

	if (c->cols > 0)
		memset(c->node, 0, c->cols * sizeof(*c->node));
	if (c->named)
		named_object(c, doc, 0, 0);
	else if (c->entries > 0)
		rc = found_object(c, doc, 0, 0, err);
	if (rc != KL_OK)
		return rc;
	rc = kl_csv_cells_row(&c->cells, doc, c->node, c->cols, b, &bad, err);
	return rc == KL_EDATA ? has_nul(path_of(c, &c->col[bad]), err) : rc;
}
