/* SPDX-License-Identifier: MIT */
#ifndef KL_PULLED_H
#define KL_PULLED_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/digest.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/pulled.h - what of a collection was pulled before, so that the next pull
 * brings only what is new.
 *
 * A file is about one question.  It learns in two steps: a run notes what it
 * offers as pending, and kl_pulled_commit() makes that what is known.  A run
 * that is begun anew before forgets what was pending, and offers it again.
 *
 * There are two plans.  A collection with a time of change (KL_PULLED_SINCE)
 * is asked for what changed since the boundary, the newest time that was seen;
 * a little earlier, to be sure, and what was seen of that stretch is known by
 * digests.  Of any other (KL_PULLED_ALL) everything is asked for, and a row
 * is new if its digest is not the one known for its key; keys that did not
 * come have left.
 *
 * Digests are keyed; the keys of KL_PULLED_ALL, which are ids, stand in the
 * clear.  There is no address.  The file is SQLite (WAL, synchronous=FULL),
 * 0600, locked while it is open; memory is its page cache of 8 MiB and what is
 * noted between two checkpoints.
 */

enum kl_pulled_plan {
	KL_PULLED_SINCE,
	KL_PULLED_ALL
};

/* Times are microseconds since 1970; KL_PULLED_NEVER: none. */
#define KL_PULLED_NEVER INT64_MIN

/* How far the pending run is. */
enum kl_pulled_how {
	KL_PULLED_NONE,
	KL_PULLED_BEGUN,
	KL_PULLED_WHOLE, /* all of it was offered */
};

/* Where a run stands: a value, set by its caller at each checkpoint. */
struct kl_pulled_run {
	enum kl_pulled_how how;
	bool file;	   /* it goes to a file, which is ... */
	uint64_t dev, ino; /* ... this one */
	uint64_t base;	   /* bytes of it before the run */
	uint64_t size;	   /* bytes of it at the checkpoint */
	uint64_t read;	   /* rows the service sent */
	uint64_t rows;	   /* rows offered */
	uint64_t pages;
	int64_t started; /* by the wall clock */
};

struct kl_pulled; /* opaque: an open file */

/*
 * Open the file at path for a question, in words; create makes it, 0600, if it
 * is not there.  question NULL: whichever it is about.  KL_OK; KL_ERETRY if
 * another process has it; KL_ENOINPUT, KL_ECREATE; KL_EDATA (damaged, or no
 * such file); KL_ECONFIG (about another question, made by a newer version, or
 * with another hash key); KL_EIO; KL_ENOMEM.
 */
enum kl_rc kl_pulled_open(struct kl_pulled **to, const char *path, bool create,
    const char *question, const struct kl_hash_key *hash, struct kl_err *err);

/* What was not told at a checkpoint is as if it had never been.  NULL is
 * allowed. */
void kl_pulled_close(struct kl_pulled *s);

/* The boundary that was committed. */
int64_t kl_pulled_since(const struct kl_pulled *s);

/* The pending run, and its place (kl/source.h), lent until the next change. */
struct kl_pulled_run kl_pulled_run(const struct kl_pulled *s);
struct kl_span kl_pulled_place(struct kl_pulled *s);

/*
 * Begin a run: what was pending is forgotten, unless it goes on.  early is how
 * many microseconds before the boundary it asks from.
 */
enum kl_rc kl_pulled_begin(struct kl_pulled *s, enum kl_pulled_plan plan,
    int64_t early, bool go_on, struct kl_err *err);

/*
 * A row has come: key tells it from others, row is all of it, at is its time
 * of change.  *fresh tells whether it is to be offered; it is noted as such.
 */
enum kl_rc kl_pulled_row(struct kl_pulled *s, struct kl_span key,
    struct kl_span row, int64_t at, bool *fresh, struct kl_err *err);

/* KL_PULLED_ALL, when all have come: the next key that did not, lent until
 * the next call; KL_EOF. */
enum kl_rc kl_pulled_left(struct kl_pulled *s, struct kl_span *key,
    struct kl_err *err);

/* Make durable what was noted, and where the run stands. */
enum kl_rc kl_pulled_checkpoint(struct kl_pulled *s,
    const struct kl_pulled_run *run, struct kl_span place, struct kl_err *err);

/* What is pending is known.  KL_OK, *had telling whether anything was; or
 * KL_ERETRY (code pull_unfinished) if the run has not come to its end. */
enum kl_rc kl_pulled_commit(struct kl_pulled *s, bool *had, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_PULLED_H */
