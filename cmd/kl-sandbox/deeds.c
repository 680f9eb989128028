/* SPDX-License-Identifier: MIT */
/* deeds.c - events that are made up, each a function of its number. */

#include "crowd.h"

/*
 * The i-th event is of person (i * factor + shift) mod people, where factor
 * has no divisor in common with people: everybody has their turn before anybody
 * has another, and back, which undoes factor, says whose turn is when.
 */
static uint64_t
common(uint64_t a, uint64_t b)
{
	uint64_t rest;

	for (; b != 0; b = rest) {
		rest = a % b;
		a = b;
	}
	return a;
}

/* What undoes factor: by Euclid's algorithm, with signs kept apart. */
static uint64_t
inverse(uint64_t factor, uint64_t people)
{
	int64_t t = 0, next_t = 1, q, swap;
	int64_t r = (int64_t)people, next_r = (int64_t)(factor % people);

	while (next_r != 0) {
		q = r / next_r;
		swap = t - q * next_t;
		t = next_t;
		next_t = swap;
		swap = r - q * next_r;
		r = next_r;
		next_r = swap;
	}
	return people == 1 ? 0 : (uint64_t)(t < 0 ? t + (int64_t)people : t);
}

struct deeds
deeds_of(uint32_t from, uint32_t n, uint32_t people, struct pace pace,
    uint64_t salt)
{
	struct deeds d = { .from = from,
		.n = n,
		.salt = salt,
		.pace = pace,
		.people = people };

	/* Near the golden section neighbours in time are far apart. */
	d.factor = (uint64_t)people * 618 / 1000 + 1;
	while (common(d.factor, people) != 1)
		d.factor++;
	d.back = inverse(d.factor, people);
	d.shift = salt % people;
	return d;
}

const struct deeds *
crowd_deeds(const struct crowds *m, uint32_t event)
{
	const struct deeds *d = m->deeds;

	while (event - d->from >= d->n)
		d++;
	return d;
}

uint32_t
deed_profile(const struct deeds *d, uint32_t event)
{
	uint64_t i = (event - d->from) % d->people;

	return (uint32_t)((i * d->factor + d->shift) % d->people);
}

uint32_t
deed_time(const struct deeds *d, uint32_t event)
{
	return (uint32_t)(pace_at(&d->pace, event - d->from) / 1000000);
}

/* Of four events in a row each is of another metric; which begins is drawn. */
static uint32_t
turn(const struct deeds *d, uint32_t four)
{
	uint64_t x = (d->salt ^ four) * UINT64_C(0x9E3779B97F4A7C15);

	return (uint32_t)(x >> 40) % METRICS_MADE;
}

uint32_t
deed_metric(const struct deeds *d, uint32_t event)
{
	uint32_t i = event - d->from;

	return d->metric[(i + turn(d, i / METRICS_MADE)) % METRICS_MADE];
}

/* Which of the four a metric of the events is; METRICS_MADE: none. */
static uint32_t
which(const struct deeds *d, uint32_t metric)
{
	uint32_t k = 0;

	while (k < METRICS_MADE && d->metric[k] != metric)
		k++;
	return k;
}

uint32_t
deed_nth(const struct deeds *d, uint32_t metric, uint32_t i)
{
	uint32_t k = which(d, metric) + METRICS_MADE - turn(d, i);

	return d->from + i * METRICS_MADE + k % METRICS_MADE;
}

uint32_t
deeds_with(const struct deeds *d, uint32_t metric)
{
	uint32_t whole = d->n / METRICS_MADE;

	if (which(d, metric) == METRICS_MADE)
		return 0;
	return whole + (deed_nth(d, metric, whole) < d->from + d->n);
}

uint32_t
crowd_newest(const struct crowds *m, uint32_t at, uint32_t before)
{
	const struct deeds *d;
	uint64_t turn_of, n;

	for (d = m->deeds + m->deeds_n; d-- > m->deeds;) {
		if (before <= d->from || at >= d->people)
			continue;
		n = before - d->from < d->n ? before - d->from : d->n;
		turn_of = (at + d->people - d->shift) % d->people * d->back %
		    d->people;
		if (turn_of < n)
			return d->from + 1 +
			    (uint32_t)(turn_of +
				(n - 1 - turn_of) / d->people * d->people);
	}
	return 0;
}
