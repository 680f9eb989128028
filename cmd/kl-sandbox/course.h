/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_COURSE_H
#define SANDBOX_COURSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "numbers.h"

/*
 * course.h - a walk through several sorted rows of places as if they were one.
 *
 * A place is known by its time and its number, and no two of an order have
 * both; each row is sorted by them.  A row need not be stored: it is a function
 * from an index to the place there.
 */

/* A place in an order. */
struct spot {
	uint64_t t;   /* when: the user's unit */
	uint32_t seq; /* tells places of one time apart; rises along the row */
	uint32_t at;  /* what is there, by its number; NONE: it left */
};

struct row_of {
	size_t n;
	struct spot (*nth)(const struct row_of *r, size_t i);
	const void *of, *beside; /* of nth */
	uint32_t from;		 /* of nth */
};
#define ROWS (CROWDS + 1)

/* A row that is an array of spots, borrowed. */
struct row_of row_spots(const struct spot *s, size_t n);
/* The numbers 0 to n - 1, all of time 0. */
struct row_of row_numbers(size_t n);

/* Before, at (0) or behind. */
int spot_compare(const struct spot *a, const struct spot *b);
/* The first index whose place is behind, or with that at, a place. */
size_t row_after(const struct row_of *r, const struct spot *s, bool with);
/* The first index whose time in microseconds, unit for each of its own, is
 * greater, or with that equal. */
size_t row_since(const struct row_of *r, uint64_t unit, int64_t us, bool with);

/* A part of a row, and how far a walk has come in it. */
struct leg {
	const struct row_of *row;
	size_t i, left;	  /* the next index, and how many there are */
	struct spot spot; /* the place at i, if any are left */
};
struct course {
	struct leg leg[ROWS];
	size_t n;
	bool up;
};

/* Walk the indexes from lo to hi of a row as well: up from lo, or down. */
void course_add(struct course *c, const struct row_of *r, size_t lo, size_t hi);
/* The next place; false at the end. */
bool course_next(struct course *c, struct spot *s);

#endif /* SANDBOX_COURSE_H */
