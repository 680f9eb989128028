/* SPDX-License-Identifier: MIT */
/* revision.c - the life cycle of API revisions. */

#include "box.h"
#include "check.h"
#include "kl/version.h"

/*
 * A revision lives two years; then it is served by the oldest that is alive,
 * unless the request opts out of that.  Seen from KL_REVISION, 2026-07-15.
 */
#define OLDEST "2024-07-15"

static bool
date_of(struct kl_span s, int64_t *us)
{
	return s.n == 10 && check_time(s, us);
}

bool
revision_check(struct req *q, struct problem *p)
{
	struct kl_span r = { q->revision, 0 };
	int64_t then;

	if (q->revision == NULL) {
		if (q->box->readings.revision_forward)
			return true;
		return problem_parameter(p, "revision",
		    "A revision header is required, as in "
		    "'revision: " KL_REVISION "'.");
	}
	r.n = strlen(r.s);
	if (r.n == 14 && strcmp(r.s + 10, ".pre") == 0) {
		r.n = 10;
		if (date_of(r, &then))
			return problem_set(p, NOT_FOUND, "/data/",
			    "No valid revisions found for method");
	}
	if (!date_of(r, &then))
		return problem_parameter(p, "revision",
		    "Invalid revision date format. Use YYYY-MM-DD.");
	if (then > (int64_t)q->now)
		return problem_set(p, NOT_FOUND, "/data/",
		    "Unable to specify a future revision date");
	if (memcmp(r.s, OLDEST, 10) < 0 && q->opt_out != NULL &&
	    strcmp(q->opt_out, "1") == 0)
		return problem_set(p, RETIRED, "/data/",
		    "The revision is retired. Use " KL_REVISION ".");
	return true;
}
