/* SPDX-License-Identifier: MIT */
/* layout-pieces.c - a text taken apart into pieces (layout.h). */

#include <stdlib.h>

#include "layout.h"

#define MOST_NODES 4096U
#define MOST_REST ((size_t)64 << 10)
#define MOST_DEPTH 64U

/* Pieces in the making.  A text has fewer pieces and marks than twice its
 * nodes, so there is room for them all from the start. */
struct cutting {
	const struct kl_json *doc;
	struct json_layout *l;
	uint32_t from;	/* where the piece at hand begins */
	uint32_t marks; /* so far, in all pieces */
	size_t rest;	/* bytes of long glue so far */
};

/* Node i begins or ends at offset at. */
static void
put_mark(struct cutting *k, uint32_t i, uint32_t at, bool end)
{
	/* A piece that is too long for its places is refused as a whole. */
	uint32_t node = i * (uint32_t)sizeof(struct kl_json_node);

	k->l->mark[k->marks++] = (struct json_mark){ .node = node,
		.field = node +
		    (uint32_t)(end ? offsetof(struct kl_json_node, n)
				   : offsetof(struct kl_json_node, at)),
		.began = end ? UINT32_MAX : 0,
		.at = at - k->from };
	k->l->piece[k->l->pieces].marks++;
}

/* The piece at hand ends at offset to.  False if it is too long. */
static bool
end_piece(struct cutting *k, uint32_t to)
{
	struct json_piece *p = &k->l->piece[k->l->pieces++];
	const char *s = k->doc->s + k->from;
	size_t n = to - k->from, rest = n > GLUE ? n - GLUE : 0;

	if (n > MOST_GLUE || k->rest + rest > MOST_REST)
		return false;
	memcpy(p->glue, s, n - rest);
	p->mask = n >= GLUE ? UINT32_MAX : (1U << n) - 1;
	p->n = (uint16_t)n;
	p->odd = p->marks > 0 || rest > 0;
	p->rest = k->l->rest + k->rest;
	if (rest > 0)
		memcpy(k->l->rest + k->rest, s + GLUE, rest);
	k->rest += rest;
	p[1].mark = k->marks;
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
		p->name_at = (uint16_t)(member ? node[-1].at - k->from : 0);
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

void
kl_json_drop_pieces(struct json_layout *l)
{
	free(l->piece);
	free(l->mark);
	free(l->rest);
	free(l->node);
	free(l->place);
	l->piece = NULL;
	l->mark = NULL;
	l->rest = NULL;
	l->node = NULL;
	l->place = NULL;
	l->pieces = 0;
}

void
kl_json_make_pieces(struct json_layout *l, const struct kl_json *doc)
{
	struct cutting k = { .doc = doc, .l = l };
	size_t n = doc->nodes;

	if (n > MOST_NODES)
		return;
	l->piece = calloc(n + 2, sizeof(*l->piece));
	l->mark = calloc(2 * n, sizeof(*l->mark));
	l->rest = malloc(doc->n < MOST_REST ? doc->n : MOST_REST);
	l->node = malloc(n * sizeof(*l->node));
	l->place = calloc(l->members + 1U, sizeof(*l->place));
	if (l->piece != NULL && l->mark != NULL && l->rest != NULL &&
	    l->node != NULL && l->place != NULL && cut_value(&k, 0, false, 1) &&
	    end_piece(&k, (uint32_t)(doc->node[0].at + doc->node[0].n))) {
		l->piece[l->pieces - 1].odd = true;
		memcpy(l->node, doc->node, n * sizeof(*l->node));
		l->nodes = doc->nodes;
		kl_json_find_members(l, doc, l->place);
	} else {
		kl_json_drop_pieces(l);
	}
}
