/* SPDX-License-Identifier: MIT */
#ifndef CMD_VALIDATOR_H
#define CMD_VALIDATOR_H

#include "kl/consent.h"
#include "kl/event.h"
#include "kl/fix.h"
#include "kl/unique.h"
#include "threads.h"

/*
 * cmd/validator.h - what kl-validate does with records, and counts.
 *
 *	validator.c		one record; what is said at the end
 *	validator-copy.c	a thread's share, and what becomes of it
 */

/* What a thread notes of a record that passed, for others to look at. */
struct validator_note {
	uint64_t line;		  /* from 1, in the block */
	struct kl_unique_key key; /* if keyed */
	size_t from, aside;	  /* where it, and later rejects, were put */
	struct kl_span s;	  /* as read */
	const char *meant;	  /* see doubt */
	unsigned done;		  /* set of fixes */
	uint8_t doubt;		  /* enum kl_doubt */
	bool keyed;
};

/* All zero but for the options is ready for use. */
struct validator {
	/* Options. */
	bool events, need_consent, fix, test_domains;
	struct kl_event event;	  /* its profile is used for profiles too */
	struct kl_unique *unique; /* NULL: not asked for */

	struct kl_fixer fixer;
	struct kl_buf fixed; /* a record put right, and */
	struct kl_json doc;  /* what it says */
	struct kl_out *out;
	const char *run, *run_end; /* records that passed, one behind the other
				    * in the input: yet to be put out */
	struct kl_span piece[KL_OUT_PIECES]; /* such runs before it */
	size_t pieces;
	uint64_t doubts[KL_DOUBT_TEST + 1];
	uint64_t records_fixed, fixes[KL_FIXES];

	/* A thread's: keys are not looked up, doubts are not said. */
	bool copy;
	struct validator_note *note;
	size_t notes, notes_cap;
	struct kl_buf aside; /* scratch */
};

/* All records of f; ctx is the validator.  See struct cmd_work. */
enum kl_rc validator_run(void *ctx, struct cmd_filter *f, struct kl_err *err);

/* Passed on and yet worth a word: the first few of a kind are said. */
void validator_doubt(struct validator *v, enum kl_doubt which, uint64_t line,
    const char *meant);

/* All of struct cmd_work. */
extern const struct cmd_work validator_work;

/* What is said at the end; the members of --summary that are ours. */
void validator_say(const struct validator *v);
void validator_summary(void *ctx, struct kl_buf *b);

void validator_free(struct validator *v);

#endif /* CMD_VALIDATOR_H */
