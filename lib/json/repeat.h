/* SPDX-License-Identifier: MIT */
#ifndef JSON_REPEAT_H
#define JSON_REPEAT_H

/*
 * repeat.h - scan a text by the pieces of a layout (layout.h), compiled once
 * for each way of looking at 32 bytes.  It wants values.h, and REPEATER, the
 * name of the function to define.
 *
 * Where strings can end is found first, for the whole text, 64 bytes at a time:
 * a bit for each byte.  The end of a string is then the next bit from its
 * beginning on.  The processor waits for that before it knows where the next
 * value is, so it must be few steps: a load, a shift and a count of zeros.
 *
 * The nodes are those of the layout, and are there already if the text before
 * had it too.  What is written of them is where they begin, the length and
 * type of values, and the length of containers that are not empty.
 */

#include "values.h"

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

/* Texts longer than that are followed by their members. */
#define REPEAT_MAX ((size_t)8 << 10)

/* The bits, lowest first; behind those of the text all are set. */
struct stop_bits {
	unsigned char bits[(REPEAT_MAX + 64) / 8 + 16];
};

/* Find them; true if all bytes are ASCII. */
INLINE bool
find_stops(struct stop_bits *b, const char *s, size_t n)
{
	struct stops k = stops_ready();
	WIDE v, w, high = wide(s);
	uint64_t stops;
	size_t i;

	for (i = 0; i < n; i += 64) {
		v = wide(s + i);
		w = wide(s + i + GLUE);
		high = wide_or(high, wide_or(v, w));
		stops = wide_stops(v, &k) | (uint64_t)wide_stops(w, &k) << GLUE;
		memcpy(b->bits + i / 8, &stops, sizeof(stops));
	}
	memset(b->bits + i / 8, 0xff, 16);
	return wide_high(high) == 0;
}

/* The first byte from p on at which a string may end. */
INLINE size_t
next_stop(const struct stop_bits *b, size_t p)
{
	uint64_t w;

	for (;;) {
		memcpy(&w, b->bits + p / 8, sizeof(w));
		w >>= p % 8;
		if (LIKELY(w != 0))
			return p + (unsigned)__builtin_ctzll(w);
		p += 64 - p % 8;
	}
}

/* The string whose opening quote is at p. */
INLINE bool
bits_string(const char *s, size_t n, size_t p, const struct stop_bits *b,
    struct token *t)
{
	struct json_fault f;

	t->kind = kind_word(KL_JSON_STRING, false);
	while (p = next_stop(b, p + 1), UNLIKELY(s[p] != '"')) {
		if (p >= n || s[p] != '\\' ||
		    (p = kl_json_escape(s, n, p, &f)) == 0 || p >= n)
			return false;
		p--;
		t->kind = kind_word(KL_JSON_STRING, true);
	}
	t->end = p + 1;
	return true;
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

	if (n < 2 || n > REPEAT_MAX || doc->cap < l->nodes ||
	    doc->max_nodes < l->nodes || doc->max_depth < l->depth)
		return false;
	if (doc->laid_out != l->shape)
		memcpy(doc->node, l->node, l->nodes * sizeof(*l->node));
	doc->laid_out = l->shape;
	ascii = find_stops(&b, s, n);
	if (repeat_pieces(doc->node, l, s, n, &b) != n)
		return false;
	if (!ascii && !utf8_valid(s, n))
		return false;
	doc->nodes = l->nodes;
	doc->shape = l->shape;
	return true;
}

#endif /* JSON_REPEAT_H */
