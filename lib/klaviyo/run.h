/* SPDX-License-Identifier: MIT */
#ifndef KL_RUN_H
#define KL_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "kl/client.h"
#include "kl/errors.h"
#include "kl/journal.h"
#include "kl/numbers.h"
#include "kl/page.h"
#include "kl/rowkey.h"
#include "kl/send.h"
#include "people.h"
#include "roster.h"

/*
 * run.h - the inside of the send engine, shared by its files:
 *
 *	send.c	   a run begins, and is freed
 *	intake.c   records in, batches closed
 *	rehearse.c the same without a client: what would be sent
 *	turn.c	   the turn of the loop: batches out, answers in
 *	run.c	   ends the run, says a word
 *	step.c	   what a batch does next: look, send, send then
 *	look.c	   who its people are
 *	look-ask.c what is asked about that
 *	scan.c	   the same, of all members of the list
 *	doubt.c	   and where no answer came: what the request did
 *	part.c	   requests: the whole of a batch, or some people of it
 *	vanish.c   profiles gone between a lookup and a request
 *	answer.c   what the answer to a request means, and repair
 *	jobs.c	   following jobs to their end
 *	settle.c   a batch is done: rejects, counts, receipt
 *	keep.c	   the journal is told what happens
 *	taken.c	   the same of one that knows items by themselves
 *	resume.c   what the journal has of an earlier run
 *	trail.c	   the audit trail is told who was changed
 *
 * A batch is open (records are added), waiting (sealed, in the order of the
 * input), or in flight: it then has parts, each one request that is queued,
 * sent, or followed as a job.  A batch without parts is done; it lands when
 * its rejects are on disk, and is told of when the journal has its outcome.
 */

enum part_state {
	PART_QUEUED,   /* to be sent */
	PART_SENT,     /* in the client's hands */
	PART_FOLLOWED, /* its job is not complete */
	PART_ASKED,    /* ... and asked after by itself */
	PART_ERRORS,   /* the errors of its job are being read */
	PART_SETTLING, /* no request: its batch waits until it can be seen
			* what others did */
};

#define JOB_ID 256 /* bytes with the NUL; Klaviyo's have about 60 */

struct part {
	struct part *next;
	struct kl_batch *b;
	const struct kl_road *road; /* NULL: a lookup */
	uint32_t from, to, values;  /* of a lookup: what it asks for */
	uint32_t *row; /* people, ascending: item i is that one; NULL: all */
	uint32_t rows;
	enum part_state state;
	bool replayed;	    /* it may have been sent by an earlier run */
	struct kl_buf body; /* of its own, if it is not the whole batch */
	char job[JOB_ID];
	char status[24];   /* of the job, as last heard */
	int64_t completed; /* its counts */
	int64_t failed;
	uint32_t tied;	 /* people its errors name */
	uint32_t untied; /* errors that name nobody */
	unsigned missed; /* pages of jobs it was not on */
	bool seen;
	struct kl_cursor cursor; /* of its errors */
};

/* Following jobs: one walk over the newest jobs at a time. */
struct follow {
	bool busy;
	unsigned pages;
	struct kl_cursor cursor;
	uint64_t at;	   /* when the next walk begins, kl_now_mono() */
	uint64_t last;	   /* when the last one ended */
	uint64_t interval; /* between two */
	uint64_t news;	   /* when anything last changed */
	uint64_t pace;	   /* the least between two, for the limit's sake */
};

/* What goes between the run and its journal. */
struct keep {
	struct kl_journal *j;	 /* NULL: there is none */
	struct kl_hmac_run seen; /* the input up to the end of line */
	struct kl_hmac_run then; /* ... of then_line, the last before it that
				  * brought a record */
	uint64_t line, then_line;
	bool brought;		     /* line has brought a record */
	bool amid;		     /* a part of the next line was seen */
	uint64_t known;		     /* batches of an earlier run */
	struct kl_journal_batch row; /* one of them, by its seq */
	uint64_t last;		     /* line that the one before ended on */
	bool due;		     /* a sync is, before anything else */
	uint64_t lazy; /* since when a job is not synced; 0: none is */
	bool failed;   /* nothing is recorded any more */
	bool left;     /* a batch was left open */
	bool finished; /* and so the journal says */
	bool marks;    /* it is one of marks, */
	bool begun;    /* and has seen the first line */
	struct kl_buf tmp;
	struct kl_journal_job job;
};

/* What goes between the run and its audit trail. */
struct trail {
	struct kl_rows rows; /* of identifiers */
	struct kl_json doc;
	struct kl_numbers told; /* what an earlier run has told of this one */
	uint64_t seq;		/* of the batch that was last looked up, */
	bool settled;		/* and whether the journal has it settled */
	bool due;		/* a sync is, before anything is sent */
	bool failed;		/* nothing is told any more */
};

/* The members of the list, read at once. */
struct scan {
	enum {
		SCAN_NONE,
		SCAN_READS,
		SCAN_DONE,
	} state;
	struct kl_cursor cursor;
	struct roster roster;
};

struct kl_send {
	struct kl_send_opts o;
	const struct kl_endpoint *ep;
	struct kl_maker maker;
	struct kl_batch *open;
	struct kl_batch *unsummed; /* the one whose body waits for sum_now() */
	struct kl_batch *waiting, **waiting_end;
	unsigned queue;	    /* how many wait */
	size_t queue_bytes; /* what they weigh */
	struct kl_batch *spare;
	size_t spared;		 /* bytes of them */
	struct kl_batch *done;	 /* without parts, in the order of it */
	struct kl_batch *landed; /* to be told of */
	struct part *parts, **parts_end;
	unsigned queued;	   /* parts that are PART_QUEUED, */
	struct part *first_queued; /* ... if any: none is before it */
	struct keep keep;
	struct trail trail;
	unsigned sending; /* parts that are PART_SENT */
	size_t in_use;	  /* bytes of batches in flight */
	struct kl_guard guard;
	struct follow follow;
	struct scan scan;
	struct {
		uint32_t answered; /* values of the largest lookup that was */
		uint32_t refused;  /* lookups that were larger */
	} look;
	bool in_chunk, dense;
	struct kl_send_chunk chunk;
	uint64_t chunk_i; /* records of the chunk so far */
	uint64_t seq;
	bool ended;    /* no more input */
	bool stopping; /* send nothing new */
	bool leaving;  /* time is up: nothing is waited for */
	unsigned lost; /* answers in a row that did not come */
	uint64_t deadline;
	struct kl_err end; /* what ended the run; rc KL_OK: nothing */
	struct kl_send_stats stats;
	uint64_t gaps;	    /* a plan: ms between starts, in all */
	struct kl_buf line; /* scratch: receipts, plans, queries, notes */
	struct kl_faults faults;
	struct kl_profile_ids ids; /* scratch: of an error's payload, or a
				    * profile found */
	struct kl_buf found;	   /* likewise, its id */
	struct kl_json record;	   /* scratch: one of a person's */
	uint64_t planned[KL_EPS];  /* a plan: requests to each */
};

/* Something ended the run; the first reason stays. */
void run_fail(struct kl_send *s, const struct kl_err *err);
void run_note(struct kl_send *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Append the path with the id in the place of {id}. */
void run_path(struct kl_buf *b, const char *path, const char *id);

/* intake.c */
/* As many batches wait as may. */
bool queue_full(const struct kl_send *s);
/* The open batch, if there is one, waits for its turn. */
enum kl_rc intake_close(struct kl_send *s, struct kl_err *err);
/* How long the open batch may wait for more, in ms. */
uint64_t intake_wait(const struct kl_send *s, uint64_t now);

/* part.c */
/* A part of those people, who are copied (NULL: all of the batch), queued
 * behind the others; NULL only when out of memory. */
struct part *part_add(struct kl_send *s, struct kl_batch *b,
    const struct kl_road *road, const uint32_t *row, uint32_t n,
    struct kl_err *err);
/* It is in that state from now on; who sets it otherwise miscounts. */
void part_turn(struct kl_send *s, struct part *p, enum part_state state);
/* The request for these n people, and where it goes. */
enum kl_rc part_body(const struct kl_send *s, const struct kl_batch *b,
    const struct kl_road *road, const uint32_t *row, uint32_t n,
    struct kl_buf *body, const struct kl_endpoint **ep, struct kl_err *err);
enum kl_rc part_start(struct kl_send *s, struct part *p, struct kl_err *err);
/* Two parts of half its pending people each in its place; p is gone. */
enum kl_rc part_split(struct kl_send *s, struct part *p, struct kl_err *err);
/* The person of an item; whether one is of the part; how many are pending;
 * how many records are theirs. */
uint32_t part_person(const struct part *p, uint32_t row);
/* The rows of a part that an error of its answer names: *from to *to - 1. */
bool part_rows(const struct kl_send *s, const struct part *p,
    const struct kl_fault *f, uint32_t *from, uint32_t *to);
bool part_has(const struct part *p, uint32_t person);
uint32_t part_pending(const struct part *p);
uint64_t part_records(const struct kl_batch *b, uint32_t person);
/* Its pending people have that outcome, and the part is gone: a batch that
 * has no other is settled.  excused: what ends the run explains it. */
void part_end(struct kl_send *s, struct part *p, enum kl_outcome o,
    bool excused);
/* The part is gone; its batch goes on, or is settled, if it was the last. */
void part_done(struct kl_send *s, struct part *p);
/* Free what only sending needs. */
void part_sent(struct kl_send *s, struct part *p);
void part_free(struct part *p);

/* sums.c */
/* The body is as it is sent: its digest is made with that of another one, or
 * when it is wanted: before it is read, and before the body goes. */
void sum_later(struct kl_send *s, struct kl_batch *b);
void sum_now(struct kl_send *s, struct kl_batch *b);
/* The body is wanted for nothing else: it goes, once it has its digest. */
void sum_spent(struct kl_send *s, struct kl_batch *b);

/* step.c */
/* The batch goes on with what its pending people need next: parts are added,
 * or it is settled.  What cannot be had ends the run. */
void step_on(struct kl_send *s, struct kl_batch *b);
/* Those of the part that are pending have been imported, and their ids are
 * known: verb->then is due. */
bool step_then(const struct kl_send *s, const struct part *p);

/* look.c */
/* Ask the next question about the batch: parts are added.  KL_EOF if there is
 * none.  Then who is pending is judged, and the journal told who is fit. */
enum kl_rc look_on(struct kl_send *s, struct kl_batch *b, struct kl_err *err);
void look_judge(struct kl_send *s, struct kl_batch *b);
enum kl_rc look_start(struct kl_send *s, struct part *p, struct kl_err *err);
enum kl_rc look_answer(struct kl_send *s, struct part *p,
    const struct kl_answer *a, struct kl_err *err);
/* How many requests that takes, at least; those of each endpoint are added to
 * planned, which may be NULL. */
uint64_t look_cost(struct kl_send *s, const struct kl_batch *b,
    uint64_t planned[KL_EPS]);

/* scan.c */
/* Before a batch takes off: should the list be read? */
enum kl_rc scan_choose(struct kl_send *s, const struct kl_batch *b,
    struct kl_err *err);
enum kl_rc scan_page(struct kl_send *s, const struct kl_answer *a,
    struct kl_err *err);
/* Who of the batch is a member. */
enum kl_rc scan_find(struct kl_send *s, struct kl_batch *b, struct kl_err *err);

/* Ask anew. */
void look_again(struct kl_batch *b);

/* doubt.c */
/* No answer came to the part: its people are in doubt, and it is gone. */
void doubt_part(struct kl_send *s, struct part *p, const struct kl_answer *a);
/* An earlier run may have sent the person. */
void doubt_person(struct kl_send *s, struct kl_batch *b, uint32_t person);
/* If anyone of the batch is in doubt: wait, or look.  KL_EOF if nobody is,
 * or nothing is waited for any more. */
enum kl_rc doubt_on(struct kl_send *s, struct kl_batch *b, struct kl_err *err);
/* How long until the next batch has settled; those that have are looked at. */
uint64_t doubt_wait(const struct kl_send *s, uint64_t now);
void doubt_due(struct kl_send *s, uint64_t now);

/* rehearse.c */
/* Without a client: say what would be sent. */
void rehearse_batch(struct kl_send *s, struct kl_batch *b);

/* vanish.c */
/* True if the answer may be about profiles that are gone; leave them out. */
bool vanish_may(const struct part *p, const struct kl_answer *a);
enum kl_rc vanish(struct kl_send *s, struct part *p, const struct kl_answer *a,
    struct kl_err *err);

/* answer.c */
enum kl_rc answer_request(struct kl_send *s, struct part *p,
    const struct kl_answer *a, struct kl_err *err);

/* jobs.c */
enum kl_rc jobs_accepted(struct kl_send *s, struct part *p,
    const struct kl_answer *a, struct kl_err *err);
bool jobs_pending(const struct kl_send *s);
uint64_t jobs_wait(struct kl_send *s, bool blocked, uint64_t now);
enum kl_rc jobs_walk(struct kl_send *s, struct kl_err *err);
enum kl_rc jobs_page(struct kl_send *s, const struct kl_answer *a,
    struct kl_err *err);
enum kl_rc jobs_answer(struct kl_send *s, struct part *p,
    const struct kl_answer *a, struct kl_err *err);

/* import-errors.c */
enum kl_rc errors_read(struct kl_send *s, struct part *p, struct kl_err *err);
/* Some have failed, and there is nowhere to read who. */
enum kl_rc errors_untold(struct kl_send *s, struct part *p);
enum kl_rc errors_page(struct kl_send *s, struct part *p,
    const struct kl_answer *a, struct kl_err *err);

/* settle.c */
/* It has no parts, or never had: it is done. */
void settle_batch(struct kl_send *s, struct kl_batch *b);
/* What is done lands: rejects are on disk, the journal has the outcome but
 * for a sync, and others may use its place. */
void settle_land(struct kl_send *s);
/* What has landed is told of, and gone; after the sync. */
void settle_tell(struct kl_send *s);
/* A batch an earlier run has settled: its receipt once more. */
void settle_again(struct kl_send *s, struct kl_batch *b);

/* What the journal has in place of the id of a job: that people were about to
 * be sent, and when; that they were taken. */
#define KEEP_SENT "-sent "
#define KEEP_TAKEN "-taken"

/* keep.c; nothing happens without a journal.  A failure ends the run. */
void keep_open(struct kl_send *s);
void keep_brought(struct kl_send *s, struct kl_batch *b);
void keep_mark(struct kl_send *s, struct kl_batch *b);
void keep_intend(struct kl_send *s, struct kl_batch *b);
/* Those are about to be sent of whom a lookup has told that they may be. */
void keep_fit(struct kl_send *s, const struct kl_batch *b);
void keep_job(struct kl_send *s, const struct part *p);
/* The service took the part, and has no job for it. */
void keep_taken(struct kl_send *s, const struct part *p);
void keep_outcome(struct kl_send *s, struct kl_batch *b);
/* Those that wait share the next sync, where an intent does no harm. */
void keep_ahead(struct kl_send *s);
/* Sync, if something is due, or a known job has waited for it long enough;
 * or anyway.  How long it may wait yet, in ms. */
void keep_sync(struct kl_send *s, bool anyway);
uint64_t keep_wait(const struct kl_send *s, uint64_t now);
void keep_finish(struct kl_send *s);
void keep_body(struct kl_send *s, struct kl_batch *b,
    unsigned char digest[KL_JOURNAL_DIGEST]);

/* trail.c; nothing happens without a trail.  A failure ends the run. */
enum kl_rc trail_open(struct kl_send *s, struct kl_err *err);
void trail_free(struct trail *t);
/* The batch is about to be sent. */
void trail_leave(struct kl_send *s, struct kl_batch *b);
/* What is done: all who were changed, on disk. */
void trail_land(struct kl_send *s);
void trail_sync(struct kl_send *s);

/* taken.c; of a journal of marks, in place of the same in keep.c */
enum kl_rc taken_line(struct keep *k, const struct kl_line *line,
    struct kl_err *err);
enum kl_rc taken_intend(struct keep *k, struct kl_batch *b, struct kl_err *err);
enum kl_rc taken_outcome(struct keep *k, const struct kl_batch *b,
    struct kl_err *err);

/* resume.c */
/* What the journal has of the batch of that number; NULL: nothing. */
const struct kl_journal_batch *resume_row(struct kl_send *s, uint64_t seq);
/* The batch is opened, or closed and sealed: it must be what it was.  False
 * if it is not, the run being ended. */
void resume_open(struct kl_send *s, struct kl_batch *b);
bool resume_agrees(struct kl_send *s, struct kl_batch *b);
/* The input has ended: it must have had all that the journal has. */
void resume_ended(struct kl_send *s);
/* It is settled: with these outcomes.  False as above. */
bool resume_outcomes(struct kl_send *s, struct kl_batch *b);
/* It is not: follow its jobs, and send the rest again if that may be. */
enum kl_rc resume_parts(struct kl_send *s, struct kl_batch *b,
    struct kl_err *err);

/* jobs.c */
void jobs_follow(struct kl_send *s, struct part *p);

#endif /* KL_RUN_H */
