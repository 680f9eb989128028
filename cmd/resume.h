/* SPDX-License-Identifier: MIT */
#ifndef CMD_RESUME_H
#define CMD_RESUME_H

#include "filter.h"
#include "kl/digest.h"
#include "kl/journal.h"

/*
 * cmd/resume.h - the journal of a program that sends: a new run, one that
 * goes on, or one that is done already.
 */

/* --journal, --fresh, --hash-key. */
extern const struct kl_opt cmd_journal_opts[];

struct cmd_journal {
	struct kl_hash_key hash;
	struct kl_journal *j; /* NULL: none was asked for */
	uint64_t keep_ms;     /* not 0: it knows what was sent by itself, for so
			       * long, whatever the input */
	uint64_t finished;    /* wall clock, ms: when the run before this one
			       * was; 0: none was, or this is that one */
};

/* Remember the command as it was given, before its options are read: it is
 * told to those who want to go on. */
void cmd_journal_command(int argc, char *argv[]);

/* Whether a journal was asked for. */
bool cmd_journal_wanted(void);

/* Load the hash key if there is a use for it, and open the journal. */
enum kl_rc cmd_journal_open(struct cmd_journal *c, bool need_key,
    struct kl_err *err);

/* Load the hash key, unless it is. */
enum kl_rc cmd_journal_hash(struct cmd_journal *c, struct kl_err *err);

/*
 * Begin the run in the journal, or go on with the one in it, whose name f
 * then takes.  what says what the run does.  May read all of the input to
 * see whether it is that of a run that is done.  KL_OK, KL_ECONFIG (another
 * run has not ended), or a failure of the streams.
 */
enum kl_rc cmd_journal_start(struct cmd_journal *c, const char *what,
    struct cmd_filter *f, struct kl_err *err);

/* The run has ended with rc: have f say how to go on, if it has to. */
void cmd_journal_end(struct cmd_journal *c, struct cmd_filter *f, enum kl_rc rc,
    const struct kl_err *err);

void cmd_journal_close(struct cmd_journal *c);

#endif /* CMD_RESUME_H */
