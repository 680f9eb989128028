/* SPDX-License-Identifier: MIT */
/* feed.c - the loop of a program that sends records. */

#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

#include "connect.h"
#include "feed.h"

#define SLICE_MS 250 /* no wait is longer: signals are looked for */
#define AT_ONCE 1000 /* records taken before answers are looked for */

/* --- what the engine tells ------------------------------------------------ */

static enum kl_rc
on_reject(void *ctx, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why, struct kl_err *err)
{
	struct cmd_feed *p = ctx;
	uint64_t first = p->f.stopped_at;
	enum kl_rc rc = cmd_filter_reject(&p->f, what, reason, why, err);

	if (first != 0)
		p->f.stopped_at = first;
	return rc;
}

static enum kl_rc
on_settle(void *ctx, struct kl_err *err)
{
	return kl_rejects_sync(((struct cmd_feed *)ctx)->f.rejects, err);
}

static void
on_count(void *ctx, enum kl_outcome o, uint64_t n)
{
	((struct cmd_feed *)ctx)->f.tally.count[o] += n;
}

static enum kl_rc
on_line(void *ctx, const char *s, size_t n, struct kl_err *err)
{
	struct cmd_feed *p = ctx;
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

static enum kl_rc
on_check(void *ctx, const struct kl_json *doc, struct kl_err *why)
{
	struct cmd_feed *p = ctx;

	return p->check(p->ctx, doc, why);
}

static enum kl_rc
on_leave(void *ctx, struct kl_span record, struct kl_err *err)
{
	struct cmd_feed *p = ctx;

	return p->leave(p->ctx, record, err);
}

struct kl_send_sink
cmd_feed_sink(struct cmd_feed *p)
{
	return (struct kl_send_sink){ .ctx = p,
		.reject = on_reject,
		.settle = on_settle,
		.count = on_count,
		.line = on_line,
		.note = on_note,
		.check = p->check != NULL ? on_check : NULL,
		.leave = p->leave != NULL ? on_leave : NULL,
		.keeps = cmd_filter_keeps(),
		.blind = !cmd_filter_keeps() };
}

/* --- records in ----------------------------------------------------------- */

/* No more input; what was taken is still sent. */
static enum kl_rc
end_input(struct cmd_feed *p, struct kl_err *err)
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
after_offer(struct cmd_feed *p, enum kl_rc rc, struct kl_err *err)
{
	if (rc != KL_EDATA && rc != KL_EIO)
		return rc;
	return end_input(p, err);
}

/* A line or element that is no record was set aside, with rc: count it in. */
static enum kl_rc
after_reject(struct cmd_feed *p, enum kl_rc rc, uint64_t line, struct kl_span s,
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

/* Offer a record, once it has the shape that it is to have. */
static enum kl_rc
shape(struct cmd_feed *p, struct kl_send_record r, struct kl_err *err)
{
	struct kl_rejected what = { .line = r.line,
		.s = r.s.s,
		.n = r.s.n,
		.record = true };
	struct kl_err why;
	enum kl_rc rc;

	kl_err_clear(&why);
	rc = p->shape(p->shape_ctx, &r, &why);
	if (rc == KL_EDATA || rc == KL_ETOOBIG) {
		what.known = kl_send_known(p->send);
		rc = on_reject(p, &what, &why, NULL, err);
		return after_reject(p, rc, r.line, r.s, err);
	}
	if (rc == KL_OK)
		return after_offer(p, kl_send_record(p->send, &r, err), err);
	*err = why;
	return rc;
}

static inline enum kl_rc
offer(struct cmd_feed *p, struct kl_send_record r, struct kl_err *err)
{
	if (p->shape != NULL)
		return shape(p, r, err);
	return after_offer(p, kl_send_record(p->send, &r, err), err);
}

/* The next element of the chunk. */
static enum kl_rc
take_element(struct cmd_feed *p, struct kl_err *err)
{
	struct kl_span s;
	struct kl_rejected what = { .line = p->chunk_line,
		.known = kl_send_known(p->send) };
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
	if (kl_json_type(&p->element, 0) == KL_JSON_OBJECT)
		return offer(p,
		    (struct kl_send_record){ p->chunk_line, s, &p->element },
		    err);
	what.s = s.s;
	what.n = s.n;
	(void)kl_err_set(&why, KL_EDATA, "an element is no JSON object");
	kl_err_code(&why, "not_object");
	return after_reject(p, on_reject(p, &what, &why, NULL, err),
	    p->chunk_line, s, err);
}

/* The line is a chunk, scanned in f.doc. */
static enum kl_rc
take_chunk(struct cmd_feed *p, const struct cmd_record *rec, struct kl_err *err)
{
	struct kl_send_chunk c = { .line = rec->line.no };
	struct kl_rejected what = { .line = rec->line.no,
		.s = rec->s.s,
		.n = rec->s.n,
		.known = kl_send_known(p->send) };
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
take_line(struct cmd_feed *p, const struct kl_line *line, struct kl_err *err)
{
	uint64_t rejected = p->f.tally.count[KL_REJECTED];
	struct cmd_record rec;
	enum kl_rc rc;

	p->f.known = kl_send_known(p->send);
	rc = cmd_filter_scan(&p->f, line, &rec, err);
	p->f.known = false;
	if (p->f.tally.count[KL_REJECTED] > rejected)
		return after_reject(p, rc, line->no,
		    (struct kl_span){ line->s, line->n }, err);
	if (rc != KL_OK)
		return rc == KL_AGAIN ? KL_OK : rc;
	if (kl_chunk_is(rec.s.s, rec.s.n))
		return take_chunk(p, &rec, err);
	return offer(p, (struct kl_send_record){ line->no, rec.s, &p->f.doc },
	    err);
}

/* A line over the limit. */
static enum kl_rc
take_giant(struct cmd_feed *p, const struct kl_line *line,
    const struct kl_err *why, struct kl_err *err)
{
	struct kl_rejected what = { .line = line->no,
		.n = line->n,
		.offset = line->offset,
		.known = kl_send_known(p->send) };

	p->f.tally.read++;
	return after_reject(p, on_reject(p, &what, why, NULL, err), line->no,
	    (struct kl_span){ 0 }, err);
}

/* The first signal ends the input and gives what is in flight some time; the
 * second gives none. */
static void
heed_signals(struct cmd_feed *p)
{
	if (cmd_stop == p->signals)
		return;
	if (p->live && p->signals == 0 && cmd_stop == 1) {
		p->signals = 1;
		p->stop_at = kl_now_mono() + p->drain_ms / 2;
		cmd_note("stopping: what is there may take %" PRIu64
			 " s more to be sent; a second signal ends it now",
		    (p->drain_ms + 999) / 1000);
		kl_send_hurry(p->send, p->drain_ms);
		return;
	}
	if (p->signals == 0 && cmd_stop == 1)
		cmd_note("stopping: what is in flight may take %" PRIu64
			 " s more; a second signal ends it now",
		    (p->drain_ms + 999) / 1000);
	p->signals = cmd_stop;
	kl_send_stop(p->send, cmd_stop > 1 ? 0 : p->drain_ms);
}

/* Read and offer records while there are any and there is room for them. */
static enum kl_rc
feed(struct cmd_feed *p, struct kl_err *err)
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
			kl_send_input(p->send, &line);
			rc = take_line(p, &line, err);
			break;
		case KL_ETOOBIG:
			kl_send_input(p->send, &line);
			rc = take_giant(p, &line, &why, err);
			break;
		case KL_AGAIN:
			p->starved = true;
			return p->stop_at != 0 ? end_input(p, err) : KL_OK;
		case KL_EOF:
			heed_signals(p); /* is it one that ended it? */
			return end_input(p, err);
		default:
			kl_send_end_for(p->send, &why);
			return end_input(p, err);
		}
	}
	return rc;
}

/* --- the run -------------------------------------------------------------- */

/* Let the engine work: without waiting while there is input to be had. */
static enum kl_rc
turn(struct cmd_feed *p, struct kl_err *err)
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

/* True if a signal has ended the input: what is live may go on for a while. */
static bool
is_stopped(const struct cmd_feed *p)
{
	if (cmd_stop == 0)
		return false;
	return p->stop_at == 0 || cmd_stop > 1 || kl_now_mono() >= p->stop_at;
}

enum kl_rc
cmd_feed_run(struct cmd_feed *p, struct kl_err *err)
{
	struct kl_err why = { 0 };
	enum kl_rc rc;

	kl_lines_dropped(p->f.in, kl_send_dropped, p->send);
	do {
		heed_signals(p);
		rc = feed(p, err);
		if (rc == KL_OK &&
		    (is_stopped(p) || kl_send_failure(p->send, &why) != KL_OK))
			rc = end_input(p, err);
		if (rc == KL_OK)
			rc = turn(p, err);
	} while (rc == KL_OK);
	return rc == KL_EOF ? kl_send_failure(p->send, err) : rc;
}

void
cmd_feed_free(struct cmd_feed *p)
{
	kl_json_free(&p->element);
}
