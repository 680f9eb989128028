/* SPDX-License-Identifier: MIT */
/*
 * marks.c - the marks of events, in memory.
 *
 * Open addressing.  A mark is evenly spread, as digests are; its last bit
 * makes way for whether it is of the run at hand, and the one before is set,
 * so that no mark looks like a free place.
 */

#include <stdlib.h>
#include <string.h>

#include "marks.h"

#define OURS 1U
#define TAKEN 2U

struct place {
	uint32_t w[3];
};

static struct place
place_of(const struct kl_journal_mark *mark)
{
	struct place p;

	memcpy(p.w, mark->byte, sizeof(p.w));
	p.w[2] = (p.w[2] & ~OURS) | TAKEN;
	return p;
}

/* Where the mark is, or would go. */
static uint32_t *
seek(const struct marks *m, const struct place *p)
{
	size_t i = (size_t)(((uint64_t)p->w[0] * m->slots) >> 32);
	uint32_t *w = m->w + 3 * i;

	while (w[2] != 0 &&
	    (w[0] != p->w[0] || w[1] != p->w[1] || (w[2] & ~OURS) != p->w[2])) {
		i = i + 1 < m->slots ? i + 1 : 0;
		w = m->w + 3 * i;
	}
	return w;
}

enum kl_rc
marks_room(struct marks *m, size_t n, struct kl_err *err)
{
	marks_free(m);
	if (n == 0)
		return KL_OK;
	if (n > KL_JOURNAL_EVENTS)
		return kl_err_set(err, KL_EBUG, "too many marks");
	m->slots = n + n / 7 + 1;
	if ((m->w = calloc(m->slots, 3 * sizeof(*m->w))) != NULL)
		return KL_OK;
	m->slots = 0;
	return kl_err_nomem(err);
}

void
marks_free(struct marks *m)
{
	free(m->w);
	*m = (struct marks){ 0 };
}

void
marks_add(struct marks *m, const struct kl_journal_mark *mark, bool ours)
{
	struct place p = place_of(mark);
	uint32_t *w;

	if (m->n + 1 >= m->slots)
		return; /* one place stays free, or no search would end */
	w = seek(m, &p);
	m->n += w[2] == 0;
	p.w[2] |= (w[2] & OURS) | (ours ? OURS : 0);
	memcpy(w, p.w, sizeof(p.w));
}

enum kl_taken
marks_find(const struct marks *m, const struct kl_journal_mark *mark)
{
	struct place p = place_of(mark);
	const uint32_t *w;

	if (m->n == 0)
		return KL_TAKEN_NOT;
	w = seek(m, &p);
	if (w[2] == 0)
		return KL_TAKEN_NOT;
	return (w[2] & OURS) != 0 ? KL_TAKEN_NOW : KL_TAKEN_BEFORE;
}

void
marks_age(struct marks *m)
{
	size_t i;

	for (i = 0; i < m->slots; i++)
		m->w[3 * i + 2] &= ~OURS;
}
