/* SPDX-License-Identifier: MIT */
#ifndef KL_AUDIT_H
#define KL_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/digest.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/audit.h - a trail of what was done to whom, that shows what was done to
 * it.
 *
 * A file of JSON lines, readable by its owner alone, that is only ever added
 * to.  Each line is an entry:
 *
 *	{"audit":17,MEMBERS,"prev":"22 characters","mac":"22 characters"}
 *
 * The number counts from 1 without gaps.  mac is the first 16 bytes of
 * HMAC-SHA-256, in base64url, over all of the line that stands before
 * ',"mac"'; prev is the mac of the entry before.  The key is made of the
 * user's hash key, so nobody without that can change an entry, leave one out
 * or put one elsewhere without its being found.  The first entry of a file is
 *
 *	{"audit":1,"event":"begin","key":"...","at":"...",...}
 *
 * where key tells which hash key it is, not what it is; prev is all "A", or
 * the last mac of the file that this one goes on from, and its number is then
 * the next one.
 *
 * That entries were taken from the end a chain cannot tell.  PATH.head can:
 * it says, keyed likewise, how many there are and the mac of the last.  Who
 * can put back an old copy of both files is found by a mac kept elsewhere.
 *
 * Several processes may add to one file.  What a crash left half written had
 * not been acknowledged; whoever writes next takes it away, adds an entry that
 * says so ("event":"repaired","bytes"), and has it noted.
 */

#define KL_AUDIT_DIGEST 23		 /* characters of a mac with the NUL */
#define KL_AUDIT_LINE ((size_t)64 << 10) /* most bytes of an entry */

#define KL_AUDIT_RUN ((size_t)200)

struct kl_audit; /* opaque: an open file */

/* Where a trail ends: so many entries, in so many bytes, the last mac. */
struct kl_audit_end {
	uint64_t n, bytes;
	char digest[KL_AUDIT_DIGEST];
};

struct kl_audit_opts {
	const char *path;
	const char *after; /* the file that a new one goes on from, which is
			    * verified; NULL: none.  Of no account for a file
			    * that has entries. */
	const struct kl_hash_key *hash;
	/* Told what was repaired; may be NULL. */
	void (*note)(void *ctx, const char *text);
	void *ctx;
};

/*
 * Open the file, made 0600 if it is not there.  KL_OK; KL_ECREATE; KL_EDATA
 * (no audit trail, or one that was cut short or changed at its end: nothing
 * is added to that); KL_ECONFIG (another hash key); KL_ENOINPUT (after);
 * KL_EIO; KL_ENOMEM.
 */
enum kl_rc kl_audit_open(struct kl_audit **to, const struct kl_audit_opts *o,
    struct kl_err *err);

/* Close and free; what was not synced is dropped.  NULL is allowed. */
void kl_audit_close(struct kl_audit *a);

/*
 * An entry: its members are put into the buffer with kl_json_put_*(), the
 * first without a comma before it, and then it is added.  Neither fails;
 * kl_audit_sync() tells.
 */
struct kl_buf *kl_audit_entry(struct kl_audit *a);
void kl_audit_add(struct kl_audit *a);

/*
 * Chain what was added, write it and make it last; if that cannot be, the
 * file is as it was, or has all of it, and every further sync fails too.
 * Nothing to do is KL_OK.  Another process that does the same is waited for.
 */
enum kl_rc kl_audit_sync(struct kl_audit *a, struct kl_err *err);

/* Where it ended when this process last wrote. */
struct kl_audit_end kl_audit_end(const struct kl_audit *a);

/*
 * Every entry of a run that is in the file (a member "run" with that value
 * within the first KL_AUDIT_RUN bytes), scanned, in order.  KL_OK; what each()
 * returns; KL_EIO; KL_ENOMEM.
 */
enum kl_rc kl_audit_of_run(struct kl_audit *a, const char *run,
    enum kl_rc (
	*each)(void *ctx, const struct kl_json *doc, struct kl_err *err),
    void *ctx, struct kl_err *err);

/* --- verifying ------------------------------------------------------------
 */

struct kl_audit_check {
	const char *path;
	const struct kl_hash_key *hash;
	const struct kl_audit_end *follows; /* it has to go on from there;
					     * NULL: from anywhere */
	const char *expect; /* a mac to look out for; NULL: none */
};

struct kl_audit_report {
	uint64_t first;		 /* number of its first entry */
	struct kl_audit_end end; /* n: number of its last entry */
	bool met;		 /* an entry has the mac that was expected */
	bool headed;		 /* PATH.head is there, and agrees */
	uint64_t behind;	 /* entries that it does not know of yet */
	uint64_t unsettled; /* batches that were announced (event "sending")
			     * and not settled: what a crash ended */
};

/*
 * Read all of it.  KL_OK; KL_EDATA for an entry that was changed, is missing,
 * stands elsewhere or does not follow, the message naming the file and the
 * first bad line, and for one that is cut short; code one of audit_changed,
 * audit_missing, audit_moved, audit_foreign, audit_torn, audit_truncated,
 * audit_headless.  KL_ECONFIG (another hash key); KL_ENOINPUT; KL_EIO;
 * KL_ENOMEM.  Memory: one line.
 */
enum kl_rc kl_audit_verify(const struct kl_audit_check *c,
    struct kl_audit_report *r, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_AUDIT_H */
