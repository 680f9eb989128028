/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_PEOPLE_LIST_H
#define SANDBOX_PEOPLE_LIST_H

#include "box.h"

/*
 * people-list.h - the collection of all profiles: what it is filtered by, and
 * its orders.
 */

/* The numbers of the fields of profile_filters[]. */
enum {
	BY_ID,
	BY_EMAIL,
	BY_PHONE,
	BY_EXTERNAL,
	BY_KX,
	BY_CREATED,
	BY_UPDATED,
	BY_REASON, /* from here on: of suppressions */
	BY_TIME,
	BY_LIST_REASON,
	BY_LIST_TIME,
	BY_LIST_ID
};

/* In the order of the words of the operation's sorts. */
enum {
	SORT_CREATED,
	SORT_EMAIL,
	SORT_ID,
	SORT_UPDATED,
	SORT_SUPPRESSED,
	SORT_LIST_SUPPRESSED
};

/* people-filter.c: somebody is asked for. */
bool people_match(struct req *q, const struct spot *s);
/* What the service has to say about filters on suppressions together. */
bool people_filters(const struct filter *f, struct problem *p);
/* The condition that names people one by one, or NULL; and who value i of it
 * names, NONE if nobody. */
const struct condition *people_naming(const struct filter *f);
uint32_t people_named(const struct req *q, const struct condition *c, size_t i);

/* people-text.c: answer with a page of an order by text. */
void people_by_text(struct req *q);

#endif /* SANDBOX_PEOPLE_LIST_H */
