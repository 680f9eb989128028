/* SPDX-License-Identifier: MIT */
#ifndef CMD_CONNECT_H
#define CMD_CONNECT_H

#include "common.h"
#include "kl/client.h"
#include "kl/config.h"

/*
 * cmd/connect.h - what every program that talks to Klaviyo does the same way:
 * where the key comes from, which service is meant, and how a signal ends it.
 */

/* Option rows: --key-file, --key-command, --base-url, --cacert,
 * --timeout, --give-up-after, --max-rate. */
extern const struct kl_opt cmd_client_opts[];

/*
 * How many of SIGINT and SIGTERM have come, for kl_client_opts and
 * kl_lines_stop(), and which came first.  The first asks for an end, the
 * second insists.
 */
extern volatile int cmd_stop;
extern volatile int cmd_stop_signal;

/* Count those signals from now on, and let a write to a closed pipe fail
 * instead of killing: what is in flight has to be finished. */
void cmd_catch_signals(void);

/* The exit status after a signal (130, 143); 0 if none came. */
int cmd_stop_status(void);

/* As cmd_config(), for a program that needs the key. */
void cmd_config_with_key(struct kl_config *c);

/*
 * Load the key, wipe it from c, and make a client that has parallel requests
 * in flight at most.  Attempts are traced with -v, waits said unless -q.
 * Ends the process if it cannot.
 */
struct kl_client *cmd_connect(struct kl_config *c, unsigned parallel);

/* What --max-rate says, in percent, 1 to 100; complains of what it cannot
 * be. */
unsigned cmd_max_percent(void);

/* Ask whose key it is, unless that is known: the limits are the account's.
 * One attempt; the client goes on without. */
void cmd_learn_account(struct kl_client *client);

/* A wait the client told of is over, or never came: nothing is said of it on
 * the progress line any more.  bar may be NULL. */
struct kl_progress;
void cmd_connect_bar(struct kl_progress *bar);

#endif /* CMD_CONNECT_H */
