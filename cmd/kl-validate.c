/* SPDX-License-Identifier: MIT */

/*
 * kl-validate - pass on the records that the service can take.
 *
 * A record that passes leaves with the bytes it came with; of one that does
 * not, the rejects say which member, which limit, and what to do.
 */

#include <string.h>
#include <unistd.h>

#include "validator.h"

static const char *kind = "profile", *unique;
static bool allow_unknown, allow_utf8, allow_tests, need_consent, fix;

static const struct kl_opt own[] = {
	{ 0, "kind", "KIND", "what the records are: profile or event",
	    KL_OPT_ENUM, KL_ENV_OWN, &kind, 0, 0, "profile event" },
	{ 0, "require-consent", NULL, "refuse profiles that carry no consent",
	    KL_OPT_FLAG, KL_ENV_OWN, &need_consent, 0, 0, NULL },
	{ 0, "unique", "KEY",
	    "refuse records whose KEY came before (a,b: both)", KL_OPT_STR,
	    KL_ENV_OWN, &unique, 0, 0, NULL },
	{ 0, "fix", NULL, "trim, fold domains: what needs no guessing",
	    KL_OPT_FLAG, KL_ENV_OWN, &fix, 0, 0, NULL },
	{ 0, "allow-unknown", NULL, "let members pass that the service lacks",
	    KL_OPT_FLAG, KL_ENV_NONE, &allow_unknown, 0, 0, NULL },
	{ 0, "allow-utf8", NULL, "let addresses pass with a name outside ASCII",
	    KL_OPT_FLAG, KL_ENV_NONE, &allow_utf8, 0, 0, NULL },
	{ 0, "allow-test-domains", NULL, "take addresses of example.com etc.",
	    KL_OPT_FLAG, KL_ENV_NONE, &allow_tests, 0, 0, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_thread_opts, cmd_stream_opts,
	cmd_record_opts, NULL };

static const struct cmd_about about = {
	.name = "kl-validate",
	.synopsis = "[--kind profile|event] [--fix] [--unique KEY]\n"
		    "                   [--require-consent] "
		    "[--rejects FILE] < records > records",
	.purpose = "Check profiles or events against every limit the service "
		   "documents, offline.\nValid ones pass with their bytes "
		   "unchanged, the others are set aside with reasons.",
	.examples = "  kl-validate --rejects bad.ndjson < people.ndjson\n"
		    "  kl-map --from csv -c sync.json < people.csv | "
		    "kl-validate |\n      kl-push add --list KKbLLU\n",
	.own = own,
	.groups = groups,
};

/* Take the options to heart. */
static void
set_up(struct validator *v)
{
	struct kl_err err = { 0 };

	v->events = *kind == 'e';
	v->need_consent = need_consent;
	v->fix = fix;
	v->test_domains = allow_tests;
	if (v->events && need_consent)
		cmd_usage("--require-consent is for profiles; an event "
			  "carries no consent");
	if (unique != NULL &&
	    (*unique == '\0' || *unique == ',' ||
		strstr(unique, ",,") != NULL ||
		unique[strlen(unique) - 1] == ','))
		cmd_usage("--unique takes the names of members, with commas "
			  "between");
	v->event.now = (int64_t)(kl_now_wall() / 1000);
	v->event.test_domains = allow_tests;
	v->event.profile.match_id = true;
	v->event.profile.utf8_email = allow_utf8;
	v->event.profile.unknown_option = "--allow-unknown";
	if (allow_unknown)
		v->event.profile.unknown = KL_UNKNOWN_KEEP;
	if (unique != NULL && (v->unique = kl_unique_new(unique)) == NULL) {
		(void)kl_err_nomem(&err);
		cmd_die(&err);
	}
}

int
main(int argc, char *argv[])
{
	struct cmd_filter f = { 0 };
	struct kl_config config = { 0 };
	struct validator v = { 0 };
	struct kl_err err = { 0 };
	enum kl_rc rc;
	int status;

	if (cmd_start(&about, argc, argv) > 0)
		cmd_usage("takes no operands; records come on standard input");
	cmd_config(&config);
	set_up(&v);
	cmd_filter_open(&f, about.name, STDIN_FILENO);
	cmd_filter_extra(validator_summary, &v);
	rc = cmd_threads_run(&f, &validator_work, &v, &err);
	validator_say(&v);
	status = cmd_filter_finish(&f, rc, &err);
	validator_free(&v);
	kl_config_free(&config);
	return status;
}
