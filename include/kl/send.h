/* SPDX-License-Identifier: MIT */
#ifndef KL_SEND_H
#define KL_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/audit.h"
#include "kl/buf.h"
#include "kl/client.h"
#include "kl/digest.h"
#include "kl/endpoints.h"
#include "kl/err.h"
#include "kl/journal.h"
#include "kl/json.h"
#include "kl/lines.h"
#include "kl/profile.h"
#include "kl/reject.h"
#include "kl/tally.h"
#include "kl/verb.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/send.h - the engine that sends records in batches and accounts for each.
 *
 * Records go in one by one, in the order of the input; batches are formed,
 * sent (several at once), followed to their end, repaired where the service
 * refused some of their records, and settled with a receipt.  Records that
 * share an identifier are one person: within a batch they are merged, and two
 * batches with one person are never in flight at once, so that the last value
 * of the input is the one that stays.
 *
 * One thread.  A caller alternates between feeding (while kl_send_ready())
 * and kl_send_turn().
 */

struct kl_send; /* opaque: one run */

#define KL_SEND_RECORDS 2000	/* in a batch, unless said otherwise */
#define KL_SEND_PARALLEL 4	/* requests at once */
#define KL_SEND_PARALLEL_MAX 16 /* ... at most */
#define KL_SEND_MEMORY ((size_t)37 << 20) /* bytes of batches on the way */
#define KL_SCAN_MEMBERS 8000000		  /* of a list that is read whole */
#define KL_CHUNK_WAIT_MAX 3600000	  /* ms, of a chunk */
#define KL_SETTLE_MS 300000 /* until what was accepted is carried out */
#define KL_JOB_PATIENCE ((uint64_t)15 * 60 * 1000) /* ms without news */

/* Where the engine tells what happened; each gets ctx. */
struct kl_send_sink {
	void *ctx;
	/* Set a record aside.  KL_EDATA (over the tolerance) ends the run; it
	 * is called for the rest all the same. */
	enum kl_rc (*reject)(void *ctx, const struct kl_rejected *what,
	    const struct kl_err *reason, const struct kl_why *why,
	    struct kl_err *err);
	/* All rejects of some batches are told: make them last. */
	enum kl_rc (*settle)(void *ctx, struct kl_err *err);
	/* n records have that outcome (rejected ones come to reject()). */
	void (*count)(void *ctx, enum kl_outcome o, uint64_t n);
	/* Write a line to stdout, and let it out: a receipt or a plan. */
	enum kl_rc (
	    *line)(void *ctx, const char *s, size_t n, struct kl_err *err);
	/* Say something to people. */
	void (*note)(void *ctx, const char *text);
	/* What reject() is told is there for the next run to see. */
	bool keeps;
	/* reject() looks at no bytes: those of what was sent may be gone, s
	 * being NULL then.  Less memory is held, and that is warmer. */
	bool blind;
	/* Whether a record may be sent at all: KL_EDATA with *why sets it
	 * aside.  May be NULL. */
	enum kl_rc (
	    *check)(void *ctx, const struct kl_json *doc, struct kl_err *why);
	/* Its request is about to leave: what has to be durable before, is
	 * when it returns.  Also for what an earlier run may have sent.  A
	 * failure ends the run, and nothing is sent.  May be NULL. */
	enum kl_rc (
	    *leave)(void *ctx, struct kl_span record, struct kl_err *err);
};

/* Settings.  Each 0 means the default. */
struct kl_send_opts {
	const struct kl_verb *verb;
	void *ctx;		    /* of the verb: its settings */
	struct kl_client *client;   /* borrowed; NULL: send nothing, write a
				     * plan of the requests instead */
	struct kl_profile *profile; /* how records are taken; borrowed */
	struct kl_events *events;   /* ... or events; borrowed */
	const char *list;	    /* id; NULL: none */
	const char *account;	    /* id; NULL: not known */
	const char *run;
	size_t records;	   /* most in a batch */
	uint64_t expected; /* records of the input; 0: not known */
	/* Requests it takes to read all members of the list, if that may be
	 * done in place of asking for those who are to leave; 0: it may not.
	 * Without scan it is done once asking has taken as many. */
	uint64_t scan_pages;
	bool scan;
	bool verbose;	   /* such decisions are said */
	uint64_t gap_ms;   /* between the starts of two sends */
	uint64_t flush_ms; /* a record waits no longer for others to share its
			    * batch; 0: until the batch is full */
	unsigned parallel;
	unsigned max_percent; /* a plan: of each limit; 0: all */
	size_t memory;
	uint64_t job_ms;		/* patience with jobs */
	uint64_t settle_ms;		/* before verb->proof */
	const struct kl_hash_key *hash; /* not NULL: receipts list records */
	struct kl_journal *journal;	/* borrowed; NULL: none is kept */
	bool marks; /* it knows items by themselves: for a verb whose service
		     * does.  What was taken is not sent, whatever input it
		     * comes from */
	/* Who was changed how; both borrowed.  NULL: no trail is kept.  With
	 * identifiers as they are, or as keyed digests. */
	struct kl_audit *audit;
	const struct kl_hash_key *audit_hash;
	bool audit_pii;
	bool resend_unknown; /* what an earlier run may have sent is sent again
			      * even where that may do harm */
	struct kl_send_sink sink;
};

/* KL_OK; KL_EUSAGE for a list that is needed; KL_ENOMEM. */
enum kl_rc kl_send_new(struct kl_send **to, const struct kl_send_opts *opts,
    struct kl_err *err);
void kl_send_free(struct kl_send *s);

/*
 * With a journal of batches, the engine has to see the input as it was read:
 * each line, before what is on it is offered, be it blank or over the limit (of
 * which the bytes come first, in the form kl_lines_dropped() takes).
 *
 * If the journal has batches of an earlier run, the same input must be
 * offered again.  It then makes the same batches; those that are settled are
 * not sent, and have their receipt once more.  Another input ends the run
 * with KL_EDATA.  With one of marks it has to see the first line.
 */
void kl_send_input(struct kl_send *s, const struct kl_line *line);
void kl_send_dropped(void *send, const char *bytes, size_t n);

/* True if an earlier run has settled the batch that the next record belongs
 * to: a reject is set aside already. */
bool kl_send_known(struct kl_send *s);

/* A record, scanned. */
struct kl_send_record {
	uint64_t line;		   /* of the program's own stdin */
	struct kl_span s;	   /* its bytes */
	const struct kl_json *doc; /* they, scanned */
};

/* True if the next record may be added: nothing has to leave first.  False
 * for ever once the run has to end. */
bool kl_send_ready(const struct kl_send *s);

/*
 * Add a record.  KL_OK also for one that was rejected; KL_EDATA if that was
 * over the tolerance, or another failure: the run has to end, kl_send_stop()
 * having been called.
 */
enum kl_rc kl_send_record(struct kl_send *s, const struct kl_send_record *r,
    struct kl_err *err);

/* Count a record that was set aside by the caller (s: its bytes, for the
 * digest in the receipt; may be empty). */
enum kl_rc kl_send_refused(struct kl_send *s, uint64_t line, struct kl_span r,
    struct kl_err *err);

/* The records until kl_send_chunk_end() are a request of their own. */
struct kl_send_chunk {
	uint64_t line;	   /* of stdin that it came on */
	uint64_t from, to; /* lines of kl-chunk's input */
	uint64_t n;	   /* records */
	uint64_t wait_ms;  /* after the start of the send before */
};
/* True if the line begins as a chunk does; cheap. */
bool kl_chunk_is(const char *s, size_t n);

/*
 * Read a scanned chunk: all but c->line, and the node of its array of
 * records.  KL_OK; KL_EDATA (code chunk_malformed) for what kl-chunk does not
 * write.
 */
enum kl_rc kl_chunk_read(const struct kl_json *doc, struct kl_send_chunk *c,
    uint32_t *records, struct kl_err *err);

enum kl_rc kl_send_chunk(struct kl_send *s, const struct kl_send_chunk *c,
    struct kl_err *err);
enum kl_rc kl_send_chunk_end(struct kl_send *s, struct kl_err *err);

/* Something ends the run that the engine does not see (the input cannot be
 * read, a reject over the tolerance): what was taken is sent.  To be followed
 * by kl_send_end(). */
void kl_send_end_for(struct kl_send *s, const struct kl_err *why);

/* There is no more input. */
enum kl_rc kl_send_end(struct kl_send *s, struct kl_err *err);

/*
 * Do what can be done: start requests, wait up to ms, or until fd (-1: none)
 * is readable, for an answer, and take it.  KL_OK: something happened, or
 * time is up; KL_EOF: nothing is on the way; or a failure of our own.
 */
enum kl_rc kl_send_turn(struct kl_send *s, uint64_t ms, int fd,
    struct kl_err *err);

/*
 * Send nothing new; what is on the way may end within ms (UINT64_MAX: however
 * long it takes).  Called again, the shorter time counts.
 */
void kl_send_stop(struct kl_send *s, uint64_t ms);

/* Send what was taken, but for no longer than ms; then as kl_send_stop().  At
 * once as that while the input of an earlier run is offered again. */
void kl_send_hurry(struct kl_send *s, uint64_t ms);

/* What ended the run before its input did; KL_OK if nothing has. */
enum kl_rc kl_send_failure(const struct kl_send *s, struct kl_err *err);

/* What the run did, so far. */
struct kl_send_stats {
	uint64_t batches;   /* settled, those of an earlier run included */
	uint64_t resumed;   /* of them, settled by an earlier run */
	uint64_t known;	    /* items that the journal has as taken */
	uint64_t requests;  /* made, or planned, lookups apart */
	uint64_t lookups;   /* likewise */
	uint64_t single;    /* items that have a request of their own, where
			     * others share one */
	uint64_t bytes;	    /* of their bodies, each once */
	uint64_t people;    /* items in them */
	uint64_t merged;    /* records joined to another of their person */
	uint64_t lacking;   /* people the service does not know */
	uint64_t skipped;   /* people that jobs found nothing to do for */
	uint64_t bare;	    /* items of nothing but identifiers */
	uint64_t excused;   /* failed or unknown records that what ended the
			     * run accounts for */
	uint64_t doubts;    /* requests that no answer came to */
	uint64_t undecided; /* unknown records that must not be sent twice */
	uint64_t ms;	    /* a plan: how long the requests will take */
};
struct kl_send_stats kl_send_stats(const struct kl_send *s);

#ifdef __cplusplus
}
#endif

#endif /* KL_SEND_H */
