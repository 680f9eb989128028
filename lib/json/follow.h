/* SPDX-License-Identifier: MIT */
#ifndef JSON_FOLLOW_H
#define JSON_FOLLOW_H

/*
 * follow.h - scan a text by the members of a layout (layout.h), compiled once
 * for each way of looking at 32 bytes.  It wants bits.h, and FOLLOWER, the name
 * of the function to define.
 *
 * Behind a member stands the one that the layout has next, mostly, or the one
 * behind that; any other is looked for by its name.
 *
 * Bytes behind the text are looked at too, up to KL_JSON_SPARE of them; whether
 * a text ended before its last brace is seen where the next value begins, and
 * at the end.
 */

#include "bits.h"

/* Where following stands.  As in grammar.h, the nodes are the stack: that of
 * an open container keeps the one around it in next, and the member that it is
 * the value of in n. */
struct follow {
	const char *s;
	size_t n;
	size_t p; /* the next byte to look at */
	const struct kl_json *doc;
	struct kl_json_node *node; /* the first, and */
	struct kl_json_node *end;  /* where the room ends */
	uint32_t k;		   /* nodes so far */
	struct json_member *m;	   /* the member at hand, or to come */
	const struct json_layout *l;
	uint32_t *place; /* kl_json.place */
	const struct stop_bits *bits;
	uint32_t in;	/* the open container */
	uint32_t count; /* what it holds so far */
	uint32_t depth;
	uint32_t containers;
	uint32_t arrays; /* that are open */
	uint32_t lost;	 /* members that were looked for */
	size_t step;	 /* from a comma to the member behind it */
	bool array;	 /* that is what is open */
	bool regular;	 /* all members so far, in their order */
	struct eye eye;
};

enum step {
	STEP_NO,   /* the text is another */
	STEP_OPEN, /* a container with something in it was entered */
	STEP_DONE, /* a value was passed */
};

INLINE void
put_half(void *to, uint64_t half)
{
	memcpy(to, &half, sizeof(half));
}

/* The name of m, which is at p. */
INLINE void
put_name(struct kl_json_node *to, const struct json_member *m, size_t p,
    uint64_t next)
{
	put_half(&to->at, m->node[0] + p);
	put_half(&to->next, m->node[1] + next);
}

/* A node that holds no others. */
INLINE void
follow_node(struct follow *c, size_t at, size_t n, uint32_t kind)
{
	struct kl_json_node *to = &c->node[c->k++];

	put_half(&to->at, pair((uint32_t)at, (uint32_t)n));
	put_half(&to->next, pair(c->k, kind));
}

/* True if the glue of m is at p. */
INLINE bool
is_glue(const struct follow *c, const struct json_member *m)
{
	const char *s = c->s + c->p;

	if (LIKELY(m->n <= GLUE))
		return (wide_unlike(wide(s), m->glue) & m->mask) == 0;
	return c->n - c->p > m->n && memcmp(s, c->l->text + m->at, m->n) == 0;
}

/* The bytes of the string at s, of which that many are left, quotes included;
 * 0 if there is no end to it. */
INLINE size_t
name_length(const char *s, size_t left)
{
	struct stops k = stops_ready();
	uint32_t stops = wide_stops(wide(s + 1), &k);
	size_t n = stops != 0 ? 1 + (size_t)__builtin_ctz(stops) : 1;

	while (n < left && s[n] != '"')
		n += s[n] == '\\' ? 2 : 1;
	return n < left ? n + 1 : 0;
}

/* The member of the object whose name is at s, of which that many bytes are
 * left, wherever it was to be expected; NULL if the layout has none. */
static NOINLINE struct json_member *
find_member(const struct json_layout *l, uint32_t parent, const char *s,
    size_t left)
{
	size_t n = *s == '"' ? name_length(s, left) : 0;
	struct json_member *m;
	uint32_t hash, at, i;

	if (n == 0)
		return NULL;
	hash = json_hash_raw(s, n);
	at = json_slot(l, parent, hash);
	for (i = 0; i < JSON_PROBES && l->table[at] != 0; i++) {
		m = &l->member[l->table[at]];
		if (m->hash == hash && m->parent == parent && m->len == n &&
		    m->n < left && memcmp(s, l->text + m->at, m->n) == 0)
			return m;
		at = (at + 1) & (l->slots - 1);
	}
	return NULL;
}

/* So many may have to be looked for: in a text of another order the grammar is
 * faster. */
#define LOST_MAX 4U

/* The member at p is not the one that was expected, or not just there. */
INLINE bool
other_member(struct follow *c)
{
	c->regular = false;
	if (UNLIKELY(c->s[c->p] == ' '))
		c->p++;
	else
		c->m = c->l->member + c->m->next;
	if (is_glue(c, c->m))
		return true;
	if (c->lost++ == LOST_MAX)
		return false;
	c->m = find_member(c->l, c->node[c->in].n, c->s + c->p, c->n - c->p);
	return c->m != NULL;
}

INLINE bool
follow_name(struct follow *c)
{
	const struct json_member *m;
	uint32_t *place;

	if (UNLIKELY(!is_glue(c, c->m)) && !other_member(c))
		return false;
	m = c->m;
	place = &c->place[m->number];
	if (UNLIKELY(*place != 0))
		return false;
	*place = c->k + 1;
	put_name(&c->node[c->k], m, c->p, c->k + 1);
	c->k++;
	c->p += m->n;
	return true;
}

/* The next element of an array may have all members again. */
static NOINLINE void
forget_places(const struct json_layout *l, uint32_t i, uint32_t *place)
{
	for (; i != 0; i = l->member[i].next)
		place[i] = 0;
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
		.n = c->m->number,
		.next = c->in,
		.type = type & 15 };
	c->regular &= !c->array && array == c->m->array;
	c->in = c->k++;
	c->count = 0;
	c->array = array;
	c->p++;
	c->arrays += array;
	if (array)
		return STEP_OPEN;
	if (UNLIKELY(c->arrays > 0))
		forget_places(c->l, c->m->child, c->place);
	c->m = c->l->member + c->m->child;
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
	if (c->array) {
		c->regular &= c->count == c->m->elements;
		c->arrays--;
	} else {
		c->regular &= c->m->next == 0;
	}
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
follow_value(struct follow *c, const bool bits)
{
	char ch = c->s[c->p];
	struct token t;

	c->count++;
	if (ch == '{' || ch == '[')
		return follow_open(c);
	if (bits && LIKELY(ch == '"')) {
		if (UNLIKELY(!bits_string(c->s, c->n, c->p, c->bits, &t)))
			return STEP_NO;
	} else if (UNLIKELY(!scalar_token(c->s, c->n, c->p, &c->eye, &t))) {
		return STEP_NO;
	}
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
	if (LIKELY(!c->array)) {
		c->p += c->step;
		c->m = c->l->member + c->m->next;
		/* That is the comma itself, or the blank behind it. */
		if (UNLIKELY(c->s[c->p - 1] != c->l->between))
			c->p--;
		return true;
	}
	c->p += c->s[c->p + 1] == ' ' ? 2 : 1;
	return follow_room(c);
}

#include "run.h"

/* The next member, or element, and its value. */
INLINE enum step
follow_one(struct follow *c, const bool bits)
{
	if (UNLIKELY(c->p >= c->n))
		return STEP_NO;
	if (LIKELY(!c->array) && UNLIKELY(!follow_name(c)))
		return STEP_NO;
	return follow_value(c, bits);
}

/* The members of the outermost object, and what is in them, up to its end. */
INLINE bool
follow_members(struct follow *c, const bool bits)
{
	enum run_end end = RUN_MEMBER;
	enum step step;

	for (;;) {
		if (bits && LIKELY(!c->array && c->lost == 0) &&
		    UNLIKELY((end = follow_run(c)) == RUN_NO))
			return false;
		if (end == RUN_MEMBER) {
			if (UNLIKELY((step = follow_one(c, bits)) == STEP_NO))
				return false;
			if (UNLIKELY(step == STEP_OPEN))
				continue;
		}
		end = RUN_MEMBER;
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

/* The same with the ends of strings found ahead, or one by one. */
INLINE bool
follow_text(struct follow *c)
{
	struct stop_bits bits;
	bool ascii;

	if (c->n <= BITS_MAX) {
		ascii = find_stops(&bits, c->s, c->n);
		c->bits = &bits;
		return follow_members(c, true) &&
		    (ascii || utf8_valid_at(c->s, c->n, bits.high, bits.highs));
	}
	c->eye = (struct eye){ stops_ready(), wide(c->s) };
	return follow_members(c, false) &&
	    (wide_high(c->eye.high) == 0 || utf8_valid(c->s, c->n));
}

static bool
FOLLOWER(struct kl_json *doc, const struct json_layout *l, const char *s,
    size_t n)
{
	struct follow c; /* all of it would be slow to clear */

	c.s = s;
	c.n = n;
	c.doc = doc;
	c.l = l;
	c.node = doc->node;
	c.k = 0;
	c.end =
	    c.node + (doc->cap < doc->max_nodes ? doc->cap : doc->max_nodes);
	if (n < 2 || *s != '{' || !follow_room(&c))
		return false;
	doc->laid_out = 0;
	c.place = doc->layouts->place;
	memset(c.place, 0, l->members * sizeof(*c.place));
	c.place[0] = 1; /* so that it is no member's */
	c.m = l->member + l->member->child;
	c.step = l->between == ' ' ? 2 : 1;
	c.node[0] = (struct kl_json_node){ .type = KL_JSON_OBJECT };
	c.p = 1;
	c.in = c.count = c.arrays = c.lost = 0;
	c.array = false;
	c.k = c.depth = c.containers = 1;
	c.regular = true;
	if (!follow_text(&c))
		return false;
	doc->nodes = c.k;
	doc->shape = c.regular && c.containers == l->containers ? l->shape : 0;
	doc->layout = l->id;
	doc->place = c.place;
	c.place[0] = 0;
	return true;
}

#endif /* JSON_FOLLOW_H */
