/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_STATE_H
#define SANDBOX_STATE_H

#include "box.h"

/*
 * state.h - the people and lists of one run, kept for the next.
 *
 * A state is a seed with further lines: times of lists and profiles, and who
 * joined which list when.  Jobs, tags, rate windows and cursors are not kept;
 * what was accepted is done first.
 */

/* Take up what was kept; a file that is not there is a first run. */
enum kl_rc state_load(struct box *box, const char *path, struct kl_err *err);

/* Write it beside path and put it in place; mode 0600.  KL_ECREATE, KL_EIO. */
enum kl_rc state_save(struct box *box, const char *path, struct kl_err *err);

/* state-lines.c: the further lines, scanned into box->doc. */
enum kl_rc state_list_times(struct box *box, struct kl_err *err);
enum kl_rc state_times(struct box *box, struct kl_err *err);
enum kl_rc state_member(struct box *box, struct kl_err *err);

/* After the lines: bring people into the order of their last change. */
enum kl_rc state_settle(struct box *box, struct kl_err *err);

#endif /* SANDBOX_STATE_H */
