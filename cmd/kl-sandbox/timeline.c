/* SPDX-License-Identifier: MIT */
/* timeline.c - events in the order of their time. */

#include <stdlib.h>

#include "events.h"
#include "kl/room.h"

static uint64_t
key(const struct events *ev, uint32_t at)
{
	return (uint64_t)event_view(ev, at).time << 32 | at;
}

bool
timeline_add(struct timeline *t, const struct events *ev, uint32_t at)
{
	if (!KL_ROOM(t->at, t->n, t->cap, 64))
		return false;
	if (t->sorted == t->n &&
	    (t->n == 0 || key(ev, t->at[t->n - 1]) < key(ev, at)))
		t->sorted++;
	t->at[t->n++] = at;
	return true;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What comes late is sorted in when somebody looks. */
static bool
sort(struct timeline *t, const struct events *ev)
{
	size_t n = t->n - t->sorted, i, to = t->n, old = t->sorted;
	uint64_t *late;

	if (n == 0)
		return true;
	if ((late = malloc(n * sizeof(*late))) == NULL)
		return false;
	for (i = 0; i < n; i++)
		late[i] = key(ev, t->at[t->sorted + i]);
	qsort(late, n, sizeof(*late), compare);
	/* From the end, so that nothing is overwritten before it has moved. */
	while (n > 0)
		if (old > 0 && key(ev, t->at[old - 1]) > late[n - 1])
			t->at[--to] = t->at[--old];
		else
			t->at[--to] = (uint32_t)late[--n];
	t->sorted = t->n;
	free(late);
	return true;
}

/* --- rows ------------------------------------------------------------------
 */

static struct spot
nth_stored(const struct row_of *r, size_t i)
{
	const struct timeline *t = r->beside;
	uint32_t at = t->at[i];

	return (struct spot){ event_view(r->of, at).time, at + 1, at };
}

static struct spot
nth_made(const struct row_of *r, size_t i)
{
	const struct deeds *d = r->of;
	uint32_t at = d->from + (uint32_t)i;

	if (r->from != NONE)
		at = deed_nth(d, r->from, (uint32_t)i);
	return (struct spot){ deed_time(d, at), at + 1, at };
}

bool
events_rows(struct events *ev, uint32_t metric, struct row_of r[ROWS],
    size_t *n)
{
	struct timeline *t =
	    metric == NONE ? &ev->line : &ev->metric[metric].line;
	const struct deeds *d = ev->made->deeds;

	if (!sort(t, ev))
		return false;
	r[0] = (struct row_of){ .n = t->n,
		.nth = nth_stored,
		.of = ev,
		.beside = t };
	for (*n = 1; d < ev->made->deeds + ev->made->deeds_n; d++, ++*n)
		r[*n] = (struct row_of){ .n = metric == NONE
			    ? d->n
			    : deeds_with(d, metric),
			.nth = nth_made,
			.of = d,
			.from = metric };
	return true;
}

bool
events_rows_of(const struct events *ev, const struct store *st,
    uint32_t profile, struct timeline *own, struct row_of *r)
{
	uint32_t i = store_view(st, profile).events;

	for (; i != 0; i = event_view(ev, i - 1).older)
		if (!timeline_add(own, ev, i - 1))
			return false;
	*r = (struct row_of){ .n = own->n,
		.nth = nth_stored,
		.of = ev,
		.beside = own };
	return sort(own, ev);
}
