/* SPDX-License-Identifier: MIT */
/* tape.c - how many requests started when. */

#include "tape.h"

const struct tape_kind tape_kinds[WINDOWS] = {
	[BURST] = { TAPE_BURST, 25, 1000 + 50 },
	[STEADY] = { TAPE_STEADY, 250, 60000 + 250 },
	[DAILY] = { TAPE_DAILY, 600000, 86400000 + 1000 },
};

/* A slot: its number from 1 (so that zero is empty), and the count. */
#define COUNT_BITS 24
#define COUNT_MAX (((uint64_t)1 << COUNT_BITS) - 1)

static uint64_t
number(enum window w, uint64_t now)
{
	return now / tape_kinds[w].slot_ms + 1;
}

/* The starts in slot e; 0 if the ring no longer, or not yet, has it. */
static uint64_t
starts(const uint64_t *tape, enum window w, uint64_t e)
{
	uint64_t v = tape[e % tape_kinds[w].slots];

	return v >> COUNT_BITS == e ? v & COUNT_MAX : 0;
}

static void
put(uint64_t *tape, enum window w, uint64_t e, uint64_t n)
{
	tape[e % tape_kinds[w].slots] = e << COUNT_BITS | n;
}

void
tape_add(uint64_t *tape, enum window w, uint64_t now)
{
	uint64_t e = number(w, now), n = starts(tape, w, e);

	put(tape, w, e, n < COUNT_MAX ? n + 1 : n);
}

void
tape_drop(uint64_t *tape, enum window w, uint64_t now)
{
	uint64_t e = number(w, now), n;
	unsigned i;

	for (i = 0; i < tape_kinds[w].slots && e > 0; i++, e--)
		if ((n = starts(tape, w, e)) > 0) {
			put(tape, w, e, n - 1);
			return;
		}
}

uint32_t
tape_count(const uint64_t *tape, enum window w, uint64_t ms, uint64_t now)
{
	uint64_t e = number(w, now), sum = 0;
	unsigned i;

	for (i = 0; i < tape_kinds[w].slots && e > 0; i++, e--) {
		if (e * tape_kinds[w].slot_ms + ms <= now)
			break;
		sum += starts(tape, w, e);
	}
	return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

uint64_t
tape_room(const uint64_t *tape, enum window w, uint32_t limit, uint64_t extra,
    uint64_t now)
{
	uint64_t e = number(w, now), sum = 0, until;
	unsigned i;

	for (i = 0; i < tape_kinds[w].slots && e > 0; i++, e--) {
		sum += starts(tape, w, e);
		if (sum < limit)
			continue;
		until =
		    e * tape_kinds[w].slot_ms + tape_kinds[w].window_ms + extra;
		return until > now ? until : 0;
	}
	return 0;
}
