/* SPDX-License-Identifier: MIT */
#ifndef STAMP_PARTS_H
#define STAMP_PARTS_H

/*
 * stamp-parts.h - the parts of a format for times, for those who check
 * (stamp-format.c), read (stamp-read.c) and write it (stamp-write.c).
 */

#include "stamp.h"

#define DAY 86400
#define YY_PIVOT 69 /* POSIX strptime: 69-99 are 1969-1999 */

/* Values read, one for each part that is a number. */
enum part {
	YEAR,
	YY,
	MONTH,
	DAY_OF_MONTH,
	DAY_OF_YEAR,
	HOUR,
	HOUR12,
	MINUTE,
	SECOND,
	PARTS
};

/* A part that is a number. */
struct stamp_number {
	char letter;
	enum part part;
	unsigned char width; /* digits, at most; all of them if fixed */
	bool fixed;
	unsigned short lo, hi;
	const char *name;
};

/* NULL: the letter is of none. */
const struct stamp_number *stamp_number(char letter);

/* Whether one of the letters is in a format. */
bool stamp_has(const struct kl_stamp_format *f, const char *letters);

/* By their names in English; NULL ends them. */
extern const char *const stamp_months[], *const stamp_weekdays[];

/* Fail: what is wrong with a date. */
enum kl_rc stamp_bad(struct kl_err *err, const char *what);

#endif /* STAMP_PARTS_H */
