/* SPDX-License-Identifier: MIT */
/* out.c - write records to a descriptor, a block at a time. */

#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/lines.h"
#include "kl/out.h"

/* A record may be longer than a block; the buffer grows for it. */
#define BUFFER_MAX ((size_t)1 << 30)

/* buf[0..done) is committed, the rest is a record being composed. */
struct kl_out {
	int fd; /* -1: there is none, all stays in buf */
	bool unbuffered;
	bool failed;
	struct kl_buf buf;
	size_t done;
	size_t most;	/* of a writer into memory */
	size_t easy;	/* a record that ends before this needs nothing more */
	uint64_t bytes; /* committed, without those in buf */
	struct kl_err why; /* of the failure */
	char name[200];
};

/* Say again which records need nothing more. */
static void
set_easy(struct kl_out *out)
{
	if (out->failed || out->unbuffered)
		out->easy = 0;
	else
		out->easy = out->fd < 0 ? out->most : KL_BLOCK;
}

struct kl_out *
kl_out_new(int fd, const char *name)
{
	struct kl_out *out = calloc(1, sizeof(*out));
	struct stat st;

	if (out == NULL)
		return NULL;
	out->fd = fd;
	out->buf.max = BUFFER_MAX;
	set_easy(out);
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		(void)fcntl(fd, F_SETPIPE_SZ, KL_PIPE);
	return out;
}

struct kl_out *
kl_out_new_memory(size_t most)
{
	struct kl_out *out = calloc(1, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->fd = -1;
	out->buf.max = BUFFER_MAX;
	out->most = most;
	set_easy(out);
	return out;
}

struct kl_span
kl_out_gathered(const struct kl_out *out)
{
	return (struct kl_span){ out->buf.s, out->done };
}

void
kl_out_reset(struct kl_out *out)
{
	kl_buf_reset(&out->buf);
	out->bytes += out->done;
	out->done = 0;
}

void
kl_out_move(struct kl_out *out, size_t at, size_t from, size_t to)
{
	if (at < from && from < to)
		memmove(out->buf.s + at, out->buf.s + from, to - from);
}

void
kl_out_trim(struct kl_out *out, size_t n)
{
	out->bytes += out->done - n;
	out->buf.n = out->done = n;
}

void
kl_out_free(struct kl_out *out)
{
	if (out == NULL)
		return;
	kl_buf_free(&out->buf);
	free(out);
}

void
kl_out_unbuffered(struct kl_out *out, bool on)
{
	out->unbuffered = on;
	set_easy(out);
}

/* Fail for good, with what errno says, and tell. */
static enum kl_rc
fail(struct kl_out *out, const char *what, struct kl_err *err)
{
	int no = errno;

	out->failed = true;
	set_easy(out);
	(void)kl_err_sys(&out->why, KL_EIO, "cannot %s %s", what, out->name);
	if (no == ENOSPC || no == EDQUOT)
		kl_err_hint(&out->why,
		    "what is there is incomplete; make "
		    "room and run again");
	if (err != NULL)
		*err = out->why;
	return KL_EIO;
}

/* Wait until a non-blocking descriptor takes more. */
static void
wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	(void)poll(&p, 1, -1);
}

/* Write n pieces, none of them empty, which are used up. */
static enum kl_rc
write_all(struct kl_out *out, struct iovec *piece, size_t n, struct kl_err *err)
{
	size_t done;
	ssize_t k;

	while (n > 0) {
		k = writev(out->fd, piece, (int)n);
		if (k < 0 && errno == EAGAIN)
			wait_writable(out->fd);
		else if (k < 0 && errno != EINTR)
			return fail(out, "write", err);
		for (; k > 0 && n > 0; k -= (ssize_t)done) {
			done = (size_t)k < piece->iov_len ? (size_t)k
							  : piece->iov_len;
			piece->iov_base = (char *)piece->iov_base + done;
			piece->iov_len -= done;
			if (piece->iov_len == 0) {
				piece++;
				n--;
			}
		}
	}
	return KL_OK;
}

enum kl_rc
kl_out_flush(struct kl_out *out, struct kl_err *err)
{
	enum kl_rc rc;

	if (out->failed) {
		if (err != NULL)
			*err = out->why;
		return KL_EIO;
	}
	if (out->done == 0 || out->fd < 0)
		return KL_OK;
	rc = write_all(out, &(struct iovec){ out->buf.s, out->done }, 1, err);
	out->bytes += out->done;
	out->buf.n -= out->done;
	if (out->buf.n > 0)
		memmove(out->buf.s, out->buf.s + out->done, out->buf.n);
	out->done = 0;
	return rc;
}

enum kl_rc
kl_out_through(struct kl_out *out, const void *s, size_t n, struct kl_err *err)
{
	return kl_out_pieces(out, &(struct kl_span){ s, n }, 1, err);
}

enum kl_rc
kl_out_pieces(struct kl_out *out, const struct kl_span *piece, size_t n,
    struct kl_err *err)
{
	struct iovec v[KL_OUT_PIECES];
	enum kl_rc rc = kl_out_flush(out, err);
	size_t i, k = 0;

	if (rc != KL_OK)
		return rc;
	for (i = 0; i < n; i++) {
		if (piece[i].n == 0)
			continue;
		/* It is only read. */
		v[k].iov_base = (void *)(uintptr_t)piece[i].s;
		v[k++].iov_len = piece[i].n;
		out->bytes += piece[i].n;
	}
	return write_all(out, v, k, err);
}

enum kl_rc
kl_out_idle(void *ctx, struct kl_err *err)
{
	return kl_out_flush(ctx, err);
}

/* A record has ended: write if it is time to. */
static enum kl_rc
committed(struct kl_out *out, struct kl_err *err)
{
	enum kl_rc rc;

	if (out->buf.rc != KL_OK) {
		rc = kl_buf_check(&out->buf, err);
		kl_out_abandon(out);
		return rc;
	}
	out->done = out->buf.n;
	if (out->fd < 0)
		return out->done > out->most ? kl_err_nomem(err) : KL_OK;
	if (out->failed || out->unbuffered || out->done >= KL_BLOCK)
		return kl_out_flush(out, err);
	return KL_OK;
}

/* As committed(): there is nothing to do for most records. */
static inline enum kl_rc
commit(struct kl_out *out, struct kl_err *err)
{
	struct kl_buf *b = &out->buf;

	if (__builtin_expect(b->rc != KL_OK || b->n >= out->easy, 0))
		return committed(out, err);
	out->done = b->n;
	return KL_OK;
}

enum kl_rc
kl_out_put(struct kl_out *out, const void *s, size_t n, struct kl_err *err)
{
	kl_buf_put(&out->buf, s, n);
	return commit(out, err);
}

enum kl_rc
kl_out_line(struct kl_out *out, const void *s, size_t n, struct kl_err *err)
{
	struct kl_buf *b = &out->buf;

	if (b->cap - b->n > n || kl_buf_room(b, n + 1)) {
		if (n > 0)
			memcpy(b->s + b->n, s, n);
		b->s[b->n + n] = '\n';
		b->n += n + 1;
	}
	return commit(out, err);
}

struct kl_buf *
kl_out_begin(struct kl_out *out)
{
	return &out->buf;
}

enum kl_rc
kl_out_commit(struct kl_out *out, struct kl_err *err)
{
	kl_buf_putc(&out->buf, '\n');
	return commit(out, err);
}

void
kl_out_abandon(struct kl_out *out)
{
	out->buf.n = out->done;
	out->buf.rc = KL_OK;
}

enum kl_rc
kl_out_sync(struct kl_out *out, struct kl_err *err)
{
	enum kl_rc rc = kl_out_flush(out, err);

	/* EINVAL: a pipe or terminal, which has nothing to sync. */
	if (rc == KL_OK && fdatasync(out->fd) != 0 && errno != EINVAL)
		rc = fail(out, "sync", err);
	return rc;
}

uint64_t
kl_out_bytes(const struct kl_out *out)
{
	return out->bytes + out->done;
}
