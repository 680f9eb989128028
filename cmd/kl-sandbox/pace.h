/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_PACE_H
#define SANDBOX_PACE_H

#include <stdint.h>

/*
 * pace.h - when things that are made up are made to have happened.
 *
 * The i-th of n things has a moment that follows from i alone, and no moment
 * is before that of the thing before it.
 */

/* A part of the way: the first thing of it, its moment, and how far apart they
 * are; in microseconds. */
struct stretch {
	uint64_t first, start, step;
};

struct pace {
	struct stretch early, late;
};

/* n things up to now (microseconds since 1970): spread over so many days, and
 * so many of a hundred of them over the last hour.  0 days: all of now. */
struct pace pace_of(uint64_t now, uint64_t days, uint64_t late, uint64_t n);

/* When the i-th is. */
static inline uint64_t
pace_at(const struct pace *p, uint64_t i)
{
	const struct stretch *s = i < p->late.first ? &p->early : &p->late;

	return s->start + s->step * (i - s->first);
}

#endif /* SANDBOX_PACE_H */
