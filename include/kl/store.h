/* SPDX-License-Identifier: MIT */
#ifndef KL_STORE_H
#define KL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/digest.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/store.h - which records are known to have arrived.
 *
 * A file holds, for every key, the digest of the content that is known to
 * have arrived, and a log of what was passed on and has no receipt yet
 * (pending).  It holds keyed digests only, never an identifier, and is
 * readable by its owner alone.
 *
 * A row is unchanged if its key is known with the same content and nothing
 * was passed for it since.  Everything else is passed, logged, and known only
 * after the receipt of the newest row of its key has come back:
 *
 *	receipt of ...			then its key is
 *	the newest row, accepted	known, with the content of that row
 *	the newest row, anything else	as it was: offered again
 *	an older row, accepted or
 *	unknown				dirty: nobody can tell which of the
 *					two arrived last, so offered again
 *	no row				as it was: counted as unmatched
 *
 * Where rows of one key had the same bytes with others between them, a receipt
 * is held to be of the row that stood on its line; if none did, of the oldest.
 * A receipt of something sent before a row was passed is never that row's.
 * So what is wrong is always that a row is offered once too often.
 *
 * One process at a time: the file is locked from open to close, and the lock
 * ends with the process.  Every change is a transaction that is on disk when
 * it ends; a process killed at any point leaves the file as it was after one.
 *
 * Memory: SQLite's page cache (KL_STORE_CACHE), and 256 KiB once a run has
 * looked up 32,768 rows and a sixteenth of those known: from then on it asks
 * fingerprints of known rows in a temporary file, 8 bytes a row.
 * kl_store_commit() has three sorts of 512 KiB, and KL_STORE_SPOOL; and SQLite
 * needs some 10 bytes for each page that a commit changes.  At most 67 million
 * rows can be pending: KL_ETOOBIG.
 */

#define KL_STORE_DIGEST 16 /* bytes of a key, record or value digest */
#define KL_STORE_CACHE ((size_t)1 << 20) /* SQLite's pages */
#define KL_STORE_SPOOL ((size_t)1 << 20) /* the same of a temporary file */

/* Pending rows and receipts are remembered for so long. */
#define KL_STORE_DAYS 90

struct kl_store; /* opaque: an open state */

/*
 * Open the state at path and lock it; create makes it, 0600, if it is not
 * there.  KL_OK; KL_ERETRY if another process has it; KL_ENOINPUT (not
 * there), KL_ECREATE; KL_EDATA (damaged, or no such file); KL_ECONFIG (made
 * by a newer version, or with another hash key); KL_EIO; KL_ENOMEM.
 */
enum kl_rc kl_store_open(struct kl_store **to, const char *path, bool create,
    const struct kl_hash_key *hash, struct kl_err *err);

/* Finish what is open, unlock, free.  NULL is allowed. */
enum kl_rc kl_store_close(struct kl_store *s, struct kl_err *err);

/* --- a run ---------------------------------------------------------------- */

/*
 * Begin a generation of rows.  keys names the fields the keys are made of: if
 * the state was made with others, KL_ECONFIG.  fields says what the content is
 * made of; *differs tells that it is not what it was.
 */
enum kl_rc kl_store_begin(struct kl_store *s, const char *keys,
    const char *fields, bool *differs, struct kl_err *err);

/* Begin another generation in the same run: lines count from 1 again. */
enum kl_rc kl_store_generation(struct kl_store *s, struct kl_err *err);

/* Whether the row is unchanged. */
enum kl_rc kl_store_same(struct kl_store *s,
    const unsigned char key[KL_STORE_DIGEST],
    const unsigned char value[KL_STORE_DIGEST], bool *same, struct kl_err *err);

/*
 * Log a row that is passed on, the nth of its generation for the nth call.
 * value NULL: the key is gone, and so will be its row once that is accepted.
 */
enum kl_rc kl_store_pass(struct kl_store *s,
    const unsigned char key[KL_STORE_DIGEST],
    const unsigned char record[KL_STORE_DIGEST], const unsigned char *value,
    struct kl_err *err);

/* Put what was logged on disk: rows go out after this, not before. */
enum kl_rc kl_store_sync(struct kl_store *s, struct kl_err *err);

/* How many rows are pending. */
enum kl_rc kl_store_pending(struct kl_store *s, uint64_t *pending,
    struct kl_err *err);

/* --- receipts --------------------------------------------------------------
 */

/* What became of a record, as far as it matters here. */
enum kl_fate {
	KL_FATE_ARRIVED, /* accepted, or unchanged at the service */
	KL_FATE_REFUSED, /* nothing came of it */
	KL_FATE_UNKNOWN,
};

/* A receipt, but for its records. */
struct kl_store_receipt {
	unsigned char id[KL_STORE_DIGEST]; /* tells it from all others */
	uint64_t started;		   /* wall clock, ms; 0: not sent */
	bool removes;			   /* its action takes people away */
};

/* Counted in records. */
struct kl_store_counts {
	uint64_t read;
	uint64_t arrived;  /* known now, or gone */
	uint64_t stale;	   /* of a superseded row: offered again */
	uint64_t refused;  /* did not arrive, or nobody knows */
	uint64_t repeated; /* in a receipt that was committed before */
	uint64_t unmatched;
};

struct kl_receipts; /* opaque: receipts read, spooled in a temporary file */

enum kl_rc kl_receipts_new(struct kl_receipts **to, struct kl_err *err);
void kl_receipts_free(struct kl_receipts *r);

/* Add a receipt; then its records: line is 0 if it does not say. */
enum kl_rc kl_receipts_add(struct kl_receipts *r,
    const struct kl_store_receipt *receipt, struct kl_err *err);
enum kl_rc kl_receipts_record(struct kl_receipts *r, uint64_t line,
    const unsigned char record[KL_STORE_DIGEST], enum kl_fate fate,
    struct kl_err *err);

/*
 * Commit them all to the state, in one transaction.  Receipts committed
 * before are passed over, so that doing it again changes nothing.
 */
enum kl_rc kl_store_commit(struct kl_store *s, struct kl_receipts *r,
    struct kl_store_counts *counts, struct kl_err *err);

/* --- who is gone -------------------------------------------------------------
 */

struct kl_gone; /* opaque: keys seen, spooled in a temporary file */

enum kl_rc kl_gone_new(struct kl_gone **to, struct kl_err *err);
void kl_gone_free(struct kl_gone *g);

/* A key was seen in the input. */
enum kl_rc kl_gone_seen(struct kl_gone *g,
    const unsigned char key[KL_STORE_DIGEST], struct kl_err *err);

/* No more are: find the keys that are known and were not seen. */
enum kl_rc kl_gone_find(struct kl_gone *g, struct kl_store *s, uint64_t *known,
    uint64_t *gone, struct kl_err *err);

/* After that: whether a key was seen; whether it is gone; leave it out, and
 * whether it was in. */
enum kl_rc kl_gone_was_seen(struct kl_gone *g,
    const unsigned char key[KL_STORE_DIGEST], bool *yes, struct kl_err *err);
enum kl_rc kl_gone_is(struct kl_gone *g,
    const unsigned char key[KL_STORE_DIGEST], bool *yes, struct kl_err *err);
enum kl_rc kl_gone_drop(struct kl_gone *g,
    const unsigned char key[KL_STORE_DIGEST], bool *was, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_STORE_H */
