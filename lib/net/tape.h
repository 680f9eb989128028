/* SPDX-License-Identifier: MIT */
#ifndef TAPE_H
#define TAPE_H

#include <stdint.h>

/*
 * tape.h - how many requests started when.
 *
 * A tape is a ring of slots, each a stretch of time and the number of starts
 * in it, in one word: a process that dies between two words leaves a tape
 * that is at most one start off, and no bits a tape may hold are wrong: a
 * slot whose time is not within the ring's is empty.  A start counts as if it
 * were at the end of its slot, which is on the safe side.
 */

enum window {
	BURST,
	STEADY,
	DAILY,
	WINDOWS
};

#define TAPE_BURST 64
#define TAPE_STEADY 256
#define TAPE_DAILY 160

struct tape_kind {
	unsigned slots;
	uint64_t slot_ms;
	uint64_t window_ms; /* the service's, and a little more: its clock is
			     * another one */
};
extern const struct tape_kind tape_kinds[WINDOWS];

void tape_add(uint64_t *tape, enum window w, uint64_t now);
/* Take one of that time back. */
void tape_drop(uint64_t *tape, enum window w, uint64_t start);
/* Let one of that time count as if it had been at to. */
void tape_move(uint64_t *tape, enum window w, uint64_t start, uint64_t to);

/* Until when a start is within the window, which is extra ms longer. */
uint64_t tape_until(enum window w, uint64_t start, uint64_t extra);

/* How many started in the last ms. */
uint32_t tape_count(const uint64_t *tape, enum window w, uint64_t ms,
    uint64_t now);

/* When less than limit (> 0) starts will be within the window, which is extra
 * ms longer; 0 if that is so already. */
uint64_t tape_room(const uint64_t *tape, enum window w, uint32_t limit,
    uint64_t extra, uint64_t now);

#endif /* TAPE_H */
