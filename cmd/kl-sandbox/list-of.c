/* SPDX-License-Identifier: MIT */
/* list-of.c - the list that a request names, or that it is not there. */

#include "box.h"

bool
list_missing(struct problem *p, bool segment, struct kl_span id)
{
	return problem_set(p, NOT_FOUND, "/data/",
	    "A %s with id `%.*s` does not exist.", segment ? "segment" : "list",
	    id.n > 60 ? 60 : (int)id.n, id.s);
}

struct list *
list_of(struct req *q, struct kl_span id)
{
	struct list *l = q->op->segments ? store_segment(&q->box->store, id)
					 : store_list(&q->box->store, id);
	struct problem p;

	if (l == NULL) {
		(void)list_missing(&p, q->op->segments, id);
		reply_problem(q, &p, "");
	}
	return l;
}
