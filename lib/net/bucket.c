/* SPDX-License-Identifier: MIT */
/* bucket.c - when the next request of a bucket may start.  Pure. */

#include <string.h>

#include "bucket.h"

/* A limit that a header told above this is none. */
#define LIMIT_MAX 1000000
#define WEEK_MS ((uint64_t)7 * 86400 * 1000)

/* A wish to start outlives the time it was due by this much: who does not
 * come for it within that is dead, or busy, and holds up nobody. */
#define GRACE_MS 100
/* Who has to wait for longer than this has no place in the queue yet. */
#define QUEUE_MS 65000

/* A burst starts with half of the second's limit at once, the rest is spread:
 * two who begin in the same moment notice each other before it is too late.
 * Limits of less than this many are too small for it. */
#define SPREAD_FROM 6

/* How long a sign of others counts, in which nothing was refused: a minute
 * may pass until we start something again, and hear of them. */
#define FOREIGN_MS 61000
/* A count by the service may hold what we started this long ago. */
#define SECOND_MS 1300
/* A window is full of what has no answer: look again after this. */
#define LOOK_MS 25

/* A Retry-After up to this is about the window of a second, or the very end
 * of that of a minute. */
#define SHORT_MS 1500
#define MINUTE_MS 60000

/* The curve of growth, in minutes: level + GROWTH * (t - KNEE)^3. */
#define KNEE 1.0
#define GROWTH 0.03
#define LEVEL_ONE 65536
#define LEVEL_LEAST (LEVEL_ONE / 20)
/* Bunching is allowed for up to this, in steps. */
#define WIDE_MAX 450
#define WIDE_STEP 75

/* --- what was learned ----------------------------------------------------- */

/* FNV-1a, but from 0: that all zero has the sum 0 is wanted. */
static uint64_t
sum_of(const struct learned *l)
{
	struct learned copy = *l;
	const unsigned char *p = (const unsigned char *)&copy;
	uint64_t h = 0;
	size_t i;

	copy.sum = 0;
	for (i = 0; i < sizeof(copy); i++)
		h = (h ^ p[i]) * 0x100000001b3;
	return h;
}

static void
seal(struct learned *l)
{
	l->sum = sum_of(l);
}

void
bucket_check(struct bucket *b, uint64_t now)
{
	struct learned *l = &b->learned;
	struct member *m;

	for (m = b->member; m < b->member + BUCKET_MEMBERS; m++)
		if (m->last > now || m->want > now + QUEUE_MS + GRACE_MS)
			*m = (struct member){ 0 };
	if (l->sum != sum_of(l))
		*l = (struct learned){ 0 };
	/* A clock that was set back, as that of a frozen machine may be. */
	if (l->held > now && l->held - now > WEEK_MS)
		*l = (struct learned){ 0 };
	if (l->cut_at > now && l->cut_at - now > WEEK_MS)
		l->cut_at = 0;
}

/* The part of the minute's limit that is ours. */
static double
part(const struct learned *l, uint64_t now)
{
	double x, f;

	if (l->cut_at == 0)
		return 1;
	x = now > l->cut_at ? (double)(now - l->cut_at) / MINUTE_MS : 0;
	x -= KNEE;
	f = (double)l->level / LEVEL_ONE + GROWTH * x * x * x;
	if (f > 1)
		return 1;
	return f > 0.01 ? f : 0.01;
}

/* One window's limit: what the service said, else what is published. */
static uint32_t
limit_of(const struct learned *l, const struct kl_rate *rate, enum window w)
{
	const uint32_t said[WINDOWS] = { l->told.burst, l->told.steady,
		l->told.daily };
	const uint32_t known[WINDOWS] = { rate->burst, rate->steady,
		rate->daily };
	uint32_t limit = said[w] != 0 ? said[w] : known[w];

	return limit > LIMIT_MAX ? 0 : limit;
}

static uint32_t
scale(uint32_t limit, double by)
{
	double v = limit * by;

	return limit == 0 ? 0 : v < 1 ? 1 : (uint32_t)v;
}

/* True if requests are to be spread evenly over the minute. */
static bool
spreads(const struct learned *l, uint64_t now)
{
	return l->foreign > now || part(l, now) < 1;
}

/* --- the queue ------------------------------------------------------------ */

static struct member *
member_of(struct bucket *b, uint64_t who)
{
	struct member *m, *best = &b->member[0];

	for (m = b->member; m < b->member + BUCKET_MEMBERS; m++) {
		if (m->who == who)
			return m;
		/* The one that has done nothing for the longest. */
		if (m->who == 0 || (best->who != 0 && m->last < best->last))
			best = m;
	}
	*best = (struct member){ .who = who };
	return best;
}

/* How many others go first: those that want to start, and started nothing for
 * longer.  *last becomes our own last start. */
static uint32_t
ahead(const struct bucket *b, const struct claim *c, uint64_t *last)
{
	const struct member *m;
	uint32_t n = 0;

	*last = 0;
	for (m = b->member; m < b->member + BUCKET_MEMBERS; m++)
		if (m->who == c->who)
			*last = m->last;
	for (m = b->member; m < b->member + BUCKET_MEMBERS; m++)
		if (m->who != 0 && m->who != c->who && m->want >= c->now &&
		    (m->last < *last || (m->last == *last && m->who < c->who)))
			n++;
	return n;
}

void
bucket_want(struct bucket *b, const struct claim *c, uint64_t until)
{
	if (until - c->now <= QUEUE_MS)
		member_of(b, c->who)->want = until + GRACE_MS;
}

/* --- when ----------------------------------------------------------------- */

static void
later(struct due *d, uint64_t at, enum kl_hold why, uint32_t limit)
{
	if (at > d->at)
		*d = (struct due){ at, why, limit };
}

/* The window has room for n more before us, and then for us; late ones are
 * in it for as long as they have no answer. */
static void
wait_window(struct due *d, const uint64_t *tape, enum window w, uint32_t limit,
    uint32_t n, uint64_t extra, uint32_t late, uint64_t now)
{
	static const enum kl_hold why[WINDOWS] = { KL_HOLD_SECOND,
		KL_HOLD_MINUTE, KL_HOLD_DAY };
	uint32_t room = limit - (late < limit ? late : limit);
	uint64_t at;

	if (limit == 0)
		return;
	if (room == 0) {
		later(d, now + LOOK_MS, why[w], limit);
		return;
	}
	at = tape_room(tape, w, room - n % room, extra, now);
	/* More of them than a whole window takes. */
	if (n >= room)
		at = (at > now ? at : now) + n / room * tape_kinds[w].window_ms;
	later(d, at, why[w], limit);
}

static uint64_t
spacing(uint32_t limit, enum window w)
{
	return tape_kinds[w].window_ms / limit;
}

struct due
bucket_due(const struct bucket *b, const struct claim *c)
{
	const struct learned *l = &b->learned;
	double own = c->percent / 100.0;
	uint32_t n, burst, steady, daily;
	struct due d = { 0 };
	uint64_t last;

	later(&d, l->held, KL_HOLD_REFUSED, 0);
	n = ahead(b, c, &last);
	if (c->gap > 0 && last != 0)
		later(&d, last + c->gap, KL_HOLD_GAP, 0);
	if (l->unlimited)
		return d;
	burst = scale(limit_of(l, c->rate, BURST), own);
	steady = scale(limit_of(l, c->rate, STEADY), own * part(l, c->now));
	daily = scale(limit_of(l, c->rate, DAILY), own);
	wait_window(&d, b->burst, BURST, burst, n, l->wide,
	    flights_late(b->flight, BURST, l->wide, c->now), c->now);
	wait_window(&d, b->steady, STEADY, steady, n, 0, 0, c->now);
	wait_window(&d, b->daily, DAILY, daily, n, 0, 0, c->now);
	if (burst >= SPREAD_FROM &&
	    tape_count(b->burst, BURST, 1000, c->now) >= burst / 2)
		later(&d, l->last + (n + 1) * spacing(burst, BURST),
		    KL_HOLD_SECOND, burst);
	if (steady > 0 && spreads(l, c->now))
		later(&d, l->spread + n * spacing(steady, STEADY),
		    KL_HOLD_SPREAD, steady);
	if (l->left_until > c->now && l->left <= n)
		later(&d, l->left_until, KL_HOLD_MINUTE, steady);
	return d;
}

void
bucket_start(struct bucket *b, const struct claim *c)
{
	struct learned *l = &b->learned;
	struct member *m = member_of(b, c->who);
	uint64_t step;
	uint32_t steady = scale(limit_of(l, c->rate, STEADY),
	    c->percent / 100.0 * part(l, c->now));

	m->last = c->now;
	m->want = 0;
	tape_add(b->burst, BURST, c->now);
	tape_add(b->steady, STEADY, c->now);
	tape_add(b->daily, DAILY, c->now);
	flights_add(b->flight, c->now);
	l->last = c->now;
	if (l->left > 0)
		l->left--;
	if (steady > 0 && spreads(l, c->now)) {
		/* Who came a little late may make up for one step. */
		step = spacing(steady, STEADY);
		if (l->spread + step < c->now)
			l->spread = c->now - step;
		l->spread += step;
	} else {
		l->spread = c->now;
	}
	seal(l);
}

void
bucket_landed(struct bucket *b, uint64_t start, uint64_t now)
{
	flights_take(b->flight, start);
	tape_move(b->burst, BURST, start, now);
	tape_move(b->steady, STEADY, start, now);
	tape_move(b->daily, DAILY, start, now);
}

void
bucket_unsent(struct bucket *b, uint64_t start)
{
	flights_take(b->flight, start);
	tape_drop(b->burst, BURST, start);
	tape_drop(b->steady, STEADY, start);
	tape_drop(b->daily, DAILY, start);
}

/* --- what the service says ------------------------------------------------ */

/* What we started that may be in the service's count of the second. */
static uint32_t
own_second(const struct bucket *b, uint64_t now)
{
	return tape_count(b->burst, BURST, SECOND_MS, now) +
	    flights_late(b->flight, BURST, SECOND_MS - 1000, now);
}

/* The headers describe the second: a count beyond ours is of others. */
static void
told_second(struct bucket *b, uint32_t limit, const struct kl_ratelimit *rl,
    uint64_t now)
{
	struct learned *l = &b->learned;
	uint32_t own = own_second(b, now);
	uint64_t until;

	if (rl->remaining >= limit || limit - (uint64_t)rl->remaining <= own)
		return;
	l->foreign = now + FOREIGN_MS;
	until = now + (rl->reset > 0 ? 1000 : 0);
	if (rl->remaining == 0 && l->held < until)
		l->held = until;
}

/* They describe the minute: what is left of it is known, and its end. */
static void
told_minute(struct bucket *b, uint32_t limit, const struct kl_ratelimit *rl,
    uint64_t now)
{
	struct learned *l = &b->learned;
	uint64_t reset = rl->reset > 60 ? 60 : (uint64_t)rl->reset;

	if (limit - (uint64_t)rl->remaining >
	    tape_count(b->steady, STEADY, MINUTE_MS + SECOND_MS, now))
		l->foreign = now + FOREIGN_MS;
	l->left = (uint32_t)rl->remaining;
	l->left_until = now + reset * 1000;
}

void
bucket_told(struct bucket *b, const struct kl_rate *rate,
    const struct kl_ratelimit *rl, uint64_t now)
{
	struct learned *l = &b->learned;
	uint32_t burst, steady;

	if (rl->rate.burst != 0)
		l->told.burst = rl->rate.burst;
	if (rl->rate.steady != 0)
		l->told.steady = rl->rate.steady;
	if (rl->rate.daily != 0)
		l->told.daily = rl->rate.daily;
	l->unlimited = 0;
	burst = limit_of(l, rate, BURST);
	steady = limit_of(l, rate, STEADY);
	if (rl->remaining >= 0 && rl->current != 0) {
		if (rl->current == burst)
			told_second(b, burst, rl, now);
		else if (rl->current == steady && rl->reset >= 0 &&
		    rl->remaining <= steady)
			told_minute(b, steady, rl, now);
	} else if (rl->remaining == 0 && rl->reset > 0) {
		/* Which window is used up, is not said. */
		uint64_t reset = rl->reset > 60 ? 60 : (uint64_t)rl->reset;

		if (l->held < now + reset * 1000)
			l->held = now + reset * 1000;
	}
	seal(l);
}

void
bucket_unlimited(struct bucket *b)
{
	b->learned.unlimited = 1;
	seal(&b->learned);
}

static void
cut(struct learned *l, double to, uint64_t end)
{
	uint32_t level = to >= 1 ? LEVEL_ONE : (uint32_t)(to * LEVEL_ONE);

	l->level = level < LEVEL_LEAST ? LEVEL_LEAST : level;
	l->cut_at = end;
}

/*
 * The minute is used up until end: what we started in it is what the others
 * left us.  Having come late, or after somebody quicker, we may have got next
 * to nothing; half of what we took to be ours is claimed all the same.
 */
static void
refused_minute(struct bucket *b, uint32_t limit, uint64_t end, uint64_t now)
{
	struct learned *l = &b->learned;
	uint64_t since = end > MINUTE_MS ? end - MINUTE_MS : 0;
	double own, half = part(l, now) / 2;

	own =
	    tape_count(b->steady, STEADY, now > since ? now - since : 0, now) /
	    (double)limit;
	cut(l, own > half ? own : half, end);
}

/*
 * The second is used up, or the last second of a minute has begun.  If we
 * filled it alone our requests arrive closer than they leave; else it is
 * others.
 */
static void
refused_second(struct bucket *b, uint32_t burst, uint32_t steady, uint64_t end,
    uint64_t now)
{
	struct learned *l = &b->learned;
	uint32_t own = own_second(b, now);
	double got, less;

	if ((uint64_t)own * 10 >= (uint64_t)burst * 9 && l->foreign <= now) {
		if (l->wide < WIDE_MAX)
			l->wide += WIDE_STEP;
		return;
	}
	l->foreign = now + FOREIGN_MS;
	got = tape_count(b->steady, STEADY, MINUTE_MS, now) / (double)steady;
	less = part(l, now) * 0.7;
	cut(l, got > less ? got : less, end);
}

void
bucket_refused(struct bucket *b, const struct kl_rate *rate, uint64_t ms,
    uint64_t now)
{
	struct learned *l = &b->learned;
	uint64_t end = now + (ms < WEEK_MS ? ms : WEEK_MS);
	uint32_t burst = limit_of(l, rate, BURST),
		 steady = limit_of(l, rate, STEADY);

	/* Several may be refused by one full window: one cut; and a longer
	 * wait than a minute is about a day. */
	if (now >= l->cut_for && steady > 0 && ms <= MINUTE_MS + SHORT_MS) {
		if (ms > SHORT_MS)
			refused_minute(b, steady, end, now);
		else
			refused_second(b, burst, steady, end, now);
		l->cut_for = end + 1000;
	}
	if (l->held < end)
		l->held = end;
	seal(l);
}

void
bucket_pause(struct bucket *b, uint64_t ms, uint64_t now)
{
	struct learned *l = &b->learned;
	uint64_t end = now + (ms < WEEK_MS ? ms : WEEK_MS);

	if (l->held < end)
		l->held = end;
	seal(l);
}

/* --- for people ----------------------------------------------------------- */

void
bucket_budget(const struct bucket *b, const struct kl_rate *rate,
    struct kl_budget *to, uint64_t now)
{
	const struct learned *l = &b->learned;
	const struct member *m;

	*to = (struct kl_budget){ .unlimited = l->unlimited != 0 };
	to->limit = (struct kl_rate){ limit_of(l, rate, BURST),
		limit_of(l, rate, STEADY), limit_of(l, rate, DAILY) };
	to->used = (struct kl_rate){ tape_count(b->burst, BURST, 1000, now),
		tape_count(b->steady, STEADY, MINUTE_MS, now),
		tape_count(b->daily, DAILY, 86400000, now) };
	if (spreads(l, now))
		to->share = scale(to->limit.steady, part(l, now));
	if (l->held > now)
		to->held = l->held - now;
	for (m = b->member; m < b->member + BUCKET_MEMBERS; m++)
		if (m->who != 0 && m->last != 0 && m->last <= now &&
		    now - m->last < MINUTE_MS)
			to->programs++;
}
