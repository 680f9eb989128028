/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_TAGS_H
#define SANDBOX_TAGS_H

#include "box.h"

/*
 * tags.h - labels on lists.
 */

#define MAX_TAGS 500U	   /* of an account */
#define MAX_LIST_TAGS 100U /* of a list */

/* The identifiers of a list's tags; they are noted as seen. */
void put_tag_ids(struct req *q, const struct list *l);
/* Forget which were seen, and write those that were. */
void tags_unseen(struct box *box);
void put_included_tags(struct req *q);

void tags_free(struct box *box);

#endif /* SANDBOX_TAGS_H */
