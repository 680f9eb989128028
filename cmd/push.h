/* SPDX-License-Identifier: MIT */
#ifndef CMD_PUSH_H
#define CMD_PUSH_H

#include "audit.h"
#include "connect.h"
#include "feed.h"
#include "forgotten.h"
#include "kl/lists.h"
#include "kl/send.h"
#include "resume.h"
#include "sending.h"
#include "whose.h"

/*
 * cmd/push.h - the inside of kl-push.
 *
 *	kl-push.c	a run, from the command line to its exit status
 *	push-verbs.c	all verbs, and which is meant
 *	push-opts.c	the options all verbs have
 *	push-ask.c	what is asked of the service before anything is sent
 *	push-say.c	plans, notes, the summary
 *	push-audit.c	the audit trail: kept, and verified
 *	push-forget.c	who was forgotten, and who is
 *	push-VERB.c	what is a verb's own: options, checks, words
 */

struct push_verb;

/* A run. */
struct push {
	const struct push_verb *verb;
	struct cmd_feed in;
	struct cmd_journal journal;
	struct cmd_audit audit;
	struct cmd_forgotten forgotten;
	struct kl_config config;
	struct kl_client *client; /* NULL: a dry run */
	struct kl_profile profile;
	struct kl_list list;
	char account[CMD_ACCOUNT];
	struct kl_send_opts send;
};

/* What kl-push adds to a row of the engine: words and options. */
struct push_verb {
	const char *name; /* that of the kl_verb, if there is one */
	/* The row of the engine, where options decide it; NULL, or returning
	 * NULL: the one of that name. */
	const struct kl_verb *(*row)(void);
	/* Its own options, which no other verb takes; NULL: none. */
	const struct kl_opt *opts;
	/* The rest may be NULL.  The options are read: complain with
	 * cmd_usage(), set p->send.ctx or whatever the engine is to know. */
	void (*check)(struct push *p);
	/* The key and the list are good: look at what else has to be right
	 * before anything is sent.  Not in a dry run. */
	enum kl_rc (*ask)(struct push *p, struct kl_err *err);
	/* Append what of its options makes another run (", --historical"):
	 * no journal is gone on with by another. */
	void (*describe)(const struct push *p, struct kl_buf *b);
	/* What a reader of the counts may wonder about. */
	void (*notes)(const struct push *p, const struct kl_send_stats *st);
	/* Further members of the summary. */
	void (*extra)(const struct push *p, struct kl_buf *b);
	bool offline; /* run() sends nothing: only --hash-key goes with it */
	/* It does everything itself, operands being argv[2] and on, and
	 * returns the exit status: it is none of the engine's. */
	int (*run)(struct push *p, int operands, char *argv[]);
};

/* --- kl-push.c: the steps of a run, for those that take others between -----
 */

/* Make the engine, once key, account and list are known, and begin its
 * journal. */
enum kl_rc push_engine(struct push *p, struct kl_err *err);

/* Say what the run came to, free all; returns the exit status. */
int push_finish(struct push *p, enum kl_rc rc, const struct kl_err *err);

/* --- push-verbs.c --------------------------------------------------------- */

extern const struct push_verb push_subscribe, push_unsubscribe;
extern const struct push_verb push_add, push_upsert, push_update, push_remove;
extern const struct push_verb push_suppress, push_unsuppress, push_forget;
extern const struct push_verb push_audit_verify;
extern const struct kl_opt push_forget_opts[], push_audit_opts[];

extern const struct push_verb *const push_verbs[]; /* NULL at the end */
extern const struct cmd_about push_about;

/* The verb that the operands name; ends the process if they do not, or if an
 * option was typed that goes with another. */
const struct push_verb *push_pick(int operands, char *argv[]);

/* Remember the command line before cmd_start() moves operands. */
void push_remember(int argc, char *argv[]);

extern const struct push_verb push_mirror;
extern const struct kl_opt push_mirror_opts[];

/* --- push-opts.c ---------------------------------------------------------- */

struct push_opts {
	const char *list, *list_name;
	uint64_t chunk_size, job_ms;
	bool drop_unknown, resend;
};
extern struct push_opts push_opt;
extern const struct kl_opt push_list_opts[], push_own[];

/* push-consent.c: of subscribe and unsubscribe. */
extern const struct kl_opt push_consent_opts[];

/* Option, environment, configuration, in this order; complains of what does
 * not fit. */
void push_settle(struct push *p);

/* What the run does, for its journal: another must not go on with it. */
enum kl_rc push_describe(const struct push *p, char *to, size_t size,
    struct kl_err *err);

/* --- push-forget.c -------------------------------------------------------- */

/* Whether --tombstones was given; complains where it has no use. */
bool push_forgotten_wanted(const struct push *p);
/* Read them, and have the run keep to them. */
enum kl_rc push_forgotten_open(struct push *p, struct kl_err *err);

/* --- push-audit.c --------------------------------------------------------- */

/* Open the audit trail, if one was asked for, and have the run told there. */
enum kl_rc push_audit_open(struct push *p, const char *what,
    struct kl_err *err);

/* --- push-survey.c -------------------------------------------------------- */

struct push_survey {
	void (*each)(void *ctx, const struct kl_json *doc);
	void *ctx;
};

/* Every record that can be read goes to each(); then the input is where it
 * was.  KL_EOF if it is no file and cannot be read twice. */
enum kl_rc push_survey(const struct push_survey *v, struct kl_err *err);

/* --- push-clear.c --------------------------------------------------------- */

/* What verbs that import share: --null and --clear. */
extern const struct kl_opt push_clear_opts[];
void push_clear_check(struct push *p);
enum kl_rc push_clear_ask(struct push *p, struct kl_err *err);
void push_clear_describe(const struct push *p, struct kl_buf *b);

/* --- push-ask.c ----------------------------------------------------------- */

/* What has to be right before anything is sent: key, account, list, jobs. */
enum kl_rc push_ask(struct push *p, struct kl_err *err);

/* --- push-say.c ----------------------------------------------------------- */

void push_notes(const struct push *p, const struct kl_send_stats *st);
void push_extra(void *push, struct kl_buf *b);

#endif /* CMD_PUSH_H */
