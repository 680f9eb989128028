/* SPDX-License-Identifier: MIT */
/*
 * taken.c - a journal that knows items by themselves is told what happens.
 *
 * It does not mind where in the input an item stands, nor with which others it
 * was sent.  What has no outcome when a run is ended is sent again, if it is
 * in the input again: the service takes it for the same.
 */

#include "kl/time.h"
#include "run.h"

enum kl_rc
taken_line(struct keep *k, const struct kl_line *line, struct kl_err *err)
{
	if (k->begun)
		return KL_OK;
	k->begun = true;
	return kl_journal_starts(k->j, line->s != NULL ? line->s : "",
	    line->s != NULL ? line->n : 0, err);
}

enum kl_rc
taken_intend(struct keep *k, struct kl_batch *b, struct kl_err *err)
{
	return kl_journal_intend_events(k->j, b->seq, b->people, kl_now_wall(),
	    err);
}

enum kl_rc
taken_outcome(struct keep *k, const struct kl_batch *b, struct kl_err *err)
{
	struct kl_buf *to = &k->tmp;
	const size_t each = sizeof(struct kl_journal_mark);
	const struct kl_person *p;
	uint32_t i;
	enum kl_rc rc;

	kl_buf_reset(to);
	for (i = 0; i < b->people; i++) {
		p = &b->person[i];
		if (p->outcome == KL_ACCEPTED)
			kl_buf_put(to, b->marks.s + p->first * each, each);
	}
	if ((rc = kl_buf_check(to, err)) != KL_OK)
		return rc;
	return kl_journal_settle_events(k->j, b->seq, (const void *)to->s,
	    to->n / each, err);
}
