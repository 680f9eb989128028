/* SPDX-License-Identifier: MIT */
/*
 * fasttime.c - to be preloaded: clocks run FASTTIME times as fast, and waits
 * are as much shorter, so that ten minutes of outage take ten seconds; and the
 * time of day is FASTTIME_AHEAD seconds later, so that a day has passed.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

static long
number(const char *name, long otherwise)
{
	const char *s = getenv(name);

	return s != NULL ? strtol(s, NULL, 10) : otherwise;
}

static long
scale(void)
{
	return number("FASTTIME", 1);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	static struct timespec start[2];
	static int (*real)(clockid_t, struct timespec *);
	struct timespec *from = &start[id == CLOCK_MONOTONIC];
	long long ns;
	int rc;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(id, ts);
	if (rc != 0 || (id != CLOCK_MONOTONIC && id != CLOCK_REALTIME))
		return rc;
	if (from->tv_sec == 0)
		*from = *ts;
	ns = ((ts->tv_sec - from->tv_sec) * 1000000000LL + ts->tv_nsec -
		 from->tv_nsec) *
	    scale();
	ts->tv_sec = from->tv_sec + ns / 1000000000;
	ts->tv_nsec = from->tv_nsec + ns % 1000000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000;
	}
	if (id == CLOCK_REALTIME)
		ts->tv_sec += number("FASTTIME_AHEAD", 0);
	return 0;
}

int
poll(struct pollfd *fds, nfds_t n, int ms)
{
	static int (*real)(struct pollfd *, nfds_t, int);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "poll");
	return real(fds, n, ms > 0 ? (int)((ms + scale() - 1) / scale()) : ms);
}
