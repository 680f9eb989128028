/* SPDX-License-Identifier: MIT */
#ifndef CMD_SENDING_H
#define CMD_SENDING_H

#include "kl/config.h"
#include "kl/opt.h"

/*
 * cmd/sending.h - the options of a program that sends what it reads, whatever
 * that is: --dry-run, --chunk-waiting-time, --in-flight, --match,
 * --receipt-records, --drain.
 */

extern const struct kl_opt cmd_sending_opts[];

struct cmd_sending {
	const char *match; /* NULL: not given */
	uint64_t wait_ms;  /* between two requests; see cmd_sending_settle() */
	uint64_t in_flight;
	uint64_t drain_ms;
	bool dry_run, receipt_records;
};
extern struct cmd_sending cmd_sending;

/* What was not said comes from the configuration. */
void cmd_sending_settle(const struct kl_config *config);

/* "at least 12 s": what rate limits let something take.  Returns to. */
const char *cmd_duration(uint64_t ms, char *to, size_t size);

#endif /* CMD_SENDING_H */
