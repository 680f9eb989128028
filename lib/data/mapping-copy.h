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

/* Where copying stands: w, in registers. */
struct copying {
	char *to, *end;	       /* the room that is left in the buffer */
	const struct op *next; /* behind the one written last */
};

static inline struct copying
copying_of(const struct kl_mapping *m, const struct writing *w)
{
	return (struct copying){ w->b->s + w->b->n, w->b->s + w->b->cap,
		m->op + w->next };
}

/* Back into w. */
static inline void
copying_settle(const struct kl_mapping *m, struct writing *w,
    const struct copying *c)
{
	w->b->n = (size_t)(c->to - w->b->s);
	w->next = (uint32_t)(c->next - m->op);
	if (w->next > 0) {
		w->group = c->next[-1].group;
		w->first = false;
	}
}

/* Write what goes before the value of n bytes, and make room for that.  False
 * if there is none, which sticks. */
static inline bool
copying_join(const struct kl_mapping *m, struct writing *w, struct copying *c,
    const struct op *op, size_t n)
{
	n += (size_t)op->join_n + KEY_SHORT;
	if (LIKELY(c->next == op && (size_t)(c->end - c->to) >= n)) {
		c->to = copy_bytes(c->to, op->join, op->join_n);
		c->next = op + 1;
		return true;
	}
	copying_settle(m, w, c);
	mapping_put_key(m, w, op);
	(void)kl_buf_room(w->b, n);
	*c = copying_of(m, w);
	return w->b->rc == KL_OK;
}

/* The end of what is open, the record included. */
static inline void
mapping_close(const struct kl_mapping *m, struct writing *w)
{
	uint32_t g;

	for (g = w->group; g != 0; g = m->group[g].parent)
		kl_buf_putc(w->b, '}');
	kl_buf_putc(w->b, '}');
}

#endif /* MAPPING_COPY_H */
