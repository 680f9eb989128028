/* SPDX-License-Identifier: MIT */
#ifndef CMD_AUDIT_H
#define CMD_AUDIT_H

#include "common.h"
#include "kl/audit.h"
#include "kl/send.h"

/*
 * cmd/audit.h - the audit trail of a program that sends: who was changed how,
 * by which command.
 */

/* --audit, --audit-after, --audit-pii. */
extern const struct kl_opt cmd_audit_opts[];

struct cmd_audit {
	const char *tool;   /* to be set: "kl-push" */
	struct kl_audit *a; /* NULL: none was asked for */
};

/* Whether a trail was asked for.  Ends the process where the options do not
 * go together. */
bool cmd_audit_wanted(void);

/*
 * Open it and have the engine tell it; what says what the run does.  o must
 * have its run; hash lives as long as the run does.
 */
enum kl_rc cmd_audit_open(struct cmd_audit *c, struct kl_send_opts *o,
    const char *what, const struct kl_hash_key *hash, struct kl_err *err);

/* Say where it ends: kept elsewhere, that shows whether the end of it is
 * there.  Members for the summary. */
void cmd_audit_say(const struct cmd_audit *c);
void cmd_audit_extra(const struct cmd_audit *c, struct kl_buf *b);

void cmd_audit_close(struct cmd_audit *c);

#endif /* CMD_AUDIT_H */
