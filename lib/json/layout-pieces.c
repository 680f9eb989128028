/* SPDX-License-Identifier: MIT */
/* layout-pieces.c - a text taken apart into pieces (layout.h). */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"

#define MOST_NODES 4096U
#define MOST_TEXT ((size_t)64 << 10)
#define MOST_DEPTH 64U

static_assert(sizeof(struct json_piece) == 64, "a line of the cache");

/* Pieces in the making.  A text has fewer pieces and marks than twice its
 * nodes, so there is room for them all from the start. */
struct cutting {
	const struct kl_json *doc;
	struct json_layout *l;
	uint32_t from;	/* where the piece at hand begins */
	uint32_t marks; /* so far, in all pieces */
	size_t text;	/* bytes of glue so far */
};

/* Node i begins or ends at offset at.  In the first piece all is where it was
 * in every text.  One that is too long for its places is refused as a whole. */
static void
put_mark(struct cutting *k, uint32_t i, uint32_t at, bool end)
{
	uint32_t node = i * (uint32_t)sizeof(struct kl_json_node);

	if (k->l->pieces == 0)
		return;
	k->l->mark[k->marks++] = (struct json_mark){ .node = node,
		.field = node +
		    (uint32_t)(end ? offsetof(struct kl_json_node, n)
				   : offsetof(struct kl_json_node, at)),
		.began = end ? UINT32_MAX : 0,
		.at = at - k->from };
}

/* The piece at hand ends at offset to.  False if it is too long. */
static bool
end_piece(struct cutting *k, uint32_t to)
{
	struct json_piece *p = &k->l->piece[k->l->pieces++];
	size_t n = to - k->from;

	if (n > MOST_GLUE || k->text + n + 2 > MOST_TEXT)
		return false;
	k->l->glue[k->text++] = '"';
	p->text = (uint32_t)k->text;
	p->bare = (uint16_t)n;
	memcpy(k->l->glue + k->text, k->doc->s + k->from, n);
	k->text += n;
	k->l->glue[k->text++] = '"';
	p[1].mark = (uint16_t)k->marks;
	return true;
}

/* Value i, of the name before it if it is a member. */
static bool
cut_value(struct cutting *k, uint32_t i, bool member, uint32_t depth)
{
	const struct kl_json_node *node = &k->doc->node[i];
	struct json_piece *p = &k->l->piece[k->l->pieces];
	bool object = node->type == KL_JSON_OBJECT;

	if (depth > k->l->depth) /* a container may come to stand there */
		k->l->depth = depth;
	if (node->type < KL_JSON_ARRAY || node->count == 0) {
		p->value = i * (uint32_t)sizeof(*node);
		p->name = (i - member) * (uint32_t)sizeof(*node);
		p->back = (uint16_t)(member ? node->at - node[-1].at : 0);
		if (!end_piece(k, node->at))
			return false;
		k->from = node->at + node->n;
		return true;
	}
	if (depth > MOST_DEPTH)
		return false;
	if (member)
		put_mark(k, i - 1, node[-1].at, false);
	put_mark(k, i, node->at, false);
	for (uint32_t e = i + 1 + object; e < node->next;
	     e = k->doc->node[e].next + object)
		if (!cut_value(k, e, object, depth + 1))
			return false;
	put_mark(k, i, node->at + node->n, true);
	return true;
}

/* Make ready what is compared. */
static void
put_glue(const struct json_layout *l, struct json_piece *p)
{
	size_t n = p->n + (size_t)(p->how == HOW_STRING);
	size_t part = n < GLUE ? n : GLUE;

	memset(p->glue, 0, GLUE);
	memcpy(p->glue, l->glue + p->text - p->quote, part);
	p->mask = (uint32_t)(((uint64_t)1 << part) - 1);
}

/* Where the first quote is in a piece, or what else ends a string; bare if
 * there is none. */
static size_t
first_stop(const struct json_layout *l, const struct json_piece *p)
{
	const char *s = l->glue + p->text;
	size_t i = 0;

	while (i < p->bare && s[i] != '"' && (unsigned char)s[i] >= ' ')
		i++;
	return i;
}

/* How the value of the piece is found, and the one behind it. */
static void
put_way(const struct json_layout *l, struct json_piece *p)
{
	const struct json_piece *next = p + 1;
	size_t stop = p->how == HOW_STRING ? 0 : first_stop(l, next);

	p->way = p->how;
	if (json_is_long(p) || next->mark > p->mark || p->name == p->value ||
	    (p->how != HOW_STRING && (stop == 0 || stop == next->bare)))
		p->way = HOW_OTHER;
	p->ahead = (uint16_t)(1 + next->n - stop);
	p->gap = (uint16_t)(stop - 1);
}

/* The value before is a string, or is not. */
static void
put_quote(struct json_piece *p, bool quote)
{
	p->quote = quote;
	p->n = (uint16_t)(p->bare + quote);
}

void
kl_json_expect(const struct json_layout *l, uint32_t i, enum json_how how)
{
	struct json_piece *p = &l->piece[i];

	p->how = (uint8_t)how;
	p->missed = 0;
	put_quote(p + 1, how == HOW_STRING);
	put_glue(l, p);
	put_glue(l, p + 1);
	put_way(l, p);
	if (i + 2 < l->pieces)
		put_way(l, p + 1);
}

/* Expect values as those in doc. */
static void
expect_all(struct json_layout *l, const struct kl_json *doc)
{
	uint32_t i;

	l->piece[l->pieces - 1].how = HOW_OTHER;
	l->piece[l->pieces - 1].way = HOW_OTHER;
	put_quote(&l->piece[0], false);
	for (i = 0; i + 1 < l->pieces; i++)
		kl_json_expect(l, i,
		    json_how_of(
			(enum kl_json_type)doc
			    ->node[l->piece[i].value / sizeof(*doc->node)]
			    .type));
}

void
kl_json_drop_pieces(struct json_layout *l)
{
	free(l->piece);
	free(l->mark);
	free(l->glue);
	free(l->node);
	free(l->place);
	l->piece = NULL;
	l->mark = NULL;
	l->glue = NULL;
	l->node = NULL;
	l->place = NULL;
	l->pieces = 0;
}

void
kl_json_make_pieces(struct json_layout *l, const struct kl_json *doc)
{
	struct cutting k = { .doc = doc, .l = l };
	size_t n = doc->nodes, size = (n + 2) * sizeof(*l->piece);

	if (n > MOST_NODES)
		return;
	/* None across two lines of the cache. */
	l->piece = aligned_alloc(sizeof(*l->piece), size);
	l->mark = calloc(2 * n, sizeof(*l->mark));
	l->glue = malloc(MOST_TEXT);
	l->node = malloc(n * sizeof(*l->node));
	l->place = calloc(l->members + 1U, sizeof(*l->place));
	if (l->piece != NULL)
		memset(l->piece, 0, size);
	if (l->piece != NULL && l->mark != NULL && l->glue != NULL &&
	    l->node != NULL && l->place != NULL && cut_value(&k, 0, false, 1) &&
	    end_piece(&k, (uint32_t)(doc->node[0].at + doc->node[0].n))) {
		expect_all(l, doc);
		memcpy(l->node, doc->node, n * sizeof(*l->node));
		l->nodes = doc->nodes;
		kl_json_find_members(l, doc, l->place);
	} else {
		kl_json_drop_pieces(l);
	}
}
