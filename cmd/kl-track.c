/* SPDX-License-Identifier: MIT */

/* kl-track - record events in Klaviyo, each counted once. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "connect.h"
#include "feed.h"
#include "kl/count.h"
#include "kl/events.h"
#include "kl/ranges.h"
#include "kl/time.h"
#include "resume.h"
#include "sending.h"
#include "track-rows.h"
#include "whose.h"

#define VERIFY_MS 300000
#define MISSING_SAID 1000
#define KEEP_DAYS 90
#define DAY_MS UINT64_C(86400000)
#define FLUSH_MAX 3600000

static struct {
	struct kl_strs map;
	const char *time_format;
	uint64_t chunk_size, flush_ms, verify_ms, keep_days;
	bool time_now, backfill, collapse, test_domains, utf8, drop_unknown;
	bool verify;
} opt = { .verify_ms = VERIFY_MS, .keep_days = KEEP_DAYS };

static const struct kl_opt own[] = {
	{ 0, "map", "O=D[:F]", "of rows: field O becomes D; repeatable",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.map, 0, 0, NULL },
	{ 0, "time-format", "FORMAT", "how times are written, as for date",
	    KL_OPT_STR, KL_ENV_OWN, &opt.time_format, 0, 0, NULL },
	{ 0, "time-now", NULL, "an event without time and id is one of now",
	    KL_OPT_FLAG, KL_ENV_OWN, &opt.time_now, 0, 0, NULL },
	{ 0, "collapse-equal", NULL, "events that are equal are one",
	    KL_OPT_FLAG, KL_ENV_OWN, &opt.collapse, 0, 0, NULL },
	{ 0, "backfill", NULL, "the events are history: start no flows",
	    KL_OPT_FLAG, KL_ENV_OWN, &opt.backfill, 0, 0, NULL },
	{ 0, "allow-test-domains", NULL, "take addresses of example.com etc.",
	    KL_OPT_FLAG, KL_ENV_NONE, &opt.test_domains, 0, 0, NULL },
	{ 0, "allow-utf8", NULL, "let addresses pass with a name outside ASCII",
	    KL_OPT_FLAG, KL_ENV_NONE, &opt.utf8, 0, 0, NULL },
	{ 0, "flush", "MS", "let no event wait longer for others to come",
	    KL_OPT_MS, KL_ENV_OWN, &opt.flush_ms, 1, FLUSH_MAX, NULL },
	{ 0, "chunk-size", "N", "events in a request (chunk_size, else 1000)",
	    KL_OPT_UINT, KL_ENV_OWN, &opt.chunk_size, 1, 1000, NULL },
	{ 0, "drop-unknown", NULL, "leave out members no event has",
	    KL_OPT_FLAG, KL_ENV_OWN, &opt.drop_unknown, 0, 0, NULL },
	{ 0, "journal-keep", "DAYS", "so long the journal knows an event (90)",
	    KL_OPT_UINT, KL_ENV_OWN, &opt.keep_days, 1, 3650, NULL },
	{ 0, "verify", NULL, "read what was accepted back at the end",
	    KL_OPT_FLAG, KL_ENV_OWN, &opt.verify, 0, 0, NULL },
	{ 0, "verify-timeout", "MS", "so long until all has to be there (5m)",
	    KL_OPT_MS, KL_ENV_OWN, &opt.verify_ms, 0, 86400000, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_sending_opts, cmd_event_opts,
	cmd_journal_opts, cmd_stream_opts, cmd_record_opts, cmd_client_opts,
	NULL };

static const struct cmd_about about = {
	.name = "kl-track",
	.synopsis = "[options] < events > receipts",
	.purpose = "Record events in Klaviyo, in batches.  Every event has an "
		   "id by which it counts\nonce, however often it is sent; "
		   "every one that is refused is set aside with the\nreason.",
	.examples = "  kl-track < events.ndjson > receipts.ndjson\n"
		    "  kl-track --metric 'Placed Order' --time-field Date "
		    "--id-field No \\\n"
		    "      --value-field Total --map Mail=profile.email < "
		    "orders.ndjson\n"
		    "  tail -F views.ndjson | kl-track --flush 5s > "
		    "receipts.ndjson\n",
	.own = own,
	.groups = groups,
};

/* A run. */
struct track {
	struct cmd_feed in;
	struct cmd_journal journal;
	struct kl_config config;
	struct kl_client *client; /* NULL: a dry run */
	struct kl_events *events;
	struct track_rows rows;
	bool rows_used;
	bool warned; /* of events that are old */
	char account[CMD_ACCOUNT];
};

/* --- before --------------------------------------------------------------- */

static const char *
unless_empty(const char *s)
{
	return s != NULL && *s != '\0' ? s : NULL;
}

/* Option, environment, configuration, in this order. */
static void
settle_options(struct track *t)
{
	struct cmd_event *e = &t->rows.event;

	*e = cmd_event_of(&t->config);
	e->metric = unless_empty(e->metric);
	e->time_field = unless_empty(e->time_field);
	e->id_field = unless_empty(e->id_field);
	e->value_field = unless_empty(e->value_field);
	e->time_format = opt.time_format;
	if (opt.chunk_size == 0)
		opt.chunk_size = t->config.chunk_size;
	if (opt.chunk_size > 1000)
		cmd_usage("chunk_size is %" PRIu64 " in the configuration; a "
			  "request holds 1000 events at most",
		    opt.chunk_size);
	cmd_sending_settle(&t->config);
	if (cmd_sending.dry_run && cmd_journal_wanted())
		cmd_usage("a dry run sends nothing and has no --journal");
	if (cmd_sending.dry_run && opt.verify)
		cmd_usage("a dry run sends nothing, and there is nothing to "
			  "--verify");
	if (opt.time_now && cmd_journal_wanted())
		cmd_usage("with --time-now an event is another each time it "
			  "is read: it has no --journal");
	if (cmd_journal_wanted())
		t->journal.keep_ms = opt.keep_days * DAY_MS;
	t->in.drain_ms = cmd_sending.drain_ms;
	t->in.live = opt.flush_ms > 0;
}

/* What the run does, for its journal: another must not go on with it. */
static void
describe(const struct track *t, const struct kl_send_opts *o, char *to,
    size_t size)
{
	(void)snprintf(to, size, "track, account %s%s%s%s%s%s%s",
	    o->account != NULL ? o->account : "unknown",
	    cmd_sending.match != NULL ? ", --match id" : "",
	    opt.drop_unknown ? ", --drop-unknown" : "",
	    opt.collapse ? ", --collapse-equal" : "",
	    opt.backfill ? ", --backfill" : "",
	    t->rows_used ? ", of fields" : "",
	    cmd_filter_unwraps() ? "" : ", --no-unwrap");
}

/* Warn once, as soon as there is reason to: flows may be on their way. */
static void
warn_of_old(struct track *t)
{
	if (t->warned || kl_events_stats(t->events).old == 0)
		return;
	t->warned = true;
	cmd_note("there are events older than a week, which may start flows "
		 "all the same; --backfill records them without");
}

static enum kl_rc
on_record(void *ctx, struct kl_send_record *r, struct kl_err *why)
{
	struct track *t = ctx;

	warn_of_old(t);
	return t->rows_used ? track_rows_shape(&t->rows, r, why) : KL_OK;
}

static enum kl_rc
make_events(struct track *t, struct kl_err *err)
{
	const struct kl_events_opts o = { .time_now = opt.time_now,
		.collapse_equal = opt.collapse,
		.backfill = opt.backfill,
		.test_domains = opt.test_domains,
		.utf8_email = opt.utf8,
		.drop_unknown = opt.drop_unknown,
		.match_id = cmd_sending.match != NULL,
		.verify = opt.verify };
	enum kl_rc rc = track_rows_new(&t->rows, &opt.map, &t->config, err);

	t->rows_used = track_rows_used(&t->rows);
	t->in.shape = on_record;
	t->in.shape_ctx = t;
	return rc == KL_OK ? kl_events_new(&t->events, &o, err) : rc;
}

/* Find out before anything is sent whether the key may read it back. */
static enum kl_rc
try_reading(struct track *t, struct kl_err *err)
{
	const struct kl_call calls[] = {
		{ .ep = kl_endpoint(KL_EP_METRICS) },
		{ .ep = kl_endpoint(KL_EP_EVENTS),
		    .query = KL_SPAN("page%5Bsize%5D=1&include=profile") },
	};
	struct kl_answer answer = { 0 };
	enum kl_rc rc = KL_OK;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(*calls) && rc == KL_OK; i++)
		rc = kl_client_call(t->client, &calls[i], &answer, err);
	return rc;
}

/* How many requests there are at once, at most: of one kind or the other. */
static unsigned
parallel(void)
{
	unsigned n = (unsigned)cmd_sending.in_flight + 2;
	unsigned reading = kl_in_flight(kl_endpoint(KL_EP_EVENTS));

	return opt.verify && reading > n ? reading : n;
}

static enum kl_rc
start(struct track *t, struct kl_err *err)
{
	struct kl_send_opts o = { .verb = &kl_verb_track,
		.run = t->in.f.run,
		.records = opt.chunk_size,
		.gap_ms = cmd_sending.wait_ms,
		.flush_ms = opt.flush_ms,
		.parallel = (unsigned)cmd_sending.in_flight,
		.max_percent = cmd_max_percent(),
		.sink = cmd_feed_sink(&t->in) };
	char what[KL_JOURNAL_WHAT];
	enum kl_rc rc;

	if ((rc = make_events(t, err)) != KL_OK ||
	    (rc = cmd_journal_open(&t->journal, cmd_sending.receipt_records,
		 err)) != KL_OK)
		return rc;
	if (cmd_sending.receipt_records)
		o.hash = &t->journal.hash;
	if (!cmd_sending.dry_run) {
		t->client = cmd_connect(&t->config, parallel());
		rc = cmd_whose(t->client, &t->config, t->account, err);
		if (rc == KL_OK && opt.verify)
			rc = try_reading(t, err);
		if (rc != KL_OK)
			return rc;
	}
	o.ctx = t->events;
	o.client = t->client;
	o.account = t->account[0] != '\0' ? t->account : t->config.account;
	describe(t, &o, what, sizeof(what));
	if ((rc = cmd_journal_start(&t->journal, what, &t->in.f, err)) != KL_OK)
		return rc;
	o.journal = t->journal.j;
	o.marks = true;
	return kl_send_new(&t->in.send, &o, err);
}

/* --- after ---------------------------------------------------------------- */

/* What was read back, on stdout: counts, and lines of the input. */
static enum kl_rc
put_verified(struct track *t, const struct kl_verified *v, struct kl_err *err)
{
	struct kl_buf b = { 0 };
	uint64_t i, line;
	enum kl_rc rc;

	kl_buf_puts(&b, "{\"verify\":1");
	kl_json_put_str(&b, "run", t->in.f.run);
	kl_json_put_int(&b, "recorded", (int64_t)v->recorded);
	kl_json_put_int(&b, "missing", (int64_t)v->missing);
	kl_json_put_int(&b, "unchecked", (int64_t)v->unchecked);
	kl_json_put_name(&b, "lines");
	kl_buf_putc(&b, '[');
	for (i = 0; i < MISSING_SAID && kl_events_missing(t->events, i, &line);
	     i++)
		kl_buf_printf(&b, "%s%" PRIu64, i > 0 ? "," : "", line);
	kl_buf_puts(&b, "]}");
	if ((rc = kl_buf_check(&b, err)) == KL_OK &&
	    (rc = kl_out_line(t->in.f.out, b.s, b.n, err)) == KL_OK &&
	    (rc = kl_out_flush(t->in.f.out, err)) == KL_OK)
		t->in.f.tally.written++;
	kl_buf_free(&b);
	return rc;
}

/* Read back what was accepted, and say what is not there. */
static enum kl_rc
verify(struct track *t, struct kl_err *err)
{
	struct kl_verified v;
	enum kl_rc rc;

	if (!opt.verify || cmd_stop != 0)
		return KL_OK;
	rc = kl_events_verify(t->events, t->client, opt.verify_ms, &cmd_stop,
	    &v, err);
	if (rc != KL_OK || (rc = put_verified(t, &v, err)) != KL_OK)
		return rc;
	cmd_note("read back: %" PRIu64 " recorded, %" PRIu64 " missing%s",
	    v.recorded, v.missing,
	    v.unchecked > 0 ? "; others were not looked for" : "");
	if (v.missing == 0)
		return KL_OK;
	(void)kl_err_set(err, KL_EREFUSED, "%s not recorded",
	    KL_COUNT(v.missing, "event was accepted and is",
		"events were accepted and are"));
	kl_err_code(err, "events_missing");
	kl_err_hint(err,
	    "they may come yet; sending the same input again counts nothing "
	    "twice");
	return KL_EREFUSED;
}

static void
say_plan(const struct kl_send_stats *st)
{
	char ms[40];

	cmd_note("dry run, nothing was sent: %s, %s, %s; within the rate "
		 "limits that takes %s",
	    KL_COUNT(st->requests, "request", "requests"),
	    KL_COUNT(st->bytes, "byte", "bytes"),
	    KL_COUNT(st->people, "event", "events"),
	    cmd_duration(st->ms, ms, sizeof(ms)));
}

/* A count, unless it is 0: what it counts, and what is said of that. */
static void
say_count(uint64_t n, const char *one, const char *many, const char *text)
{
	if (n > 0)
		cmd_note("%s %s", KL_COUNT(n, one, many), text);
}

/* What a reader of the counts may wonder about. */
static void
say_notes(const struct track *t, const struct kl_send_stats *st)
{
	struct kl_events_stats e = kl_events_stats(t->events);
	char date[KL_TIME_TEXT];

	if (t->in.f.tally.read == 0 && cmd_stop == 0)
		cmd_note("nothing to send: the input was empty");
	else if (t->client == NULL)
		say_plan(st);
	say_count(st->merged, "event repeats", "events repeat",
	    "the unique_id of an earlier one of the same person and metric in "
	    "the batch: left out");
	if (st->known > 0 && st->known == t->in.f.tally.read &&
	    t->journal.finished != 0)
		cmd_note("already done on %s; --fresh sends again",
		    kl_time_text_ms(t->journal.finished, date));
	say_count(e.ambiguous, "event without an id of its own equals",
	    "events without an id of their own equal",
	    "one that was sent before, of an input that began elsewhere: that "
	    "it is the same is a guess; --id-field tells them apart");
	say_count(e.equal,
	    "event is equal to an earlier one and was sent as another;",
	    "events are equal to an earlier one and were sent as others;",
	    "--collapse-equal makes them one");
	say_count(e.stamped, "event was", "events were",
	    "given the present time: what is sent again counts again");
	say_count(e.old, "event is older than a week and was",
	    "events are older than a week and were", "not sent as history");
	say_count(e.nulls, "null member of a profile was",
	    "null members of profiles were", "left out: null clears nothing");
	say_count(e.dropped, "unknown member was", "unknown members were",
	    "left out");
}

static void
put_extra(void *ctx, struct kl_buf *b)
{
	struct track *t = ctx;
	struct kl_events_stats e = { 0 };
	struct kl_send_stats st = { 0 };

	if (t->in.send != NULL)
		st = kl_send_stats(t->in.send);
	if (t->events != NULL)
		e = kl_events_stats(t->events);
	kl_json_put_bool(b, "dry_run", cmd_sending.dry_run);
	kl_json_put_int(b, "batches", (int64_t)st.batches);
	kl_json_put_int(b, "resumed", (int64_t)st.resumed);
	kl_json_put_int(b, "known", (int64_t)st.known);
	kl_json_put_int(b, "requests", (int64_t)st.requests);
	kl_json_put_int(b, "bytes", (int64_t)st.bytes);
	kl_json_put_int(b, "events", (int64_t)st.people);
	kl_json_put_int(b, "repeated", (int64_t)st.merged);
	kl_json_put_int(b, "named", (int64_t)e.named);
	kl_json_put_int(b, "equal", (int64_t)e.equal);
	kl_json_put_int(b, "ambiguous", (int64_t)e.ambiguous);
	kl_json_put_int(b, "stamped", (int64_t)e.stamped);
	kl_json_put_int(b, "old", (int64_t)e.old);
	kl_json_put_int(b, "nulls_ignored", (int64_t)e.nulls);
	kl_json_put_int(b, "dropped", (int64_t)e.dropped);
}

static int
finish(struct track *t, enum kl_rc rc, const struct kl_err *err)
{
	struct kl_send_stats st;
	int status;

	if (t->in.send != NULL) {
		st = kl_send_stats(t->in.send);
		t->in.f.excused = st.excused;
		if (rc == KL_OK)
			say_notes(t, &st);
	}
	cmd_journal_end(&t->journal, &t->in.f, rc, err);
	cmd_filter_extra(put_extra, t);
	cmd_connect_bar(NULL);
	status = cmd_filter_finish(&t->in.f, rc, err);
	kl_send_free(t->in.send);
	kl_events_free(t->events);
	track_rows_free(&t->rows);
	kl_client_free(t->client);
	cmd_feed_free(&t->in);
	cmd_journal_close(&t->journal);
	kl_config_free(&t->config);
	kl_strs_free(&opt.map);
	return kl_err_worse(status, cmd_stop_status());
}

int
main(int argc, char *argv[])
{
	static struct track t;
	struct kl_err err = { 0 };
	enum kl_rc rc;

	cmd_journal_command(argc, argv);
	if (cmd_start(&about, argc, argv) > 0)
		cmd_usage("takes no operands; events come on standard input");
	if (cmd_sending.dry_run)
		cmd_config(&t.config);
	else
		cmd_config_with_key(&t.config);
	settle_options(&t);
	cmd_catch_signals();
	cmd_filter_open(&t.in.f, about.name, STDIN_FILENO);
	if (!t.in.live)
		kl_lines_stop(t.in.f.in, &cmd_stop);
	cmd_connect_bar(t.in.f.bar);
	if ((rc = start(&t, &err)) == KL_OK &&
	    (rc = cmd_feed_run(&t.in, &err)) == KL_OK)
		rc = verify(&t, &err);
	return finish(&t, rc, &err);
}
