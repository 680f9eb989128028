/* SPDX-License-Identifier: MIT */
#ifndef KL_REJECT_H
#define KL_REJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/reject.h - records set aside with the reason, and taken back.
 *
 * One line a reject:
 *	{"_kl_reject":{"v":1,"tool":...,"run":...,"line":N,"field":...,
 *	  "code":...,"message":...,"hint":...,"class":"permanent|retry",
 *	  "http":...,"pointer":...},"record":{...}}
 * The record is its original bytes.  What was no valid record stands as
 * "raw":"..." or, if it is not UTF-8, "raw_base64"; what was over the line
 * limit as "offset" and "bytes".
 */

struct kl_rejects; /* opaque: the file and its tolerance */

/* Why, beyond the kl_err.  All zero: permanent, no HTTP answer. */
struct kl_why {
	bool retry;	     /* class "retry": the same record may pass later */
	int http;	     /* status of the answer that refused it; 0 none */
	const char *pointer; /* JSON pointer the answer named, or NULL */
};

/* What is set aside. */
struct kl_rejected {
	uint64_t line; /* of the program's own stdin, from 1 */
	const char *s; /* the original bytes; NULL if over the limit */
	size_t n;
	uint64_t offset; /* where it began, used if s is NULL */
	bool record;	 /* s is a valid JSON object */
	bool known;	 /* an earlier run has set it aside: count it only */
};

/*
 * Open path for appending, created 0600.  Fails with KL_EUSAGE if it is the
 * same file as descriptor in_fd (-1: none), KL_ECREATE otherwise.  path NULL
 * makes a sink that keeps nothing: its first reject is over the tolerance.
 */
enum kl_rc kl_rejects_open(struct kl_rejects **to, const char *path, int in_fd,
    const char *tool, const char *run, struct kl_err *err);

/* Close and free; NULL is allowed.  KL_EIO if the last write failed. */
enum kl_rc kl_rejects_close(struct kl_rejects *r, struct kl_err *err);

/* Tolerate at most max rejects (UINT64_MAX: any number, the default with a
 * file), and at most ratio (0..1) of what was read, judged at the end. */
void kl_rejects_limit(struct kl_rejects *r, uint64_t max, double ratio);

/*
 * Set one aside; why may be NULL.  KL_OK; KL_EDATA when this one is over the
 * tolerance (it is written first, where there is a file; err is then a copy
 * of the reason); KL_EIO.
 */
enum kl_rc kl_rejects_put(struct kl_rejects *r, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why, struct kl_err *err);

/*
 * The run goes on where one of its name was ended: find what that has set
 * aside already, on line from or later, so that it is not written twice.
 * With KL_REJECTS_ANYWHERE the lines are not looked at: what comes now may come
 * from elsewhere.  Reads the file; half a line at its end is none.  KL_OK,
 * KL_EIO, KL_ENOMEM.
 */
#define KL_REJECTS_ANYWHERE UINT64_MAX
enum kl_rc kl_rejects_again(struct kl_rejects *r, uint64_t from,
    struct kl_err *err);

/* How many more are tolerated. */
uint64_t kl_rejects_room(const struct kl_rejects *r);

/*
 * Set aside what kl_rejects_format() made of records whose lines were counted
 * from 1 after so many others: n bytes of whole lines.  As kl_rejects_put() for
 * each, but all must be tolerated.
 */
enum kl_rc kl_rejects_add(struct kl_rejects *r, const char *s, size_t n,
    uint64_t lines, struct kl_err *err);

/* The line, with its newline, that kl_rejects_put() would append. */
void kl_rejects_format(const struct kl_rejects *r, struct kl_buf *b,
    const struct kl_rejected *what, const struct kl_err *reason,
    const struct kl_why *why);

/* Judge the ratio against the number of records read. */
enum kl_rc kl_rejects_judge(const struct kl_rejects *r, uint64_t read,
    struct kl_err *err);

/* Flush; with fdatasync(2). */
enum kl_rc kl_rejects_flush(struct kl_rejects *r, struct kl_err *err);
enum kl_rc kl_rejects_sync(struct kl_rejects *r, struct kl_err *err);

uint64_t kl_rejects_count(const struct kl_rejects *r);

/* Append a reject line (without newline) to b. */
void kl_reject_format(struct kl_buf *b, const char *tool, const char *run,
    const struct kl_rejected *what, const struct kl_err *reason,
    const struct kl_why *why);

/* True if the line begins as a reject does; cheap. */
#define KL_REJECT_MARK "{\"_kl_reject\":{"
static inline bool
kl_reject_is(const char *s, size_t n)
{
	return n > sizeof(KL_REJECT_MARK) &&
	    memcmp(s, KL_REJECT_MARK, sizeof(KL_REJECT_MARK) - 1) == 0;
}

/*
 * The record within a scanned reject line: its bytes, borrowed from the line,
 * or, for raw and raw_base64, decoded into tmp and borrowed from it.
 * KL_EDATA if the line holds none (one over the limit).
 */
enum kl_rc kl_reject_unwrap(const struct kl_json *doc, struct kl_buf *tmp,
    struct kl_span *record, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_REJECT_H */
