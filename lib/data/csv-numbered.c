/* SPDX-License-Identifier: MIT */
/*
 * csv-numbered.c - columns by the numbers of members.
 *
 * Where the scanner knows the names of a record (kl_json_member()), what each
 * column's name can mean is found out once.  In a record it is then only a
 * look at where those members are: no name is compared, and a member that is
 * missing costs no more than one that is there.
 */

#include <stdlib.h>

#include "csv-columns.h"

/* Names are looked for in all records of a layout at once; so many columns of
 * them must have come by for each time, or a stream in which every record has
 * a new member would spend its time on that. */
#define WORTH 16U

void
kl_columns_forget_numbers(struct kl_columns *c)
{
	for (unsigned i = 0; i < LAYOUTS; i++) {
		free(c->numbers[i].number);
		free(c->numbers[i].way);
		free(c->numbers[i].other);
		c->numbers[i] = (struct numbers){ 0 };
	}
}

/* The dots of a name: so many ways to read it there are besides the first. */
static size_t
dots(struct kl_span name)
{
	size_t n = 0;

	for (size_t i = 0; i < name.n; i++)
		n += name.s[i] == '.';
	return n;
}

static bool
make_room(struct numbers *k, const struct kl_columns *c)
{
	size_t n = 1;

	if (k->number != NULL)
		return true;
	for (uint32_t i = 0; i < c->cols; i++)
		n += dots(path_of(c, &c->col[i]));
	k->number = calloc((size_t)c->cols + 1, sizeof(*k->number));
	k->way = calloc(n, sizeof(*k->way));
	k->other = calloc(n, sizeof(*k->other));
	if (k->number != NULL && k->way != NULL && k->other != NULL)
		return true;
	free(k->number);
	free(k->way);
	free(k->other);
	*k = (struct numbers){ 0 };
	return false;
}

static bool
is_way(const struct numbers *k, uint32_t number)
{
	uint32_t i = 0;

	while (i < k->ways && k->way[i] != number)
		i++;
	return i < k->ways;
}

/* A member that a name leads through. */
static void
add_way(struct numbers *k, uint32_t number)
{
	if (!is_way(k, number))
		k->way[k->ways++] = number;
}

/* All that the name of a column can mean. */
static void
add_column(struct numbers *k, const struct kl_json *doc, uint32_t column,
    struct kl_span name)
{
	struct kl_json_reading r = { .path = name };

	k->number[column] = 0;
	while (kl_json_next_reading(doc, &r)) {
		if (r.within != 0)
			add_way(k, r.within);
		if (k->number[column] == 0)
			k->number[column] = r.number;
		else if (r.number != 0)
			k->other[k->others++] =
			    (struct other){ column, r.number };
	}
}

/* The layout of the record is one that came seldom so far, or not at all; NULL
 * as long as that is so. */
static NOINLINE const struct numbers *
number(struct kl_columns *c, const struct kl_json *doc, struct numbers *k)
{
	if (k == NULL) {
		k = &c->numbers[c->numbers_turn++ % LAYOUTS];
		k->layout = doc->layout;
		k->seen = 0;
		k->known = false;
	}
	if (k->seen++ < c->cols / WORTH || !make_room(k, c))
		return NULL;
	k->ways = k->others = 0;
	for (uint32_t i = 0; i < c->cols; i++)
		add_column(k, doc, i, path_of(c, &c->col[i]));
	k->mixed = k->others > 0;
	for (uint32_t i = 0; i < c->cols && !k->mixed; i++)
		k->mixed = is_way(k, k->number[i]);
	k->known = true;
	return k;
}

/* What the columns are in records of that layout; NULL if it is not known. */
static inline const struct numbers *
numbers_of(struct kl_columns *c, const struct kl_json *doc)
{
	struct numbers *k;

	for (unsigned i = 0; i < LAYOUTS; i++) {
		k = &c->numbers[i];
		if (k->layout == doc->layout)
			return LIKELY(k->known) ? k : number(c, doc, k);
	}
	return number(c, doc, NULL);
}

/* Names that can mean several members mean the first that is there. */
static NOINLINE const uint32_t *
choose(struct kl_columns *c, const struct numbers *k, const uint32_t *place)
{
	const struct other *other = k->other, *end = other + k->others;

	for (uint32_t i = 0; i < c->cols; i++)
		c->node[i] = place[k->number[i]];
	for (; other < end; other++)
		if (c->node[other->column] == 0)
			c->node[other->column] = place[other->number];
	return c->node;
}

bool
kl_columns_take_numbered(struct kl_columns *c, const struct kl_json *doc,
    struct csv_where *where)
{
	const struct numbers *k = numbers_of(c, doc);
	const uint32_t *place = doc->place;
	uint32_t arrays = 0;

	if (k == NULL)
		return false;
	/* Numbers tell nothing of what is in an array.  Of a member that is
	 * missing this looks at the record, which is none. */
	for (uint32_t i = 0; i < k->ways; i++)
		arrays += doc->node[place[k->way[i]]].type == KL_JSON_ARRAY;
	if (UNLIKELY(arrays > 0))
		return false;
	*where = LIKELY(k->others == 0)
	    ? (struct csv_where){ place, k->number }
	    : (struct csv_where){ choose(c, k, place), c->each };
	return true;
}

/*
 * The members of the record, and of the objects in it that columns are in, are
 * counted: if as many of them are columns, or such objects, it has no others,
 * and nothing has to be asked of them.
 */
bool
kl_columns_count_numbered(struct kl_columns *c, const struct kl_json *doc,
    struct csv_where *where)
{
	const struct numbers *k = numbers_of(c, doc);
	const struct kl_json_node *node = doc->node, *v;
	uint32_t members = node->count, known = 0, odd = 0, at;

	if (k == NULL || k->mixed)
		return false;
	for (uint32_t i = 0; i < k->ways; i++) {
		if ((at = doc->place[k->way[i]]) == 0)
			continue;
		if (node[at].type != KL_JSON_OBJECT || node[at].count == 0)
			return false;
		members += node[at].count;
		known++;
	}
	for (uint32_t i = 0; i < c->cols; i++) {
		at = doc->place[k->number[i]];
		v = &node[at];
		known += at != 0;
		odd |= (at != 0) & (v->type == KL_JSON_OBJECT) & (v->count > 0);
	}
	if (known != members || odd)
		return false;
	*where = (struct csv_where){ doc->place, k->number };
	return true;
}
