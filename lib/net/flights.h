/* SPDX-License-Identifier: MIT */
#ifndef FLIGHTS_H
#define FLIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tape.h"

/*
 * flights.h - requests that have started and have no answer yet.
 *
 * The service counts a request when it gets there, and all that is known of
 * that is: not before its start, not after its answer.  So one without an
 * answer may yet be counted, however long ago it started.  A window of a
 * second is short enough for that to matter.
 *
 * A row of start times, 0 being a free place; no bits are wrong.
 */

#define FLIGHTS 32

void flights_add(uint64_t *sent, uint64_t now);
void flights_take(uint64_t *sent, uint64_t start);

/* How many started before the window (extra ms longer) that ends now, so that
 * the tape of starts does not tell of them any more.  Whose program was killed
 * do not count for long. */
uint32_t flights_late(const uint64_t *sent, enum window w, uint64_t extra,
    uint64_t now);

#endif /* FLIGHTS_H */
