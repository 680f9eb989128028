/* SPDX-License-Identifier: MIT */
/* flights.c - requests that have started and have no answer yet. */

#include "flights.h"

/* A program that lives has its answers within this, or the service is in such
 * a state that limits do not matter. */
#define LOST_MS 5000

static bool
counts(uint64_t start, uint64_t now)
{
	return start != 0 && start <= now && now - start < LOST_MS;
}

void
flights_add(uint64_t *sent, uint64_t now)
{
	unsigned i;

	/* If there is no place, the tape still tells of it for a while. */
	for (i = 0; i < FLIGHTS; i++)
		if (!counts(sent[i], now)) {
			sent[i] = now;
			return;
		}
}

void
flights_take(uint64_t *sent, uint64_t start)
{
	unsigned i;

	for (i = 0; i < FLIGHTS; i++)
		if (sent[i] == start) {
			sent[i] = 0;
			return;
		}
}

uint32_t
flights_late(const uint64_t *sent, enum window w, uint64_t extra, uint64_t now)
{
	uint32_t n = 0;
	unsigned i;

	for (i = 0; i < FLIGHTS; i++)
		n += counts(sent[i], now) &&
		    tape_until(w, sent[i], extra) <= now;
	return n;
}
