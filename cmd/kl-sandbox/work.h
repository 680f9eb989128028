/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_WORK_H
#define SANDBOX_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"

/*
 * work.h - what was answered with 202 and is yet to be done.
 *
 * A lane keeps the bodies of requests in the order in which they came, all
 * waiting the same time.  The bodies that wait are bounded: when they pass
 * PENDING_MAX the oldest is due at once.
 */

enum lane {
	LANE_VISIBLE,  /* --visibility-delay: consent, events, deletions */
	LANE_SUPPRESS, /* --job-delay: suppression jobs */
	LANES
};

struct box;
struct req;
struct op;

struct work {
	uint64_t came; /* microseconds since 1970, as the next */
	uint64_t due;
	uint64_t request; /* that brought it */
	const struct op *op;
	struct kl_buf body;
	uint32_t job; /* its number, for a lane with jobs */
	void (*run)(struct box *box, struct work *w);
};

struct works {
	struct work *w; /* [head, n) wait */
	size_t head, n, cap;
	size_t pending; /* bytes */
};

/* Take the request's body and have it carried out when its time has come.
 * False: memory. */
bool work_add(struct req *q, enum lane lane,
    void (*run)(struct box *box, struct work *w), uint32_t job);
/* Carry out what is due; *next is lowered to the time of what is not.  True
 * if anything was done. */
bool works_run(struct box *box, uint64_t now, uint64_t *next);
void works_free(struct works *w);

#endif /* SANDBOX_WORK_H */
