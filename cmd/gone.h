/* SPDX-License-Identifier: MIT */
#ifndef CMD_GONE_H
#define CMD_GONE_H

#include "filter.h"
#include "kl/rowkey.h"
#include "kl/store.h"

/*
 * cmd/gone.h - kl-diff --gone: who is known and was not in the input.
 *
 * The state holds digests, so who they were is looked up in the input of an
 * earlier run.  Nothing is listed unless the input is known to be complete.
 */

/* --gone and its guards. */
extern const struct kl_opt cmd_gone_opts[];

/* Whether --gone was given.  Ends the process where the options do not go
 * together, or fd cannot be known to be complete. */
bool cmd_gone_wanted(int fd);

struct cmd_gone {
	struct kl_gone *keys;
	struct kl_store *store;
	struct kl_rows *rows;
	struct kl_out *out;
	uint64_t forgotten;	 /* set aside because they were forgotten:
				  * seen, all the same */
	uint64_t known, missing; /* keys in the state; of them not seen */
	uint64_t protected;	 /* kept because of --protect */
	uint64_t kept;		 /* ... because of another identifier */
	uint64_t listed;
	uint64_t unnamed; /* not in --previous */
};

/*
 * After all input, the keys of which went to g->keys: check the guards, list
 * the gone in the file, and log them as pending.  KL_OK, or why not; the file
 * is then as it was.
 */
enum kl_rc cmd_gone_list(struct cmd_gone *g, const struct kl_tally *tally,
    struct kl_err *err);

/* Say what was found; the same for the summary. */
void cmd_gone_say(const struct cmd_gone *g);
void cmd_gone_json(const struct cmd_gone *g, struct kl_buf *b);

#endif /* CMD_GONE_H */
