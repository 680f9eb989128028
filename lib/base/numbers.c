/* SPDX-License-Identifier: MIT */
/* numbers.c - many numbers, looked up by halving. */

#include <stdlib.h>

#include "kl/numbers.h"
#include "kl/room.h"

#define FIRST 16

bool
kl_numbers_add(struct kl_numbers *l, uint64_t v)
{
	if (!KL_ROOM(l->v, l->n, l->cap, FIRST))
		return false;
	l->v[l->n++] = v;
	return true;
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void
kl_numbers_sort(struct kl_numbers *l)
{
	if (l->n > 1)
		qsort(l->v, l->n, sizeof(*l->v), by_value);
}

size_t
kl_numbers_find(const struct kl_numbers *l, uint64_t v)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->v[mid] == v)
			return mid;
		if (l->v[mid] < v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return KL_NUMBERS_NONE;
}

void
kl_numbers_free(struct kl_numbers *l)
{
	free(l->v);
	*l = (struct kl_numbers){ 0 };
}
