/* SPDX-License-Identifier: MIT */
#ifndef JSON_FOLLOW_H
#define JSON_FOLLOW_H

/*
 * follow.h - scan a text by the members of a layout (layout.h), some of which
 * may be missing, compiled once for each way of looking at 32 bytes.  It wants
 * values.h, and FOLLOWER, the name of the function to define.
 *
 * Bytes behind the text are looked at too, up to KL_JSON_SPARE of them; whether
 * a text ended before its last brace is seen where the next value begins, and
 * at the end.
 */

#include "values.h"

/* Where following stands.  As in grammar.h, the nodes are the stack: that of
 * an open container keeps the one around it in next, and the member that it is
 * the value of in n. */
struct follow {
	const char *s;
	size_t n;
	size_t p; /* the next byte to look at */
	const struct kl_json *doc;
	struct kl_json_node *node;   /* the first, and */
	struct kl_json_node *end;    /* where the room ends */
	uint32_t k;		     /* nodes so far */
	const struct json_member *m; /* the member at hand, or to come */
	const struct json_layout *l;
	uint32_t in;	/* the open container */
	uint32_t count; /* what it holds so far */
	uint32_t depth;
	uint32_t containers;
	bool array;   /* that is what is open */
	bool regular; /* the nodes are those of the layout so far */
	struct eye eye;
};

enum step {
	STEP_NO,   /* the text is another */
	STEP_OPEN, /* a container with something in it was entered */
	STEP_DONE, /* a value was passed */
};

/* A node that holds no others. */
INLINE void
follow_node(struct follow *c, size_t at, size_t n, uint32_t kind)
{
	uint64_t half[2];

	half[0] = pair((uint32_t)at, (uint32_t)n);
	half[1] = pair(c->k + 1, kind);
	memcpy(&c->node[c->k++], half, sizeof(half));
}

/* True if the glue of m is at p. */
INLINE bool
is_glue(const struct follow *c, const struct json_member *m)
{
	const char *s = c->s + c->p;

	if (UNLIKELY((wide_unlike(wide(s), m->glue) & m->mask) != 0))
		return false;
	return LIKELY(m->n <= GLUE) ||
	    (c->n - c->p > m->n &&
		memcmp(s + GLUE, m->rest, m->n - (size_t)GLUE) == 0);
}

/* True if s, of which that many bytes are left, begins with the glue of m and
 * goes on. */
static inline bool
begins_with(const struct json_member *m, const char *s, size_t left)
{
	return m->n < left &&
	    memcmp(m->glue, s, m->n < GLUE ? m->n : GLUE) == 0 &&
	    (m->n <= GLUE ||
		memcmp(m->rest, s + GLUE, m->n - (size_t)GLUE) == 0);
}

/* A member further on in the same object, those between being absent. */
static NOINLINE const struct json_member *
later_member(const struct json_member *m, const char *s, size_t left)
{
	do {
		if (m->step == 0)
			return NULL;
		m += m->step;
	} while (!begins_with(m, s, left));
	return m;
}

INLINE bool
follow_name(struct follow *c)
{
	const struct json_member *m = c->m;

	if (UNLIKELY(!is_glue(c, m))) {
		m = c->m = later_member(m, c->s + c->p, c->n - c->p);
		if (m == NULL)
			return false;
		c->regular = false;
	}
	follow_node(c, c->p + m->at, m->len, m->kind);
	c->p += m->n;
	return true;
}

/* Into the container at p, or past it if it is empty. */
INLINE enum step
follow_open(struct follow *c)
{
	bool array = c->s[c->p] == '[';
	enum kl_json_type type = array ? KL_JSON_ARRAY : KL_JSON_OBJECT;

	if (c->depth == c->doc->max_depth)
		return STEP_NO;
	/* The next byte is in the text or the first behind it. */
	if (c->s[c->p + 1] == (array ? ']' : '}')) {
		follow_node(c, c->p, 2, kind_word(type, false));
		c->p += 2;
		return STEP_DONE;
	}
	if (array ? c->array : c->m->child == 0)
		return STEP_NO;
	c->depth++;
	c->containers++;
	c->node[c->in].count = c->count & 0x7ffffff;
	c->node[c->k] = (struct kl_json_node){ .at = (uint32_t)c->p,
		.n = (uint32_t)(c->m - c->l->member),
		.next = c->in,
		.type = type & 15 };
	c->regular &= !c->array && array == c->m->array;
	c->in = c->k++;
	c->count = 0;
	c->array = array;
	c->p++;
	if (!array)
		c->m += c->m->child;
	return STEP_OPEN;
}

/* Out of the container whose bracket is at p; false if it is not there. */
INLINE bool
follow_close(struct follow *c)
{
	struct kl_json_node *node = &c->node[c->in];
	uint32_t around = node->next;

	if (c->p >= c->n || c->s[c->p] != (c->array ? ']' : '}'))
		return false;
	if (c->array)
		c->regular &= c->count == c->m->elements;
	else
		c->regular &= c->m->step == 0;
	c->m = c->l->member + node->n;
	node->n = (uint32_t)(++c->p - node->at);
	node->next = c->k;
	node->count = c->count & 0x7ffffff;
	c->in = around;
	c->depth--;
	c->count = c->node[around].count;
	c->array = c->node[around].type == KL_JSON_ARRAY;
	return true;
}

INLINE enum step
follow_value(struct follow *c)
{
	char ch = c->s[c->p];
	struct token t;

	c->count++;
	if (ch == '{' || ch == '[')
		return follow_open(c);
	if (UNLIKELY(!scalar_token(c->s, c->n, c->p, &c->eye, &t)))
		return STEP_NO;
	follow_node(c, c->p, t.end - c->p, t.kind);
	c->p = t.end;
	return STEP_DONE;
}

/* Room for what may come without a comma between elements: an element, and
 * for every member a name, a value and the first element of that. */
INLINE bool
follow_room(const struct follow *c)
{
	return (size_t)(c->end - c->node) - c->k >= 2 + 3 * c->l->members;
}

/* Past the comma, to the next member or element. */
INLINE bool
follow_comma(struct follow *c)
{
	c->p++;
	if (LIKELY(!c->array)) {
		if (UNLIKELY(c->m->step == 0))
			return false;
		c->m += c->m->step;
		return true;
	}
	c->p += c->s[c->p] == ' ';
	return follow_room(c);
}

/* The members of the outermost object, and what is in them, up to its end. */
INLINE bool
follow_members(struct follow *c)
{
	enum step step;

	for (;;) {
		if (UNLIKELY(c->p >= c->n))
			return false;
		if (LIKELY(!c->array) && UNLIKELY(!follow_name(c)))
			return false;
		if (UNLIKELY((step = follow_value(c)) == STEP_NO))
			return false;
		if (UNLIKELY(step == STEP_OPEN))
			continue;
		while (UNLIKELY(c->s[c->p] != ',')) {
			if (!follow_close(c))
				return false;
			if (c->depth == 0)
				return c->p == c->n;
		}
		if (UNLIKELY(!follow_comma(c)))
			return false;
	}
}

static bool
FOLLOWER(struct kl_json *doc, const struct json_layout *l, const char *s,
    size_t n)
{
	struct follow c = { .s = s, .n = n, .doc = doc, .l = l };

	c.node = doc->node;
	c.end =
	    c.node + (doc->cap < doc->max_nodes ? doc->cap : doc->max_nodes);
	if (n < 2 || *s != '{' || !follow_room(&c))
		return false;
	doc->laid_out = 0;
	c.m = l->member;
	c.node[0] = (struct kl_json_node){ .type = KL_JSON_OBJECT };
	c.p = 1;
	c.k = c.depth = c.containers = 1;
	c.regular = true;
	c.eye = (struct eye){ stops_ready(), wide(s) };
	if (!follow_members(&c))
		return false;
	if (wide_high(c.eye.high) != 0 && !utf8_valid(s, n))
		return false;
	doc->nodes = c.k;
	doc->shape = c.regular && c.containers == l->containers ? l->shape : 0;
	return true;
}

#endif /* JSON_FOLLOW_H */
