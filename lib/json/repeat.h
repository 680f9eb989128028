/* SPDX-License-Identifier: MIT */
#ifndef JSON_REPEAT_H
#define JSON_REPEAT_H

/*
 * repeat.h - scan a text by the pieces of a layout (layout.h), compiled once
 * for each way of looking at 32 bytes.  It wants bits.h, and REPEATER, the
 * name of the function to define.
 *
 * The nodes are those of the layout, and are there already if the text before
 * had it too.  What is written of them is where they begin, the length and
 * type of values, and the length of containers that are not empty.
 */

#include "bits.h"

/* Node at that many bytes. */
INLINE struct kl_json_node *
node_at(struct kl_json_node *node, uint32_t offset)
{
	return (struct kl_json_node *)(void *)((char *)node + offset);
}

/* Nodes that begin or end in a piece, which is at p. */
INLINE void
put_marks(struct kl_json_node *node, const struct json_mark *mark, uint32_t n,
    size_t p)
{
	const struct json_mark *end = mark + n;
	uint32_t v;

	for (; mark < end; mark++) {
		v = (uint32_t)p + mark->at -
		    (node_at(node, mark->node)->at & mark->began);
		memcpy((char *)node + mark->field, &v, sizeof(v));
	}
}

/* True if s, of which that many bytes are left, has all of a piece that is more
 * than GLUE bytes, the first of which it has. */
static NOINLINE bool
has_rest(const struct json_piece *m, const char *s, size_t left)
{
	return left >= m->n &&
	    memcmp(s + GLUE, m->rest, m->n - (size_t)GLUE) == 0;
}

/* A scalar, or an empty container. */
INLINE bool
leaf_token(const char *s, size_t n, size_t p, const struct stop_bits *b,
    struct token *t)
{
	if (LIKELY(s[p] == '"'))
		return bits_string(s, n, p, b, t);
	if (s[p] == '{' || s[p] == '[') {
		t->end = p + 2;
		t->kind = kind_word(
		    s[p] == '{' ? KL_JSON_OBJECT : KL_JSON_ARRAY, false);
		return s[p + 1] == s[p] + 2;
	}
	if (is_digit(s[p]) || s[p] == '-')
		return number_token(s, n, p, t);
	return word_token(s, p, t);
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

/* All pieces and the values between them; the offset behind the last, or 0. */
INLINE size_t
repeat_pieces(struct kl_json_node *node, const struct json_layout *l,
    const char *s, size_t n, const struct stop_bits *b)
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
			if (m->n > GLUE && !has_rest(m, s + p, n - p))
				return 0;
			put_marks(node, l->mark + m->mark, m->marks, p);
			if (m == last)
				return p + m->n;
		}
		node_at(node, m->name)->at = (uint32_t)(p + m->name_at);
		p += m->n;
		if (UNLIKELY(!leaf_token(s, n, p, b, &t)))
			return 0;
		put_leaf(node_at(node, m->value), p, &t);
	}
}

static bool
REPEATER(struct kl_json *doc, const struct json_layout *l, const char *s,
    size_t n)
{
	struct stop_bits b;
	bool ascii;

	if (n < 2 || n > BITS_MAX || doc->cap < l->nodes ||
	    doc->max_nodes < l->nodes || doc->max_depth < l->depth)
		return false;
	if (doc->laid_out != l->repeats) {
		memcpy(doc->node, l->node, l->nodes * sizeof(*l->node));
		if (l->members > 0)
			memcpy(doc->layouts->place, l->place,
			    l->members * sizeof(*l->place));
	}
	doc->laid_out = l->repeats;
	ascii = find_stops(&b, s, n);
	if (repeat_pieces(doc->node, l, s, n, &b) != n)
		return false;
	if (!ascii && !utf8_valid(s, n))
		return false;
	doc->nodes = l->nodes;
	doc->shape = l->repeats;
	doc->layout = l->id;
	doc->place = doc->layouts->place;
	return true;
}

#endif /* JSON_REPEAT_H */
