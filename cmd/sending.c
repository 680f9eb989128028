/* SPDX-License-Identifier: MIT */
/* sending.c - the options of a program that sends what it reads. */

#include <inttypes.h>
#include <stdio.h>

#include "sending.h"

#include "kl/limits.h"
#include "kl/send.h"

#define DRAIN_MS 30000
#define DRAIN_MAX 3600000
#define UNSET UINT64_MAX

struct cmd_sending cmd_sending = {
	.wait_ms = UNSET,
	.in_flight = KL_SEND_PARALLEL,
	.drain_ms = DRAIN_MS,
};

const struct kl_opt cmd_sending_opts[] = {
	{ 'n', "dry-run", NULL, "say what would be sent, send nothing",
	    KL_OPT_FLAG, KL_ENV_NONE, &cmd_sending.dry_run, 0, 0, NULL },
	{ 0, "chunk-waiting-time", "MS",
	    "between two requests (chunk_waiting_time, else 0)", KL_OPT_MS,
	    KL_ENV_OWN, &cmd_sending.wait_ms, 0, KL_CHUNK_WAIT_MAX, NULL },
	{ 0, "in-flight", "N", "requests at once (4)", KL_OPT_UINT, KL_ENV_OWN,
	    &cmd_sending.in_flight, 1, KL_SEND_PARALLEL_MAX, NULL },
	{ 0, "match", "WHAT", "id: match profiles by their id too", KL_OPT_ENUM,
	    KL_ENV_OWN, &cmd_sending.match, 0, 0, "id" },
	{ 0, "receipt-records", NULL, "list every record in the receipts",
	    KL_OPT_FLAG, KL_ENV_OWN, &cmd_sending.receipt_records, 0, 0, NULL },
	{ 0, "drain", "MS", "after a signal, for what is in flight (30s)",
	    KL_OPT_MS, KL_ENV_OWN, &cmd_sending.drain_ms, 0, DRAIN_MAX, NULL },
	{ 0 },
};

void
cmd_sending_settle(const struct kl_config *config)
{
	if (cmd_sending.wait_ms == UNSET)
		cmd_sending.wait_ms = config->chunk_waiting_time;
}

const char *
cmd_duration(uint64_t ms, char *to, size_t size)
{
	uint64_t s = (ms + 999) / 1000;

	if (ms < 1000)
		(void)snprintf(to, size, "less than a second");
	else if (s < 600)
		(void)snprintf(to, size, "at least %" PRIu64 " s", s);
	else if (s < 7200)
		(void)snprintf(to, size, "at least %" PRIu64 " min", s / 60);
	else
		(void)snprintf(to, size, "at least %" PRIu64 " h", s / 3600);
	return to;
}
