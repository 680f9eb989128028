/* SPDX-License-Identifier: MIT */
#ifndef SUPPRESS_H
#define SUPPRESS_H

#include "box.h"

/* suppress.h - suppression jobs, shared by their files. */

#define SUPPRESSION "profile-suppression-bulk-create-job"
#define UNSUPPRESSION "profile-suppression-bulk-delete-job"

/* A job.  Two tables of them, one for suppressing and one for taking that
 * back. */
struct suppression_job {
	char id[ID_LEN + 1];
	enum job_state state;
	uint64_t created, completed; /* microseconds since 1970 */
	uint32_t total, done, skipped;
	uint32_t group; /* the list or segment in the store; NONE: addresses */
};

struct suppression_jobs {
	struct {
		struct suppression_job *job;
		uint32_t n, cap;
	} of[2];
};

/* Whether an operation is about taking suppressions back. */
bool suppression_removing(const struct op *op);

/* Answer with one job. */
void suppression_answer(struct req *q, int status,
    const struct suppression_job *j);

#endif /* SUPPRESS_H */
