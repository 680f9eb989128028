/* SPDX-License-Identifier: MIT */
/* pace.c - when things that are made up are made to have happened. */

#include "pace.h"

#define HOUR UINT64_C(3600000000)

struct pace
pace_of(uint64_t now, uint64_t days, uint64_t late, uint64_t n)
{
	uint64_t span = days * 24 * HOUR, early = n - n * late / 100;
	struct pace p = { { 0, now, 0 }, { UINT64_MAX, now, 0 } };

	if (span == 0 || n == 0)
		return p;
	p.early.start = now - span;
	if (late == 0)
		p.early.step = span / n;
	else if (early > 0)
		p.early.step = (span - HOUR) / early;
	if (early < n)
		p.late =
		    (struct stretch){ early, now - HOUR, HOUR / (n - early) };
	return p;
}
