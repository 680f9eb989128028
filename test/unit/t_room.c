/* SPDX-License-Identifier: MIT */
/* t_room.c - arrays grow, keep what they hold, and end somewhere. */

#include <stdint.h>
#include <stdlib.h>

#include "kl/room.h"
#include "ok.h"

static void
many(void)
{
	struct {
		uint64_t *v;
		size_t n, cap;
	} l = { 0 };
	size_t i, wrong = 0, grown = 0, before;

	for (i = 0; i < 1000; i++) {
		before = l.cap;
		if (!KL_ROOM(l.v, l.n, l.cap, 3))
			break;
		grown += l.cap != before;
		l.v[l.n++] = i;
	}
	ok(l.n == 1000, "there is room for a thousand");
	for (i = 0; i < l.n; i++)
		wrong += l.v[i] != i;
	ok(wrong == 0, "they are what they were");
	ok(l.cap == 1536 && grown == 10, "it doubled from the first room on");
	free(l.v);
}

/* A number of 32 bits, with others beside it. */
static void
narrow(void)
{
	struct {
		uint32_t before, cap, after;
		char (*v)[3];
	} l = { .before = 1, .after = 2 };

	ok(KL_ROOM(l.v, 0, l.cap, 5) && l.cap == 5, "the first room");
	memcpy(l.v[4], "abc", 3);
	ok(KL_ROOM(l.v, 4, l.cap, 5) && l.cap == 5, "there was room");
	ok(KL_ROOM(l.v, 5, l.cap, 5) && l.cap == 10, "there was none");
	ok(memcmp(l.v[4], "abc", 3) == 0, "the last is kept");
	ok(KL_ROOM(l.v, 10, l.cap, 50) && l.cap == 50, "more than twice");
	ok(l.before == 1 && l.after == 2, "its neighbours are as they were");
	free(l.v);
}

static void
limits(void)
{
	char c = 'x', *v = &c; /* realloc() would not take it */
	uint32_t cap32 = UINT32_MAX / 2 + 1;
	size_t cap = (size_t)PTRDIFF_MAX / 8 / 2 + 1;
	uint64_t *w = NULL;

	ok(!KL_ROOM(v, cap32, cap32, 1), "32 bits cannot count more");
	ok(v == &c && cap32 == UINT32_MAX / 2 + 1, "all is as it was");
	ok(!KL_ROOM(w, cap, cap, 1), "memory cannot hold more");
	ok(w == NULL && cap == (size_t)PTRDIFF_MAX / 8 / 2 + 1, "here, too");
	cap = 0;
	ok(!KL_ROOM(w, 0, cap, SIZE_MAX / 8), "not even at first");
}

int
main(void)
{
	many();
	narrow();
	limits();
	return done();
}
