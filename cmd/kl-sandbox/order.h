/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_ORDER_H
#define SANDBOX_ORDER_H

#include "course.h"
#include "pace.h"

/*
 * order.h - things in the order in which they came: the members of a list by
 * the time they joined, all profiles by the time of their last change.
 *
 * A thing that leaves and comes back is at the end.  A place in the order has a
 * number that stays, so that a cursor survives what comes and goes around it.
 * Things that are made up are in as runs, which cost nothing each until they
 * leave or move.
 */

/* Every so many of the people in a row: the i-th is from + i * stride, and came
 * at the moment first + i * stride of a pace. */
struct run {
	const struct pace *pace; /* borrowed for as long as the order is */
	uint64_t first;
	uint32_t from, n, stride;
	uint32_t unit; /* microseconds in one of the order's */
	uint32_t seq;  /* of the first; those of the others follow */
};

struct order {
	struct spot *spot;
	size_t n, cap;
	size_t live;	 /* those who are in, runs and all */
	size_t left;	 /* spots of those who left */
	uint32_t next;	 /* the next number, from 1 */
	uint32_t **page; /* profile -> seq, 0 if it is not among the spots */
	size_t pages;
	struct run run[CROWDS];
	size_t runs;
};

bool order_has(const struct order *o, uint32_t at);
/* The place of a profile that is in. */
struct spot order_spot(const struct order *o, uint32_t at);
/* False: memory, of these three. */
bool order_add(struct order *o, uint32_t at, uint64_t t);
bool order_del(struct order *o, uint32_t at);
/* Add a run of people none of whom has ever been in; its seq is set. */
void order_add_run(struct order *o, struct run r);
/* The rows of the order; how many, at most ROWS. */
size_t order_rows(const struct order *o, struct row_of r[ROWS]);
void order_free(struct order *o);

#endif /* SANDBOX_ORDER_H */
