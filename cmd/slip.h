/* SPDX-License-Identifier: MIT */
#ifndef CMD_SLIP_H
#define CMD_SLIP_H

#include "common.h"
#include "kl/buf.h"
#include "kl/json.h"

/*
 * cmd/slip.h - names that were given, and that are one slip away from those
 * that records have.
 *
 * The first thousand records are looked at; candidates are the members of the
 * first, and of the objects in it under dotted names.  Where memory runs out
 * nothing is said.
 */

/* Some names, each owned. */
struct cmd_names {
	char **s;
	size_t n;
};

/* All zero is ready for use. */
struct cmd_slips {
	struct cmd_names wanted; /* what no record had yet */
	struct cmd_names there;	 /* candidates */
	uint64_t looked;
};

/* A name that records should have, as kl_json_path() reads it. */
void cmd_slips_expect(struct cmd_slips *s, struct kl_span name);

/* What node 0 of doc has is no slip. */
void cmd_slips_look(struct cmd_slips *s, const struct kl_json *doc);

/* Say which names no record had, if another name is near. */
void cmd_slips_say(const struct cmd_slips *s);

void cmd_slips_free(struct cmd_slips *s);

#endif /* CMD_SLIP_H */
