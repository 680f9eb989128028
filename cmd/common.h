/* SPDX-License-Identifier: MIT */
#ifndef CMD_COMMON_H
#define CMD_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/config.h"
#include "kl/err.h"
#include "kl/opt.h"

/*
 * cmd/common.h - what every program does the same way: start, speak, finish.
 *
 * Only here, and in main(), does a process print or end.
 */

/* What a program says of itself. */
struct cmd_about {
	const char *name;	  /* "kl-map" */
	const char *synopsis;	  /* "[options] < records > profiles" */
	const char *purpose;	  /* one or two sentences */
	const char *examples;	  /* lines, each indented by two */
	const struct kl_opt *own; /* its options; NULL-named row at the end */
	const struct kl_opt *const *groups; /* further tables, up to 17, then
					     * NULL; may be NULL */
	bool no_config; /* it reads no configuration: there is no -c */
};

/* Options every program has. */
struct cmd_common {
	bool help, version, quiet;
	int verbose;
	const char *config; /* -c; NULL: none */
};
extern struct cmd_common cmd_common;

/*
 * Read the command line and environment.  Answers --help and --version, and
 * ends the process with 64 on a mistake.  Returns the number of operands, now
 * argv[1] and on.
 */
int cmd_start(const struct cmd_about *about, int argc, char *argv[]);

/* The name of an option out of rows, one of its tables, that stands on the
 * command line; NULL: none does.  To be asked before cmd_start(), which moves
 * operands. */
const char *cmd_given(const struct cmd_about *about, const struct kl_opt *rows,
    int argc, char *argv[]);

/* rows, one of the tables, exclude each other: if one of them is typed, the
 * environment does not speak for another.  To be called before cmd_start(). */
void cmd_alternatives(const struct cmd_about *about, const struct kl_opt *rows,
    int argc, char *argv[]);

/*
 * Remove the key from the environment, which others of the user's processes
 * may look at: for a run that opens no connection, before it sees any input,
 * or an expression of the user's.  cmd_start() does so for programs that never
 * open one, cmd_config() for runs that do not.
 */
void cmd_drop_key(void);

/* Load the file of -c, if there is one, for a run that keeps no key. */
void cmd_config(struct kl_config *c);

/* One line on stderr: "kl-map: ...", control characters made harmless. */
void cmd_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same unless -q was given. */
void cmd_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Say what failed: "kl-map: line 3: Phone: no country code; add +1".  line 0
 * is left out.  Returns the exit status of the failure. */
int cmd_fail(uint64_t line, const struct kl_err *err);

/* Say it and end the process. */
void cmd_die(const struct kl_err *err) __attribute__((noreturn));
void cmd_usage(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* What to call before another writer uses the terminal line (progress). */
void cmd_before_speaking(void (*clear)(void *), void *ctx);

/* Whether to draw progress, for --progress auto, always or never.  In a
 * pipeline only the last program draws: its output is no pipe; and never over
 * records shown on the same terminal. */
bool cmd_wants_progress(const char *when);

/* A file written whole, as kl_replace_new() does; mode 0600. */
enum kl_rc cmd_write_file(const char *path, const void *s, size_t n,
    struct kl_err *err);

#endif /* CMD_COMMON_H */
