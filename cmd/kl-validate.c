/* SPDX-License-Identifier: MIT */

/*
 * kl-validate - pass on the records that the service can take.
 *
 * A record that passes leaves with the bytes it came with; of one that does
 * not, the rejects say which member, which limit, and what to do.
 */

#include <unistd.h>

#include "filter.h"
#include "kl/domain.h"
#include "kl/event.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char *kind = "profile";
static bool allow_unknown, allow_utf8, allow_tests;

static const struct kl_opt own[] = {
	{ 0, "kind", "KIND", "what the records are: profile or event",
	    KL_OPT_ENUM, KL_ENV_OWN, &kind, 0, 0, "profile event" },
	{ 0, "allow-unknown", NULL, "let members pass that the service lacks",
	    KL_OPT_FLAG, KL_ENV_NONE, &allow_unknown, 0, 0, NULL },
	{ 0, "allow-utf8", NULL, "let addresses pass with a name outside ASCII",
	    KL_OPT_FLAG, KL_ENV_NONE, &allow_utf8, 0, 0, NULL },
	{ 0, "allow-test-domains", NULL, "take addresses of example.com etc.",
	    KL_OPT_FLAG, KL_ENV_NONE, &allow_tests, 0, 0, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_stream_opts, cmd_record_opts,
	NULL };

static const struct cmd_about about = {
	.name = "kl-validate",
	.synopsis = "[--kind profile|event] [--allow-unknown] [--allow-utf8]\n"
		    "                   [--allow-test-domains] "
		    "[--rejects FILE] < records > records",
	.purpose = "Check profiles or events against every limit the service "
		   "documents, offline.\nValid ones pass with their bytes "
		   "unchanged, the others are set aside with reasons.",
	.examples = "  kl-validate --rejects bad.ndjson < people.ndjson\n"
		    "  kl-from-csv people.csv | kl-map -c sync.json | "
		    "kl-validate | kl-push add\n",
	.own = own,
	.groups = groups,
};

/* What is passed on and yet worth a word: the first few with their lines,
 * all of them in the counts. */
enum doubt {
	DOUBT_TYPO,
	DOUBT_TEST,
	DOUBTS
};
#define SPOKEN 3 /* lines named of each kind */

static const struct {
	const char *code, *all;
} doubts[] = {
	[DOUBT_TYPO] = { "domain_typo",
	    "addresses are one letter away from a large provider" },
	[DOUBT_TEST] = { "domain_test",
	    "addresses are of domains for tests; the service drops their "
	    "events" },
};

struct validator {
	struct kl_event event; /* its profile is used for profiles too */
	bool events;
	uint64_t doubts[DOUBTS];
};

/* Say what is doubtful about the address, without naming it. */
static void
doubt(struct validator *v, enum doubt which, uint64_t line, const char *meant)
{
	if (v->doubts[which]++ >= SPOKEN)
		return;
	if (which == DOUBT_TYPO)
		cmd_note("warning: line %llu: the domain of the address is one "
			 "letter away from %s",
		    (unsigned long long)line, meant);
	else
		cmd_note("warning: line %llu: the domain of the address is one "
			 "for tests",
		    (unsigned long long)line);
}

/* Look at the domain of an address that was found good. */
static void
look(struct validator *v, const struct cmd_filter *f,
    const struct cmd_record *rec)
{
	struct kl_profile *p = &v->event.profile;
	struct kl_span domain;
	const char *meant;

	if (p->email == 0)
		return;
	domain = kl_email_domain(kl_json_text(&f->doc, p->email, &p->text));
	if ((meant = kl_domain_meant(domain)) != NULL)
		doubt(v, DOUBT_TYPO, rec->line.no, meant);
	else if (!allow_tests && kl_domain_is_test(domain))
		doubt(v, DOUBT_TEST, rec->line.no, NULL);
}

static enum kl_rc
validate(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	struct validator *v = ctx;
	enum kl_rc rc;

	rc = v->events ? kl_event_check(&v->event, &f->doc, why)
		       : kl_profile_check(&v->event.profile, &f->doc, why);
	if (rc != KL_OK)
		return rc;
	look(v, f, rec);
	rc = kl_out_line(f->out, rec->s.s, rec->s.n, why);
	if (rc == KL_OK)
		f->tally.written++;
	return rc;
}

/* Say how many more there were than lines were named. */
static void
say_doubts(const struct validator *v)
{
	size_t i;

	for (i = 0; i < DOUBTS; i++)
		if (v->doubts[i] > SPOKEN)
			cmd_note("warning: %llu %s",
			    (unsigned long long)v->doubts[i], doubts[i].all);
}

/* The members of --summary that are ours. */
static void
summary(void *ctx, struct kl_buf *b)
{
	const struct validator *v = ctx;
	size_t i;

	kl_json_put_name(b, "warnings");
	kl_buf_putc(b, '{');
	for (i = 0; i < DOUBTS; i++)
		if (v->doubts[i] > 0)
			kl_json_put_int(b, doubts[i].code,
			    (int64_t)v->doubts[i]);
	kl_buf_putc(b, '}');
}

int
main(int argc, char *argv[])
{
	struct cmd_filter f = { 0 };
	struct kl_config config = { 0 };
	struct validator v = { .event.profile.match_id = true };
	struct kl_err err = { 0 };
	enum kl_rc rc;

	if (cmd_start(&about, argc, argv) > 0)
		cmd_usage("takes no operands; records come on standard input");
	cmd_config(&config);
	v.events = *kind == 'e';
	v.event.now = (int64_t)(kl_now_wall() / 1000);
	v.event.test_domains = allow_tests;
	v.event.profile.utf8_email = allow_utf8;
	v.event.profile.unknown_option = "--allow-unknown";
	if (allow_unknown)
		v.event.profile.unknown = KL_UNKNOWN_KEEP;
	cmd_filter_open(&f, about.name, STDIN_FILENO);
	cmd_filter_extra(summary, &v);
	rc = cmd_filter_run(&f, validate, &v, &err);
	say_doubts(&v);
	kl_event_free(&v.event);
	kl_config_free(&config);
	return cmd_filter_finish(&f, rc, &err);
}
