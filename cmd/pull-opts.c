/* SPDX-License-Identifier: MIT */
/* pull-opts.c - the options of kl-pull, and which verb takes which. */

#include <string.h>

#include "kl/ranges.h"
#include "pull.h"

struct pull_opts pull_opt = { .progress = "auto" };

/* One of them at a time. */
const struct kl_opt pull_group_opts[] = {
	{ 0, "list", "ID", "the list (members: klaviyo.list_id)", KL_OPT_STR,
	    KL_ENV_OWN, &pull_opt.list, 0, 0, NULL },
	{ 0, "list-name", "NAME", "... by its name, which must be the only one",
	    KL_OPT_STR, KL_ENV_OWN, &pull_opt.list_name, 0, 0, NULL },
	{ 0, "segment", "ID", "members: of a segment instead of a list",
	    KL_OPT_STR, KL_ENV_OWN, &pull_opt.segment, 0, 0, NULL },
	{ 0 },
};

const struct kl_opt pull_opts[] = {
	{ 0, "metric", "NAME", "events: only of this metric, a name or an id",
	    KL_OPT_STR, KL_ENV_OWN, &pull_opt.metric, 0, 0, NULL },
	{ 0, "kind", "KIND", "jobs: import, suppress or unsuppress",
	    KL_OPT_ENUM, KL_ENV_OWN, &pull_opt.kind, 0, 0,
	    "import suppress unsuppress" },
	{ 0, "since", "TIME", "only from this time on", KL_OPT_STR, KL_ENV_OWN,
	    &pull_opt.since, 0, 0, NULL },
	{ 0, "until", "TIME", "only before this time", KL_OPT_STR, KL_ENV_OWN,
	    &pull_opt.until, 0, 0, NULL },
	{ 0, "email", "ADDRESS", "only of this person", KL_OPT_STR, KL_ENV_OWN,
	    &pull_opt.email, 0, 0, NULL },
	{ 0, "where", "FILTER", "only what Klaviyo's filter language says",
	    KL_OPT_STR, KL_ENV_OWN, &pull_opt.where, 0, 0, NULL },
	{ 0, "fields", "LIST", "only these, as email,location.city", KL_OPT_STR,
	    KL_ENV_OWN, &pull_opt.fields, 0, 0, NULL },
	{ 0, "with", "LIST", "also subscriptions, predictive_analytics",
	    KL_OPT_STR, KL_ENV_OWN, &pull_opt.with, 0, 0, NULL },
	{ 0, "page-size", "N", "rows asked for in a request", KL_OPT_UINT,
	    KL_ENV_OWN, &pull_opt.page, 1, 1000, NULL },
	{ 0, "in-flight", "N", "requests at once (as the limits allow)",
	    KL_OPT_UINT, KL_ENV_OWN, &pull_opt.in_flight, 1, KL_IN_FLIGHT_MAX,
	    NULL },
	{ 0, "ordered", NULL, "oldest first, one page after the other",
	    KL_OPT_FLAG, KL_ENV_OWN, &pull_opt.ordered, 0, 0, NULL },
	{ 0, "state", "FILE", "only what changed since FILE was committed",
	    KL_OPT_STR, KL_ENV_NONE, &pull_opt.state, 0, 0, NULL },
	{ 0, "commit", NULL, "with --state: what was pulled has arrived",
	    KL_OPT_FLAG, KL_ENV_NONE, &pull_opt.commit, 0, 0, NULL },
	{ 0, "look-back", "MS",
	    "... and what came late by so much (events: 1h, else 1s)",
	    KL_OPT_MS, KL_ENV_OWN, &pull_opt.look_back, 1000, 0, NULL },
	{ 0, "hash-key", "FILE", "the secret of the digests", KL_OPT_STR,
	    KL_ENV_COMMON, &pull_opt.hash_key, 0, 0, NULL },
	{ 0, "strict-count", NULL,
	    "members: 75 if Klaviyo counts other than were read", KL_OPT_FLAG,
	    KL_ENV_OWN, &pull_opt.strict_count, 0, 0, NULL },
	{ 0, "check", NULL, "account: try the key, its scopes and the list",
	    KL_OPT_FLAG, KL_ENV_NONE, &pull_opt.check, 0, 0, NULL },
	{ 'o', "output", "FILE", "write FILE, which appears when it is whole",
	    KL_OPT_STR, KL_ENV_OWN, &pull_opt.output, 0, 0, NULL },
	{ 0, "summary", "FILE", "write the counts as JSON", KL_OPT_STR,
	    KL_ENV_COMMON, &pull_opt.summary, 0, 0, NULL },
	{ 0, "progress", "WHEN", "auto, always or never", KL_OPT_ENUM,
	    KL_ENV_COMMON, &pull_opt.progress, 0, 0, "auto always never" },
	{ 0 },
};

#define NARROW (PULL_FIELDS | PULL_WHERE | PULL_PAGE)
#define PEOPLE (NARROW | PULL_WITH | PULL_SINCE | PULL_UNTIL | PULL_EMAIL)
#define MANY (PEOPLE | PULL_RANGES)

static const struct pull_verb verbs[] = {
	{ "members", KL_RES_MEMBERS,
	    MANY | PULL_LIST | PULL_LIST_NAME | PULL_SEGMENT },
	{ "profiles", KL_RES_PROFILES, MANY },
	{ "events", KL_RES_EVENTS,
	    NARROW | PULL_METRIC | PULL_SINCE | PULL_UNTIL | PULL_EMAIL |
		PULL_RANGES },
	{ "lists", KL_RES_LISTS, NARROW | PULL_SINCE },
	{ "segments", KL_RES_SEGMENTS, NARROW | PULL_SINCE },
	{ "metrics", KL_RES_METRICS, PULL_FIELDS | PULL_WHERE },
	{ "suppressions", KL_RES_SUPPRESSIONS,
	    PEOPLE | PULL_LIST | PULL_LIST_NAME },
	{ "jobs", KL_RES_IMPORTS, NARROW | PULL_KIND },
	{ "account", KL_RESOURCES, PULL_CHECK | PULL_LIST | PULL_LIST_NAME },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* "members, profiles, ... or account" */
static const char *
verb_names(void)
{
	static char text[200];
	struct kl_buf b = { .max = sizeof(text) - 1 };
	size_t i;

	for (i = 0; i < VERBS; i++)
		kl_buf_printf(&b, "%s%s",
		    i == 0		? ""
			: i + 1 < VERBS ? ", "
					: " or ",
		    verbs[i].name);
	memcpy(text, kl_buf_str(&b), b.n + 1);
	kl_buf_free(&b);
	return text;
}

const struct pull_verb *
pull_verb_of(int operands, char *argv[])
{
	size_t i;

	if (operands == 0)
		cmd_usage("say what to read: %s", verb_names());
	if (operands > 1)
		cmd_usage("only one thing at a time: %s or %s", argv[1],
		    argv[2]);
	for (i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, argv[1]) == 0)
			return &verbs[i];
	cmd_usage("cannot read %s: %s", argv[1], verb_names());
}

/* Those that not every verb takes. */
static const struct {
	const char *const *text;
	const char *name;
	unsigned bit;
} limited[] = {
	{ &pull_opt.list, "list", PULL_LIST },
	{ &pull_opt.list_name, "list-name", PULL_LIST_NAME },
	{ &pull_opt.segment, "segment", PULL_SEGMENT },
	{ &pull_opt.metric, "metric", PULL_METRIC },
	{ &pull_opt.kind, "kind", PULL_KIND },
	{ &pull_opt.fields, "fields", PULL_FIELDS },
	{ &pull_opt.with, "with", PULL_WITH },
	{ &pull_opt.since, "since", PULL_SINCE },
	{ &pull_opt.until, "until", PULL_UNTIL },
	{ &pull_opt.email, "email", PULL_EMAIL },
	{ &pull_opt.where, "where", PULL_WHERE },
};

/* One list or segment, and no more. */
static void
check_group(const struct pull_verb *v, const struct kl_config *c)
{
	if (pull_opt.list != NULL && pull_opt.list_name != NULL)
		cmd_usage("--list and --list-name name the same thing: one");
	if (pull_opt.segment != NULL &&
	    (pull_opt.list != NULL || pull_opt.list_name != NULL))
		cmd_usage("a list or a segment: one of them");
	if (v->res != KL_RES_MEMBERS && v->res != KL_RESOURCES)
		return;
	if (pull_opt.list == NULL && pull_opt.list_name == NULL &&
	    pull_opt.segment == NULL)
		pull_opt.list = c->list_id;
	if (v->res == KL_RES_MEMBERS && pull_opt.list == NULL &&
	    pull_opt.list_name == NULL && pull_opt.segment == NULL)
		cmd_usage("which list? --list ID or --list-name NAME; "
			  "kl-pull lists shows them");
}

static void
check_state(const struct pull_verb *v)
{
	if (pull_opt.state == NULL) {
		if (pull_opt.look_back > 0)
			cmd_usage("--look-back goes with --state");
		return;
	}
	if (v->res == KL_RESOURCES)
		cmd_usage("%s takes no --state", v->name);
	if (pull_opt.since != NULL || pull_opt.until != NULL)
		cmd_usage("--state says from when on: no --since or --until");
	if (pull_opt.look_back > 0 && pull_state_by(v)->field == NULL)
		cmd_usage("%s are compared as a whole: no --look-back",
		    v->name);
}

void
pull_check_opts(const struct pull_verb *v, const struct kl_config *c)
{
	size_t i;

	if (pull_opt.check && !(v->takes & PULL_CHECK))
		cmd_usage("--check is for account");
	if (pull_opt.in_flight > 0 && !(v->takes & PULL_RANGES))
		cmd_usage("%s takes no --in-flight", v->name);
	if (pull_opt.ordered && !(v->takes & PULL_RANGES))
		cmd_usage("%s takes no --ordered", v->name);
	if (pull_opt.ordered && pull_opt.in_flight > 1)
		cmd_usage("--ordered is one page after the other: no "
			  "--in-flight");
	if (pull_opt.page > 0 && !(v->takes & PULL_PAGE))
		cmd_usage("%s takes no --page-size", v->name);
	for (i = 0; i < sizeof(limited) / sizeof(limited[0]); i++)
		if (*limited[i].text != NULL && !(v->takes & limited[i].bit))
			cmd_usage("%s takes no --%s", v->name, limited[i].name);
	if ((v->takes & PULL_CHECK) && !pull_opt.check &&
	    (pull_opt.list != NULL || pull_opt.list_name != NULL))
		cmd_usage("--list is for account --check");
	check_group(v, c);
	check_state(v);
}

unsigned
pull_in_flight(const struct pull_verb *v)
{
	if (!(v->takes & PULL_RANGES) || pull_opt.ordered)
		return 1;
	if (pull_opt.in_flight > 0)
		return (unsigned)pull_opt.in_flight;
	return kl_in_flight(kl_endpoint(kl_resource(v->res)->ep));
}
