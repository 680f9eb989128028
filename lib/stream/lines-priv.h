/* SPDX-License-Identifier: MIT */
#ifndef LINES_PRIV_H
#define LINES_PRIV_H

#include "ends.h"
#include "kl/lines.h"

/*
 * lines-priv.h - what the files of the line reader share.
 *
 *	lines.c		lines one by one
 *	block.c		many at once, for others to split
 *	ends.c		where lines end
 */

/*
 * buf[pos..end) is unread; buf[pos..seen) is known to hold no newline but the
 * ends that are yet to be handed out.  While an overlong line is skipped its
 * bytes are counted and dropped.
 */
struct kl_lines {
	int fd; /* -1: buf is borrowed, and all there is */
	char *buf;
	size_t cap, pos, seen, end;
	size_t max;
	uint32_t next, ends; /* in end_at */
	size_t base;	     /* from where in buf that is counted */
	ends_find *find;
	uint64_t offset;  /* in the input, of buf[pos] */
	uint64_t no;	  /* of the line last handed out */
	bool file;	  /* a regular one */
	uint64_t size;	  /* of it */
	uint64_t skipped; /* bytes of an overlong line, dropped so far */
	bool eof;
	const volatile int *stop;
	enum kl_rc (*idle)(void *, struct kl_err *);
	void *ctx;
	enum kl_rc (*moving)(void *, struct kl_err *);
	void *moving_ctx;
	void (*dropped)(void *, const char *, size_t);
	void *dropped_ctx;
	enum kl_rc (*source)(void *, char *, size_t, size_t *, struct kl_err *);
	void *source_ctx;
	uint16_t end_at[ENDS_STRETCH + 1];
};

/* Nothing is known of the lines that are yet to be handed out. */
static inline void
kl_lines_forget(struct kl_lines *in)
{
	if (in->next < in->ends)
		in->seen = in->pos;
	in->next = in->ends = 0;
}

/* Behind the last byte there are always some that can be read: what buf has
 * besides cap. */
void kl_lines_pad(struct kl_lines *in);

/* Read once more; wait says whether it may block. */
enum kl_rc kl_lines_fill(struct kl_lines *in, bool wait, struct kl_err *err);

#endif /* LINES_PRIV_H */
