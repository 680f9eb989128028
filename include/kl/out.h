/* SPDX-License-Identifier: MIT */
#ifndef KL_OUT_H
#define KL_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/out.h - write records to a descriptor, a block at a time.
 *
 * Records gather in a block of 256 KiB and leave in one write(2).  A record is
 * put whole or not at all.  A write error sticks: nothing is written after
 * it, and kl_out_flush() says so again.  A pipe on fd is widened to 1 MiB.
 */

struct kl_out; /* opaque */

/*
 * A writer on fd, which stays the caller's to close.  Named name in errors
 * ("stdout", a path; copied).  NULL only when out of memory.
 */
struct kl_out *kl_out_new(int fd, const char *name);

/* Free it; what was not flushed is dropped.  NULL is allowed. */
void kl_out_free(struct kl_out *out);

/* A writer into memory: nothing leaves it before kl_out_gathered().  The
 * record that makes it more than most bytes is KL_ENOMEM.  NULL only when out
 * of memory. */
struct kl_out *kl_out_new_memory(size_t most);

/* What a writer into memory has; borrowed until the next call.  And forget
 * it. */
struct kl_span kl_out_gathered(const struct kl_out *out);
void kl_out_reset(struct kl_out *out);

/* Leave records out of it: move the bytes from..to down to at, and in the end
 * keep the first n. */
void kl_out_move(struct kl_out *out, size_t at, size_t from, size_t to);
void kl_out_trim(struct kl_out *out, size_t n);

/* Write every record at once (-u). */
void kl_out_unbuffered(struct kl_out *out, bool on);

/* Put bytes; with a newline added.  KL_OK, KL_EIO, KL_ENOMEM. */
enum kl_rc kl_out_put(struct kl_out *out, const void *s, size_t n,
    struct kl_err *err);
enum kl_rc kl_out_line(struct kl_out *out, const void *s, size_t n,
    struct kl_err *err);

/*
 * Compose in place: the writer's own buffer, to append to with kl_buf_ and
 * kl_json_put_; then kl_out_commit() (one record, without its newline, ends
 * here: newline added and the block written if it is full) or
 * kl_out_abandon() (forget everything since the last commit).
 */
struct kl_buf *kl_out_begin(struct kl_out *out);
enum kl_rc kl_out_commit(struct kl_out *out, struct kl_err *err);
void kl_out_abandon(struct kl_out *out);

/* Write what is buffered, then these bytes, which are whole records, from where
 * they are. */
enum kl_rc kl_out_through(struct kl_out *out, const void *s, size_t n,
    struct kl_err *err);

/* The same with several pieces, at most KL_OUT_PIECES, in one call where that
 * takes them. */
#define KL_OUT_PIECES ((size_t)64)
enum kl_rc kl_out_pieces(struct kl_out *out, const struct kl_span *piece,
    size_t n, struct kl_err *err);

/* Write what is buffered.  KL_OK or the sticky KL_EIO. */
enum kl_rc kl_out_flush(struct kl_out *out, struct kl_err *err);

/* kl_out_flush() in the form kl_lines_idle() takes; ctx is the writer. */
enum kl_rc kl_out_idle(void *ctx, struct kl_err *err);

/* Flush, then fdatasync(2) where the descriptor is a regular file. */
enum kl_rc kl_out_sync(struct kl_out *out, struct kl_err *err);

/* Bytes put and committed so far. */
uint64_t kl_out_bytes(const struct kl_out *out);

#ifdef __cplusplus
}
#endif

#endif /* KL_OUT_H */
