/* SPDX-License-Identifier: MIT */

/*
 * kl-validate - pass on the records that the service can take.
 *
 * A record that passes leaves with the bytes it came with; of one that does
 * not, the rejects say which member, which limit, and what to do.
 */

#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "kl/consent.h"
#include "kl/domain.h"
#include "kl/event.h"
#include "kl/fix.h"
#include "kl/unique.h"

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

static const struct kl_opt *const groups[] = { cmd_stream_opts, cmd_record_opts,
	NULL };

static const struct cmd_about about = {
	.name = "kl-validate",
	.synopsis = "[--kind profile|event] [--fix] [--unique KEY]\n"
		    "                   [--require-consent] "
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
#define SPOKEN 3 /* lines named of each kind */

static const struct {
	const char *code, *all;
} doubts[] = {
	[KL_DOUBT_TYPO] = { "domain_typo",
	    "addresses are one letter away from a large provider" },
	[KL_DOUBT_TEST] = { "domain_test",
	    "addresses are of domains for tests; the service drops their "
	    "events" },
};

struct validator {
	struct kl_event event; /* its profile is used for profiles too */
	bool events;
	struct kl_unique *unique; /* NULL: not asked for */
	struct kl_fixer fixer;
	struct kl_buf fixed; /* a record put right, and */
	struct kl_json doc;  /* what it says */
	uint64_t doubts[KL_DOUBT_TEST + 1];
	uint64_t records_fixed, fixes[KL_FIXES];
};

/* Say what is doubtful about the address, without naming it. */
static void
doubt(struct validator *v, enum kl_doubt which, uint64_t line,
    const char *meant)
{
	if (v->doubts[which]++ >= SPOKEN)
		return;
	if (which == KL_DOUBT_TYPO)
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
look(struct validator *v, const struct kl_json *doc, uint64_t line)
{
	struct kl_profile *p = &v->event.profile;
	const char *meant;
	enum kl_doubt which;

	if (p->email == 0)
		return;
	which = kl_domain_doubt(kl_json_text(doc, p->email, &p->text), &meant);
	if (which == KL_DOUBT_TYPO || (which == KL_DOUBT_TEST && !allow_tests))
		doubt(v, which, line, meant);
}

/* All that is asked of a record. */
static enum kl_rc
check(struct validator *v, const struct kl_json *doc, uint64_t line,
    struct kl_err *why)
{
	enum kl_rc rc;

	rc = v->events ? kl_event_check(&v->event, doc, why)
		       : kl_profile_check(&v->event.profile, doc, why);
	if (rc == KL_OK && need_consent)
		rc = kl_consent_check(doc, v->event.now, &v->event.profile.text,
		    why);
	if (rc == KL_OK && v->unique != NULL)
		rc = kl_unique_see(v->unique, doc, line, why);
	if (rc == KL_OK)
		look(v, doc, line);
	return rc;
}

/* Put right what can be; *doc and *s are then the better record. */
static enum kl_rc
put_right(struct validator *v, const struct kl_json **doc, struct kl_span *s,
    unsigned *done, struct kl_err *why)
{
	enum kl_rc rc;

	kl_buf_reset(&v->fixed);
	rc = kl_fix_record(&v->fixer, *doc, v->events, &v->fixed, done, why);
	if (rc != KL_OK || *done == 0)
		return rc;
	*s = (struct kl_span){ v->fixed.s, v->fixed.n };
	*doc = &v->doc;
	return kl_json_scan(&v->doc, s->s, s->n, why);
}

static void
count_fixes(struct validator *v, unsigned done)
{
	unsigned i;

	v->records_fixed += done != 0;
	for (i = 0; i < KL_FIXES; i++)
		v->fixes[i] += done >> i & 1;
}

static enum kl_rc
validate(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	const struct kl_json *doc = &f->doc;
	struct validator *v = ctx;
	struct kl_span s = rec->s;
	unsigned done = 0;
	enum kl_rc rc = KL_OK;

	if (fix)
		rc = put_right(v, &doc, &s, &done, why);
	if (rc == KL_OK)
		rc = check(v, doc, rec->line.no, why);
	if (rc == KL_OK)
		rc = kl_out_line(f->out, s.s, s.n, why);
	if (rc != KL_OK)
		return rc;
	f->tally.written++;
	if (done != 0)
		count_fixes(v, done);
	return KL_OK;
}

/* "fixed 3 records: 2 trimmed, 1 with the domain in lower case". */
static void
say_fixes(const struct validator *v)
{
	struct kl_buf b = { 0 };
	unsigned i;

	if (!fix)
		return;
	for (i = 0; i < KL_FIXES; i++)
		if (v->fixes[i] > 0)
			kl_buf_printf(&b, "%s %llu %s", b.n > 0 ? "," : ":",
			    (unsigned long long)v->fixes[i],
			    kl_fix_words((enum kl_fix)i));
	cmd_note("fixed %llu record%s%s", (unsigned long long)v->records_fixed,
	    v->records_fixed == 1 ? "" : "s", b.n > 0 ? kl_buf_str(&b) : "");
	kl_buf_free(&b);
}

static void
say_unique(const struct validator *v)
{
	if (v->unique != NULL && cmd_common.verbose > 0)
		cmd_note("remembered %llu keys in %.1f MiB",
		    (unsigned long long)kl_unique_keys(v->unique),
		    (double)kl_unique_bytes(v->unique) / (1 << 20));
}

/* Say how many more there were than lines were named. */
static void
say_doubts(const struct validator *v)
{
	size_t i;

	for (i = KL_DOUBT_TYPO; i <= KL_DOUBT_TEST; i++)
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
	for (i = KL_DOUBT_TYPO; i <= KL_DOUBT_TEST; i++)
		if (v->doubts[i] > 0)
			kl_json_put_int(b, doubts[i].code,
			    (int64_t)v->doubts[i]);
	kl_buf_putc(b, '}');
	if (fix) {
		kl_json_put_int(b, "fixed", (int64_t)v->records_fixed);
		kl_json_put_name(b, "fixes");
		kl_buf_putc(b, '{');
		for (i = 0; i < KL_FIXES; i++)
			if (v->fixes[i] > 0)
				kl_json_put_int(b, kl_fix_name((enum kl_fix)i),
				    (int64_t)v->fixes[i]);
		kl_buf_putc(b, '}');
	}
	if (v->unique != NULL) {
		kl_json_put_int(b, "unique_keys",
		    (int64_t)kl_unique_keys(v->unique));
		kl_json_put_int(b, "unique_bytes",
		    (int64_t)kl_unique_bytes(v->unique));
	}
}

/* Take the options to heart. */
static void
set_up(struct validator *v)
{
	struct kl_err err = { 0 };

	v->events = *kind == 'e';
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
	cmd_filter_extra(summary, &v);
	rc = cmd_filter_run(&f, validate, &v, &err);
	say_doubts(&v);
	say_fixes(&v);
	say_unique(&v);
	status = cmd_filter_finish(&f, rc, &err);
	kl_unique_free(v.unique);
	kl_fixer_free(&v.fixer);
	kl_buf_free(&v.fixed);
	kl_json_free(&v.doc);
	kl_event_free(&v.event);
	kl_config_free(&config);
	return status;
}
