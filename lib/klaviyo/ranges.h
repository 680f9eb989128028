/* SPDX-License-Identifier: MIT */
#ifndef RANGES_H
#define RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/numbers.h"
#include "kl/numset.h"
#include "kl/page.h"

/*
 * ranges.h - the inside of kl/ranges.h: which range of time is read by which
 * chain of cursors.
 *
 *	ranges-plan.c	ranges, and how they are split
 *	ranges-take.c	which rows of a page belong to the range it is of
 *	ranges-place.c	the plan as text, to go on from
 *	ranges.c	the requests
 *
 * All but the last know nothing of the service: they are tested without it.
 *
 * A range owns the rows of [lo, hi), in whole seconds as the rows show them;
 * the ranges of a plan are apart, and all of time is in them, but for what has
 * been read.  It is read by a chain from its bottom up, or by one from its top
 * down, or by both until they meet.  A chain asks for rows by one bound, and
 * leaves to the others what is not in its range: so a range can be cut smaller
 * while its chain goes on with the cursor it has.
 *
 * Down is the usual way: "less than hi" is exact for every field and operator
 * there is.  The first chain goes up, from the oldest row, and asks for no
 * bound; nor does the one at the top.  So both ends of the collection are
 * read as they stand, rows without a time included.
 */

#define RANGE_MIN INT64_MIN /* before all rows */
#define RANGE_MAX INT64_MAX /* after all rows */
#define NO_TIME INT64_MIN   /* of a row that shows none */

struct range;

struct chain {
	struct range *of;
	bool down;
	bool on;       /* there is such a chain */
	bool busy;     /* its request is on its way */
	bool any;      /* pos is valid */
	int64_t bound; /* rows from it on, or before it; MIN and MAX: all */
	int64_t pos;   /* the second of the last row that was read */
	unsigned pages;
	unsigned flat; /* pages in a row that are all of one second */
	struct kl_cursor cursor;
	/* Hashes of the ids of rows of the second pos: of the last page and of
	 * the first that had some, in their order; and some of all pages. */
	struct kl_numbers recent, head;
	struct kl_numset known;
};

struct range {
	struct range *next;
	int64_t lo, hi;
	struct chain up, down;
	double density; /* rows a second where it was last looked at */
	bool done;
	bool alone; /* it cannot be read from both ends */
	bool last;  /* to be read when all others are done */
};

struct plan {
	struct range *first;
	unsigned in_flight, busy;
	uint32_t page;	/* rows on a page */
	int64_t newest; /* there is hardly anything after this second */
	bool topped;	/* that is of a row, and no guess */
	bool doubt;	/* there is less than it seems, maybe */
	bool moves;	/* rows go to the newest second when they change */
	/* If so, the top has to be known before anything is split. */
	struct chain probe;
	bool probed;
};

/* A page of rows, in the order they came. */
struct seen {
	size_t n;
	bool end; /* there is no page after it */
	/* Of row i: its second, or NO_TIME; a hash of its id. */
	int64_t (*time)(void *ctx, size_t i);
	uint64_t (*id)(void *ctx, size_t i);
	void *ctx;
};

/* One chain over everything, from the oldest row on.  KL_OK, KL_ENOMEM. */
enum kl_rc plan_open(struct plan *p, struct kl_err *err);
void plan_close(struct plan *p);

/*
 * The chain whose next page is to be asked for; it is busy then.  *c NULL: none
 * before another page has come, or, if none is busy, all is read.
 */
enum kl_rc plan_next(struct plan *p, struct chain **c, struct kl_err *err);

/*
 * The page that a chain asked for: the rows [*from, *to) are new.  KL_OK;
 * KL_EPROTO if they are not in the order that was asked for; KL_ENOMEM.
 */
enum kl_rc plan_take(struct plan *p, struct chain *c, const struct seen *s,
    size_t *from, size_t *to, struct kl_err *err);

/* What of the range has not been read yet: [*a, *b). */
void range_rest(const struct plan *p, const struct range *r, int64_t *a,
    int64_t *b);

/* A range of [lo, hi) in the plan; NULL: memory. */
struct range *plan_add(struct plan *p, int64_t lo, int64_t hi);

/* Append the plan as text without control characters; and read one into a plan
 * that is all zero but for its settings.  KL_OK, KL_EDATA, KL_ENOMEM. */
void plan_put(const struct plan *p, struct kl_buf *b);
enum kl_rc plan_get(struct plan *p, struct kl_span text, struct kl_err *err);

#endif /* RANGES_H */
