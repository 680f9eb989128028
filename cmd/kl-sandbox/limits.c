/* SPDX-License-Identifier: MIT */
/* limits.c - fixed windows per operation, and the headers that tell. */

#include <stdio.h>

#include "box.h"
#include "kl/count.h"
#include "kl/time.h"

static const uint64_t window_ms[3] = { 1000, 60000, 86400000 };

static const struct rate extra_rates[EXTRAS] = {
	[EXTRA_PREDICTIVE] = { 10, 150, 0 },
	[EXTRA_COUNT] = { 1, 15, 0 },
	[EXTRA_INCLUDE] = { 1, 15, 0 },
};

/* What the headers say when nothing is limited: so much that nobody waits. */
static const struct rate no_limit = { 1000000, 60000000, 0 };

enum kl_rc
limits_set(struct limits *l, const char *spec, struct kl_err *err)
{
	l->off = strcmp(spec, "off") == 0;
	l->factor = 1;
	if (l->off || strcmp(spec, "real") == 0)
		return KL_OK;
	if (!kl_parse_u64(spec, strlen(spec), &l->factor) || l->factor == 0 ||
	    l->factor > 100000)
		return kl_err_set(err, KL_EUSAGE,
		    "--limits takes real, off or a number from 1 to 100000");
	return KL_OK;
}

/* The quota of window i. */
static unsigned
quota(const struct limits *l, const struct rate *r, int i)
{
	unsigned n = i == 0 ? r->burst : i == 1 ? r->steady : r->daily;

	return n * (unsigned)(r == &no_limit ? 1 : l->factor);
}

/* Milliseconds until the bucket has room again; 0 if it has. */
static uint64_t
blocked(const struct limits *l, struct bucket *b, const struct rate *r,
    uint64_t now)
{
	uint64_t left, worst = 0;
	unsigned max;
	int i;

	for (i = 0; i < 3; i++) {
		struct window *w = &b->w[i];

		if ((max = quota(l, r, i)) == 0)
			continue;
		if (w->used == 0 || now >= w->start + window_ms[i])
			*w = (struct window){ .start = now };
		left = w->start + window_ms[i] - now;
		if (w->used >= max && left > worst)
			worst = left;
	}
	return worst;
}

static void
charge(struct bucket *b)
{
	int i;

	for (i = 0; i < 3; i++)
		b->w[i].used++;
}

/* As recorded: the burst window leads, and Remaining and Reset are its. */
static void
headers(struct req *q, const struct bucket *b, const struct rate *r,
    uint64_t now)
{
	const struct limits *l = &q->box->limits;
	unsigned max = quota(l, r, 0), used = b->w[0].used;
	uint64_t left = b->w[0].start + window_ms[0];
	int n;

	n = snprintf(q->rate_limit, sizeof(q->rate_limit),
	    "%u, %u;w=1, %u;w=60", max, max, quota(l, r, 1));
	if (r->daily != 0)
		(void)snprintf(q->rate_limit + n,
		    sizeof(q->rate_limit) - (size_t)n, ", %u;w=86400",
		    quota(l, r, 2));
	(void)snprintf(q->rate_remaining, sizeof(q->rate_remaining), "%u",
	    used < max ? max - used : 0);
	left = left > now ? left - now : 0;
	(void)snprintf(q->rate_reset, sizeof(q->rate_reset), "%llu",
	    (unsigned long long)(left + 500) / 1000);
}

/* Which shared bucket the parameters call for, or EXTRAS. */
static enum extra
extra_of(const struct req *q)
{
	const struct op *op = q->op;
	size_t i;

	for (i = 0; i < q->query.more.n; i++) {
		if (kl_span_is(q->query.more.name[i], "predictive_analytics"))
			return EXTRA_PREDICTIVE;
		if (kl_span_is(q->query.more.name[i], "profile_count"))
			return EXTRA_COUNT;
	}
	if (op->run == get_profile && (q->query.include & 3) != 0)
		return EXTRA_INCLUDE;
	return EXTRAS;
}

static bool
throttled(struct req *q, uint64_t ms, struct problem *p)
{
	uint64_t s = (ms + 999) / 1000;

	(void)snprintf(q->retry_after, sizeof(q->retry_after), "%llu",
	    (unsigned long long)s);
	return problem_set(p, THROTTLED, "/data",
	    "Request was throttled. Expected available in %s.",
	    KL_COUNT(s, "second", "seconds"));
}

bool
limits_take(struct req *q, struct problem *p)
{
	struct limits *l = &q->box->limits;
	struct bucket *own = &l->op[q->op - operations], *more = NULL;
	const struct rate *rate = &q->op->rate;
	struct bucket fresh = { 0 };
	enum extra extra = extra_of(q);
	uint64_t now = kl_now_mono(), wait, wait2 = 0;

	if (l->off) {
		headers(q, &fresh, &no_limit, now);
		return true;
	}
	wait = blocked(l, own, rate, now);
	if (extra != EXTRAS) {
		more = &l->extra[extra];
		wait2 = blocked(l, more, &extra_rates[extra], now);
	}
	if (wait > 0 || wait2 > 0)
		return throttled(q, wait > wait2 ? wait : wait2, p);
	charge(own);
	headers(q, own, rate, now);
	if (more != NULL) {
		charge(more);
		headers(q, more, &extra_rates[extra], now);
	}
	return true;
}
