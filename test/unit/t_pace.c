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

/* A request on its way. */
struct flight {
	uint64_t arrive, answer; /* answer 0: free */
	bool decided;
	int64_t retry; /* ms; -1: accepted */
	struct kl_ratelimit rl;
};

struct program {
	unsigned group;
	uint64_t who, from, to, wake;
	struct flight f[FLYING];
	uint64_t good;
};

/* Somebody else's program: every ms so many, whatever the answers are. */
struct stranger {
	uint64_t every, from, to, next, good;
};

struct world {
	struct kl_rate rate;
	bool anchored; /* a window begins with its first request */
	bool silent;   /* no headers but Retry-After */
	uint64_t phase[2];
	unsigned latency, jitter; /* ms, each way */
	struct bucket bucket[GROUPS];
	struct program p[PROGRAMS];
	unsigned n;
	struct stranger other;
	/* the service's windows */
	uint64_t start[2];
	uint32_t used[2];
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

/* The service takes a request, or refuses it: ms until it may come again, -1
 * for taken. */
static int64_t
serve(struct world *w, uint64_t now, struct kl_ratelimit *rl)
{
	const uint32_t limit[2] = { w->rate.burst, w->rate.steady };
	uint64_t end, left = 0;
	int i;

	for (i = 0; i < 2; i++) {
		end = w->start[i] + length[i];
		if (w->used[i] == 0 && w->anchored)
			w->start[i] = now;
		else if (now >= end) {
			w->start[i] = w->anchored
			    ? now
			    : now - (now + w->phase[i]) % length[i];
			w->used[i] = 0;
		}
		end = w->start[i] + length[i];
		if (w->used[i] >= limit[i] && end - now > left)
			left = end - now;
	}
	if (left > 0)
		return (int64_t)(left + 999) / 1000 * 1000;
	w->used[0]++;
	w->used[1]++;
	*rl = (struct kl_ratelimit){ .rate = w->rate,
		.current = w->rate.burst,
		.remaining = (int64_t)limit[0] - w->used[0],
		.reset =
		    (int64_t)(w->start[0] + length[0] - now + 500) / 1000 };
	return -1;
}

static void
arrive(struct world *w, struct program *p, struct flight *f, uint64_t now)
{
	uint64_t minute = now / 60000;

	f->decided = true;
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
		bucket_refused(b, &w->rate, (uint64_t)f->retry, now);
		if (w->until[p->group] < now + (uint64_t)f->retry)
			w->until[p->group] = now + (uint64_t)f->retry;
	} else if (!w->silent)
		bucket_told(b, &w->rate, &f->rl, now);
	f->answer = 0;
}

/* One turn of a program's loop. */
static void
run_program(struct world *w, struct program *p, uint64_t now)
{
	struct bucket *b = &w->bucket[p->group];
	struct claim c = { p->who, &w->rate, 100, 0, now };
	struct flight *f;
	struct due d;

	for (f = p->f; f < p->f + FLYING; f++) {
		if (f->answer == 0)
			continue;
		if (!f->decided && now >= f->arrive)
			arrive(w, p, f, now);
		if (now >= f->answer)
			answer(w, p, f, now);
	}
	if (now < p->wake || now < p->from || now >= p->to)
		return;
	for (f = p->f; f < p->f + FLYING; f++) {
		if (f->answer != 0)
			continue;
		d = bucket_due(b, &c);
		if (d.at > now) {
			bucket_want(b, &c, d.at);
			p->wake = d.at + chance(3);
			return;
		}
		w->early += now < w->until[p->group];
		bucket_start(b, &c);
		*f = (struct flight){ .arrive = now + w->latency +
			    chance(w->jitter) };
		f->answer = f->arrive + 1 + w->latency + chance(w->jitter);
	}
	p->wake = now + 1;
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

static void
run(struct world *w, unsigned minutes)
{
	uint64_t now;
	unsigned i;

	w->phase[0] = chance(1000);
	w->phase[1] = chance(60000);
	for (i = 0; i < w->n; i++) {
		w->p[i].who = i + 1;
		if (w->p[i].to == 0)
			w->p[i].to = UINT64_MAX;
	}
	for (now = 1; now < minutes * (uint64_t)60000; now++) {
		/* Not always in the same order. */
		unsigned first = (unsigned)chance(w->n);

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

/* How a service can be: latency and jitter one way, and its windows. */
static const struct kind {
	const char *name;
	struct kl_rate rate;
	unsigned latency, jitter;
	bool anchored, silent;
} kinds[] = {
	{ "near", { 10, 150, 0 }, 1, 2, false, false },
	{ "near, windows begin when used", { 10, 150, 0 }, 1, 2, true, false },
	{ "far", { 10, 150, 0 }, 60, 40, false, false },
	{ "far, windows begin when used", { 10, 150, 0 }, 60, 40, true, false },
	{ "far, without headers", { 10, 150, 0 }, 60, 40, false, true },
	{ "far, of a faster tier", { 75, 750, 0 }, 60, 40, false, false },
};

static struct world w;

static void
begin(const struct kind *k, unsigned programs, unsigned groups)
{
	unsigned i;

	w = (struct world){ .rate = k->rate,
		.latency = k->latency,
		.jitter = k->jitter,
		.anchored = k->anchored,
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

int
main(void)
{
	unsigned i;

	srandom(1);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		printf("# --- a service that is %s\n", kinds[i].name);
		test_together(&kinds[i]);
		test_turnover(&kinds[i]);
		test_pairs(&kinds[i]);
		test_stranger(&kinds[i]);
	}
	return done();
}
