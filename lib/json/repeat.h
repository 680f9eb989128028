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

/* True if at p is all of a piece that is more than GLUE bytes, the first of
 * which are there. */
static NOINLINE bool
has_rest(const struct json_layout *l, const struct json_piece *m, const char *s,
    size_t n, size_t p)
{
	size_t all = m->n + (size_t)(m->how == HOW_STRING);

	return n - p >= all &&
	    memcmp(s + p + GLUE, l->glue + m->text - m->quote + GLUE,
		all - GLUE) == 0;
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
put_value(struct kl_json_node *node, size_t p, size_t n, uint32_t kind)
{
	node->at = (uint32_t)p;
	node->n = (uint32_t)n;
	memcpy((char *)node + sizeof(*node) - sizeof(kind), &kind,
	    sizeof(kind));
}

INLINE void
put_leaf(struct kl_json_node *node, size_t p, const struct token *t)
{
	put_value(node, p, t->end - p, t->kind);
}

/* Where repeating stands: before piece m, NULL if the text is another, and
 * where its value is. */
struct repeat_at {
	const struct json_piece *m;
	size_t p;
};

/* So often a value may be other than expected before that is expected. */
#define MISSES 4U

/* True if the value of piece m was to be expected. */
static bool
was_expected(struct kl_json_node *node, const struct json_layout *l,
    const struct json_piece *m)
{
	uint32_t i = (uint32_t)(m - l->piece);
	enum json_how how =
	    json_how_of((enum kl_json_type)node_at(node, m->value)->type);

	if (LIKELY(m->how == how))
		return true;
	if (++l->piece[i].missed < MISSES)
		return false;
	kl_json_expect(l, i, how);
	return true;
}

/*
 * Piece m was not there, or its value not what was expected: the value before
 * may have been another, too, or is a string with escapes.  Go on from there
 * without expecting anything, until what comes is as expected.
 */
static NOINLINE struct repeat_at
repeat_slowly(struct kl_json_node *node, const struct json_layout *l,
    const struct json_piece *m, const char *s, size_t n,
    const struct stop_bits *b)
{
	const struct json_piece *last = l->piece + l->pieces - 1;
	const struct repeat_at other = { NULL, 0 };
	struct token t = { 0, 0 };
	size_t p;

	if (m > l->piece) {
		p = node_at(node, m[-1].value)->at;
		if (p >= n || !leaf_token(s, n, p, b, &t))
			return other;
		put_leaf(node_at(node, m[-1].value), p, &t);
		(void)was_expected(node, l, m - 1);
	}
	for (;; m++) {
		p = t.end;
		if (p >= n || n - p < m->bare ||
		    memcmp(s + p, l->glue + m->text, m->bare) != 0)
			return other;
		put_marks(node, l->mark + m->mark, m[1].mark - m->mark, p);
		if (m == last)
			return (struct repeat_at){ m + 1, p + m->bare };
		p += m->bare;
		node_at(node, m->name)->at = (uint32_t)(p - m->back);
		if (!leaf_token(s, n, p, b, &t))
			return other;
		put_leaf(node_at(node, m->value), p, &t);
		if (was_expected(node, l, m))
			return (struct repeat_at){ m + 1, t.end + m[1].bare };
	}
}

/* A piece that is odd, the first bytes of which are there, and its value, which
 * is at p; where to go on, unless they are not as expected. */
INLINE struct repeat_at
odd_piece(struct kl_json_node *node, const struct json_layout *l,
    const struct json_piece *m, const char *s, size_t n, size_t p,
    const struct stop_bits *b)
{
	const struct repeat_at other = { NULL, 0 };
	struct token t;

	if (json_is_long(m) && !has_rest(l, m, s, n, p - m->n))
		return other;
	put_marks(node, l->mark + m->mark, m[1].mark - m->mark, p - m->bare);
	if (m == l->piece + l->pieces - 1)
		return (struct repeat_at){ m + 1, p };
	node_at(node, m->name)->at = (uint32_t)(p - m->back);
	if (UNLIKELY(!leaf_token(s, n, p, b, &t)))
		return other;
	put_leaf(node_at(node, m->value), p, &t);
	return (struct repeat_at){ m + 1, t.end + m[1].bare };
}

/* True if a number or a word of n bytes is at p, as is expected of the value of
 * piece m. */
INLINE bool
repeat_scalar(struct kl_json_node *v, const struct json_piece *m, const char *s,
    size_t p, size_t n, const struct digits *k)
{
	struct token t;

	if (m->way == HOW_NUMBER) {
		put_value(v, p, n, kind_word(KL_JSON_NUMBER, false));
		return n != 0 && plain_number(s + p, k) == n;
	}
	if (UNLIKELY(!word_token(s, p, &t)))
		return false;
	put_leaf(v, p, &t);
	return t.end == p + n;
}

/* The value of piece m, a string or not, which is at *p, and there the next:
 * true if it is as expected. */
INLINE bool
repeat_value(struct kl_json_node *v, const struct json_piece *m, const char *s,
    size_t *p, const bool string, const struct stop_bits *b,
    const struct digits *k)
{
	size_t at = *p, next = at + m->ahead, len;

	v[-1].at = (uint32_t)(at - m->back);
	v->at = (uint32_t)at;
	len = stop_behind(b, at);
	*p = next + len;
	if (!string)
		return repeat_scalar(v, m, s, at, len - m->gap, k);
	put_value(v, at, len + 2, kind_word(KL_JSON_STRING, false));
	return true;
}

/*
 * All pieces and the values between them; the offset behind the last, or 0.
 *
 * How fast that is depends on how soon it is known where the next value is:
 * what needs not be known for that is done besides.
 */
INLINE size_t
repeat_pieces(struct kl_json_node *node, const struct json_layout *l,
    const char *s, size_t n, const struct stop_bits *b)
{
	const struct json_piece *m = l->piece;
	struct digits k = digits_ready();
	struct repeat_at at;
	struct kl_json_node *v;
	size_t p = m->n, from;

	for (;;) {
		v = node_at(node, m->value);
		from = p - m->n;
		at.m = NULL;
		if (LIKELY(from < n &&
			(wide_unlike(wide(s + from), m->glue) & m->mask) ==
			    0)) {
			if (LIKELY(m->way == HOW_STRING)) {
				(void)repeat_value(v, m, s, &p, true, b, &k);
				m++;
				continue;
			}
			if (UNLIKELY(m->way == HOW_OTHER)) {
				at = odd_piece(node, l, m, s, n, p, b);
			} else if (LIKELY(repeat_value(v, m, s, &p, false, b,
				       &k))) {
				m++;
				continue;
			}
		}
		if (UNLIKELY(at.m == NULL))
			at = repeat_slowly(node, l, m, s, n, b);
		if (UNLIKELY(at.m == NULL))
			return 0;
		if (at.m == l->piece + l->pieces)
			return at.p;
		m = at.m;
		p = at.p;
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
	if (!ascii && !utf8_valid_at(s, n, b.high, b.highs))
		return false;
	doc->nodes = l->nodes;
	doc->shape = l->repeats;
	doc->layout = l->id;
	doc->place = doc->layouts->place;
	return true;
}

#endif /* JSON_REPEAT_H */
