/* SPDX-License-Identifier: MIT */
#ifndef CSV_COLUMNS_H
#define CSV_COLUMNS_H

#include "csv-cells.h"
#include "kl/map.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * csv-columns.h - which member of a record goes into which column.
 *
 *	csv-columns.c	records into rows
 *	csv-named.c	columns that are named
 *	csv-found.c	columns that are found in records
 *	csv-tree.c	the tree of names
 *	csv-shapes.c	where values were in a record of the same shape
 *	csv-numbered.c	where they are by what the scanner knows of records
 *
 * Each calls only what is below it; the values are written by csv-cells.h.
 *
 * The names are a tree: a level for each object that columns reach into, an
 * entry for each member there.  A record is walked once, in whatever order its
 * members come; the hash that the scanner made of a name leads to its entry.
 */

/* The first entry is none: no member is like it. */
#define NO_ENTRY 0U
#define NONE UINT32_MAX

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
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
};

struct level {
	struct kl_map by_name; /* entry */
	uint32_t depth;
	uint32_t passed;       /* entries with neither column nor child */
	uint32_t elements;     /* of arrays, that may have an entry */
	uint32_t path, path_n; /* of what was found: its dotted name, in
				* paths */
};

/* Entries that were looked up last, by level and the hash that the scanner
 * made of the name; in one of two places. */
#define SEEN 512
struct seen {
	uint32_t level, entry; /* NO_ENTRY: none */
};

struct column {
	uint32_t path, path_n; /* its name, in paths */
	bool empty;	       /* null or {} in all records so far, and */
	uint32_t entry;	       /* the entry that made it */
};

/* Where the values were in records of one shape (kl_json_scan_next()). */
#define SHAPES 4
struct shape {
	uint64_t shape; /* 0: none */
	uint32_t *node; /* owned; of each column */
};

/* A member that is the value of a column if no other is. */
struct other {
	uint32_t column, number;
};

/* Which members the columns are in records of one layout (kl_json_member()). */
#define LAYOUTS 4
struct numbers {
	uint64_t layout;     /* 0: none */
	uint32_t seen;	     /* records of it, as long as nothing is known */
	bool known;	     /* what follows is filled in */
	uint32_t *number;    /* owned; of each column, 0: there is none */
	uint32_t *way;	     /* owned; members whose members are columns */
	struct other *other; /* owned; the better first */
	uint32_t ways, others;
	bool mixed; /* a column may be several members, or has some */
};

struct kl_columns {
	struct csv_cells cells;
	bool named, drop;
	struct entry *entry;
	struct level *level;
	struct column *col;
	uint32_t *nodes; /* owned; the first is for what has no column, */
	uint32_t *node;	 /* then those of each, in the present record */
	uint32_t *each;	 /* owned; the numbers of columns: 0, 1, 2 ... */
	struct numbers numbers[LAYOUTS];
	unsigned numbers_turn;
	struct shape shape[SHAPES];
	unsigned turn; /* the one of them to be given up next */
	bool judged;   /* what was done with a value depended on what it is */
	uint32_t entries, levels, cols;
	uint32_t entries_cap, levels_cap, cols_cap;
	struct kl_buf names, paths;
	struct kl_map by_path; /* column */
	struct kl_buf path, tmp;
	struct seen seen[SEEN];
};

/* The nodes of a record whose shape came before; NULL if it did not. */
const uint32_t *kl_columns_recall(const struct kl_columns *c, uint64_t shape);

/* Keep the nodes of this record for the next of its shape.  Without memory
 * they are found again. */
void kl_columns_remember(struct kl_columns *c, uint64_t shape);

/* Forget where values were: there will be other columns. */
void kl_columns_forget_shapes(struct kl_columns *c);
void kl_columns_forget_numbers(struct kl_columns *c);

/* A new level; NONE if memory ran out. */
uint32_t kl_columns_level(struct kl_columns *c, uint32_t depth,
    struct kl_span path);

/* The entry of a name, made if it is new; NO_ENTRY if memory ran out. */
uint32_t kl_columns_entry(struct kl_columns *c, uint32_t level,
    struct kl_span name);

/* A new column; its number is in *column. */
enum kl_rc kl_columns_add(struct kl_columns *c, struct kl_span path,
    uint32_t *column, struct kl_err *err);

/* The entry of the member at m, of which the first place for it knows
 * nothing; NO_ENTRY if it has none. */
uint32_t kl_columns_look_up(struct kl_columns *c, const struct kl_json *doc,
    uint32_t m, uint32_t level);

/* is_entry() of a name that is longer than head, or stands where so many
 * bytes cannot be read. */
bool kl_columns_is_rest(const struct kl_columns *c, const struct kl_json *doc,
    const struct kl_json_node *name, const struct entry *e);

/* Every column's node: of a record with columns that are named, or found. */
void kl_columns_take_named(struct kl_columns *c, const struct kl_json *doc);
enum kl_rc kl_columns_take_found(struct kl_columns *c,
    const struct kl_json *doc, struct kl_err *err);

/* Where the columns that are named are in a record whose layout is known.
 * False if that does not tell. */
bool kl_columns_take_numbered(struct kl_columns *c, const struct kl_json *doc,
    struct csv_where *where);

/* The same of columns that were found: false, too, if the record may have
 * members that are none. */
bool kl_columns_count_numbered(struct kl_columns *c, const struct kl_json *doc,
    struct csv_where *where);

static inline struct kl_span
path_of(const struct kl_columns *c, const struct column *col)
{
	return (struct kl_span){ c->paths.s + col->path, col->path_n };
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
		return kl_columns_is_rest(c, doc, name, e);
	mask = (unsigned)_mm_movemask_epi8(
	    _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)s),
		_mm_loadu_si128((const __m128i *)(const void *)e->head)));
	if (UNLIKELY((mask & e->mask) != e->mask))
		return false;
	return LIKELY(e->n <= HEAD) || kl_columns_is_rest(c, doc, name, e);
#else
	return kl_columns_is_rest(c, doc, name, e);
#endif
}

INLINE struct seen *
place_of(struct kl_columns *c, const struct kl_json_node *name, uint32_t level)
{
	return &c->seen[(name->count + level * 37) % SEEN];
}

/* The entry of the member at m; NO_ENTRY if it has none. */
INLINE uint32_t
entry_of(struct kl_columns *c, const struct kl_json *doc, uint32_t m,
    uint32_t level)
{
	const struct kl_json_node *name = &doc->node[m];
	const struct seen *seen = place_of(c, name, level);

	if (LIKELY(seen->level == level &&
		is_entry(c, doc, name, &c->entry[seen->entry])))
		return seen->entry;
	return kl_columns_look_up(c, doc, m, level);
}

#endif /* CSV_COLUMNS_H */
