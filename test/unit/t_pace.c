/* SPDX-License-Identifier: MIT */

/*
 * t_pace.c - programs against a service, hours of it in a moment.
 *
 * The service counts in fixed windows whose phase nobody told us, its answers
 * take a time that varies, and some programs cannot see what others count.
 * What is asserted is what an account gets out of its limits.
 */

#define _DEFAULT_SOURCE /* random() */

#include <stdlib.h>

#include "../../lib/net/bucket.h"
#include "ok.h"

#define PROGRAMS 8
#define FLYING 4
#define GROUPS 4
#define MINUTES 64
#define TAKEN 4096 /* more than a minute's limit */

/* A request on its way. */
struct flight {
	uint64_t sent, arrive, answer; /* sent 0: free; answer 0: not there */
	int64_t retry;		       /* ms; -1: accepted */
	struct kl_ratelimit rl;
};

struct program {
	unsigned group;
	uint64_t who, from, to, wake;
	bool connected;
	struct flight f[FLYING];
	uint64_t good;
};

/* How the service counts: in windows of the clock, in such as begin with their
 * first request, or whatever came in the last minute. */
enum windows {
	OF_THE_CLOCK,
	WHEN_USED,
	SLIDING,
};

/* Somebody else's program: every ms so many, whatever the answers are. */
struct stranger {
	uint64_t every, from, to, next, good;
};

struct world {
	struct kl_rate rate;
	enum windows windows;
	bool silent; /* no headers but Retry-After */
	uint64_t phase[2];
	unsigned latency, jitter; /* ms, each way */
	unsigned stall;	  /* ms for which everybody at times does nothing */
	uint64_t stalled; /* the service does nothing until then */
	struct bucket bucket[GROUPS];
	struct program p[PROGRAMS];
	unsigned n;
	struct stranger other;
	/* the service's windows, or when it took the last ones */
	uint64_t start[2];
	uint32_t used[2];
	uint64_t taken[TAKEN];
	uint64_t all;
	/* what came of it, by minute from the first request */
	uint32_t good[MINUTES], refused[MINUTES];
	uint64_t until[GROUPS]; /* a Retry-After that its programs know of */
	uint64_t early;		/* starts before one had passed */
};

static const uint64_t length[2] = { 1000, 60000 };

static uint64_t
chance(uint64_t n)
{
	return n == 0 ? 0 : (uint64_t)random() % n;
}

/* Somebody has no processor just now: one turn in twenty. */
static uint64_t
stall(const struct world *w)
{
	return chance(20) == 0 ? chance(w->stall) : 0;
}

/* Ms until there is room in window i, which is at its present one then. */
static uint64_t
full(struct world *w, int i, uint32_t limit, uint64_t now)
{
	uint64_t end = w->start[i] + length[i];

	if (w->windows == SLIDING) {
		end = w->all < limit
		    ? 0
		    : w->taken[(w->all - limit) % TAKEN] + length[i];
		return end > now ? end - now : 0;
	}
	if (w->used[i] == 0 || now >= end) {
		w->start[i] = w->windows == WHEN_USED
		    ? now
		    : now - (now + w->phase[i]) % length[i];
		w->used[i] = 0;
	}
	return w->used[i] < limit ? 0 : w->start[i] + length[i] - now;
}

/* The service takes a request, or refuses it: ms until it may come again, -1
 * for taken. */
static int64_t
serve(struct world *w, uint64_t now, struct kl_ratelimit *rl)
{
	const uint32_t limit[2] = { w->rate.burst, w->rate.steady };
	uint64_t left = 0, ms;
	int i;

	for (i = 0; i < 2; i++)
		if ((ms = full(w, i, limit[i], now)) > left)
			left = ms;
	if (left > 0)
		return (int64_t)(left + 999) / 1000 * 1000;
	w->used[0]++;
	w->used[1]++;
	w->taken[w->all++ % TAKEN] = now;
	*rl = (struct kl_ratelimit){ .rate = w->rate,
		.current = w->rate.burst,
		.remaining = (int64_t)limit[0] - w->used[0],
		.reset =
		    (int64_t)(w->start[0] + length[0] - now + 500) / 1000 };
	if (w->windows == SLIDING)
		rl->remaining = rl->reset = -1;
	return -1;
}

static void
arrive(struct world *w, struct program *p, struct flight *f, uint64_t now)
{
	uint64_t minute = now / 60000;

	f->answer = now + 1 + w->latency + chance(w->jitter) + stall(w);
	f->retry = serve(w, now, &f->rl);
	if (minute < MINUTES && f->retry < 0)
		w->good[minute]++;
	else if (minute < MINUTES)
		w->refused[minute]++;
	p->good += f->retry < 0;
}

static void
answer(struct world *w, struct program *p, struct flight *f, uint64_t now)
{
	struct bucket *b = &w->bucket[p->group];

	bucket_check(b, now);
	if (f->retry >= 0) {
		bucket_unsent(b, f->sent);
		bucket_refused(b, &w->rate, (uint64_t)f->retry, now);
		if (w->until[p->group] < now + (uint64_t)f->retry)
			w->until[p->group] = now + (uint64_t)f->retry;
	} else {
		bucket_landed(b, f->sent, now);
		if (!w->silent)
			bucket_told(b, &w->rate, &f->rl, now);
	}
	f->sent = f->answer = 0;
}

/* Whatever is at the service's door by now. */
static void
run_service(struct world *w, uint64_t now)
{
	struct program *p;
	struct flight *f;

	for (p = w->p; p < w->p + w->n; p++)
		for (f = p->f; f < p->f + FLYING; f++) {
			if (f->sent == 0 || f->answer != 0 || now < f->arrive)
				continue;
			if (now >= w->stalled)
				w->stalled = now + stall(w);
			if (now >= w->stalled)
				arrive(w, p, f, now);
			else
				f->arrive = w->stalled;
		}
}

/* A request leaves: counted now, on the wire a little later. */
static void
leave(struct world *w, struct program *p, struct flight *f, uint64_t now)
{
	uint64_t late = stall(w);

	if (!p->connected)
		late += chance(3 * (uint64_t)w->stall);
	p->connected = true;
	*f = (struct flight){ .sent = now,
		.arrive = now + late + w->latency + chance(w->jitter) };
}

/* One turn of a program's loop. */
static void
run_program(struct world *w, struct program *p, uint64_t now)
{
	struct bucket *b = &w->bucket[p->group];
	struct claim c = { p->who, &w->rate, 100, 0, now };
	struct flight *f;
	struct due d;

	if (now < p->from || now >= p->to)
		return;
	for (f = p->f; f < p->f + FLYING; f++)
		if (f->answer != 0 && now >= f->answer) {
			answer(w, p, f, now);
			p->wake = now;
		}
	if (now < p->wake)
		return;
	p->wake = UINT64_MAX;
	for (f = p->f; f < p->f + FLYING; f++) {
		if (f->sent != 0)
			continue;
		d = bucket_due(b, &c);
		if (d.at > now) {
			bucket_want(b, &c, d.at);
			p->wake = d.at + chance(3);
			return;
		}
		w->early += now < w->until[p->group];
		bucket_start(b, &c);
		leave(w, p, f, now);
	}
}

static void
run_stranger(struct world *w, uint64_t now)
{
	struct kl_ratelimit rl;
	struct stranger *o = &w->other;

	if (o->every == 0 || now < o->from || now >= o->to || now < o->next)
		return;
	o->next = now + o->every;
	if (serve(w, now, &rl) < 0) {
		o->good++;
		w->good[now / 60000]++;
	}
}

/* When the next thing happens after now. */
static uint64_t
next(const struct world *w, uint64_t now)
{
	const struct program *p;
	const struct flight *f;
	uint64_t at = UINT64_MAX, t;

	for (p = w->p; p < w->p + w->n; p++) {
		t = p->wake > p->from ? p->wake : p->from;
		if (t < p->to && t < at)
			at = t;
		for (f = p->f; f < p->f + FLYING; f++) {
			t = f->answer != 0 ? f->answer : f->arrive;
			if (f->sent != 0 && t < at && (t < p->to || t > now))
				at = t;
		}
	}
	if (w->other.every > 0 && w->other.next < at && now < w->other.to)
		at = w->other.next;
	return at > now ? at : now + 1;
}

static void
run(struct world *w, unsigned minutes)
{
	uint64_t now;
	unsigned i;

	w->phase[0] = chance(1000);
	w->phase[1] = chance(60000);
	w->other.next = w->other.from;
	for (i = 0; i < w->n; i++) {
		w->p[i].who = i + 1;
		if (w->p[i].to == 0)
			w->p[i].to = UINT64_MAX;
	}
	for (now = 1; now < minutes * (uint64_t)60000; now = next(w, now)) {
		/* Not always in the same order. */
		unsigned first = (unsigned)chance(w->n);

		run_service(w, now);
		for (i = 0; i < w->n; i++)
			run_program(w, &w->p[(first + i) % w->n], now);
		run_stranger(w, now);
	}
}

/* --- what is asserted ----------------------------------------------------- */

/* Percent of the limit that was answered in those minutes. */
static double
used(const struct world *w, unsigned from, unsigned to)
{
	double good = 0;
	unsigned i;

	for (i = from; i < to; i++)
		good += w->good[i];
	return 100 * good / ((to - from) * (double)w->rate.steady);
}

/* Percent of the answers that were refusals. */
static double
refused(const struct world *w, unsigned from, unsigned to)
{
	double good = 0, bad = 0;
	unsigned i;

	for (i = from; i < to; i++) {
		good += w->good[i];
		bad += w->refused[i];
	}
	return 100 * bad / (good + bad);
}

/* Percent of all that the program with the least of it had. */
static double
least(const struct world *w)
{
	double all = 0, min = 1e9;
	unsigned i;

	for (i = 0; i < w->n; i++) {
		all += (double)w->p[i].good;
		if ((double)w->p[i].good < min)
			min = (double)w->p[i].good;
	}
	return 100 * min / all;
}

static void
show(const struct world *w, const char *what, unsigned from, unsigned to)
{
	unsigned i;

	printf("# %s: %.1f %% of the limit, %.2f %% refused, least %.1f %%;",
	    what, used(w, from, to), refused(w, from, to), least(w));
	for (i = 0; i < to && i < 12; i++)
		printf(" %u-%u", w->good[i], w->refused[i]);
	printf("\n");
}

/* How a service can be: latency and jitter one way, how long something stands
 * still at times, and its windows. */
static const struct kind {
	const char *name;
	struct kl_rate rate;
	unsigned latency, jitter, stall;
	enum windows windows;
	bool silent;
} kinds[] = {
	{ "near", { 10, 150, 0 }, 1, 2, 0, OF_THE_CLOCK, false },
	{ "near, windows begin when used", { 10, 150, 0 }, 1, 2, 0, WHEN_USED,
	    false },
	{ "far", { 10, 150, 0 }, 60, 40, 0, OF_THE_CLOCK, false },
	{ "far, windows begin when used", { 10, 150, 0 }, 60, 40, 0, WHEN_USED,
	    false },
	{ "far, without headers", { 10, 150, 0 }, 60, 40, 0, OF_THE_CLOCK,
	    true },
	{ "far, of a faster tier", { 75, 750, 0 }, 60, 40, 0, OF_THE_CLOCK,
	    false },
};

/* Where everything stands still at times, and a first connection is slow. */
static const struct kind rough[] = {
	{ "busy", { 10, 150, 0 }, 25, 30, 150, OF_THE_CLOCK, false },
	{ "busy, windows begin when used", { 10, 150, 0 }, 25, 30, 150,
	    WHEN_USED, false },
	{ "busy, windows slide", { 10, 150, 0 }, 25, 30, 150, SLIDING, false },
	{ "very busy, windows begin when used", { 10, 150, 0 }, 200, 300, 900,
	    WHEN_USED, false },
	{ "busy, of a slower tier", { 3, 60, 0 }, 25, 30, 150, WHEN_USED,
	    false },
	{ "busy, of a faster tier", { 75, 700, 0 }, 25, 30, 150, WHEN_USED,
	    false },
};

static struct world w;

static void
begin(const struct kind *k, unsigned programs, unsigned groups)
{
	unsigned i;

	w = (struct world){ .rate = k->rate,
		.latency = k->latency,
		.jitter = k->jitter,
		.stall = k->stall,
		.windows = k->windows,
		.silent = k->silent,
		.n = programs };
	for (i = 0; i < programs; i++)
		w.p[i].group = i * groups / programs;
}

static void
test_together(const struct kind *k)
{
	begin(k, 1, 1);
	run(&w, 7);
	show(&w, "one", 1, 7);
	ok(used(&w, 1, 7) >= 95, "one program gets 95 % of the limit");
	ok(refused(&w, 0, 7) <= 0.1, "and hardly ever a 429");
	begin(k, 4, 1);
	run(&w, 7);
	show(&w, "four", 1, 7);
	ok(used(&w, 1, 7) >= 95, "four get as much together");
	ok(refused(&w, 0, 7) <= 0.1, "hardly ever refused");
	ok(least(&w) >= 23, "and each its quarter");
	ok(w.early == 0, "nothing starts before Retry-After has passed");
}

/* Who comes late has its part at once, and who dies leaves it. */
static void
test_turnover(const struct kind *k)
{
	unsigned i;

	begin(k, 4, 1);
	for (i = 0; i < 3; i++)
		w.p[i].to = 150000 + i * 7000;
	w.p[3].from = 70000;
	run(&w, 6);
	show(&w, "dying", 1, 6);
	ok(used(&w, 1, 6) >= 95, "programs come and are killed: 95 %");
	ok(w.p[3].good > w.rate.steady * 3, "the last one has all of it");
}

static void
test_pairs(const struct kind *k)
{
	begin(k, 4, 2);
	run(&w, 12);
	show(&w, "pairs", 1, 12);
	ok(used(&w, 1, 12) >= 90, "two pairs, each unseen: 90 %");
	ok(refused(&w, 1, 12) <= 1, "and 1 % of refusals at most");
	ok(w.early == 0, "none of them ignored");
}

/* Somebody takes half of it for some minutes, from within the third. */
static void
test_stranger(const struct kind *k)
{
	begin(k, 1, 1);
	w.other = (struct stranger){ .every = 120000 / k->rate.steady,
		.from = 130000,
		.to = 130000 + 420000 };
	run(&w, 16);
	show(&w, "stranger", 4, 9);
	show(&w, "after it", 13, 16);
	ok(refused(&w, 4, 9) <= 1, "a stranger: two minutes later it is known");
	ok(used(&w, 4, 9) >= 90, "and what it leaves is used");
	ok((double)w.other.good >= 0.8 * 3.5 * w.rate.steady,
	    "it has nearly its half, from the start");
	ok(used(&w, 13, 16) >= 95, "and four minutes after it left, all");
	ok(w.early == 0, "no refusal was ignored");
}

/* Not one refusal, in hours and hours. */
static void
test_rough(const struct kind *k, unsigned programs)
{
	unsigned times = 15000 / k->rate.steady / programs;
	double least_used = 1000;
	unsigned i, n, bad = 0;

	for (n = 0; n < times; n++) {
		begin(k, programs, 1);
		run(&w, 7);
		for (i = 0; i < 7; i++)
			bad += w.refused[i];
		if (used(&w, 1, 7) < least_used)
			least_used = used(&w, 1, 7);
	}
	printf("# %u at once, %u times: at least %.1f %% of the limit, %u "
	       "refused\n",
	    programs, times, least_used, bad);
	ok(bad == 0, "nobody is ever refused, for hours");
	ok(least_used >= 95, "and 95 % of the limit is used each time");
}

int
main(void)
{
	unsigned i;

	srandom(1);
	for (i = 0; i < sizeof(rough) / sizeof(rough[0]); i++) {
		printf("# --- a service that is %s\n", rough[i].name);
		test_rough(&rough[i], 1);
		test_rough(&rough[i], 4);
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		printf("# --- a service that is %s\n", kinds[i].name);
		test_together(&kinds[i]);
		test_turnover(&kinds[i]);
		test_pairs(&kinds[i]);
		test_stranger(&kinds[i]);
	}
	return done();
}
