/* SPDX-License-Identifier: MIT */
#ifndef STATE_MARKS_H
#define STATE_MARKS_H

#include "kl/journal.h"

/*
 * marks.h - the marks of events, in memory: 12 bytes a place, seven of eight
 * places taken at most.  The number of them is known before the first comes.
 */
struct marks {
	uint32_t *w;  /* three words a place; all 0: free */
	size_t slots; /* 0: there are none */
	size_t n;
};

/* Room for n.  KL_OK, KL_ENOMEM. */
enum kl_rc marks_room(struct marks *m, size_t n, struct kl_err *err);
void marks_free(struct marks *m);

/* One more; ours: it is of the run at hand. */
void marks_add(struct marks *m, const struct kl_journal_mark *mark, bool ours);

enum kl_taken marks_find(const struct marks *m,
    const struct kl_journal_mark *mark);

/* Another run begins: none is of the run at hand. */
void marks_age(struct marks *m);

#endif /* STATE_MARKS_H */
