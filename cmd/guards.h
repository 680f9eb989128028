/* SPDX-License-Identifier: MIT */
#ifndef CMD_GUARDS_H
#define CMD_GUARDS_H

#include "common.h"

/*
 * cmd/guards.h - what has to hold before anybody counts as gone because he is
 * not in the input: the input is known to be complete, and those who are
 * missing are not too many.
 */

#define CMD_ANY_NUMBER UINT64_MAX

/* As the options say; .max and .expect to be set before they are read. */
struct cmd_guards {
	const char *max;	/* a number, or a percentage: "10%" */
	uint64_t expect;	/* records; CMD_ANY_NUMBER: not said */
	bool allow_empty;	/* an input without records will do */
	struct kl_strs protect; /* files of people who are never gone */
};

/* The number that max is, of so many; false if it is none. */
bool cmd_guards_max(const struct cmd_guards *g, uint64_t of, uint64_t *max);

/* Whether fd can be known to be complete: it is a file, or the number of its
 * records is said. */
bool cmd_guards_complete(const struct cmd_guards *g, int fd);

/* After so many records were read: KL_EDATA if they are not those that were
 * expected; so is what comes of that, "nobody is removed". */
enum kl_rc cmd_guards_input(const struct cmd_guards *g, uint64_t read,
    const char *so, struct kl_err *err);

/* KL_EDATA if n are too many of so many; what is said of them ("known are
 * gone"), option is that of the limit. */
enum kl_rc cmd_guards_number(const struct cmd_guards *g, uint64_t n,
    uint64_t of, const char *what, const char *option, const char *so,
    struct kl_err *err);

#endif /* CMD_GUARDS_H */
