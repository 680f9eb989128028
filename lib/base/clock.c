/* SPDX-License-Identifier: MIT */
/* clock.c - what time it is, and waiting. */

#include <time.h>

#include "kl/time.h"

static uint64_t
now(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0 || ts.tv_sec < 0)
		return 0;
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t
kl_now_mono(void)
{
	return now(CLOCK_MONOTONIC);
}

uint64_t
kl_now_wall(void)
{
	return now(CLOCK_REALTIME);
}

void
kl_sleep_ms(uint64_t ms)
{
	struct timespec ts;

	ts.tv_sec = (time_t)(ms / 1000);
	ts.tv_nsec = (long)(ms % 1000) * 1000000;
	(void)nanosleep(&ts, NULL);
}
