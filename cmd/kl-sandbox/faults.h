/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "box.h"

/*
 * faults.h - what goes wrong on purpose.
 *
 *	KIND[:OP][:p=0.1|at=N|every=N][:ms=N]
 *
 * A rule without p, at or every fires on every request (of OP).  The first
 * rule that fires decides.
 */

enum fault_kind {
	FAULT_REFUSE,	     /* the port is closed for a while */
	FAULT_RESET_BEFORE,  /* reset before the request is read; not done */
	FAULT_RESET_HEADERS, /* done; reset amid the headers */
	FAULT_RESET_BODY,    /* done; reset amid the body */
	FAULT_LOST_REPLY,    /* done; closed without a byte */
	FAULT_TRUNCATE,	     /* done; closed amid the body */
	FAULT_WRONG_LENGTH,  /* done; Content-Length names half the body */
	FAULT_HTML,	     /* not done; 502 and a page of HTML */
	FAULT_STALL,	     /* done; silence amid the body */
	FAULT_SLOW,	     /* done; a byte at a time */
	FAULT_REDIRECT,	     /* not done; 302 to another path */
	FAULT_STATUS,	     /* not done; this status */
	FAULT_CLOSE_IDLE,    /* done and answered; then closed unasked */
	FAULTS
};

enum fault_when {
	ALL,
	WITH_CHANCE,
	AT,
	EVERY
};

struct rule {
	enum fault_kind kind;
	int status;
	const struct op *op; /* NULL: any */
	enum fault_when when;
	double p;
	uint64_t n;
	uint64_t ms;
	uint64_t seen; /* requests it was held against */
};
struct faults {
	struct rule *rule;
	size_t n;
};

enum kl_rc faults_add(struct faults *f, const char *spec, struct kl_err *err);

/* The rule that fires for this operation (NULL: unknown), or NULL.  refuse:
 * a new connection, where only FAULT_REFUSE is asked. */
const struct rule *faults_pick(struct faults *f, const struct op *op,
    bool refuse, uint64_t *random);

/* Put the answer that a rule gives instead of doing anything; false: the rule
 * is of another kind. */
bool faults_answer(struct req *q);

/* Do to the connection what the rule says, q being answered.  True: it is to
 * be dropped; false: the answer goes its usual way. */
bool faults_raw(struct req *q, int fd);

/* End a connection with a reset. */
void faults_reset(int fd);

#endif /* SANDBOX_FAULTS_H */
