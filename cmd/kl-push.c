/* SPDX-License-Identifier: MIT */

/* kl-push - send profiles to Klaviyo in batches, and account for each. */

#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "connect.h"
#include "feed.h"
#include "kl/account.h"
#include "kl/digest.h"
#include "kl/limits.h"
#include "kl/lists.h"
#include "kl/near.h"
#include "resume.h"

#define DRAIN_MS 30000
#define UNSET UINT64_MAX

static struct {
	const char *list, *list_name, *match;
	uint64_t chunk_size, wait_ms, in_flight, job_ms, drain_ms;
	bool drop_unknown, dry_run, receipt_records;
} opt = { .wait_ms = UNSET,
	.in_flight = KL_SEND_PARALLEL,
	.drain_ms = DRAIN_MS };

static const struct kl_opt own[] = {
	{ 0, "list", "ID", "the list (klaviyo.list_id)", KL_OPT_STR, KL_ENV_OWN,
	    &opt.list, 0, 0, NULL },
	{ 0, "list-name", "NAME", "... by its name, which must be the only one",
	    KL_OPT_STR, KL_ENV_OWN, &opt.list_name, 0, 0, NULL },
	{ 'n', "dry-run", NULL, "say what would be sent, send nothing",
	    KL_OPT_FLAG, KL_ENV_NONE, &opt.dry_run, 0, 0, NULL },
	{ 0, "chunk-size", "N", "records in a request (chunk_size, else 2000)",
	    KL_OPT_UINT, KL_ENV_OWN, &opt.chunk_size, 1, KL_IMPORT_MAX, NULL },
	{ 0, "chunk-waiting-time", "MS",
	    "between two requests (chunk_waiting_time, else 0)", KL_OPT_MS,
	    KL_ENV_OWN, &opt.wait_ms, 0, KL_CHUNK_WAIT_MAX, NULL },
	{ 0, "in-flight", "N", "requests at once (4)", KL_OPT_UINT, KL_ENV_OWN,
	    &opt.in_flight, 1, KL_SEND_PARALLEL_MAX, NULL },
	{ 0, "match", "WHAT", "id: match profiles by their id too", KL_OPT_ENUM,
	    KL_ENV_OWN, &opt.match, 0, 0, "id" },
	{ 0, "drop-unknown", NULL, "leave out members no profile has",
	    KL_OPT_FLAG, KL_ENV_OWN, &opt.drop_unknown, 0, 0, NULL },
	{ 0, "receipt-records", NULL, "list every record in the receipts",
	    KL_OPT_FLAG, KL_ENV_OWN, &opt.receipt_records, 0, 0, NULL },
	{ 0, "job-timeout", "MS", "so long without news of a job (15m)",
	    KL_OPT_MS, KL_ENV_OWN, &opt.job_ms, 1, 0, NULL },
	{ 0, "drain", "MS", "after a signal, for what is in flight (30s)",
	    KL_OPT_MS, KL_ENV_OWN, &opt.drain_ms, 0, 3600000, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_journal_opts,
	cmd_stream_opts, cmd_record_opts, cmd_client_opts, NULL };

static const struct cmd_about about = {
	.name = "kl-push",
	.synopsis = "add [options] < records > receipts",
	.purpose = "Send profiles to Klaviyo in batches.  Every batch is "
		   "followed to its end and has a\nreceipt; every record that "
		   "was refused is set aside with the reason.\n\n"
		   "  add  create or update profiles and add them to a list",
	.examples = "  kl-push add --list KKbLLU < people.ndjson > "
		    "receipts.ndjson\n"
		    "  kl-chunk < people.ndjson | kl-push add --list-name "
		    "Newsletter --rejects bad.ndjson\n"
		    "  kl-push add --list KKbLLU --dry-run < people.ndjson\n",
	.own = own,
	.groups = groups,
};

/* A run. */
struct push {
	struct cmd_feed in;
	struct cmd_journal journal;
	struct kl_config config;
	struct kl_client *client; /* NULL: a dry run */
	struct kl_profile profile;
	struct kl_list list;
	char account[KL_LIST_ID];
};

/* --- before and after ----------------------------------------------------- */

/* Whose key it is, if it may know; the configuration can name the one it is
 * meant for. */
static enum kl_rc
know_account(struct push *p, struct kl_err *err)
{
	struct kl_buf text = { 0 }, tmp = { 0 };
	struct kl_json doc = { 0 };
	struct kl_err why = { 0 };
	struct kl_span id = { 0 };
	enum kl_rc rc = kl_account_get(p->client, &text, &why);

	if (rc == KL_OK && kl_json_scan(&doc, text.s, text.n, &why) == KL_OK)
		id = kl_json_text(&doc, kl_json_get(&doc, 0, "id"), &tmp);
	if (id.n > 0 && id.n < sizeof(p->account))
		(void)memcpy(p->account, id.s, id.n);
	kl_json_free(&doc);
	kl_buf_free(&text);
	kl_buf_free(&tmp);
	if (rc == KL_EACCESS && strcmp(why.code, "scope_missing") == 0)
		rc = KL_OK; /* a good key need not be allowed that */
	if (rc != KL_OK) {
		*err = why;
		return rc;
	}
	if (p->config.account == NULL || p->account[0] == '\0' ||
	    strcmp(p->config.account, p->account) == 0)
		return KL_OK;
	(void)kl_err_set(err, KL_ECONFIG,
	    "the key is one of account %s, klaviyo.account says %s", p->account,
	    p->config.account);
	return KL_ECONFIG;
}

/* Jobs have to be followed: find out before anything is sent whether the key
 * may. */
static enum kl_rc
try_jobs(struct push *p, const struct kl_verb *verb, struct kl_err *err)
{
	struct kl_call call = { .ep = kl_endpoint(verb->jobs),
		.query = KL_SPAN("page%5Bsize%5D=1") };
	struct kl_answer answer = { 0 };

	return kl_client_call(p->client, &call, &answer, err);
}

/* What has to be right before anything is sent. */
static enum kl_rc
look_first(struct push *p, const struct kl_verb *verb, struct kl_err *err)
{
	enum kl_rc rc = know_account(p, err);

	if (rc == KL_OK && verb->needs_list)
		rc = kl_list_find(p->client, opt.list, opt.list_name, &p->list,
		    err);
	if (rc == KL_OK && verb->has_job)
		rc = try_jobs(p, verb, err);
	return rc;
}

static const struct kl_verb *
pick_verb(int operands, char *argv[])
{
	const char *names[8] = { NULL }, *near;
	const struct kl_verb *v;
	size_t n = 0;

	if (operands == 0)
		cmd_usage("what is to be done? add");
	if (operands > 1)
		cmd_usage("one thing at a time; records come on standard "
			  "input");
	if ((v = kl_verb_find(argv[1])) != NULL)
		return v;
	for (v = kl_verbs; v->name != NULL && n < 7; v++)
		names[n++] = v->name;
	near = kl_near(names, argv[1], strlen(argv[1]));
	cmd_usage("%s is not something to be done%s%s%s", argv[1],
	    near != NULL ? "; is it " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}

/* Option, environment, configuration, in this order. */
static void
settle_options(struct push *p, const struct kl_verb *verb)
{
	if (opt.list != NULL && opt.list_name != NULL)
		cmd_usage("--list and --list-name are two ways to say it; "
			  "give one");
	if (opt.list == NULL && opt.list_name == NULL)
		opt.list = p->config.list_id;
	if (verb->needs_list && opt.list == NULL && opt.list_name == NULL)
		cmd_usage("%s needs --list ID or --list-name NAME, or "
			  "klaviyo.list_id in the configuration",
		    verb->name);
	if (opt.list != NULL && !kl_list_id_valid(opt.list))
		cmd_usage("--list: an id has letters and digits only; a name "
			  "goes with --list-name");
	if (opt.chunk_size == 0)
		opt.chunk_size = p->config.chunk_size;
	if (opt.chunk_size > KL_IMPORT_MAX)
		cmd_usage("chunk_size is %" PRIu64 " in the configuration; a "
			  "request holds %d records at most",
		    opt.chunk_size, KL_IMPORT_MAX);
	if (opt.wait_ms == UNSET)
		opt.wait_ms = p->config.chunk_waiting_time;
	p->profile.unknown =
	    opt.drop_unknown ? KL_UNKNOWN_DROP : KL_UNKNOWN_REFUSE;
	p->profile.unknown_option = "--drop-unknown";
	p->profile.match_id = opt.match != NULL;
	p->in.drain_ms = opt.drain_ms;
}

/* What the run does, for its journal: another must not go on with it. */
static void
describe(const struct push *p, const struct kl_verb *verb,
    const struct kl_send_opts *o, char *to, size_t size)
{
	(void)snprintf(to, size, "%s%s%s, account %s%s%s%s", verb->name,
	    o->list != NULL ? ", list " : "", o->list != NULL ? o->list : "",
	    o->account != NULL ? o->account : "unknown",
	    p->profile.match_id ? ", --match id" : "",
	    opt.drop_unknown ? ", --drop-unknown" : "",
	    cmd_filter_unwraps() ? "" : ", --no-unwrap");
}

static enum kl_rc
start(struct push *p, const struct kl_verb *verb, struct kl_err *err)
{
	struct kl_send_opts o = { .verb = verb,
		.profile = &p->profile,
		.run = p->in.f.run,
		.records = opt.chunk_size,
		.gap_ms = opt.wait_ms,
		.parallel = (unsigned)opt.in_flight,
		.job_ms = opt.job_ms,
		.sink = cmd_feed_sink(&p->in) };
	char what[KL_JOURNAL_WHAT];
	enum kl_rc rc;

	rc = cmd_journal_open(&p->journal, opt.receipt_records, err);
	if (rc != KL_OK)
		return rc;
	if (opt.receipt_records)
		o.hash = &p->journal.hash;
	if (!opt.dry_run) {
		p->client =
		    cmd_connect(&p->config, (unsigned)opt.in_flight + 2);
		if ((rc = look_first(p, verb, err)) != KL_OK)
			return rc;
	}
	o.client = p->client;
	o.account = p->account[0] != '\0' ? p->account : p->config.account;
	o.list = p->list.id;
	if (p->list.id[0] == '\0') /* a dry run: ids are of one length */
		o.list = opt.list != NULL ? opt.list : "XXXXXX";
	describe(p, verb, &o, what, sizeof(what));
	if ((rc = cmd_journal_start(&p->journal, what, &p->in.f, err)) != KL_OK)
		return rc;
	o.journal = p->journal.j;
	return kl_send_new(&p->in.send, &o, err);
}

static void
say_plan(const struct kl_send_stats *st)
{
	char ms[40] = "less than a second";

	if (st->ms >= 1000)
		(void)snprintf(ms, sizeof(ms), "at least %" PRIu64 " s",
		    (st->ms + 999) / 1000);
	cmd_note("dry run, nothing was sent: %" PRIu64 " requests, %" PRIu64
		 " bytes, %" PRIu64 " profiles, %" PRIu64
		 " of them nothing but identifiers; within the rate limits "
		 "that takes %s",
	    st->requests, st->bytes, st->people, st->bare, ms);
}

/* What a reader of the counts may wonder about. */
static void
say_notes(const struct push *p, const struct kl_send_stats *st)
{
	if (p->in.f.tally.read == 0 && cmd_stop == 0)
		cmd_note("nothing to send: the input was empty");
	else if (p->client == NULL)
		say_plan(st);
	if (st->merged > 0)
		cmd_note("%" PRIu64 " records were merged with an earlier one "
			 "of the same person",
		    st->merged);
	if (p->profile.nulls_ignored > 0)
		cmd_note("%" PRIu64 " null members were left out: null clears "
			 "nothing",
		    p->profile.nulls_ignored);
	if (p->profile.dropped > 0)
		cmd_note("%" PRIu64 " unknown members were left out",
		    p->profile.dropped);
}

static void
put_extra(void *ctx, struct kl_buf *b)
{
	struct push *p = ctx;
	struct kl_send_stats st = { 0 };

	if (p->in.send != NULL)
		st = kl_send_stats(p->in.send);
	kl_json_put_bool(b, "dry_run", opt.dry_run);
	kl_json_put_int(b, "batches", (int64_t)st.batches);
	kl_json_put_int(b, "resumed", (int64_t)st.resumed);
	kl_json_put_int(b, "requests", (int64_t)st.requests);
	kl_json_put_int(b, "bytes", (int64_t)st.bytes);
	kl_json_put_int(b, "profiles", (int64_t)st.people);
	kl_json_put_int(b, "merged", (int64_t)st.merged);
	kl_json_put_int(b, "nulls_ignored", (int64_t)p->profile.nulls_ignored);
	kl_json_put_int(b, "dropped", (int64_t)p->profile.dropped);
}

static int
finish(struct push *p, enum kl_rc rc, const struct kl_err *err)
{
	struct kl_send_stats st;
	int status;

	if (p->in.send != NULL) {
		st = kl_send_stats(p->in.send);
		p->in.f.excused = st.excused;
		if (rc == KL_OK)
			say_notes(p, &st);
	}
	cmd_journal_end(&p->journal, &p->in.f, rc, err);
	cmd_filter_extra(put_extra, p);
	cmd_connect_bar(NULL);
	status = cmd_filter_finish(&p->in.f, rc, err);
	kl_send_free(p->in.send);
	kl_client_free(p->client);
	kl_profile_free(&p->profile);
	cmd_feed_free(&p->in);
	cmd_journal_close(&p->journal);
	kl_config_free(&p->config);
	return kl_err_worse(status, cmd_stop_status());
}

/* Batches are large and come and go in any order: each has its own pages,
 * which go back when it does.  The allocator would otherwise learn to keep
 * them, in pieces. */
static void
bound_memory(void)
{
#ifdef M_MMAP_THRESHOLD
	(void)mallopt(M_MMAP_THRESHOLD, 128 << 10);
#endif
}

int
main(int argc, char *argv[])
{
	static struct push p;
	const struct kl_verb *verb;
	struct kl_err err = { 0 };
	enum kl_rc rc;

	cmd_journal_command(argc, argv);
	verb = pick_verb(cmd_start(&about, argc, argv), argv);
	if (opt.dry_run && cmd_journal_wanted())
		cmd_usage("a dry run sends nothing and has no --journal");
	if (opt.dry_run)
		cmd_config(&p.config);
	else
		cmd_config_with_key(&p.config);
	settle_options(&p, verb);
	bound_memory();
	cmd_catch_signals();
	cmd_filter_open(&p.in.f, about.name, STDIN_FILENO);
	kl_lines_stop(p.in.f.in, &cmd_stop);
	cmd_connect_bar(p.in.f.bar);
	if ((rc = start(&p, verb, &err)) == KL_OK)
		rc = cmd_feed_run(&p.in, &err);
	return finish(&p, rc, &err);
}
