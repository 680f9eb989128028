/* SPDX-License-Identifier: MIT */
/*
 * alike.c - a page taken apart into its rows, and put together again.
 *
 * Where a row ends is guessed: where the next seems to begin, in the same
 * way as the first does.  As what is cut off must be an object by itself, and
 * no object goes on behind its end, a guess that is wrong is seen; then the
 * page is scanned as it is.
 */

#include <string.h>

#include "kl/alike.h"
#include "scan.h"

/* What a page begins with, and what stands there without its rows. */
#define BEGIN "{\"data\":["
#define BEGIN_N (sizeof(BEGIN) - 1)
/* The nodes before the first row: the page, the name, the array. */
#define BEFORE 3U
/* So much of how a row begins is compared, at the most. */
#define MARK_MAX ((size_t)32)
/* After a page that was taken apart in vain, so many are not. */
#define AS_IS 64
/* So many ends of an array are tried behind the last row. */
#define TRIES 4

/* Where taking apart stands. */
struct rows {
	struct kl_alike *r;
	struct kl_json *doc;
	const char *s, *end; /* the page */
	size_t spare;
	const char *mark; /* how rows begin */
	size_t mark_n;
	size_t least;	/* bytes of the shortest row so far; 0: none yet */
	uint32_t k;	/* nodes so far */
	uint32_t count; /* rows */
};

/* The brace that the next row seems to begin with, so many bytes on or more;
 * NULL if none does. */
static const char *
next_row(const struct rows *c, const char *row, size_t least)
{
	const char *p = row + c->mark_n + 1;

	if (least > c->mark_n)
		p = least < (size_t)(c->end - row) ? row + least : c->end;
	while ((p = memchr(p, '{', (size_t)(c->end - p))) != NULL) {
		if (p[-1] == ',' && p[-2] == '}' &&
		    (size_t)(c->end - p) > c->mark_n &&
		    memcmp(p, c->mark, c->mark_n) == 0)
			return p;
		p++;
	}
	return NULL;
}

/* Nodes go to where they are in the page: what they tell of places is that
 * many bytes, and nodes, further on. */
static bool
move_nodes(struct rows *c, const struct kl_json *from, uint32_t first,
    uint32_t bytes, uint32_t nodes)
{
	const struct kl_json_node add = { .at = bytes, .next = nodes };
	struct kl_json *doc = c->doc;
	uint32_t i, n = from->nodes - first;
	struct json_fault f;
	uint64_t by[2], v[2];

	/* There may be more room than is allowed now. */
	if (n > doc->max_nodes || c->k > doc->max_nodes - n)
		return false;
	while (doc->cap < c->k || doc->cap - c->k < n)
		if (!kl_json_grow(doc, c->k, n, &f))
			return false;
	/* By halves, of which neither overflows: two fields at once. */
	memcpy(by, &add, sizeof(by));
	for (i = 0; i < n; i++) {
		memcpy(v, &from->node[first + i], sizeof(v));
		v[0] += by[0];
		v[1] += by[1];
		memcpy(&doc->node[c->k + i], v, sizeof(v));
	}
	c->k += n;
	return true;
}

/* The row from there to there, if it is one. */
static bool
take_row(struct rows *c, const char *from, const char *to)
{
	struct kl_json *row = &c->r->row;

	if (kl_json_scan_next(row, from, (size_t)(to - from),
		(size_t)(c->end - to) + c->spare, NULL) != KL_OK)
		return false;
	c->count++;
	if (c->least == 0 || c->least > (size_t)(to - from))
		c->least = (size_t)(to - from);
	return move_nodes(c, row, 0, (uint32_t)(from - c->s), c->k);
}

/* The last row, and the bracket behind it; NULL if that is not found. */
static const char *
take_last(struct rows *c, const char *row)
{
	const char *p = row;
	int tries = 0;

	while ((p = memchr(p, ']', (size_t)(c->end - p))) != NULL) {
		if (p[-1] == '}') {
			if (take_row(c, row, p))
				return p;
			if (++tries == TRIES)
				return NULL;
		}
		p++;
	}
	return NULL;
}

/* All rows, and the bracket behind them. */
static const char *
take_rows(struct rows *c)
{
	const char *row = c->s + BEGIN_N, *next;

	/* No row is much shorter than all before it, or one was missed. */
	for (;; row = next) {
		next = next_row(c, row, c->least - c->least / 8);
		if (next != NULL && take_row(c, row, next - 1))
			continue;
		next = next_row(c, row, 0);
		if (next == NULL || !take_row(c, row, next - 1))
			return take_last(c, row);
	}
}

/* What is around the rows, which end there, is scanned as if there were none,
 * and stretched to hold them. */
static bool
take_rest(struct rows *c, const char *bracket)
{
	struct kl_json *rest = &c->r->rest;
	struct kl_buf *text = &c->r->text;
	uint32_t bytes = (uint32_t)(bracket - c->s) - (uint32_t)BEGIN_N;
	uint32_t nodes = c->k - BEFORE;
	struct kl_json_node *node;

	/* Of what is included much is left to the grammar in any case, and
	 * would be kept twice. */
	if ((size_t)(c->end - bracket) > (size_t)(c->end - c->s) / 4)
		return false;
	kl_buf_reset(text);
	kl_buf_put(text, BEGIN, BEGIN_N);
	kl_buf_put(text, bracket, (size_t)(c->end - bracket));
	if (text->rc != KL_OK ||
	    kl_json_scan(rest, text->s, text->n, NULL) != KL_OK ||
	    !move_nodes(c, rest, BEFORE, bytes, nodes))
		return false;
	node = c->doc->node;
	memcpy(node, rest->node, BEFORE * sizeof(*node));
	node[0].n += bytes;
	node[0].next = c->k;
	node[2].n += bytes;
	node[2].next = BEFORE + nodes;
	node[2].count = c->count & 0x7ffffff;
	return true;
}

/* How the first row begins: up to the colon behind its first name. */
static bool
find_mark(struct rows *c)
{
	const char *row = c->s + BEGIN_N, *p;

	p = memchr(row, ':', MARK_MAX);
	if (memcmp(row, "{\"", 2) != 0 || p == NULL)
		return false;
	c->mark = row;
	c->mark_n = (size_t)(p + 1 - row);
	return true;
}

static bool
by_rows(struct rows *c)
{
	struct kl_json *doc = c->doc;
	uint32_t depth = doc->max_depth != 0 ? doc->max_depth : KL_JSON_DEPTH;
	const char *bracket;

	if (depth < 4 || !find_mark(c))
		return false;
	if (doc->max_nodes == 0)
		doc->max_nodes = KL_JSON_NODES;
	/* Two are around a row. */
	c->r->row.max_depth = depth - 2;
	c->r->rest.max_depth = depth;
	c->r->row.max_nodes = c->r->rest.max_nodes = doc->max_nodes;
	return (bracket = take_rows(c)) != NULL && take_rest(c, bracket);
}

enum kl_rc
kl_alike_scan(struct kl_alike *r, struct kl_json *doc, const char *s, size_t n,
    size_t spare, struct kl_err *err)
{
	struct rows c = { .r = r,
		.doc = doc,
		.s = s,
		.end = s + n,
		.spare = spare,
		.k = BEFORE };
	bool apart = false;
	enum kl_rc rc;

	if (n >= KL_ALIKE_BYTES && n <= KL_JSON_BYTES &&
	    memcmp(s, BEGIN, BEGIN_N) == 0) {
		if (r->as_is > 0)
			r->as_is--;
		else if (!(apart = by_rows(&c)))
			r->as_is = AS_IS;
	}
	if (apart) {
		doc->s = s;
		doc->n = n;
		doc->nodes = c.k;
		doc->shape = doc->laid_out = doc->layout = 0;
		rc = KL_OK;
	} else {
		rc = kl_json_scan(doc, s, n, err);
	}
	doc->spare = spare;
	return rc;
}

void
kl_alike_free(struct kl_alike *r)
{
	kl_json_free(&r->row);
	kl_json_free(&r->rest);
	kl_buf_free(&r->text);
	r->as_is = 0;
}
