/* SPDX-License-Identifier: MIT */

/*
 * kl-validate - pass on the profile records that the service can take.
 *
 * A record that passes leaves with the bytes it came with; of one that does
 * not, the rejects say which member, which limit, and what to do.
 */

#include <unistd.h>

#include "filter.h"
#include "kl/profile.h"

static bool allow_unknown, allow_utf8;

static const struct kl_opt own[] = {
	{ 0, "allow-unknown", NULL, "let members pass that no profile has",
	    KL_OPT_FLAG, KL_ENV_NONE, &allow_unknown, 0, 0, NULL },
	{ 0, "allow-utf8", NULL, "let addresses pass with a name outside ASCII",
	    KL_OPT_FLAG, KL_ENV_NONE, &allow_utf8, 0, 0, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_stream_opts, cmd_record_opts,
	NULL };

static const struct cmd_about about = {
	.name = "kl-validate",
	.synopsis = "[--allow-unknown] [--allow-utf8] [--rejects FILE]\n"
		    "                   < profiles > profiles",
	.purpose = "Check profile records against every limit the service "
		   "documents, offline.\nValid ones pass with their bytes "
		   "unchanged, the others are set aside with reasons.",
	.examples = "  kl-validate --rejects bad.ndjson < people.ndjson\n"
		    "  kl-from-csv people.csv | kl-map -c sync.json | "
		    "kl-validate | kl-push add\n",
	.own = own,
	.groups = groups,
};

static enum kl_rc
validate(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	enum kl_rc rc;

	if ((rc = kl_profile_check(ctx, &f->doc, why)) != KL_OK)
		return rc;
	rc = kl_out_line(f->out, rec->s.s, rec->s.n, why);
	if (rc == KL_OK)
		f->tally.written++;
	return rc;
}

int
main(int argc, char *argv[])
{
	struct cmd_filter f = { 0 };
	struct kl_config config = { 0 };
	struct kl_profile profile = { .match_id = true };
	struct kl_err err = { 0 };
	enum kl_rc rc;

	if (cmd_start(&about, argc, argv) > 0)
		cmd_usage("takes no operands; records come on standard input");
	cmd_config(&config);
	profile.utf8_email = allow_utf8;
	profile.unknown_option = "--allow-unknown";
	if (allow_unknown)
		profile.unknown = KL_UNKNOWN_KEEP;
	cmd_filter_open(&f, about.name, STDIN_FILENO);
	rc = cmd_filter_run(&f, validate, &profile, &err);
	kl_profile_free(&profile);
	kl_config_free(&config);
	return cmd_filter_finish(&f, rc, &err);
}
