/* SPDX-License-Identifier: MIT */
#ifndef JSON_FOLLOW_H
#define JSON_FOLLOW_H

/*
 * follow.h - scan a text by a layout (layout.h), compiled once for each way of
 * looking at 32 bytes.  The including file defines before:
 *
 *	WIDE		what 32 bytes are loaded into
 *	static inline WIDE wide(const char *s)
 *	static inline WIDE wide_or(WIDE a, WIDE b)
 *	static inline uint32_t wide_unlike(WIDE v, const char *t)
 *		bit i set if byte i of v is not t[i]
 *	static inline uint32_t wide_stops(WIDE v)
 *		bit i set if byte i is a quote, a backslash or below a space
 *	static inline uint32_t wide_digits(WIDE v)
 *	static inline uint32_t wide_high(WIDE v)
 *		bit i set if byte i is not ASCII
 *	static inline bool utf8_valid(const char *s, size_t n)
 *	FOLLOWER	the name of the function to define
 *
 * The bytes looked at are always those of where the scan stands, so most
 * values are one load, one comparison and one count of zeros: there are no
 * loops to be mispredicted.  Bytes behind the text are looked at too, up to
 * KL_JSON_SPARE of them; whether a text ended before its last brace is seen
 * where the next member begins, and at the end.
 *
 * Text that is not ASCII is only noticed, and is checked for UTF-8 as a whole
 * at the end.
 */

#include <string.h>

#include "layout.h"

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
	WIDE high;    /* every byte of a value, and more, or-ed */
};

enum step {
	STEP_NO,   /* the text is another */
	STEP_OPEN, /* a container with something in it was entered */
	STEP_DONE, /* a value was passed */
};

/* The last word of a node. */
INLINE uint32_t
kind_word(enum kl_json_type type, bool esc, uint32_t count)
{
	return fields((struct kl_json_node){ .type = type & 15, .esc = esc }) |
	    count * fields((struct kl_json_node){ .count = 1 });
}

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

/* A member further on in the same object, those between being absent. */
static NOINLINE const struct json_member *
later_member(const struct json_member *m, const char *s, size_t left)
{
	do {
		if (m->step == 0)
			return NULL;
		m += m->step;
	} while (m->n >= left ||
	    memcmp(m->glue, s, m->n < GLUE ? m->n : GLUE) ||
	    (m->n > GLUE && memcmp(m->rest, s + GLUE, m->n - (size_t)GLUE)));
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

INLINE enum step
follow_string(struct follow *c)
{
	size_t q = c->p + 1;
	struct json_fault f;
	bool esc = false;
	uint32_t stops;
	WIDE v;

	for (;;) {
		v = wide(c->s + q);
		c->high = wide_or(c->high, v);
		stops = wide_stops(v);
		if (UNLIKELY(stops == 0)) {
			q += GLUE;
			if (UNLIKELY(q >= c->n))
				return STEP_NO;
			continue;
		}
		q += (unsigned)__builtin_ctz(stops);
		if (LIKELY(c->s[q] == '"'))
			break;
		if (c->s[q] != '\\' ||
		    (q = kl_json_escape(c->s, c->n, q, &f)) == 0)
			return STEP_NO;
		esc = true;
	}
	follow_node(c, c->p, q + 1 - c->p, kind_word(KL_JSON_STRING, esc, 0));
	c->p = q + 1;
	return STEP_DONE;
}

/* The bytes of digits at s, where there may be many. */
static NOINLINE size_t
digits_end(const char *s, size_t n, size_t p)
{
	while (p < n && is_digit(s[p]))
		p++;
	return p;
}

/* A number with an exponent, or of many digits: its end, or 0 if it is
 * none. */
static NOINLINE size_t
number_end(const char *s, size_t n, size_t p)
{
	size_t from = p += s[p] == '-';

	if ((p = digits_end(s, n, p)) == from ||
	    (s[from] == '0' && p > from + 1))
		return 0;
	if (p < n && s[p] == '.') {
		from = p + 1;
		if ((p = digits_end(s, n, from)) == from)
			return 0;
	}
	if (p < n && (s[p] | 32) == 'e') {
		from = p + 1;
		from += from < n && (s[from] == '+' || s[from] == '-');
		if ((p = digits_end(s, n, from)) == from)
			return 0;
	}
	return p;
}

INLINE enum step
follow_number(struct follow *c)
{
	const char *s = c->s + c->p;
	unsigned minus = *s == '-', n, more;
	uint32_t other = ~wide_digits(wide(s)) >> minus;
	size_t end = c->p + minus;

	/* No more than 31 bytes are known with the sign. */
	n = (unsigned)__builtin_ctz(other | 1U << 31);
	if (UNLIKELY(n == 0 || (s[minus] == '0' && n > 1)))
		return STEP_NO;
	if (s[minus + n] == '.') {
		other = other >> n >> 1;
		more = (unsigned)__builtin_ctz(other | 1U << 31);
		if (UNLIKELY(more == 0))
			return STEP_NO;
		n += 1 + more;
	}
	end += n;
	if (UNLIKELY(n > 28 || (c->s[end] | 32) == 'e') &&
	    (end = number_end(c->s, c->n, c->p)) == 0)
		return STEP_NO;
	follow_node(c, c->p, end - c->p, kind_word(KL_JSON_NUMBER, false, 0));
	c->p = end;
	return STEP_DONE;
}

/* One of three words, told apart without a branch: nobody can guess whether it
 * is true or false. */
INLINE enum step
follow_word(struct follow *c)
{
	static const struct {
		char text[8];
		uint64_t mask;
		uint32_t n;
		enum kl_json_type type;
	} words[] = {
		{ "false", 0xffffffffffU, 5, KL_JSON_FALSE },
		{ "null", 0xffffffffU, 4, KL_JSON_NULL },
		{ "true", 0xffffffffU, 4, KL_JSON_TRUE },
		{ "none", 0, 0, 0 },
	};
	unsigned i = (unsigned char)c->s[c->p] >> 3 & 3; /* tells f, n, t */
	uint64_t here, there;

	memcpy(&here, c->s + c->p, sizeof(here));
	memcpy(&there, words[i].text, sizeof(there));
	if (UNLIKELY((here & words[i].mask) != there))
		return STEP_NO;
	follow_node(c, c->p, words[i].n, kind_word(words[i].type, false, 0));
	c->p += words[i].n;
	return STEP_DONE;
}

/* Into the container at p, or past it if it is empty. */
INLINE enum step
follow_open(struct follow *c)
{
	bool array = c->s[c->p] == '[';
	enum kl_json_type type = array ? KL_JSON_ARRAY : KL_JSON_OBJECT;

	/* The next byte is in the text or the first behind it. */
	if (c->s[c->p + 1] == (array ? ']' : '}')) {
		follow_node(c, c->p, 2, kind_word(type, false, 0));
		c->p += 2;
		return STEP_DONE;
	}
	if (++c->depth > c->doc->max_depth ||
	    (array ? c->array : c->m->child == 0))
		return STEP_NO;
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

	c->count++;
	if (LIKELY(ch == '"'))
		return follow_string(c);
	if (is_digit(ch) || ch == '-')
		return follow_number(c);
	if (ch == '{' || ch == '[')
		return follow_open(c);
	return follow_word(c);
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

bool
FOLLOWER(struct kl_json *doc, const struct json_layout *l, const char *s,
    size_t n)
{
	struct follow c = { .s = s, .n = n, .doc = doc, .l = l };

	c.node = doc->node;
	c.end =
	    c.node + (doc->cap < doc->max_nodes ? doc->cap : doc->max_nodes);
	if (n < 2 || *s != '{' || !follow_room(&c))
		return false;
	c.m = l->member;
	c.node[0] = (struct kl_json_node){ .type = KL_JSON_OBJECT };
	c.p = 1;
	c.k = c.depth = c.containers = 1;
	c.regular = true;
	c.high = wide(s);
	if (!follow_members(&c))
		return false;
	if (wide_high(c.high) != 0 && !utf8_valid(s, n))
		return false;
	doc->nodes = c.k;
	doc->shape = c.regular && c.containers == l->containers ? l->shape : 0;
	return true;
}

#endif /* JSON_FOLLOW_H */
