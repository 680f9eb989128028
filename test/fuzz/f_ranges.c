/* SPDX-License-Identifier: MIT */
/*
 * f_ranges.c - pages of any rows for a plan of ranges: it takes rows that are
 * on the page, keeps its ranges apart, and is the same after it was written
 * down; text that is no plan is refused.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../lib/klaviyo/ranges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define FLIGHTS 8

/* The rest of the input; a page is of its bytes. */
struct input {
	const uint8_t *at, *end;
	int64_t from; /* of the page's times */
};

static int64_t
time_of(void *ctx, size_t i)
{
	const struct input *in = ctx;

	return in->at[i] == 0xFF ? NO_TIME : in->from + in->at[i] % 32;
}

static uint64_t
id_of(void *ctx, size_t i)
{
	const struct input *in = ctx;

	return in->at[i] >> 3;
}

/* No second is of two ranges. */
static void
check_apart(const struct plan *p)
{
	const struct range *a, *b;

	for (a = p->first; a != NULL; a = a->next) {
		assert(a->lo < a->hi);
		for (b = a->next; b != NULL; b = b->next)
			assert(a->hi <= b->lo || b->hi <= a->lo);
	}
}

static void
check_text(const struct plan *p)
{
	struct plan again = { .in_flight = p->in_flight, .page = p->page };
	struct kl_buf one = { 0 }, two = { 0 };
	size_t i;

	plan_put(p, &one);
	for (i = 0; i < one.n; i++)
		assert((unsigned char)one.s[i] >= ' ');
	assert(
	    plan_get(&again, (struct kl_span){ one.s, one.n }, NULL) == KL_OK);
	plan_put(&again, &two);
	assert(one.n == two.n); /* the ranges are in another order */
	plan_close(&again);
	kl_buf_free(&one);
	kl_buf_free(&two);
}

static void
pages(struct plan *p, struct input *in)
{
	struct seen s = { .time = time_of, .id = id_of, .ctx = in };
	struct chain *flight[FLIGHTS], *c;
	size_t n = 0, i, from, to;
	uint8_t head;

	while (in->end - in->at > 2) {
		while (
		    n < FLIGHTS && plan_next(p, &c, NULL) == KL_OK && c != NULL)
			flight[n++] = c;
		if (n == 0)
			return;
		head = *in->at++;
		i = head % n;
		s.n = *in->at++ % 16;
		if (s.n > (size_t)(in->end - in->at))
			s.n = (size_t)(in->end - in->at);
		s.end = head & 0x80;
		in->from = flight[i]->any ? flight[i]->pos - (head >> 4 & 7)
					  : head >> 3 & 15;
		if (plan_take(p, flight[i], &s, &from, &to, NULL) != KL_OK)
			return;
		assert(from <= to && to <= s.n);
		in->at += s.n;
		flight[i] = flight[--n];
		check_apart(p);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct plan p = { .in_flight = FLIGHTS, .page = 4, .newest = 60 };
	struct input in = { data, data + n, 0 };

	if (n == 0)
		return 0;
	p.moves = data[0] & 1;
	if (data[0] == '{') {
		if (plan_get(&p, (struct kl_span){ (const char *)data, n },
			NULL) == KL_OK) {
			in.at = in.end;
			check_text(&p);
		}
		plan_close(&p);
		return 0;
	}
	in.at++;
	if (plan_open(&p, NULL) == KL_OK) {
		pages(&p, &in);
		check_text(&p);
	}
	plan_close(&p);
	return 0;
}
