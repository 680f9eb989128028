/* SPDX-License-Identifier: MIT */
#ifndef CMD_MAPPER_H
#define CMD_MAPPER_H

#include "kl/jq.h"
#include "kl/mapping.h"
#include "table.h"
#include "threads.h"

/*
 * cmd/mapper.h - records, or the rows of a table, through a jq expression, a
 * mapping, or both.
 *
 * Each result of an expression is a record to be mapped, or to be written.  A
 * record of which nothing is written is filtered; one with a result that is
 * wrong is set aside as a whole.
 *
 * A record that a program behind this one set aside was made by it already, and
 * passes as it is: so the rejects of a whole pipeline can be fed to its
 * beginning.
 */

/* All zero but for one of the first two, which are the caller's, is ready for
 * use. */
struct cmd_mapper {
	struct kl_jq *jq;	    /* NULL: none */
	struct kl_mapping *mapping; /* NULL: the results are written */
	/* Make the two once more, for a thread: they are then owned by to.
	 * False if memory ran out. */
	bool (*again)(struct cmd_mapper *to, const void *ctx);
	const void *ctx;

	bool reverse;	/* rows are made of records */
	uint64_t later; /* records that programs behind this one set aside */

	struct cmd_table *table;      /* NULL: records are read; see below */
	bool made;		      /* the records of its rows are needed */
	struct kl_buf record, result; /* scratch */
	struct kl_json doc;	      /* a result */
};

/* Every record of the input of f.  KL_OK at its end, or what ended the
 * run. */
enum kl_rc cmd_map_records(struct cmd_mapper *m, struct cmd_filter *f,
    struct kl_err *err);

/* The same for every row of a table whose options were taken. */
enum kl_rc cmd_map_rows(struct cmd_mapper *m, struct cmd_filter *f,
    struct cmd_table *t, struct kl_err *err);

void cmd_mapper_free(struct cmd_mapper *m);

#endif /* CMD_MAPPER_H */
