/* SPDX-License-Identifier: MIT */
#ifndef JSON_REPEAT_H
#define JSON_REPEAT_H

/*
 * repeat.h - scan a text by the pieces of a layout (layout.h), compiled once
 * for each way of looking at 32 bytes.  It wants values.h, and REPEATER, the
 * name of the function to define.
 *
 * The nodes are those of the layout, and are there already if the text before
 * had it too.  What is written of them is where they begin, the length and
 * type of values, and the length of containers that are not empty.
 */

#include "values.h"

/* Nodes that begin or end in a piece, which is at p. */
static NOINLINE void
put_marks(struct kl_json_node *node, const struct json_mark *mark, uint32_t n,
    size_t p)
{
	for (; n > 0; n--, mark++) {
		if (mark->end)
			node[mark->node].n =
			    (uint32_t)(p + mark->at - node[mark->node].at);
		else
			node[mark->node].at = (uint32_t)(p + mark->at);
	}
}

/* What a piece has more than glue of GLUE bytes and a name in it.  False if
 * the rest of the glue is another. */
static NOINLINE bool
odd_piece(struct kl_json_node *node, const struct json_layout *l,
    const struct json_piece *m, const char *s, size_t left, size_t p)
{
	if (m->n > GLUE &&
	    (left < m->n ||
		memcmp(s + p + GLUE, m->rest, m->n - (size_t)GLUE) != 0))
		return false;
	put_marks(node, l->mark + m->mark, m->marks, p);
	return true;
}

/* A scalar, or an empty container. */
INLINE bool
leaf_token(const char *s, size_t n, size_t p, struct eye *eye, struct token *t)
{
	if (LIKELY(s[p] == '"'))
		return string_token(s, n, p, eye, t);
	if (s[p] == '{' || s[p] == '[') {
		t->end = p + 2;
		t->kind = kind_word(
		    s[p] == '{' ? KL_JSON_OBJECT : KL_JSON_ARRAY, false);
		return s[p + 1] == s[p] + 2;
	}
	return scalar_token(s, n, p, eye, t);
}

/* Write the parts of a node that differ from text to text. */
INLINE void
put_leaf(struct kl_json_node *node, size_t p, const struct token *t)
{
	node->at = (uint32_t)p;
	node->n = (uint32_t)(t->end - p);
	memcpy((char *)node + sizeof(*node) - sizeof(t->kind), &t->kind,
	    sizeof(t->kind));
}

/* Node at that many bytes. */
INLINE struct kl_json_node *
node_at(struct kl_json_node *node, uint32_t offset)
{
	return (struct kl_json_node *)(void *)((char *)node + offset);
}

/* All pieces and the values between them; the offset behind the last, or 0. */
INLINE size_t
repeat_pieces(struct kl_json_node *node, const struct json_layout *l,
    const char *s, size_t n, struct eye *eye)
{
	const struct json_piece *m = l->piece, *last = m + l->pieces - 1;
	struct token t = { 0, 0 };
	size_t p;

	for (;; m++) {
		p = t.end;
		if (UNLIKELY(p >= n ||
			(wide_unlike(wide(s + p), m->glue) & m->mask) != 0))
			return 0;
		if (UNLIKELY(m->odd)) {
			if (!odd_piece(node, l, m, s, n - p, p))
				return 0;
			if (m == last)
				return p + m->n;
		}
		node_at(node, m->name)->at = (uint32_t)(p + m->name_at);
		p += m->n;
		if (UNLIKELY(!leaf_token(s, n, p, eye, &t)))
			return 0;
		put_leaf(node_at(node, m->value), p, &t);
	}
}

static bool
REPEATER(struct kl_json *doc, const struct json_layout *l, const char *s,
    size_t n)
{
	struct eye eye = { stops_ready(), wide(s) };

	if (n < 2 || doc->cap < l->nodes || doc->max_nodes < l->nodes ||
	    doc->max_depth < l->depth)
		return false;
	if (doc->laid_out != l->shape)
		memcpy(doc->node, l->node, l->nodes * sizeof(*l->node));
	doc->laid_out = l->shape;
	if (repeat_pieces(doc->node, l, s, n, &eye) != n)
		return false;
	if (wide_high(eye.high) != 0 && !utf8_valid(s, n))
		return false;
	doc->nodes = l->nodes;
	doc->shape = l->shape;
	return true;
}

#endif /* JSON_REPEAT_H */
