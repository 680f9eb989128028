/* SPDX-License-Identifier: MIT */

/*
 * pull-count.c - hold what was read against what the service counts.
 *
 * That every page was read follows from the pages themselves: each leads to
 * the next, and the last one says so.  The count is a second witness.
 */

#include "kl/count.h"
#include "kl/lists.h"
#include "pull.h"

bool
pull_counts(const struct pull *p)
{
	return (p->query.r->res == KL_RES_MEMBERS ||
		   p->query.r->res == KL_RES_SEGMENT_MEMBERS) &&
	    p->query.filter.n == 0;
}

enum kl_rc
pull_count(struct pull *p, struct kl_err *err)
{
	bool strict = pull_opt.strict_count;
	int tries;
	enum kl_rc rc;

	if (!pull_counts(p))
		return KL_OK;
	/* It may lag: it is asked for once more before it is believed. */
	for (tries = 0; tries < 2; tries++) {
		rc = kl_members_count(p->client,
		    p->query.r->res == KL_RES_SEGMENT_MEMBERS,
		    kl_buf_str(&p->query.id), !strict, &p->counted,
		    strict ? err : NULL);
		if (rc != KL_OK) /* a limit of 15 a minute, mostly */
			return strict || rc == KL_ENOMEM ? rc : KL_OK;
		p->has_count = true;
		if (p->counted == p->read)
			return KL_OK;
	}
	if (strict) {
		(void)kl_err_set(err, KL_ERETRY,
		    "klaviyo counts %s, and %s read",
		    KL_COUNT(p->counted, "member", "members"),
		    KL_COUNT(p->read, "was", "were"));
		kl_err_code(err, "count_differs");
		kl_err_hint(err,
		    "the count may lag, or the members change; "
		    "run the same command again");
		return KL_ERETRY;
	}
	cmd_note("klaviyo counts %s, and %s read: its count may lag, or they "
		 "changed meanwhile",
	    KL_COUNT(p->counted, "member", "members"),
	    KL_COUNT(p->read, "was", "were"));
	return KL_OK;
}
