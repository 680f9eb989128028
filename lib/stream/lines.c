/* SPDX-License-Identifier: MIT */
/* lines.c - read newline-delimited records in place, in bounded memory. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lines-priv.h"

struct kl_lines *
kl_lines_new(int fd, size_t max)
{
	struct kl_lines *in = calloc(1, sizeof(*in));
	struct stat st;

	if (in == NULL)
		return NULL;
	in->fd = fd;
	in->max = max != 0 ? max : KL_LINE_MAX;
	in->find = ends_find_best();
	if (fstat(fd, &st) == 0) {
		if (S_ISFIFO(st.st_mode))
			(void)fcntl(fd, F_SETPIPE_SZ, KL_PIPE);
		in->file = S_ISREG(st.st_mode);
		if (in->file && st.st_size > 0)
			in->size = (uint64_t)st.st_size;
	}
	return in;
}

void
kl_lines_free(struct kl_lines *in)
{
	if (in == NULL)
		return;
	if (in->fd >= 0)
		free(in->buf);
	free(in);
}

void
kl_lines_idle(struct kl_lines *in, enum kl_rc (*idle)(void *, struct kl_err *),
    void *ctx)
{
	in->idle = idle;
	in->ctx = ctx;
}

void
kl_lines_moving(struct kl_lines *in,
    enum kl_rc (*moving)(void *, struct kl_err *), void *ctx)
{
	in->moving = moving;
	in->moving_ctx = ctx;
}

void
kl_lines_dropped(struct kl_lines *in,
    void (*dropped)(void *, const char *, size_t), void *ctx)
{
	in->dropped = dropped;
	in->dropped_ctx = ctx;
}

void
kl_lines_source(struct kl_lines *in,
    enum kl_rc (*source)(void *, char *, size_t, size_t *, struct kl_err *),
    void *ctx)
{
	in->source = source;
	in->source_ctx = ctx;
	in->size = 0; /* what comes of it is not known */
}

void
kl_lines_stop(struct kl_lines *in, const volatile int *stop)
{
	in->stop = stop;
}

uint64_t
kl_lines_done(const struct kl_lines *in)
{
	return in->offset;
}

uint64_t
kl_lines_size(const struct kl_lines *in)
{
	return in->size;
}

/* Part of a line that is over the limit goes by. */
static void
drop(const struct kl_lines *in, const char *s, size_t n)
{
	if (in->dropped != NULL && n > 0)
		in->dropped(in->dropped_ctx, s, n);
}

/* Make room for a read; a line that is over the limit is dropped for it. */
static enum kl_rc
make_room(struct kl_lines *in, struct kl_err *err)
{
	size_t cap;
	char *p;

	if (in->pos > 0) {
		memmove(in->buf, in->buf + in->pos, in->end - in->pos);
		in->seen -= in->pos;
		in->end -= in->pos;
		in->pos = 0;
	}
	if (in->skipped > 0 || in->end > in->max) {
		drop(in, in->buf, in->end);
		in->skipped += in->end;
		in->offset += in->end;
		in->seen = in->end = 0;
	}
	if (in->cap - in->end >= KL_BLOCK / 2)
		return KL_OK;
	cap = in->cap == 0 ? KL_BLOCK : in->cap * 2;
	if ((p = realloc(in->buf, cap + KL_LINE_SPARE)) == NULL)
		return kl_err_nomem(err);
	in->buf = p;
	in->cap = cap;
	return KL_OK;
}

/* True if a read would wait. */
static bool
would_block(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

static bool
stopped(const struct kl_lines *in)
{
	return in->stop != NULL && *in->stop != 0;
}

/* Before a read that may wait: KL_AGAIN if it must not, else be idle. */
static enum kl_rc
before_waiting(struct kl_lines *in, bool wait, struct kl_err *err)
{
	/* A file never makes anybody wait. */
	if ((wait && in->idle == NULL) || in->file || !would_block(in->fd))
		return KL_OK;
	return wait ? in->idle(in->ctx, err) : KL_AGAIN;
}

void
kl_lines_pad(struct kl_lines *in)
{
	memset(in->buf + in->end, 0, KL_LINE_SPARE);
}

/* Some more from the source. */
static enum kl_rc
from_source(struct kl_lines *in, struct kl_err *err)
{
	size_t n = 0;
	enum kl_rc rc;

	rc = in->source(in->source_ctx, in->buf + in->end, in->cap - in->end,
	    &n, err);
	if (rc == KL_EOF)
		in->eof = true;
	else if (rc == KL_OK)
		in->end += n;
	kl_lines_pad(in);
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
kl_lines_fill(struct kl_lines *in, bool wait, struct kl_err *err)
{
	enum kl_rc rc;
	ssize_t n;

	kl_lines_forget(in);
	if (in->moving != NULL &&
	    (rc = in->moving(in->moving_ctx, err)) != KL_OK)
		return rc;
	if ((rc = make_room(in, err)) != KL_OK ||
	    (rc = before_waiting(in, wait, err)) != KL_OK)
		return rc;
	do {
		if (stopped(in)) { /* half a line is nobody's record */
			in->eof = true;
			in->end = in->seen = in->pos;
			in->skipped = 0;
			return KL_OK;
		}
		if (in->source != NULL)
			return from_source(in, err);
		n = read(in->fd, in->buf + in->end, in->cap - in->end);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return kl_err_sys(err, KL_EIO, "cannot read the input");
	in->eof = n == 0;
	in->end += (size_t)n;
	kl_lines_pad(in);
	return KL_OK;
}

static enum kl_rc
too_long(struct kl_lines *in, struct kl_line *line, struct kl_err *err)
{
	drop(in, line->s, line->n);
	line->s = NULL;
	line->n += in->skipped;
	line->offset -= in->skipped;
	in->skipped = 0;
	(void)kl_err_set(err, KL_ETOOBIG,
	    "line of %zu bytes, over the limit of %zu", line->n, in->max);
	kl_err_code(err, "line_too_long");
	kl_err_hint(err,
	    "a record is one JSON object a line: is a newline "
	    "missing?");
	return KL_ETOOBIG;
}

/* Hand out buf[pos..at) as a line; if eol, at is where its newline is.  In
 * line: it is done for every record. */
static inline __attribute__((always_inline)) enum kl_rc
hand_out(struct kl_lines *in, size_t at, bool eol, struct kl_line *line,
    struct kl_err *err)
{
	line->s = in->buf + in->pos;
	line->n = at - in->pos;
	line->no = ++in->no;
	line->offset = in->offset;
	line->eol = eol;
	line->spare = KL_LINE_SPARE;
	in->offset += line->n + eol;
	in->pos = at + eol;
	if (__builtin_expect(in->skipped > 0 || line->n > in->max, 0))
		return too_long(in, line, err);
	return KL_OK;
}

/* Find the next lines in what was read.  False if there is none: all of it is
 * seen. */
static bool
look_ahead(struct kl_lines *in)
{
	size_t n;

	in->next = in->ends = 0;
	while (in->ends == 0 && in->seen < in->end) {
		n = in->end - in->seen;
		if (n > ENDS_STRETCH)
			n = ENDS_STRETCH;
		in->base = in->seen;
		in->ends = in->find(in->end_at, in->buf + in->seen, n);
		in->seen += n;
	}
	return in->ends > 0;
}

/* As kl_lines_next(), where no end is known; wait says whether it may. */
static enum kl_rc
find_next(struct kl_lines *in, struct kl_line *line, bool wait,
    struct kl_err *err)
{
	enum kl_rc rc;

	while (!look_ahead(in)) {
		if (in->eof) {
			if (in->end == in->pos && in->skipped == 0)
				return KL_EOF;
			return hand_out(in, in->end, false, line, err);
		}
		if ((rc = kl_lines_fill(in, wait, err)) != KL_OK)
			return rc;
	}
	return hand_out(in, in->base + in->end_at[in->next++], true, line, err);
}

enum kl_rc
kl_lines_next(struct kl_lines *in, struct kl_line *line, struct kl_err *err)
{
	if (in->next == in->ends)
		return find_next(in, line, true, err);
	return hand_out(in, in->base + in->end_at[in->next++], true, line, err);
}

enum kl_rc
kl_lines_poll(struct kl_lines *in, struct kl_line *line, struct kl_err *err)
{
	if (in->next == in->ends)
		return find_next(in, line, false, err);
	return hand_out(in, in->base + in->end_at[in->next++], true, line, err);
}

void
kl_lines_peek(const struct kl_lines *in, struct kl_line *ahead)
{
	size_t n = in->skipped > 0 ? 0 : in->end - in->pos;

	*ahead = (struct kl_line){ .s = in->buf + in->pos,
		.n = n < in->max ? n : in->max,
		.no = in->no + 1,
		.offset = in->offset,
		.spare = KL_LINE_SPARE };
}

void
kl_lines_take(struct kl_lines *in, size_t n, uint64_t lines)
{
	kl_lines_forget(in);
	in->pos += n;
	in->offset += n;
	in->no += lines;
	if (in->seen < in->pos)
		in->seen = in->pos;
}

enum kl_rc
kl_lines_more(struct kl_lines *in, struct kl_err *err)
{
	return in->eof || in->skipped > 0 ? KL_EOF
					  : kl_lines_fill(in, true, err);
}
