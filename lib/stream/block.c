/* SPDX-License-Identifier: MIT */
/* block.c - lines taken many at once, for other threads to split. */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "lines-priv.h"

/* Wait for input; KL_AGAIN if wake came first. */
static enum kl_rc
wait_input(const struct kl_lines *in, int wake)
{
	struct pollfd p[2] = { { .fd = in->fd, .events = POLLIN },
		{ .fd = wake, .events = POLLIN } };

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	return p[1].revents != 0 ? KL_AGAIN : KL_OK;
}

static bool
is_ready(const struct kl_lines *in)
{
	struct pollfd p = { .fd = in->fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Where the records end that are there. */
static size_t
cut_off(const struct kl_lines *in, kl_lines_cut *cut, void *ctx)
{
	const char *s, *nl;
	size_t n = in->end - in->pos;

	/* Nothing before seen is a newline. */
	if (in->end == in->seen)
		return 0;
	s = in->buf + in->pos;
	nl = memrchr(in->buf + in->seen, '\n', in->end - in->seen);
	if (nl == NULL)
		return 0;
	return cut == NULL ? (size_t)(nl + 1 - s)
			   : cut(ctx, s, n, !in->eof && is_ready(in));
}

/* Fill up what one read did not, while that takes no waiting.  What goes wrong
 * will do so again. */
static void
top_up(struct kl_lines *in)
{
	size_t end, n;

	do {
		end = in->end;
		n = end - in->pos;
		if (in->eof || n >= KL_BLOCK / 2 || n > in->max ||
		    !is_ready(in))
			break;
	} while (kl_lines_fill(in, true, NULL) == KL_OK && in->end > end);
}

/*
 * Go on in the memory of the block, to which the few bytes move that are there:
 * so each thread reads into memory of its own, which its processor has at hand.
 * Without memory for it, go on where we are.
 */
static void
change_over(struct kl_lines *in, struct kl_block *b)
{
	size_t n = in->end - in->pos, cap = b->cap;
	char *mem = b->mem;

	if (n > KL_BLOCK / 4)
		return;
	if (mem == NULL) {
		cap = KL_BLOCK;
		if ((mem = malloc(cap + KL_LINE_SPARE)) == NULL)
			return;
	}
	if (n > 0)
		memcpy(mem, in->buf + in->pos, n);
	b->mem = in->buf;
	b->cap = in->cap;
	in->buf = mem;
	in->cap = cap;
	in->seen -= in->pos;
	in->pos = 0;
	in->end = n;
	kl_lines_pad(in);
}

/* Hand the first n bytes over with the memory they lie in; the rest moves to
 * the memory that the block had. */
static enum kl_rc
hand_over(struct kl_lines *in, struct kl_block *b, size_t n, struct kl_err *err)
{
	size_t rest = in->end - in->pos - n, cap = b->cap;
	char *mem = b->mem;

	if (cap < rest + KL_BLOCK / 2 || mem == NULL) {
		cap = rest + KL_BLOCK;
		if ((mem = realloc(mem, cap + KL_LINE_SPARE)) == NULL)
			return kl_err_nomem(err);
	}
	if (rest > 0)
		memcpy(mem, in->buf + in->pos + n, rest);
	*b = (struct kl_block){ .s = in->buf + in->pos,
		.n = n,
		.offset = in->offset,
		.mem = in->buf,
		.cap = in->cap };
	in->buf = mem;
	in->cap = cap;
	in->pos = in->seen = 0;
	in->end = rest;
	in->offset += n;
	kl_lines_pad(in);
	return KL_OK;
}

enum kl_rc
kl_lines_block(struct kl_lines *in, struct kl_block *b, int wake,
    kl_lines_cut *cut, void *ctx, struct kl_err *err)
{
	enum kl_rc rc;
	size_t n;

	kl_lines_forget(in);
	change_over(in, b);
	for (;;) {
		if (in->skipped > 0)
			return KL_AGAIN;
		if (!in->eof && in->end > in->pos)
			top_up(in);
		if ((n = cut_off(in, cut, ctx)) > 0)
			return hand_over(in, b, n, err);
		if (in->eof)
			return in->end > in->pos
			    ? hand_over(in, b, in->end - in->pos, err)
			    : KL_EOF;
		if (in->end - in->pos > in->max)
			return KL_AGAIN;
		if ((rc = wait_input(in, wake)) != KL_OK ||
		    (rc = kl_lines_fill(in, true, err)) != KL_OK)
			return rc;
	}
}

enum kl_rc
kl_lines_unblock(struct kl_lines *in, const struct kl_block *b,
    struct kl_err *err)
{
	size_t rest = in->end - in->pos, cap = b->n + rest;
	char *buf;

	if (cap < KL_BLOCK)
		cap = KL_BLOCK;
	if ((buf = malloc(cap + KL_LINE_SPARE)) == NULL)
		return kl_err_nomem(err);
	memcpy(buf, b->s, b->n);
	if (rest > 0)
		memcpy(buf + b->n, in->buf + in->pos, rest);
	free(in->buf);
	kl_lines_forget(in);
	in->buf = buf;
	in->cap = cap;
	in->pos = in->seen = 0;
	in->end = b->n + rest;
	in->offset = b->offset;
	kl_lines_pad(in);
	return KL_OK;
}

void
kl_lines_count(struct kl_lines *in, uint64_t lines)
{
	in->no = lines;
}

uint64_t
kl_lines_counted(const struct kl_lines *in)
{
	return in->no;
}

struct kl_lines *
kl_lines_new_block(size_t max)
{
	struct kl_lines *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return NULL;
	in->fd = -1;
	in->max = max != 0 ? max : KL_LINE_MAX;
	in->eof = true;
	in->find = ends_find_best();
	return in;
}

void
kl_lines_of_block(struct kl_lines *in, const struct kl_block *b)
{
	kl_lines_forget(in);
	in->buf = b->mem;
	in->pos = in->seen = (size_t)(b->s - b->mem);
	in->end = in->pos + b->n;
	in->offset = b->offset;
	in->no = 0;
}

void
kl_block_free(struct kl_block *b)
{
	free(b->mem);
	*b = (struct kl_block){ 0 };
}
