/* SPDX-License-Identifier: MIT */

/*
 * kl-push - send profiles to Klaviyo in batches, and account for each.
 *
 * Reading and sending take turns in one thread: input is read while there is
 * room for another batch, and answers are taken in between.
 */

#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "connect.h"
#include "filter.h"
#include "kl/account.h"
#include "kl/digest.h"
#include "kl/limits.h"
#include "kl/lists.h"
#include "kl/near.h"
#include "kl/send.h"

#define SLICE_MS 250 /* no wait is longer: signals are looked for */
#define AT_ONCE 1000 /* records taken before answers are looked for */
#define DRAIN_MS 30000
#define UNSET UINT64_MAX

static struct {
	const char *list, *list_name, *match, *hash_key;
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
	{ 0, "hash-key", "FILE", "the secret of their digests", KL_OPT_STR,
	    KL_ENV_COMMON, &opt.hash_key, 0, 0, NULL },
	{ 0, "job-timeout", "MS", "so long without news of a job (15m)",
	    KL_OPT_MS, KL_ENV_OWN, &opt.job_ms, 1, 0, NULL },
	{ 0, "drain", "MS", "after a signal, for what is in flight (30s)",
	    KL_OPT_MS, KL_ENV_OWN, &opt.drain_ms, 0, 3600000, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_stream_opts, cmd_record_opts,
	cmd_client_opts, NULL };

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
	struct cmd_filter f;
	struct kl_config config;
	struct kl_client *client; /* NULL: a dry run */
	struct kl_send *send;
	struct kl_profile profile;
	struct kl_hash_key hash;
	struct kl_list list;
	char account[KL_LIST_ID];
	int signals;  /* seen so far */
	bool eof;     /* no more input is taken */
	bool starved; /* there is no input at the moment */
	/* The chunk that is being fed: its elements are next..end-1. */
	bool in_chunk;
	uint64_t chunk_line;
	uint32_t next, end;
	struct kl_json element;
};

/* --- what the engine tells ------------------------------------------------ */

static enum kl_rc
on_reject(void *ctx, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why, struct kl_err *err)
{
	struct push *p = ctx;
	uint64_t first = p->f.stopped_at;
	enum kl_rc rc = cmd_filter_reject(&p->f, what, reason, why, err);

	if (first != 0)
		p->f.stopped_at = first;
	return rc;
}

static enum kl_rc
on_settle(void *ctx, struct kl_err *err)
{
	return kl_rejects_sync(((struct push *)ctx)->f.rejects, err);
}

static void
on_count(void *ctx, enum kl_outcome o, uint64_t n)
{
	((struct push *)ctx)->f.tally.count[o] += n;
}

static enum kl_rc
on_line(void *ctx, const char *s, size_t n, struct kl_err *err)
{
	struct push *p = ctx;
	enum kl_rc rc;

	if ((rc = kl_out_line(p->f.out, s, n, err)) == KL_OK &&
	    (rc = kl_out_flush(p->f.out, err)) == KL_OK)
		p->f.tally.written++;
	return rc;
}

static void
on_note(void *ctx, const char *text)
{
	(void)ctx;
	cmd_say("%s", text);
}

/* --- records in ----------------------------------------------------------- */

/* No more input; what was taken is still sent. */
static enum kl_rc
end_input(struct push *p, struct kl_err *err)
{
	if (p->eof)
		return KL_OK;
	p->eof = true;
	p->in_chunk = false;
	return kl_send_end(p->send, err);
}

/* What came of a record that was offered: one over the tolerance ends the
 * input, and the engine knows the reason. */
static enum kl_rc
after_offer(struct push *p, enum kl_rc rc, struct kl_err *err)
{
	if (rc != KL_EDATA && rc != KL_EIO)
		return rc;
	return end_input(p, err);
}

/* A line or element that is no record was set aside, with rc: count it in. */
static enum kl_rc
after_reject(struct push *p, enum kl_rc rc, uint64_t line, struct kl_span s,
    struct kl_err *err)
{
	struct kl_err why = { 0 };

	if (rc != KL_OK && rc != KL_AGAIN) {
		why = *err;
		kl_send_end_for(p->send, &why);
	}
	if ((rc = kl_send_refused(p->send, line, s, err)) != KL_OK)
		return rc;
	return why.rc != KL_OK ? end_input(p, err) : KL_OK;
}

/* The next element of the chunk. */
static enum kl_rc
take_element(struct push *p, struct kl_err *err)
{
	struct kl_span s;
	struct kl_rejected what = { .line = p->chunk_line };
	struct kl_err why = { 0 };
	enum kl_rc rc;

	if (p->next >= p->end) {
		p->in_chunk = false;
		return kl_send_chunk_end(p->send, err);
	}
	s = kl_json_raw(&p->f.doc, p->next);
	p->next = p->f.doc.node[p->next].next;
	p->f.tally.read++;
	if ((rc = kl_json_scan(&p->element, s.s, s.n, err)) != KL_OK)
		return rc;
	if (kl_json_type(&p->element, 0) == KL_JSON_OBJECT) {
		const struct kl_send_record r = { p->chunk_line, s,
			&p->element };

		return after_offer(p, kl_send_record(p->send, &r, err), err);
	}
	what.s = s.s;
	what.n = s.n;
	(void)kl_err_set(&why, KL_EDATA, "an element is no JSON object");
	kl_err_code(&why, "not_object");
	return after_reject(p, on_reject(p, &what, &why, NULL, err),
	    p->chunk_line, s, err);
}

/* The line is a chunk, scanned in f.doc. */
static enum kl_rc
take_chunk(struct push *p, const struct cmd_record *rec, struct kl_err *err)
{
	struct kl_send_chunk c = { .line = rec->line.no };
	struct kl_rejected what = { .line = rec->line.no,
		.s = rec->s.s,
		.n = rec->s.n };
	struct kl_err why = { 0 };
	uint32_t records = 0;

	if (kl_chunk_read(&p->f.doc, &c, &records, &why) != KL_OK)
		return after_reject(p, on_reject(p, &what, &why, NULL, err),
		    what.line, rec->s, err);
	p->f.tally.read--; /* its records are counted instead */
	p->in_chunk = true;
	p->chunk_line = rec->line.no;
	p->next = records + 1;
	p->end = p->f.doc.node[records].next;
	return kl_send_chunk(p->send, &c, err);
}

static enum kl_rc
take_line(struct push *p, const struct kl_line *line, struct kl_err *err)
{
	uint64_t rejected = p->f.tally.count[KL_REJECTED];
	struct cmd_record rec;
	enum kl_rc rc = cmd_filter_scan(&p->f, line, &rec, err);

	if (p->f.tally.count[KL_REJECTED] > rejected)
		return after_reject(p, rc, line->no,
		    (struct kl_span){ line->s, line->n }, err);
	if (rc != KL_OK)
		return rc == KL_AGAIN ? KL_OK : rc;
	if (kl_chunk_is(rec.s.s, rec.s.n))
		return take_chunk(p, &rec, err);
	return after_offer(p,
	    kl_send_record(p->send,
		&(struct kl_send_record){ line->no, rec.s, &p->f.doc }, err),
	    err);
}

/* A line over the limit. */
static enum kl_rc
take_giant(struct push *p, const struct kl_line *line, const struct kl_err *why,
    struct kl_err *err)
{
	struct kl_rejected what = { .line = line->no,
		.n = line->n,
		.offset = line->offset };

	p->f.tally.read++;
	return after_reject(p, on_reject(p, &what, why, NULL, err), line->no,
	    (struct kl_span){ 0 }, err);
}

/* Read and offer records while there are any and there is room for them. */
static enum kl_rc
feed(struct push *p, struct kl_err *err)
{
	struct kl_err why = { 0 };
	struct kl_line line;
	unsigned n;
	enum kl_rc rc = KL_OK;

	p->starved = false;
	for (n = 0;
	     n < AT_ONCE && rc == KL_OK && !p->eof && kl_send_ready(p->send);
	     n++) {
		if (p->in_chunk) {
			rc = take_element(p, err);
			continue;
		}
		switch (kl_lines_poll(p->f.in, &line, &why)) {
		case KL_OK:
			rc = take_line(p, &line, err);
			break;
		case KL_ETOOBIG:
			rc = take_giant(p, &line, &why, err);
			break;
		case KL_AGAIN:
			p->starved = true;
			return KL_OK;
		case KL_EOF:
			return end_input(p, err);
		default:
			kl_send_end_for(p->send, &why);
			return end_input(p, err);
		}
	}
	return rc;
}

/* --- the run -------------------------------------------------------------- */

/* The first signal ends the input and gives what is in flight some time; the
 * second gives none. */
static void
heed_signals(struct push *p)
{
	if (cmd_stop == p->signals)
		return;
	if (p->signals == 0 && cmd_stop == 1)
		cmd_note("stopping: what is in flight may take %" PRIu64
			 " s more; a second signal ends it now",
		    (opt.drain_ms + 999) / 1000);
	p->signals = cmd_stop;
	kl_send_stop(p->send, cmd_stop > 1 ? 0 : opt.drain_ms);
}

/* Let the engine work: without waiting while there is input to be had. */
static enum kl_rc
turn(struct push *p, struct kl_err *err)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	bool wait = p->eof || p->starved || !kl_send_ready(p->send);
	enum kl_rc rc = kl_send_turn(p->send, wait ? SLICE_MS : 0,
	    p->starved ? STDIN_FILENO : -1, err);

	if (rc == KL_EOF && !p->eof) {
		if (p->starved)
			(void)poll(&in, 1, SLICE_MS);
		rc = KL_OK;
	}
	kl_progress_tick(p->f.bar, p->f.tally.read, kl_lines_done(p->f.in));
	return rc;
}

static enum kl_rc
run(struct push *p, struct kl_err *err)
{
	struct kl_err why = { 0 };
	enum kl_rc rc;

	do {
		heed_signals(p);
		rc = feed(p, err);
		if (rc == KL_OK &&
		    (cmd_stop != 0 || kl_send_failure(p->send, &why) != KL_OK))
			rc = end_input(p, err);
		if (rc == KL_OK)
			rc = turn(p, err);
	} while (rc == KL_OK);
	return rc == KL_EOF ? kl_send_failure(p->send, err) : rc;
}

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
try_jobs(struct push *p, struct kl_err *err)
{
	struct kl_call call = { .ep = kl_endpoint(KL_EP_IMPORTS),
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
		rc = try_jobs(p, err);
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
}

static enum kl_rc
start(struct push *p, const struct kl_verb *verb, struct kl_err *err)
{
	struct kl_send_opts o = { .verb = verb,
		.profile = &p->profile,
		.run = p->f.run,
		.records = opt.chunk_size,
		.gap_ms = opt.wait_ms,
		.parallel = (unsigned)opt.in_flight,
		.job_ms = opt.job_ms,
		.sink = { p, on_reject, on_settle, on_count, on_line,
		    on_note } };
	enum kl_rc rc;

	if (opt.receipt_records) {
		rc = kl_hash_key_load(&p->hash, opt.hash_key, err);
		if (rc != KL_OK)
			return rc;
		o.hash = &p->hash;
	}
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
	return kl_send_new(&p->send, &o, err);
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
	if (p->f.tally.read == 0 && cmd_stop == 0)
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

	if (p->send != NULL)
		st = kl_send_stats(p->send);
	kl_json_put_bool(b, "dry_run", opt.dry_run);
	kl_json_put_int(b, "batches", (int64_t)st.batches);
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

	if (p->send != NULL) {
		st = kl_send_stats(p->send);
		p->f.excused = st.excused;
		if (rc == KL_OK)
			say_notes(p, &st);
	}
	cmd_filter_extra(put_extra, p);
	cmd_connect_bar(NULL);
	status = cmd_filter_finish(&p->f, rc, err);
	kl_send_free(p->send);
	kl_client_free(p->client);
	kl_profile_free(&p->profile);
	kl_json_free(&p->element);
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

	verb = pick_verb(cmd_start(&about, argc, argv), argv);
	if (opt.dry_run)
		cmd_config(&p.config);
	else
		cmd_config_with_key(&p.config);
	settle_options(&p, verb);
	bound_memory();
	cmd_catch_signals();
	cmd_filter_open(&p.f, about.name, STDIN_FILENO);
	kl_lines_stop(p.f.in, &cmd_stop);
	cmd_connect_bar(p.f.bar);
	if ((rc = start(&p, verb, &err)) == KL_OK)
		rc = run(&p, &err);
	return finish(&p, rc, &err);
}
