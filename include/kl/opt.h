/* SPDX-License-Identifier: MIT */
#ifndef KL_OPT_H
#define KL_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/opt.h - command-line options as rows of one table.
 *
 * The same rows make the parser, --help, the environment names and the test
 * that holds the manual pages to them.  Options may follow operands; "--" ends
 * them; names are not abbreviated; --name=value and --name value both work.
 */

enum kl_opt_type {
	KL_OPT_FLAG,  /* bool *: set true */
	KL_OPT_COUNT, /* int *: one more (-vv) */
	KL_OPT_STR,   /* const char **: borrowed from argv or environ */
	KL_OPT_LIST,  /* struct kl_strs *: repeatable, borrowed */
	KL_OPT_UINT,  /* uint64_t *: decimal, within min and max */
	KL_OPT_SIZE,  /* uint64_t *: bytes, with suffix k M G (1000s) or
		       * Ki Mi Gi, within min and max */
	KL_OPT_MS,    /* uint64_t *: a duration: 500ms 30s 5m 2h; a bare number
		       * is in the unit the help names: milliseconds */
	KL_OPT_RATIO, /* double *: 0.01 or 1% */
	KL_OPT_ENUM,  /* const char **: one of the words in choices */
	KL_OPT_HELP,  /* bool *: as FLAG; parsing goes on, checks do not */
};

/* Which environment variable stands in for the option. */
enum kl_opt_env {
	KL_ENV_NONE,   /* none: it disarms a guard or names a state */
	KL_ENV_OWN,    /* KL_PUSH_LIST for kl-push --list */
	KL_ENV_COMMON, /* KL_REJECTS for --rejects of every program */
};

/* A list of borrowed strings. */
struct kl_strs {
	const char **s;
	size_t n;
};

/* One option.  A table ends with a row whose name is NULL. */
struct kl_opt {
	char letter;	  /* 0: none */
	const char *name; /* without the dashes */
	const char *arg;  /* what the value is called in help; NULL: none */
	const char *help; /* one line */
	enum kl_opt_type type;
	enum kl_opt_env env;
	void *to;	     /* where the value goes, by type */
	uint64_t min, max;   /* UINT, SIZE, MS; max 0: no limit */
	const char *choices; /* ENUM: "ignore clear reject" */
};

/*
 * Parse argv[1..argc-1] by the tables (up to 19, NULL for none) and move
 * the operands, in order, to argv[1...], *operands of them.  program is
 * "kl-push", for the environment names.  The environment is read first, for
 * rows that allow it, so that the command line wins.  KL_OK or KL_EUSAGE,
 * naming the option and, if there is one within two edits, the option that
 * may have been meant.
 */
enum kl_rc kl_opt_parse(const char *program, const struct kl_opt *const *tables,
    int argc, char **argv, int *operands, struct kl_err *err);

/*
 * The first option on the command line that is a row of rows, one of the
 * tables; NULL if none is: what stands in the environment is for other runs
 * too, what is typed is meant.  For argv as it was before kl_opt_parse().
 */
const struct kl_opt *kl_opt_given(const struct kl_opt *const *tables,
    const struct kl_opt *rows, int argc, char **argv);

/* Append the environment name of a row ("KL_PUSH_LIST"), nothing if none. */
void kl_opt_env_name(struct kl_buf *b, const char *program,
    const struct kl_opt *row);

/* Append the option part of --help: a line a row, aligned. */
void kl_opt_help(struct kl_buf *b, const struct kl_opt *const *tables);

/* Free what lists grew; the strings are borrowed. */
void kl_strs_free(struct kl_strs *l);
bool kl_strs_add(struct kl_strs *l, const char *s);

/* A decimal number in text; false if it is anything else or over UINT64. */
bool kl_parse_u64(const char *s, size_t n, uint64_t *v);

#ifdef __cplusplus
}
#endif

#endif /* KL_OPT_H */
