/* SPDX-License-Identifier: MIT */
/* mirror-opts.c - the options of kl-push mirror, and which go together. */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kl/ranges.h"
#include "mirror.h"

struct mirror_opts mirror_opt = { .guards = { .max = "10%",
				      .expect = CMD_ANY_NUMBER } };

const struct kl_opt push_mirror_opts[] = {
	{ 0, "plan", "FILE", "mirror: write down what is to be done, and stop",
	    KL_OPT_STR, KL_ENV_NONE, &mirror_opt.plan, 0, 0, NULL },
	{ 0, "apply", "FILE", "mirror: do what is written there", KL_OPT_STR,
	    KL_ENV_NONE, &mirror_opt.apply, 0, 0, NULL },
	{ 0, "undo", "FILE", "mirror: write down what takes it back",
	    KL_OPT_STR, KL_ENV_NONE, &mirror_opt.undo, 0, 0, NULL },
	{ 0, "membership-only", NULL, "mirror: send nothing of who is a member",
	    KL_OPT_FLAG, KL_ENV_OWN, &mirror_opt.membership_only, 0, 0, NULL },
	{ 0, "expect", "N", "mirror: if the input has exactly N records",
	    KL_OPT_UINT, KL_ENV_NONE, &mirror_opt.guards.expect, 0,
	    UINT64_MAX - 1, NULL },
	{ 0, "max-remove", "N|P%", "mirror: remove no more than that (10%)",
	    KL_OPT_STR, KL_ENV_NONE, &mirror_opt.guards.max, 0, 0, NULL },
	{ 0, "allow-empty", NULL, "mirror: even if the input is empty",
	    KL_OPT_FLAG, KL_ENV_NONE, &mirror_opt.guards.allow_empty, 0, 0,
	    NULL },
	{ 0, "protect", "FILE", "mirror: never remove who is in this file",
	    KL_OPT_LIST, KL_ENV_NONE, &mirror_opt.guards.protect, 0, 0, NULL },
	{ 0 },
};

/* A plan says how it was made; it is not made in another way afterwards. */
static void
check_apply(void)
{
	const struct cmd_guards *g = &mirror_opt.guards;

	if (mirror_opt.plan != NULL)
		cmd_usage("--plan and --apply are two different runs");
	if (g->expect != CMD_ANY_NUMBER || strcmp(g->max, "10%") != 0 ||
	    g->allow_empty || g->protect.n > 0 || mirror_opt.membership_only ||
	    cmd_sending.match != NULL || push_opt.drop_unknown)
		cmd_usage("--expect, --max-remove, --allow-empty, --protect, "
			  "--membership-only, --match and --drop-unknown are "
			  "decided with --plan");
}

/* A plan takes the place of what is there. */
static bool
is_input(const char *path)
{
	struct stat in, st;

	return fstat(STDIN_FILENO, &in) == 0 && S_ISREG(in.st_mode) &&
	    stat(path, &st) == 0 && st.st_dev == in.st_dev &&
	    st.st_ino == in.st_ino;
}

void
mirror_check_options(const struct push *p)
{
	uint64_t max;

	if ((mirror_opt.plan != NULL || cmd_sending.dry_run) &&
	    cmd_audit_wanted())
		cmd_usage("--audit is about what is done: --plan and "
			  "--dry-run change nobody");
	if (mirror_opt.apply != NULL) {
		check_apply();
		return;
	}
	if (push_opt.list == NULL && push_opt.list_name == NULL &&
	    p->config.list_id == NULL)
		cmd_usage("mirror needs --list ID or --list-name NAME, or "
			  "klaviyo.list_id in the configuration");
	if (!cmd_guards_max(&mirror_opt.guards, 0, &max))
		cmd_usage("--max-remove: give a number, or a whole percentage "
			  "from 0%% to 100%%");
	if (cmd_journal_wanted())
		cmd_usage("--journal goes with --apply: a mirror begun anew "
			  "does what is left to do");
	if (mirror_opt.plan != NULL && mirror_opt.undo != NULL)
		cmd_usage("--undo goes with what is done, and --plan does "
			  "nothing");
	if (mirror_opt.plan != NULL && is_input(mirror_opt.plan))
		cmd_usage("--plan is the file that is read");
	if (mirror_opt.plan == NULL && !cmd_sending.dry_run &&
	    !cmd_guards_complete(&mirror_opt.guards, STDIN_FILENO))
		cmd_usage("mirror needs to know that the input is complete: "
			  "read it from a file, give --expect N, or take two "
			  "steps with --plan and --apply");
}

unsigned
mirror_parallel(void)
{
	return kl_in_flight(kl_endpoint(KL_EP_LIST_PROFILES));
}
