/* SPDX-License-Identifier: MIT */
#ifndef KL_JOURNAL_H
#define KL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/digest.h"
#include "kl/err.h"
#include "kl/time.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/journal.h - what a run meant to send, and what became of it, so that the
 * same command goes on where a crash, a signal or an outage ended it.
 *
 * A journal is a file for one run at a time.  Of each batch it has the place
 * in the input, a running digest of the input up to there, a digest of the
 * request, that it was about to be sent (the intent), the jobs the service
 * made of it, and the outcome of each record.  It has no request, no record,
 * no address and no key; all digests are keyed.
 *
 * Who sends keeps this order: intent, kl_journal_sync(), send; outcome known,
 * what has to be durable elsewhere made so, kl_journal_settle(),
 * kl_journal_sync(), tell others.  Several batches may share a sync.  A batch
 * that has an intent and no outcome may or may not have been sent.
 *
 * The file is SQLite (WAL, synchronous=FULL), 0600, and locked while it is
 * open.  What was not synced is as if it had never been.
 */

#define KL_JOURNAL_DIGEST 16 /* bytes */
#define KL_JOURNAL_WHAT 400  /* bytes of what a run does, with the NUL */
#define KL_JOURNAL_JOB 256   /* bytes of a job's id, with the NUL */

struct kl_journal; /* opaque: an open file */

/* The run that is in it. */
struct kl_journal_run {
	char run[KL_RUN_ID];	    /* empty: none is */
	char what[KL_JOURNAL_WHAT]; /* what it does, in words of the sender */
	bool same_key;		    /* begun with this hash key */
	uint64_t started, finished; /* wall clock, ms; finished 0: it is not */
	uint64_t batches, settled;
	uint64_t lines; /* of its input; of use if it is finished */
	unsigned char input[KL_JOURNAL_DIGEST]; /* all of it; likewise */
};

/*
 * Open the file at path, made if it is not there.  KL_OK; KL_ERETRY if
 * another process has it open; KL_ECREATE; KL_EDATA (damaged, or no journal);
 * KL_ECONFIG (made by a newer version); KL_EIO; KL_ENOMEM.
 */
enum kl_rc kl_journal_open(struct kl_journal **to, const char *path,
    const struct kl_hash_key *hash, struct kl_err *err);

/* Close and free; what was not synced is dropped.  NULL is allowed. */
void kl_journal_close(struct kl_journal *j);

/* What the file held when it was opened, or begun; lives as long as j. */
const struct kl_journal_run *kl_journal_run(const struct kl_journal *j);

/* Forget the run that is in it, and begin this one; synced. */
enum kl_rc kl_journal_begin(struct kl_journal *j, const char *run,
    const char *what, uint64_t now, struct kl_err *err);

/* The key of all digests in a journal, made of the hash key. */
const struct kl_hmac *kl_journal_hmac(const struct kl_journal *j);

/* --- batches --------------------------------------------------------------
 */

struct kl_journal_batch {
	uint64_t seq;	   /* from 1, without gaps */
	uint64_t from, to; /* lines, as its receipt names them */
	uint64_t line;	   /* of the input, that its last record is on */
	uint64_t records;
	unsigned char input[KL_JOURNAL_DIGEST]; /* of it, to the end of line */
	unsigned char body[KL_JOURNAL_DIGEST];	/* of its request */
	uint64_t at;				/* of the intent, ms */
	/* The outcome. */
	bool settled;
	int http; /* status of the last answer; 0: none */
	unsigned attempts;
	uint64_t started; /* wall clock, ms; 0: it was not sent */
	uint64_t ms;
};

/* A job the service made of a batch, or of a part of it; or, with an id that
 * begins with "-", what else the sender has to remember of people. */
struct kl_journal_job {
	char id[KL_JOURNAL_JOB];
	struct kl_buf people; /* whom it covers, in the sender's form; empty:
			       * all.  The caller's to free */
	int http;
	unsigned attempts; /* of the batch so far */
};

/* The batch of that number.  KL_EOF if there is none. */
enum kl_rc kl_journal_get(struct kl_journal *j, uint64_t seq,
    struct kl_journal_batch *b, struct kl_err *err);

/* The outcomes of its records, a byte each; only one if it is that of all. */
enum kl_rc kl_journal_outcomes(struct kl_journal *j,
    const struct kl_journal_batch *b, struct kl_buf *to, struct kl_err *err);

/* Its nth job, from 0.  KL_EOF if it has not so many. */
enum kl_rc kl_journal_job_get(struct kl_journal *j, uint64_t seq, unsigned n,
    struct kl_journal_job *job, struct kl_err *err);

/* The batch is about to be sent.  b->seq must be the next number. */
enum kl_rc kl_journal_intend(struct kl_journal *j,
    const struct kl_journal_batch *b, struct kl_err *err);

/* The service took a request of it, as that job. */
enum kl_rc kl_journal_job(struct kl_journal *j, uint64_t seq,
    const struct kl_journal_job *job, struct kl_err *err);

/* The outcome is known; n outcomes, 1 or b->records, a byte each. */
enum kl_rc kl_journal_settle(struct kl_journal *j,
    const struct kl_journal_batch *b, const unsigned char *outcomes, size_t n,
    struct kl_err *err);

/* --- events ---------------------------------------------------------------
 *
 * The other way to know what was sent, for what the service tells apart by
 * itself: by marks of the items that it has taken, wherever in whatever input
 * they come again, and in whatever batches.  The marks outlive their run, until
 * they are too old or too many.  kl_journal_begin(), _sync() and _finish() are
 * as above; there are no batches.
 */

/* A keyed digest of what tells an event apart: what two events have in common
 * by chance with a probability of 1 in 10^28. */
struct kl_journal_mark {
	unsigned char byte[12];
};

/* So many are remembered, the newest, in 55 MiB while the file is open, and
 * as much on disk; more are forgotten from the oldest on. */
#define KL_JOURNAL_EVENTS 4000000

enum kl_taken {
	KL_TAKEN_NOT,
	KL_TAKEN_NOW,	 /* by the run at hand */
	KL_TAKEN_BEFORE, /* by one before it */
};

/*
 * Load what was taken since oldest (wall clock, ms), and forget the rest; to
 * be called once, before anything else of this part.  KL_OK, KL_EDATA, KL_EIO,
 * KL_ENOMEM.
 */
enum kl_rc kl_journal_recall(struct kl_journal *j, uint64_t oldest,
    struct kl_err *err);

/* As kl_journal_begin(), but what was taken is still known. */
enum kl_rc kl_journal_next(struct kl_journal *j, const char *run,
    const char *what, uint64_t now, struct kl_err *err);

/* What the file held when it was opened. */
struct kl_journal_events {
	uint64_t taken;	    /* in all */
	uint64_t ours;	    /* of them, by the run that is in it */
	uint64_t forgotten; /* further ones of that run, too many or too old
			     * for the file: they will be sent again */
	uint64_t doubt;	    /* events of its requests that have no outcome */
	uint64_t batches;   /* the last of its numbers; 0: none */
};
struct kl_journal_events kl_journal_events(const struct kl_journal *j);

/* True if it is a journal of events, and so not one of batches. */
bool kl_journal_has_events(struct kl_journal *j);

/* The first line of the input.  Then: does it begin otherwise than one that
 * something was taken of? */
enum kl_rc kl_journal_starts(struct kl_journal *j, const void *line, size_t n,
    struct kl_err *err);
bool kl_journal_elsewhere(const struct kl_journal *j);

/* The mark of an event, of the bytes that tell it apart.  Was it taken? */
void kl_journal_mark(const struct kl_journal *j, const void *s, size_t n,
    struct kl_journal_mark *mark);
enum kl_taken kl_journal_taken(const struct kl_journal *j,
    const struct kl_journal_mark *mark);

/* A batch of n events, by its number in the run, is about to be sent. */
enum kl_rc kl_journal_intend_events(struct kl_journal *j, uint64_t seq,
    uint64_t n, uint64_t now, struct kl_err *err);

/* Its outcome is known: these n were taken, others not. */
enum kl_rc kl_journal_settle_events(struct kl_journal *j, uint64_t seq,
    const struct kl_journal_mark *mark, size_t n, struct kl_err *err);

/* The input has ended, and all its batches are settled; synced. */
enum kl_rc kl_journal_finish(struct kl_journal *j, uint64_t lines,
    const unsigned char input[KL_JOURNAL_DIGEST], uint64_t now,
    struct kl_err *err);

/*
 * Make durable what was told since the last time; nothing to do is KL_OK.
 * After a failure, of this or of any change, nothing more is recorded: every
 * further change and sync fails the same way.
 */
enum kl_rc kl_journal_sync(struct kl_journal *j, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_JOURNAL_H */
