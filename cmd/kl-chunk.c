/* SPDX-License-Identifier: MIT */

/*
 * kl-chunk - gather records into chunks, each the content of one request.
 *
 * Cut by count and by the exact bytes of the request's body, so that the
 * same input gives the same chunks, whoever reads it and how fast.
 */

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "filter.h"
#include "kl/limits.h"
#include "kl/profile.h"
#include "kl/send.h"

/* What a run uses where neither option nor configuration says it. */
#define RECORDS 200

/* The bytes of a chunk before its records, at the most. */
#define HEAD 160

static uint64_t max_records; /* 0: not given */
static uint64_t max_bytes = KL_BODY_MAX;
static uint64_t wait_ms = UINT64_MAX; /* not given */

static const struct kl_opt own[] = {
	{ 0, "chunk-size", "N", "records in a chunk (chunk_size, else 200)",
	    KL_OPT_UINT, KL_ENV_OWN, &max_records, 1, KL_IMPORT_MAX, NULL },
	{ 0, "chunk-bytes", "SIZE", "bytes of its request's body (5M)",
	    KL_OPT_SIZE, KL_ENV_OWN, &max_bytes, 1000, KL_BODY_MAX, NULL },
	{ 0, "chunk-waiting-time", "MS",
	    "between two requests (chunk_waiting_time, else 0)", KL_OPT_MS,
	    KL_ENV_OWN, &wait_ms, 0, 3600000, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_stream_opts, cmd_record_opts,
	NULL };

static const struct cmd_about about = {
	.name = "kl-chunk",
	.synopsis = "[-c FILE] [--chunk-size N] [--chunk-bytes SIZE] "
		    "< records > chunks",
	.purpose = "Gather records into chunks, each the content of one "
		   "request: by count and by\nthe exact bytes of its body.  "
		   "The same input always gives the same chunks.",
	.examples = "  kl-chunk --chunk-size 1000 < people.ndjson | kl-push "
		    "add --list KKbLLU\n"
		    "  kl-validate < people.ndjson | kl-chunk -c sync.json\n",
	.own = own,
	.groups = groups,
};

/* The chunk in the making. */
struct chunk {
	struct kl_buf line; /* HEAD free bytes, then the records */
	size_t body;	    /* bytes of the request's body */
	uint64_t number, records, from, to;
	struct kl_profile profile;
	struct kl_buf scratch; /* a record as it is sent */
};

/* Write the chunk, if there is anything in it, and begin the next. */
static enum kl_rc
chunk_flush(struct chunk *c, struct cmd_filter *f, struct kl_err *err)
{
	char head[HEAD];
	int n;
	enum kl_rc rc;

	if (c->records == 0)
		return KL_OK;
	n = snprintf(head, sizeof(head),
	    "{\"chunk\":%" PRIu64 ",\"from\":%" PRIu64 ",\"to\":%" PRIu64
	    ",\"wait_ms\":%" PRIu64 ",\"records\":[",
	    ++c->number, c->from, c->to, wait_ms);
	kl_buf_put(&c->line, "]}", 2);
	if ((rc = kl_buf_check(&c->line, err)) != KL_OK)
		return rc;
	/* The head goes right before the records: nothing is moved. */
	memcpy(c->line.s + HEAD - n, head, (size_t)n);
	rc = kl_out_line(f->out, c->line.s + HEAD - n,
	    c->line.n - HEAD + (size_t)n, err);
	if (rc == KL_OK)
		f->tally.written++;
	c->records = 0;
	return rc;
}

/* A record that fits into no chunk. */
static enum kl_rc
too_big(struct kl_err *why, size_t n, const char *what, uint64_t max)
{
	(void)kl_err_set(why, KL_ETOOBIG,
	    "the record needs %s of %zu bytes; the limit is %" PRIu64, what, n,
	    max);
	kl_err_code(why, "record_too_big");
	kl_err_hint(why,
	    max < KL_BODY_MAX ? "raise --chunk-bytes"
			      : "leave something out of it");
	return KL_ETOOBIG;
}

static enum kl_rc
chunk_add(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	struct chunk *c = ctx;
	size_t envelope = kl_import_envelope(KL_LIST_ID_CHARS), n;
	enum kl_rc rc;

	/* The sender would take it for a strange person. */
	if (kl_chunk_is(rec->s.s, rec->s.n)) {
		(void)kl_err_set(why, KL_EDATA, "this is a chunk already");
		kl_err_code(why, "chunk");
		kl_err_hint(why, "one kl-chunk in a pipeline is enough");
		return KL_EDATA;
	}
	kl_buf_reset(&c->scratch);
	rc = kl_profile_body(&c->profile, &c->scratch, &f->doc, why);
	if (rc != KL_OK)
		return rc;
	n = c->scratch.n;
	if (envelope + n > max_bytes)
		return too_big(why, envelope + n, "a body", max_bytes);
	if (HEAD + rec->s.n + 2 > KL_LINE_MAX)
		return too_big(why, HEAD + rec->s.n + 2, "a line", KL_LINE_MAX);
	if (c->records == max_records || c->body + 1 + n > max_bytes ||
	    c->line.n + 1 + rec->s.n + 2 > KL_LINE_MAX)
		if ((rc = chunk_flush(c, f, why)) != KL_OK)
			return rc;
	if (c->records++ == 0) {
		kl_buf_reset(&c->line);
		if (!kl_buf_room(&c->line, HEAD))
			return kl_buf_check(&c->line, why);
		c->line.n = HEAD;
		c->body = envelope + n;
		c->from = rec->line.no;
	} else {
		kl_buf_putc(&c->line, ',');
		c->body += 1 + n;
	}
	kl_buf_span(&c->line, rec->s);
	c->to = rec->line.no;
	return kl_buf_check(&c->line, why);
}

int
main(int argc, char *argv[])
{
	struct cmd_filter f = { 0 };
	struct kl_config config = { 0 };
	struct chunk c = { .profile.unknown = KL_UNKNOWN_KEEP };
	struct kl_err err = { 0 }, last = { 0 };
	enum kl_rc rc, flushed;

	if (cmd_start(&about, argc, argv) > 0)
		cmd_usage("takes no operands; records come on standard input");
	cmd_config(&config);
	if (max_records == 0)
		max_records =
		    config.chunk_size > 0 ? config.chunk_size : RECORDS;
	if (wait_ms == UINT64_MAX)
		wait_ms = config.chunk_waiting_time;
	kl_config_free(&config);
	cmd_filter_open(&f, about.name, STDIN_FILENO);
	rc = cmd_filter_run(&f, chunk_add, &c, &err);
	/* What came before a failure is written all the same. */
	flushed = chunk_flush(&c, &f, &last);
	if (rc == KL_OK && flushed != KL_OK) {
		rc = flushed;
		err = last;
	}
	kl_buf_free(&c.line);
	kl_buf_free(&c.scratch);
	kl_profile_free(&c.profile);
	return cmd_filter_finish(&f, rc, &err);
}
