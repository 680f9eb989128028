/* SPDX-License-Identifier: MIT */
/* connect.c - the key, the service and the signals of a client. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#ifdef __GLIBC__ /* which the headers before this one say */
#include <malloc.h>
#endif

#include "connect.h"
#include "kl/open.h"
#include "kl/progress.h"

static struct {
	const char *key_file, *key_command, *base_url, *cacert;
	uint64_t timeout_ms, give_up_ms;
	double max_rate;
} opt = { .max_rate = 1 };

static struct kl_progress *progress;

volatile int cmd_stop;
volatile int cmd_stop_signal;

const struct kl_opt cmd_client_opts[] = {
	{ 0, "key-file", "FILE", "read the API key from FILE", KL_OPT_STR,
	    KL_ENV_COMMON, &opt.key_file, 0, 0, NULL },
	{ 0, "key-command", "CMD", "... or from what a shell command prints",
	    KL_OPT_STR, KL_ENV_NONE, &opt.key_command, 0, 0, NULL },
	{ 0, "base-url", "URL", "the service, if not https://a.klaviyo.com",
	    KL_OPT_STR, KL_ENV_COMMON, &opt.base_url, 0, 0, NULL },
	{ 0, "cacert", "FILE", "trust these certificates (PEM) only",
	    KL_OPT_STR, KL_ENV_COMMON, &opt.cacert, 0, 0, NULL },
	{ 0, "timeout", "MS", "cut a request when no byte moves so long (30s)",
	    KL_OPT_MS, KL_ENV_COMMON, &opt.timeout_ms, 1, 0, NULL },
	{ 0, "give-up-after", "MS", "so long without any progress (15m)",
	    KL_OPT_MS, KL_ENV_COMMON, &opt.give_up_ms, 1, 0, NULL },
	{ 0, "max-rate", "P%", "use no more of the account's limits (100%)",
	    KL_OPT_RATIO, KL_ENV_COMMON, &opt.max_rate, 0, 0, NULL },
	{ 0 },
};

static void
on_signal(int sig)
{
	if (cmd_stop == 0)
		cmd_stop_signal = sig;
	cmd_stop = cmd_stop + 1;
}

void
cmd_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
}

int
cmd_stop_status(void)
{
	return cmd_stop != 0 ? 128 + cmd_stop_signal : 0;
}

void
cmd_config_with_key(struct kl_config *c)
{
	struct kl_err err = { 0 };

	if (cmd_common.config != NULL &&
	    kl_config_load(c, cmd_common.config, true, &err) != KL_OK)
		cmd_die(&err);
}

static void
trace(void *ctx, const char *line)
{
	(void)ctx;
	cmd_say("%s", line);
}

static void
tell_wait(void *ctx, uint64_t ms, const char *why)
{
	char text[120];

	(void)ctx;
	if (ms == 0) {
		kl_progress_note(progress, NULL);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s, %llu s", why,
	    (unsigned long long)((ms + 999) / 1000));
	if (progress != NULL)
		kl_progress_note(progress, text);
	else
		cmd_note("waiting: %s", text);
}

/* A file that was damaged is worth a word; having none is not, for one
 * program alone keeps within the limits just as well. */
static void
tell_quota(void *ctx, const struct kl_err *what, bool minor)
{
	(void)ctx;
	if (!minor)
		cmd_note("%s", what->msg);
	else if (cmd_common.verbose > 0)
		cmd_note("used limits are not shared with other programs: %s",
		    what->msg);
}

/* A key is in memory now: no core file, and nobody else's debugger. */
static void
keep_memory_private(void)
{
	struct rlimit none = { 0, 0 };

#ifndef __SANITIZE_ADDRESS__ /* whose leak checker looks as debuggers do */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	(void)setrlimit(RLIMIT_CORE, &none);
}

/*
 * What comes and goes with each request stays with the process in between: a
 * page that is given back is cleared when it is next asked for, and that costs
 * more than what is written on it then.  The largest are libcurl's buffers, of
 * half a MiB; what is larger has pages of its own, lest the rest be in pieces
 * between.
 */
#define OWN_PAGES (1 << 20)
#define KEPT_PAGES (64 << 20)

static void
keep_pages(void)
{
#ifdef M_TRIM_THRESHOLD
	(void)mallopt(M_MMAP_THRESHOLD, OWN_PAGES);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_PAGES);
#endif
}

void
cmd_connect_bar(struct kl_progress *bar)
{
	progress = bar;
}

/* At least 1: nothing at all would never end. */
unsigned
cmd_max_percent(void)
{
	if (opt.max_rate <= 0)
		cmd_usage("--max-rate: more than 0%%, up to 100%%");
	return opt.max_rate < 0.01 ? 1 : (unsigned)(opt.max_rate * 100 + 0.5);
}

struct kl_client *
cmd_connect(struct kl_config *c, unsigned parallel)
{
	struct kl_open o = { .loaded = c,
		.key_file = opt.key_file,
		.key_command = opt.key_command,
		.take_key = true,
		.client.base_url = opt.base_url,
		.client.cacert = opt.cacert,
		.client.parallel = parallel,
		.client.stall_ms = opt.timeout_ms,
		.client.patience.budget_ms = opt.give_up_ms,
		.client.talk.wait = tell_wait,
		.client.talk.quota = tell_quota,
		.client.max_percent = cmd_max_percent(),
		.client.stop = &cmd_stop };
	struct kl_client *client = NULL;
	struct kl_err err = { 0 };

	keep_memory_private();
	keep_pages();
	if (cmd_common.verbose > 0)
		o.client.talk.trace = trace;
	if (kl_client_open(&client, &o, &err) != KL_OK)
		cmd_die(&err);
	return client;
}

void
cmd_learn_account(struct kl_client *client)
{
	struct kl_call call = { .ep = kl_endpoint(KL_EP_ACCOUNTS),
		.once = true };
	struct kl_answer answer;

	/* What goes wrong here is said of the next call, which is needed. */
	if (!kl_client_knows_account(client))
		(void)kl_client_call(client, &call, &answer, NULL);
}
