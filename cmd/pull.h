/* SPDX-License-Identifier: MIT */
#ifndef CMD_PULL_H
#define CMD_PULL_H

#include "common.h"
#include "kl/client.h"
#include "kl/file.h"
#include "kl/opt.h"
#include "kl/out.h"
#include "kl/progress.h"
#include "kl/pulled.h"
#include "kl/query.h"
#include "kl/shape.h"
#include "kl/source.h"

/*
 * cmd/pull.h - the parts of kl-pull.
 *
 *	pull-opts.c	options and verbs
 *	pull-what.c	the question: names found, filters put together
 *	pull-rows.c	pages taken, rows written
 *	pull-count.c	whether all of it was read
 *	pull-state.c	what was pulled before, and where a run stands
 *	pull-out.c	the file or stream they go to
 *	pull-account.c	whose key it is, and what it may do
 */

/* Options of which a verb takes some. */
enum {
	PULL_LIST = 1 << 0,
	PULL_LIST_NAME = 1 << 1,
	PULL_SEGMENT = 1 << 2,
	PULL_METRIC = 1 << 3,
	PULL_FIELDS = 1 << 4,
	PULL_WITH = 1 << 5,
	PULL_SINCE = 1 << 6,
	PULL_UNTIL = 1 << 7,
	PULL_EMAIL = 1 << 8,
	PULL_WHERE = 1 << 9,
	PULL_PAGE = 1 << 10,
	PULL_CHECK = 1 << 11,
	PULL_KIND = 1 << 13,
	PULL_RANGES = 1 << 12,
};

struct pull_opts {
	const char *list, *list_name, *segment, *metric, *kind;
	const char *fields, *with, *since, *until, *email, *where;
	const char *output, *summary, *progress, *state, *hash_key;
	uint64_t page, in_flight;
	uint64_t look_back;
	bool check, ordered, strict_count, commit;
};
extern struct pull_opts pull_opt;
extern const struct kl_opt pull_group_opts[], pull_opts[];

/* What can be read. */
struct pull_verb {
	const char *name;
	enum kl_res res;
	unsigned takes; /* PULL_ bits */
};

/* The verb of the command line; ends the process if there is none. */
const struct pull_verb *pull_verb_of(int operands, char *argv[]);
/* Options that the verb has no use for are mistakes, not noise.  The list of
 * the configuration is taken where one is needed. */
void pull_check_opts(const struct pull_verb *v, const struct kl_config *c);

/* How many requests there may be at once. */
unsigned pull_in_flight(const struct pull_verb *v);

/* A run: what is read and where it goes. */
struct pull {
	struct kl_client *client;
	struct kl_out *out;
	struct kl_progress *bar;
	int fd;			 /* of out */
	struct kl_replace *file; /* NULL: stdout, or a file of the state's */
	struct kl_buf part;	 /* name of that until it is whole, or empty */
	struct kl_query query;
	struct kl_shaper shaper;
	uint64_t rows, pages, started;
	unsigned in_flight;
	uint64_t read;		 /* rows that came; rows: that were written */
	struct kl_pulled *state; /* NULL: none is kept */
	enum kl_pulled_plan plan;
	int64_t early;		  /* microseconds before the boundary */
	struct kl_pulled_run run; /* of the state */
	uint64_t checked;	  /* when that was told last */
	uint64_t counted;	  /* members, as the service counts them */
	bool has_count;
	int checks; /* status the checks call for */
};

/* Make p->query, finding out what names stand for. */
enum kl_rc pull_ask(struct pull *p, const struct pull_verb *v,
    struct kl_err *err);
/* Add to what is said of a list that is not there those that are. */
void pull_explain(struct pull *p, struct kl_err *err);

/* Read and write all of it. */
enum kl_rc pull_rows(struct pull *p, struct kl_err *err);

/* Whether the service counts what is asked for: only the members of a list or
 * segment as a whole. */
bool pull_counts(const struct pull *p);
/* All was read: hold it against the count of the service, where it has one. */
enum kl_rc pull_count(struct pull *p, struct kl_err *err);

enum kl_rc pull_open_output(struct pull *p, struct kl_err *err);
/* The file gets its name only if all of it is there. */
enum kl_rc pull_close_output(struct pull *p, bool whole, struct kl_err *err);

/*
 * The state, if one is asked for.  What is asked for then depends on it.
 */
enum kl_rc pull_state_open(struct pull *p, const struct pull_verb *v,
    struct kl_err *err);
/* The time by which it cuts; field NULL: there is none, it compares all. */
const struct kl_range_by *pull_state_by(const struct pull_verb *v);
/* Open the output where the run before left it, or anew; *done: it had come to
 * its end, and nothing is left to do. */
enum kl_rc pull_state_output(struct pull *p, bool *done, struct kl_err *err);
/* Forget where the run stood: it begins anew in the same file. */
enum kl_rc pull_state_restart(struct pull *p, struct kl_err *err);
/* Whether a row is to be written; it stands in b from the byte at. */
enum kl_rc pull_state_row(struct pull *p, uint32_t node, const struct kl_buf *b,
    size_t at, bool *fresh, struct kl_err *err);
/* Note where the run stands, now and then or, if it has to be, at once. */
enum kl_rc pull_state_step(struct pull *p, const struct kl_source *source,
    bool at_once, struct kl_err *err);
/* All was read: write who left. */
enum kl_rc pull_state_left(struct pull *p, struct kl_err *err);
/* All was written: it is pending, or if it went to --output, known. */
enum kl_rc pull_state_whole(struct pull *p, struct kl_err *err);
/* --commit. */
int pull_state_commit(void);

enum kl_rc pull_account(struct pull *p, struct kl_err *err);

#endif /* CMD_PULL_H */
