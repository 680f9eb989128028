/* SPDX-License-Identifier: MIT */
/* tape.c - how many requests started when. */

#include "tape.h"

const struct tape_kind tape_kinds[WINDOWS] = {
	[BURST] = { TAPE_BURST, 25, 1000 + 10 },
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

/* The starts in slot e, whose place that is; 0 if the ring no longer, or not
 * yet, has it. */
static uint64_t
starts_at(uint64_t place, uint64_t e)
{
	return place >> COUNT_BITS == e ? place & COUNT_MAX : 0;
}

static uint64_t
starts(const uint64_t *tape, enum window w, uint64_t e)
{
	return starts_at(tape[e % tape_kinds[w].slots], e);
}

/* The place before that one. */
static uint64_t
before(enum window w, uint64_t at)
{
	return (at > 0 ? at : tape_kinds[w].slots) - 1;
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
tape_drop(uint64_t *tape, enum window w, uint64_t start)
{
	uint64_t e = number(w, start), n = starts(tape, w, e);

	if (n > 0)
		put(tape, w, e, n - 1);
}

void
tape_move(uint64_t *tape, enum window w, uint64_t start, uint64_t to)
{
	if (number(w, start) == number(w, to))
		return;
	tape_add(tape, w, to);
	tape_drop(tape, w, start);
}

uint64_t
tape_until(enum window w, uint64_t start, uint64_t extra)
{
	return number(w, start) * tape_kinds[w].slot_ms +
	    tape_kinds[w].window_ms + extra;
}

uint32_t
tape_count(const uint64_t *tape, enum window w, uint64_t ms, uint64_t now)
{
	uint64_t e = number(w, now), sum = 0;
	uint64_t at = e % tape_kinds[w].slots;
	unsigned i;

	for (i = 0; i < tape_kinds[w].slots && e > 0; i++, e--) {
		if (e * tape_kinds[w].slot_ms + ms <= now)
			break;
		sum += starts_at(tape[at], e);
		at = before(w, at);
	}
	return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

uint64_t
tape_room(const uint64_t *tape, enum window w, uint32_t limit, uint64_t extra,
    uint64_t now)
{
	uint64_t e = number(w, now), sum = 0, until;
	uint64_t at = e % tape_kinds[w].slots;
	unsigned i;

	for (i = 0; i < tape_kinds[w].slots && e > 0; i++, e--) {
		sum += starts_at(tape[at], e);
		at = before(w, at);
		if (sum < limit)
			continue;
		until = tape_until(w, (e - 1) * tape_kinds[w].slot_ms, extra);
		return until > now ? until : 0;
	}
	return 0;
}
