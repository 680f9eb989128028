/* SPDX-License-Identifier: MIT */
#ifndef KL_LINES_H
#define KL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/lines.h - read newline-delimited records from a descriptor, in place.
 *
 * Reads blocks of 256 KiB and hands out whole lines where they lie.  Memory
 * is bounded: a line longer than the limit is skipped and reported, never an
 * allocation of the sender's choosing.  Bytes are handed over as read,
 * embedded NULs included.  A pipe on fd is widened to 1 MiB.
 */

#define KL_LINE_MAX ((size_t)16 << 20) /* bytes of one record */
#define KL_BLOCK ((size_t)256 << 10)   /* bytes of one read or write */
#define KL_PIPE (1 << 20)	       /* bytes a pipe is widened to */
#define KL_LINE_SPARE ((size_t)128)    /* struct kl_line.spare at the least */

struct kl_lines; /* opaque; one reader, one descriptor */

/* One line, without its newline (a CR before it stays).  Borrowed: valid
 * until the next kl_lines_ call on the same reader. */
struct kl_line {
	const char *s;	 /* bytes, not NUL-terminated; if eol, its newline is
			  * s[n] */
	size_t n;	 /* how many */
	uint64_t no;	 /* number of the line, from 1 */
	uint64_t offset; /* of its first byte in the input, from 0 */
	bool eol;	 /* false for a last line that lacked its newline */
	size_t spare;	 /* bytes behind it that can be read, whatever they
			  * are: for those who look at many at once */
};

/*
 * Create a reader on fd, which stays the caller's to close.  A line may be at
 * most max bytes; 0 means KL_LINE_MAX.  Returns NULL only when out of memory.
 */
struct kl_lines *kl_lines_new(int fd, size_t max);

/* Free a reader.  NULL is allowed. */
void kl_lines_free(struct kl_lines *in);

/*
 * Have idle(ctx) called before each read that would block: the moment to
 * write out what is ready.  A failure it returns is kl_lines_next()'s.
 */
void kl_lines_idle(struct kl_lines *in,
    enum kl_rc (*idle)(void *ctx, struct kl_err *err), void *ctx);

/*
 * Have moving(ctx) called before lines that were handed out are moved or
 * overwritten: until then they stay where they are, although another line was
 * asked for, and may be written from there.  A failure it returns is
 * kl_lines_next()'s.  NULL: nobody needs to know.
 */
void kl_lines_moving(struct kl_lines *in,
    enum kl_rc (*moving)(void *ctx, struct kl_err *err), void *ctx);

/*
 * Have the bytes of lines over the limit passed to dropped(ctx), in order and
 * without the newline, as they are skipped: for a reader of a format in which
 * they say where a record ends.
 */
void kl_lines_dropped(struct kl_lines *in,
    void (*dropped)(void *ctx, const char *s, size_t n), void *ctx);

/*
 * Have the bytes come from source(ctx) instead of read(2): it puts at most
 * cap bytes at to and returns KL_OK with their number, 0 for none yet, or
 * KL_EOF, or a failure, which is kl_lines_next()'s.  It reads the descriptor,
 * which is still watched.  Offsets are then of what it puts.
 */
void kl_lines_source(struct kl_lines *in,
    enum kl_rc (*source)(void *ctx, char *to, size_t cap, size_t *n,
	struct kl_err *err),
    void *ctx);

/*
 * Read the next line.  Returns KL_OK; KL_EOF; KL_ETOOBIG for a line over the
 * limit, which is skipped: line then has no, offset and n, and s is NULL, and
 * reading may go on; KL_EIO when read(2) failed; KL_ENOMEM.  After the last
 * two the reader can only be freed.  EINTR is not retried if *stop (see
 * kl_lines_stop()) has become true: KL_EOF then.
 */
enum kl_rc kl_lines_next(struct kl_lines *in, struct kl_line *line,
    struct kl_err *err);

/* Let a signal handler end the input: once *stop is true, no further read. */
void kl_lines_stop(struct kl_lines *in, const volatile int *stop);

/*
 * As kl_lines_next(), but KL_AGAIN instead of waiting for bytes: for a
 * program that has other descriptors to watch.
 */
enum kl_rc kl_lines_poll(struct kl_lines *in, struct kl_line *line,
    struct kl_err *err);

/*
 * What has been read and not handed out, as if it were a line: s, n (0: there
 * is nothing), offset, spare, and the number of the line it begins with; no
 * more of it than max bytes.  Borrowed until something else is called on the
 * reader, kl_lines_take() excepted, which hands out the first n bytes of it,
 * that are as many whole lines.  kl_lines_more() reads more: KL_OK; KL_EOF
 * where there is no more; KL_EIO; KL_ENOMEM.
 */
void kl_lines_peek(const struct kl_lines *in, struct kl_line *ahead);
void kl_lines_take(struct kl_lines *in, size_t n, uint64_t lines);
enum kl_rc kl_lines_more(struct kl_lines *in, struct kl_err *err);

/*
 * Many lines at once, for other threads to split.  All zero is the valid empty
 * value; the memory is kept from one call to the next.
 */
struct kl_block {
	const char *s;	 /* whole lines, newlines included */
	size_t n;	 /* how many bytes */
	uint64_t offset; /* of the first byte in the input, from 0 */
	uint64_t lines;	 /* how many: for whoever splits it to say */
	char *mem;	 /* owned: where s lies */
	size_t cap;
};

/*
 * How many of the n bytes, which begin with a record, are whole records: the
 * bytes up to and including a newline.  0, only if more can be had without
 * waiting or there is no newline: there must be more of them.
 */
typedef size_t kl_lines_cut(void *ctx, const char *s, size_t n, bool more);

/*
 * Take the lines that are there, about KL_BLOCK bytes, at least one line; cut
 * says where they end, NULL: after the last newline.  Does not count lines and
 * is not idle.
 *
 * KL_OK; KL_AGAIN if wake, a descriptor to watch beside the input, became
 * readable, or there is a line over the limit; KL_EOF; KL_EIO; KL_ENOMEM.  All
 * but KL_OK leave the reader for kl_lines_next() to find out the same.
 */
enum kl_rc kl_lines_block(struct kl_lines *in, struct kl_block *b, int wake,
    kl_lines_cut *cut, void *ctx, struct kl_err *err);

/* Put a block back that was the last to be taken, or the one before what was
 * put back.  KL_OK or KL_ENOMEM. */
enum kl_rc kl_lines_unblock(struct kl_lines *in, const struct kl_block *b,
    struct kl_err *err);

/* So many lines came before what is unread. */
void kl_lines_count(struct kl_lines *in, uint64_t lines);

/* Lines handed out so far, by the same count. */
uint64_t kl_lines_counted(const struct kl_lines *in);

/*
 * A reader of blocks, and the next for it to read: borrowed, lines counted
 * from 1.  kl_lines_new_block() returns NULL only when out of memory.
 */
struct kl_lines *kl_lines_new_block(size_t max);
void kl_lines_of_block(struct kl_lines *in, const struct kl_block *b);

/* Free a block's memory. */
void kl_block_free(struct kl_block *b);

/* Bytes handed out so far; the size of the input if it is a regular file,
 * else 0. */
uint64_t kl_lines_done(const struct kl_lines *in);
uint64_t kl_lines_size(const struct kl_lines *in);

#ifdef __cplusplus
}
#endif

#endif /* KL_LINES_H */
