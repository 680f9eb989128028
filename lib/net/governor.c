/* SPDX-License-Identifier: MIT */
/* governor.c - keep each bucket of requests within its rate windows. */

#include <stdlib.h>
#include <string.h>

#include "kl/net.h"

/*
 * The windows are watched a little longer than the service's: requests that
 * leave a second apart may arrive a little closer.
 */
enum {
	BURST,
	STEADY,
	DAILY,
	WINDOWS
};
static const uint64_t window_ms[WINDOWS] = { 1000 + 50, 60000 + 500,
	86400000 + 1000 };

/* Limits above this are no limits; it bounds what a header can make us
 * remember (512 KiB a bucket). */
#define LOG_MAX 65536

/* After a 429 the limits are cut to seven tenths, and grow back by a
 * hundredth a second. */
#define SHARE_FULL 1000
#define SHARE_LEAST 100

struct bucket {
	uint64_t *log; /* when requests started: a ring of cap */
	uint32_t cap;
	uint32_t at;   /* where the next one goes */
	uint64_t sent; /* in all */
	struct kl_rate told;
	uint64_t held;	 /* nothing starts before */
	uint64_t cut_at; /* when the share was last cut */
	uint32_t share;	 /* thousandths of the limits, as of cut_at */
	bool unlimited;
};

struct kl_governor {
	unsigned n;
	struct bucket bucket[];
};

uint64_t
kl_rate_ms(const struct kl_rate *rate, uint64_t n)
{
	const uint32_t limit[WINDOWS] = { rate->burst, rate->steady,
		rate->daily };
	uint64_t ms, most = 0;
	unsigned i;

	for (i = 0; i < WINDOWS; i++) {
		if (limit[i] == 0 || n == 0)
			continue;
		ms = (n - 1) / limit[i];
		if (ms > UINT64_MAX / window_ms[i])
			return UINT64_MAX;
		ms *= window_ms[i];
		if (ms > most)
			most = ms;
	}
	return most;
}

struct kl_governor *
kl_governor_new(unsigned buckets)
{
	struct kl_governor *g;
	unsigned i;

	g = calloc(1, sizeof(*g) + buckets * sizeof(g->bucket[0]));
	if (g == NULL)
		return NULL;
	g->n = buckets;
	for (i = 0; i < buckets; i++)
		g->bucket[i].share = SHARE_FULL;
	return g;
}

void
kl_governor_free(struct kl_governor *g)
{
	unsigned i;

	if (g == NULL)
		return;
	for (i = 0; i < g->n; i++)
		free(g->bucket[i].log);
	free(g);
}

/* The share of the limits in force, which grows as time passes. */
static uint32_t
share(const struct bucket *b, uint64_t now)
{
	uint64_t grown = now > b->cut_at ? (now - b->cut_at) / 100 : 0;

	if (grown >= SHARE_FULL - b->share)
		return SHARE_FULL;
	return b->share + (uint32_t)grown;
}

/* One window's limit: what the service said, else the table. */
static uint32_t
limit_of(const struct bucket *b, const struct kl_rate *rate, int window,
    uint64_t now)
{
	const uint32_t said[WINDOWS] = { b->told.burst, b->told.steady,
		b->told.daily };
	const uint32_t table[WINDOWS] = { rate->burst, rate->steady,
		rate->daily };
	uint64_t limit = said[window] != 0 ? said[window] : table[window];

	if (limit == 0 || limit > LOG_MAX)
		return 0;
	limit = limit * share(b, now) / SHARE_FULL;
	return limit == 0 ? 1 : (uint32_t)limit;
}

/* When the k-th request before now started (k from 1), or false. */
static bool
ago(const struct bucket *b, uint32_t k, uint64_t *when)
{
	if (k == 0 || k > b->cap || k > b->sent)
		return false;
	*when = b->log[(b->at + b->cap - k) % b->cap];
	return true;
}

static uint64_t
until(uint64_t wait, uint64_t when, uint64_t now)
{
	return when > now && when - now > wait ? when - now : wait;
}

/* Room to remember as many starts as the largest limit counts. */
static bool
make_room(struct bucket *b, uint32_t cap)
{
	uint64_t *log;
	uint32_t i, keep;

	if (cap <= b->cap)
		return true;
	if ((log = calloc(cap, sizeof(*log))) == NULL)
		return false;
	keep = b->sent < b->cap ? (uint32_t)b->sent : b->cap;
	for (i = 0; i < keep; i++)
		(void)ago(b, keep - i, &log[i]);
	free(b->log);
	b->log = log;
	b->cap = cap;
	b->at = keep % cap;
	/* What was forgotten is no longer counted. */
	if (b->sent > keep)
		b->sent = keep;
	return true;
}

uint64_t
kl_governor_wait(struct kl_governor *g, unsigned bucket,
    const struct kl_rate *rate, uint64_t gap, uint64_t now)
{
	struct bucket *b = &g->bucket[bucket];
	uint64_t when, wait = until(0, b->held, now);
	uint32_t limit;
	int i;

	if (gap > 0 && ago(b, 1, &when))
		wait = until(wait, when + gap, now);
	for (i = 0; i < WINDOWS && !b->unlimited; i++) {
		if ((limit = limit_of(b, rate, i, now)) == 0)
			continue;
		/* Without room the next start fails; say so there. */
		(void)make_room(b, limit);
		if (ago(b, limit, &when))
			wait = until(wait, when + window_ms[i], now);
	}
	return wait;
}

enum kl_rc
kl_governor_sent(struct kl_governor *g, unsigned bucket, uint64_t now,
    struct kl_err *err)
{
	struct bucket *b = &g->bucket[bucket];

	if (b->cap == 0 && !make_room(b, 1))
		return kl_err_nomem(err);
	b->log[b->at] = now;
	b->at = (b->at + 1) % b->cap;
	b->sent++;
	return KL_OK;
}

void
kl_governor_unsent(struct kl_governor *g, unsigned bucket)
{
	struct bucket *b = &g->bucket[bucket];

	if (b->sent == 0)
		return;
	b->at = (b->at + b->cap - 1) % b->cap;
	b->sent--;
}

void
kl_governor_told(struct kl_governor *g, unsigned bucket,
    const struct kl_ratelimit *rl, uint64_t now)
{
	struct bucket *b = &g->bucket[bucket];
	uint64_t reset;

	if (rl->rate.burst != 0)
		b->told.burst = rl->rate.burst;
	if (rl->rate.steady != 0)
		b->told.steady = rl->rate.steady;
	if (rl->rate.daily != 0)
		b->told.daily = rl->rate.daily;
	b->unlimited = false;
	/* Nothing left, whoever used it: wait for the window to end.  Which
	 * window it is, is not said; a minute is the longest worth it. */
	if (rl->remaining == 0 && rl->reset > 0) {
		reset = rl->reset > 60 ? 60 : (uint64_t)rl->reset;
		if (b->held < now + reset * 1000)
			b->held = now + reset * 1000;
	}
}

void
kl_governor_unlimited(struct kl_governor *g, unsigned bucket)
{
	g->bucket[bucket].unlimited = true;
}

void
kl_governor_hold(struct kl_governor *g, unsigned bucket, uint64_t ms,
    uint64_t now)
{
	struct bucket *b = &g->bucket[bucket];
	uint64_t when = ms > UINT64_MAX - now ? UINT64_MAX : now + ms;
	uint32_t s = share(b, now);

	/* Several requests may be refused by one full window: one cut. */
	if (b->held <= now && (b->cut_at == 0 || now >= b->cut_at + 1000)) {
		s = s * 7 / 10;
		b->share = s < SHARE_LEAST ? SHARE_LEAST : s;
		b->cut_at = when;
	}
	if (b->held < when)
		b->held = when;
}
