/* SPDX-License-Identifier: MIT */
/* numset.c - a set of numbers: open addressing, linear probing. */

#include <stdlib.h>
#include <string.h>

#include "kl/numset.h"

#define FIRST ((size_t)64)
#define KEEP ((size_t)256) /* slots that are cleared rather than freed */

/* The slot of v, or the free one where it would go: there is one.  Numbers in
 * a row, or all multiples of one, are spread as others are. */
static size_t
place(const struct kl_numset *s, uint64_t v)
{
	size_t i = (size_t)(v * 0x9e3779b97f4a7c15U >> 32) & (s->cap - 1);

	while (s->slot[i] != 0 && s->slot[i] != v)
		i = (i + 1) & (s->cap - 1);
	return i;
}

/* Twice the slots. */
static bool
grow(struct kl_numset *s)
{
	struct kl_numset old = *s;
	size_t i;

	if (old.cap > SIZE_MAX / 4 / sizeof(*s->slot))
		return false;
	s->cap = old.cap != 0 ? old.cap * 2 : FIRST;
	if ((s->slot = calloc(s->cap, sizeof(*s->slot))) == NULL) {
		*s = old;
		return false;
	}
	for (i = 0; i < old.cap; i++)
		if (old.slot[i] != 0)
			s->slot[place(s, old.slot[i])] = old.slot[i];
	free(old.slot);
	return true;
}

bool
kl_numset_add(struct kl_numset *s, uint64_t v)
{
	size_t i;

	if (v == 0) {
		s->n += !s->zero;
		s->zero = true;
		return true;
	}
	if (s->n >= s->cap / 2 && !grow(s))
		return false;
	i = place(s, v);
	s->n += s->slot[i] == 0;
	s->slot[i] = v;
	return true;
}

bool
kl_numset_has(const struct kl_numset *s, uint64_t v)
{
	if (v == 0)
		return s->zero;
	return s->cap > 0 && s->slot[place(s, v)] == v;
}

void
kl_numset_reset(struct kl_numset *s)
{
	if (s->cap > KEEP) {
		kl_numset_free(s);
		return;
	}
	if (s->cap > 0)
		memset(s->slot, 0, s->cap * sizeof(*s->slot));
	s->n = 0;
	s->zero = false;
}

void
kl_numset_free(struct kl_numset *s)
{
	free(s->slot);
	*s = (struct kl_numset){ 0 };
}
