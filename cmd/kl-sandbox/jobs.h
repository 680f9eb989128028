/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_JOBS_H
#define SANDBOX_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/map.h"

/*
 * jobs.h - bulk imports at work.
 *
 * A job keeps the body of its request until it is due, half the delay queued
 * and half processing; then every row is applied at once.  Bodies that wait
 * are bounded: when they pass PENDING_MAX the oldest job is due at once.
 */

#define PENDING_MAX ((size_t)256 << 20) /* bytes of waiting bodies */
#define JOB_KEPT ((uint64_t)7 * 86400)	/* seconds a job can be asked for */
#define JOB_LISTS 4			/* lists one job can name */

enum job_state {
	JOB_QUEUED,
	JOB_PROCESSING,
	JOB_COMPLETE
};

/* A row that was not imported. */
struct job_error {
	char id[37];
	char code[24], detail[200], where[96];
	char title[64];
	char *payload; /* the row as sent; owned */
	size_t payload_n;
};

struct job {
	char id[72];
	enum job_state state;
	uint64_t created, started, completed; /* microseconds since 1970 */
	uint32_t total, done, failed;
	char list[JOB_LISTS][16];
	size_t lists;
	struct kl_buf body; /* until it is applied */
	uint64_t request;   /* that made it */
	uint32_t *row;	    /* profiles, in the order of the rows */
	uint32_t rows;
	struct job_error *error;
	size_t errors, error_cap;
};

struct jobs {
	struct job *job; /* in the order of their making */
	uint32_t n, cap;
	uint32_t ahead;	 /* the first that is not complete */
	uint32_t queued; /* the first that is queued */
	size_t pending;	 /* bytes of bodies */
	bool hurry;	 /* everything is due now: the sandbox ends */
	struct kl_map by_id;
};

struct box;

/* Bring every job to the state it should have.  Returns the milliseconds to
 * the next change, or -1 if nothing waits. */
int jobs_run(struct box *box);
/* Do at once all that was accepted: before the end. */
void jobs_finish(struct box *box);
void jobs_free(struct jobs *j);
/* A new job, its id made; NULL: memory. */
struct job *job_add(struct box *box, uint64_t now);
/* A job by its id; NULL if there is none, or not any more. */
struct job *job_find(struct box *box, struct kl_span id, uint64_t now);
/* When it ends to be. */
uint64_t job_expires(const struct box *box, const struct job *j);

/* A delay of the settings in microseconds, as --time-scale shortens it. */
uint64_t job_scaled(const struct box *box, double ms);
/* imports.c: apply the rows of a job. */
void job_apply(struct box *box, struct job *j);

#endif /* SANDBOX_JOBS_H */
