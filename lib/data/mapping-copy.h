/* SPDX-License-Identifier: MIT */
#ifndef MAPPING_COPY_H
#define MAPPING_COPY_H

/*
 * mapping-copy.h - the hot path of running a mapping: values that are copied,
 * out of records (mapping-run.c) and rows (mapping-row.c) alike.
 */

#include <string.h>

#include "mapping-priv.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Copy n bytes, of which most are few: KEY_SHORT at once, which must be
 * readable and have room, then the rest. */
static inline char *
copy_bytes(char *to, const char *from, size_t n)
{
	memcpy(to, from, KEY_SHORT);
	if (!LIKELY(n <= KEY_SHORT))
		memcpy(to + KEY_SHORT, from + KEY_SHORT, n - KEY_SHORT);
	return to + n;
}

/* As kl_json_is_empty(), without a branch that nobody can foretell. */
static inline bool
copying_is_empty(const struct kl_json_node *node)
{
	uint32_t both = node->n * 16 + node->type;

	return (both == 4 * 16 + KL_JSON_NULL) |
	    (both == 2 * 16 + KL_JSON_STRING);
}

/* Where copying stands: w, in registers. */
struct copying {
	char *to, *end; /* the room that is left in the buffer */
};

static inline struct copying
copying_of(const struct writing *w)
{
	return (struct copying){ w->b->s + w->b->n, w->b->s + w->b->cap };
}

/* Back into w. */
static inline void
copying_settle(struct writing *w, const struct copying *c)
{
	w->b->n = (size_t)(c->to - w->b->s);
}

/* Make room for what is around a value, and for its n bytes.  False if there is
 * none, which sticks. */
static inline bool
copying_ready(struct writing *w, struct copying *c, const struct op *op,
    size_t n)
{
	n += (size_t)op->key_n + 2 * (size_t)KEY_SHORT;
	if (LIKELY((size_t)(c->end - c->to) >= n))
		return true;
	copying_settle(w, c);
	(void)kl_buf_room(w->b, n);
	*c = copying_of(w);
	return w->b->rc == KL_OK;
}

/* The name of the field, and what stands around it: all of it, or nothing. */
static inline void
copying_key(struct copying *c, const struct op *op, size_t all)
{
	(void)copy_bytes(c->to, op->key, op->key_n);
	c->to += op->key_n & all;
}

/* Behind the key of an object, at to, its members begin. */
static inline void
copying_entered(struct writing *w, const char *to, size_t depth)
{
	w->first[depth] = (size_t)(to - w->b->s);
}

/* End it; one without members is none, so its key of n bytes goes as well.
 * Nobody can foretell that, so both are done. */
static inline char *
copying_left(struct writing *w, char *to, size_t depth, size_t n)
{
	char *first = w->b->s + w->first[depth];
	size_t any = 0 - (size_t)(to != first);

	*first = '{';
	*to = '}';
	return to + (any & 1) - (n & ~any);
}

/* Enter or leave an object, there being room for it. */
static inline void
copying_move(struct writing *w, struct copying *c, const struct op *op)
{
	if (op->how == HOW_ENTER) {
		copying_key(c, op, SIZE_MAX);
		copying_entered(w, c->to, op->depth);
	} else {
		c->to = copying_left(w, c->to, op->depth, op->key_n);
	}
}

/* Begin a record; w->b is set.  False if there is no room for it. */
static inline bool
mapping_begin(struct writing *w)
{
	w->first[0] = w->b->n;
	return w->b->cap - w->b->n >= 2 || kl_buf_room(w->b, 2);
}

/* End it: the record itself is there even if it is empty. */
static inline void
mapping_end(struct writing *w)
{
	struct kl_buf *b = w->b;

	if (b->n == w->first[0])
		kl_buf_putc(b, '{');
	else
		b->s[w->first[0]] = '{';
	kl_buf_putc(b, '}');
}

#endif /* MAPPING_COPY_H */
