/* SPDX-License-Identifier: MIT */
#ifndef KL_RUN_H
#define KL_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "kl/client.h"
#include "kl/errors.h"
#include "kl/page.h"
#include "kl/send.h"
#include "people.h"

/*
 * run.h - the inside of the send engine, shared by its files:
 *
 *	run.c	   ends the run, says a word
 *	send.c	   records in, batches out, the turn of the loop
 *	part.c	   requests: the whole of a batch, or a part of it
 *	answer.c   what the answer to a request means, and repair
 *	jobs.c	   following jobs to their end
 *	settle.c   a batch is done: rejects, counts, receipt
 *
 * A batch is open (records are added), waiting (sealed, in the order of the
 * input), or in flight: it then has parts, each one request that is queued,
 * sent, or followed as a job.  A batch without parts is settled.
 */

enum part_state {
	PART_QUEUED,   /* to be sent */
	PART_SENT,     /* in the client's hands */
	PART_FOLLOWED, /* its job is not complete */
	PART_ASKED,    /* ... and asked after by itself */
	PART_ERRORS,   /* the errors of its job are being read */
};

#define JOB_ID 256 /* bytes with the NUL; Klaviyo's have about 60 */

struct part {
	struct part *next;
	struct kl_batch *b;
	uint32_t from, to; /* people */
	enum part_state state;
	struct kl_buf body; /* of its own, if it is not the whole batch */
	uint32_t *row;	    /* item i is that person; NULL: person i */
	uint32_t rows;
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
	uint64_t tokens;   /* in thousandths; quick walks that may be made */
	uint64_t filled;   /* when tokens were last added */
};

struct kl_send {
	struct kl_send_opts o;
	const struct kl_endpoint *ep;
	struct kl_maker maker;
	struct kl_batch *open;
	struct kl_batch *waiting, **waiting_end;
	struct kl_batch *spare;
	unsigned spares;
	struct part *parts;
	unsigned sending; /* parts that are PART_SENT */
	size_t in_use;	  /* bytes of batches in flight */
	struct kl_guard guard;
	struct follow follow;
	bool in_chunk, dense;
	struct kl_send_chunk chunk;
	uint64_t chunk_i; /* records of the chunk so far */
	uint64_t seq;
	bool ended;    /* no more input */
	bool stopping; /* send nothing new */
	uint64_t deadline;
	struct kl_err end; /* what ended the run; rc KL_OK: nothing */
	struct kl_send_stats stats;
	uint64_t gaps;	    /* a plan: ms between starts, in all */
	struct kl_buf line; /* scratch: receipts, plans, queries, notes */
	struct kl_faults faults;
	struct kl_profile_ids ids; /* scratch: of an error's payload */
};

/* Something ended the run; the first reason stays. */
void run_fail(struct kl_send *s, const struct kl_err *err);
void run_note(struct kl_send *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* part.c */
enum kl_rc part_add(struct kl_send *s, struct kl_batch *b, uint32_t from,
    uint32_t to, struct kl_err *err);
enum kl_rc part_start(struct kl_send *s, struct part *p, struct kl_err *err);
/* Two parts of half its pending people each in its place; p is gone. */
enum kl_rc part_split(struct kl_send *s, struct part *p, struct kl_err *err);
uint32_t part_person(const struct part *p, uint32_t row);
uint32_t part_pending(const struct part *p);
/* Its pending people have that outcome, and the part is gone: a batch that
 * has no other is settled.  excused: what ends the run explains it. */
void part_end(struct kl_send *s, struct part *p, enum kl_outcome o,
    bool excused);
/* Free what only sending needs. */
void part_sent(struct kl_send *s, struct part *p);
void part_free(struct part *p);

/* answer.c */
enum kl_rc answer_import(struct kl_send *s, struct part *p,
    const struct kl_answer *a, struct kl_err *err);

/* jobs.c */
enum kl_rc jobs_accepted(struct kl_send *s, struct part *p,
    const struct kl_answer *a, struct kl_err *err);
bool jobs_pending(const struct kl_send *s);
uint64_t jobs_wait(struct kl_send *s, bool blocked, uint64_t now);
enum kl_rc jobs_walk(struct kl_send *s, uint64_t now, struct kl_err *err);
enum kl_rc jobs_page(struct kl_send *s, const struct kl_answer *a,
    struct kl_err *err);
enum kl_rc jobs_answer(struct kl_send *s, struct part *p,
    const struct kl_answer *a, struct kl_err *err);

/* import-errors.c */
enum kl_rc errors_read(struct kl_send *s, struct part *p, struct kl_err *err);
enum kl_rc errors_page(struct kl_send *s, struct part *p,
    const struct kl_answer *a, struct kl_err *err);

/* settle.c */
void settle_batch(struct kl_send *s, struct kl_batch *b);

#endif /* KL_RUN_H */
