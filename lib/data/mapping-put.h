/* SPDX-License-Identifier: MIT */
#ifndef MAPPING_PUT_H
#define MAPPING_PUT_H

/*
 * mapping-put.h - write what the stages of a program say, compiled once for
 * each way of copying 32 bytes.  It wants PUT, the name of the function to
 * define, and
 *
 *	copy_short()	KEY_SHORT bytes
 *	lower_short()	see letters_lower_short()
 *
 * No branch depends on which members a record has, nor on which of them are
 * empty: what is not to be there is written, and overwritten by what is next.
 */

#include "mapping-copy.h"

#define INLINE static inline __attribute__((always_inline))

/* Where writing stands. */
struct putting {
	char *to;
	const char *s; /* the text of the record */
	const char *nodes, *place;
};

/* The node of its value; of one that may be there, node 0 if it is not. */
INLINE const struct kl_json_node *
sure_node(const struct putting *c, const struct stage *st)
{
	return (const void *)(c->nodes + st->value);
}

INLINE uint32_t
place_of(const struct putting *c, const struct stage *st)
{
	return *(const uint32_t *)(const void *)(c->place + st->value);
}

INLINE const struct kl_json_node *
node_at(const struct putting *c, uint32_t at)
{
	return (const struct kl_json_node *)(const void *)c->nodes + at;
}

/* All bits set, or none. */
INLINE size_t
all_if(bool yes)
{
	return 0 - (size_t)yes;
}

/* Most values are short: one of any length takes as long as another. */
INLINE void
copy_value(struct putting *c, const char *from, size_t n)
{
	size_t i;

	copy_short(c->to, from);
	if (UNLIKELY(n > KEY_SHORT))
		for (i = KEY_SHORT; i < n; i += KEY_SHORT)
			copy_short(c->to + i, from + i);
	c->to += n;
}

/* The value, and the text before it: all of it, or nothing. */
INLINE void
put_value(struct putting *c, const struct stage *st,
    const struct kl_json_node *node, size_t all)
{
	copy_short(c->to, st->text);
	c->to += st->n & all;
	copy_value(c, c->s + node->at, node->n & all);
}

/* As it is, or if it is not empty; each up to another stage. */
INLINE const struct stage *
put_sure(struct putting *c, const struct stage *st, const bool drops)
{
	const struct kl_json_node *node;
	const uint8_t how = st->how;

	do {
		node = sure_node(c, st);
		put_value(c, st, node,
		    all_if(!drops || !copying_is_empty(node)));
	} while ((++st)->how == how);
	return st;
}

/* The same if there is one. */
INLINE const struct stage *
put_either(struct putting *c, const struct stage *st, const bool drops)
{
	const struct kl_json_node *node;
	const uint8_t how = st->how;
	uint32_t at;

	do {
		at = place_of(c, st);
		node = node_at(c, at);
		put_value(c, st, node,
		    all_if((at != 0) & (!drops || !copying_is_empty(node))));
	} while ((++st)->how == how);
	return st;
}

/* The same with a text that does not fit into the stage. */
INLINE void
put_long(struct putting *c, const struct stage *st)
{
	uint32_t at = place_of(c, st);
	const struct kl_json_node *node = node_at(c, at);

	if (at == 0 || (st->op->how == HOW_DROPS && copying_is_empty(node)))
		return;
	c->to = copy_bytes(c->to, st->op->key, st->op->key_n);
	copy_value(c, c->s + node->at, node->n);
}

/* No control character, blank or character outside ASCII. */
INLINE bool
is_ink(char c)
{
	return c > ' ';
}

/*
 * A text in small letters: an address, most often, with a blank before or
 * behind it at times.  False if it takes more than that: if it is no text, or
 * not plain, or if there is more to trim.
 */
INLINE bool
put_lower(struct putting *c, const struct stage *st)
{
	const struct kl_json_node *node = node_at(c, place_of(c, st));
	const char *s = c->s + node->at;
	char *to = c->to + st->n;
	size_t n = node->n, blank;

	if (node->type != KL_JSON_STRING || node->esc || n < 3)
		return false;
	blank = st->trims & (s[1] == ' ');
	s += blank;
	n -= blank + (st->trims & (s[n - blank - 2] == ' '));
	copy_short(c->to, st->text);
	if (n < 3 || n > LETTERS_SHORT || !is_ink(s[1]) || !is_ink(s[n - 2]) ||
	    !lower_short(to, s, n))
		return false;
	*to = to[n - 1] = '"';
	c->to = to + n;
	return true;
}

INLINE void
put_text(struct putting *c, const struct stage *st)
{
	copy_short(c->to, st->text);
	c->to += st->n;
}

const struct stage *
PUT(struct writing *w, const struct stage *st)
{
	struct putting c = { .to = w->b->s + w->b->n,
		.s = w->s,
		.nodes = (const char *)w->doc->node,
		.place = (const char *)w->place };

	for (;;) {
		switch (st->how) {
		case STAGE_KEEPS:
			st = put_sure(&c, st, false);
			continue;
		case STAGE_MAY_KEEP:
			st = put_either(&c, st, false);
			continue;
		case STAGE_DROPS:
			st = put_sure(&c, st, true);
			continue;
		case STAGE_MAY_DROP:
			st = put_either(&c, st, true);
			continue;
		case STAGE_TEXT:
			put_text(&c, st);
			break;
		case STAGE_LONG:
			put_long(&c, st);
			break;
		case STAGE_ENTER:
			put_text(&c, st);
			copying_entered(w, c.to, st->value);
			break;
		case STAGE_LEAVE:
			c.to = copying_left(w, c.to, st->value, st->n);
			break;
		case STAGE_LOWER:
			if (put_lower(&c, st))
				break;
			/* FALLTHROUGH */
		default:
			w->b->n = (size_t)(c.to - w->b->s);
			return st;
		}
		st++;
	}
}

#endif /* MAPPING_PUT_H */
