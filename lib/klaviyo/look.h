/* SPDX-License-Identifier: MIT */
#ifndef LOOK_H
#define LOOK_H

#include "run.h"

/* look.h - what is asked about the people of a batch; look.c and look-ask.c. */

#define LOOK_VALUES 100 /* in one request: no limit is published */
#define LOOK_STAGES 6	/* questions, at most */

/* What is asked one after the other. */
struct stage {
	char kind;	   /* of identifiers of the batch (people.h) */
	const char *field; /* in the filter */
	bool list;	   /* the list is asked, not all profiles */
	bool again;	   /* it is about profiles that were found, by what
			    * they have of that kind */
};

/* All questions of a look, up to one without a kind; the one that is asked of
 * the batch now; and of which look it is: before people are sent, or after. */
const struct stage *look_stages(const struct kl_look *look);
const struct stage *look_stage(const struct kl_send *s,
    const struct kl_batch *b);
const struct kl_look *look_of(const struct kl_send *s,
    const struct kl_batch *b);

/* True if the question is about that person. */
bool look_means(const struct kl_batch *b, uint32_t person);

/* Of what kind an identifier of the batch is, however an address is written. */
char look_kind(const struct kl_batch *b, uint32_t ident);

/*
 * The service refuses the request of a part.  If it may be for the number of
 * values in it, it is asked again by halves, and the part is gone.  KL_EOF if
 * it is one value alone.
 */
enum kl_rc look_halve(struct kl_send *s, struct part *p, struct kl_err *err);

#endif /* LOOK_H */
