/* SPDX-License-Identifier: MIT */
/* send.c - records in, batches out, and the turn of the loop. */

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "kl/random.h"
#include "kl/time.h"
#include "run.h"

#define ANSWERS_PER_TURN 64
#define LAST_WORDS_MS 50 /* for answers after the deadline */

static size_t
or_default(size_t v, size_t standard)
{
	return v != 0 ? v : standard;
}

/* The limits of a batch, from the endpoint and the settings. */
static enum kl_rc
set_up_maker(struct kl_send *s, struct kl_err *err)
{
	struct kl_maker *m = &s->maker;
	struct kl_buf tmp = { 0 };
	enum kl_rc rc;

	m->verb = s->o.verb;
	m->profile = s->o.profile;
	m->list = s->o.list;
	m->max_records = or_default(s->o.records, KL_SEND_RECORDS);
	if (m->max_records > s->ep->items)
		m->max_records = s->ep->items;
	m->max_body = s->ep->body_bytes;
	m->max_item = or_default(s->ep->item_bytes, m->max_body);
	m->verb->close(&tmp, m->list);
	m->close_n = tmp.n;
	rc = kl_buf_check(&tmp, err);
	kl_buf_free(&tmp);
	if (!kl_random(&m->seed, sizeof(m->seed))) {
		m->seed.k[0] = kl_now_wall();
		m->seed.k[1] = kl_now_mono() ^ (uint64_t)(uintptr_t)s;
	}
	return rc;
}

enum kl_rc
kl_send_new(struct kl_send **to, const struct kl_send_opts *opts,
    struct kl_err *err)
{
	struct kl_send *s;

	*to = NULL;
	if (opts->verb->needs_list && opts->list == NULL)
		return kl_err_set(err, KL_EUSAGE, "%s needs a list",
		    opts->verb->name);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return kl_err_nomem(err);
	s->o = *opts;
	s->o.parallel = s->o.parallel != 0 ? s->o.parallel : KL_SEND_PARALLEL;
	s->o.memory = or_default(s->o.memory, KL_SEND_MEMORY);
	s->o.job_ms = s->o.job_ms != 0 ? s->o.job_ms : KL_JOB_PATIENCE;
	s->ep = kl_endpoint(s->o.verb->ep);
	s->waiting_end = &s->waiting;
	s->deadline = UINT64_MAX;
	if (set_up_maker(s, err) != KL_OK) {
		free(s);
		return KL_ENOMEM;
	}
	*to = s;
	return KL_OK;
}

static void
free_batches(struct kl_batch *b)
{
	struct kl_batch *next;

	for (; b != NULL; b = next) {
		next = b->next;
		kl_batch_free(b);
	}
}

void
kl_send_free(struct kl_send *s)
{
	struct part *p, *next;

	if (s == NULL)
		return;
	for (p = s->parts; p != NULL; p = next) {
		next = p->next;
		if (--p->b->parts == 0)
			kl_batch_free(p->b);
		part_free(p);
	}
	kl_batch_free(s->open);
	free_batches(s->waiting);
	free_batches(s->spare);
	kl_guard_free(&s->guard);
	kl_cursor_free(&s->follow.cursor);
	kl_merge_free(&s->maker.merge);
	kl_profile_ids_free(&s->maker.ids);
	kl_profile_ids_free(&s->ids);
	kl_faults_free(&s->faults);
	kl_buf_free(&s->line);
	free(s);
}

/* --- records in ----------------------------------------------------------- */

bool
kl_send_ready(const struct kl_send *s)
{
	return !s->ended && !s->stopping && s->waiting == NULL;
}

void
kl_send_end_for(struct kl_send *s, const struct kl_err *why)
{
	if (s->end.rc == KL_OK)
		s->end = *why;
}

/* The batch records are added to. */
static struct kl_batch *
open_batch(struct kl_send *s, struct kl_err *err)
{
	struct kl_batch *b = s->open;

	if (b != NULL)
		return b;
	if ((b = s->spare) != NULL) {
		s->spare = b->next;
		b->next = NULL;
		s->spares--;
	} else if ((b = kl_batch_new(&s->maker)) == NULL) {
		(void)kl_err_nomem(err);
		return NULL;
	}
	b->seq = ++s->seq;
	b->gap_ms = s->in_chunk ? s->chunk.wait_ms : s->o.gap_ms;
	if (s->in_chunk) {
		b->chunk = s->chunk.line;
		b->from = s->chunk.from;
		b->to = s->chunk.to;
	}
	return s->open = b;
}

/* The open batch is sealed and waits for its turn. */
static enum kl_rc
close_batch(struct kl_send *s, struct kl_err *err)
{
	struct kl_batch *b = s->open;
	enum kl_rc rc;

	if (b == NULL)
		return KL_OK;
	if ((rc = kl_batch_seal(b, &s->maker, err)) != KL_OK)
		return rc;
	kl_batch_fit(b);
	s->open = NULL;
	s->stats.merged += b->merged;
	s->stats.bare += b->bare;
	s->stats.people += b->people;
	*s->waiting_end = b;
	s->waiting_end = &b->next;
	return KL_OK;
}

/* The line of the next record as the receipt has it: where kl-chunk was given
 * every line of its input, it follows from the chunk's first. */
static uint64_t
receipt_line(struct kl_send *s, uint64_t line)
{
	if (!s->in_chunk)
		return line;
	return s->dense ? s->chunk.from + s->chunk_i++ : 0;
}

enum kl_rc
kl_send_refused(struct kl_send *s, uint64_t line, struct kl_span r,
    struct kl_err *err)
{
	struct kl_batch *b = open_batch(s, err);
	char digest[KL_RECORD_DIGEST] = "";

	if (b == NULL)
		return KL_ENOMEM;
	if (s->o.hash != NULL)
		kl_record_digest(s->o.hash, r.s, r.n, digest);
	if (kl_batch_note(b, receipt_line(s, line), digest, err) != KL_OK)
		return KL_ENOMEM;
	return b->n < s->maker.max_records ? KL_OK : close_batch(s, err);
}

/* The record is wrong: set it aside here and now. */
static enum kl_rc
refuse(struct kl_send *s, const struct kl_send_record *r,
    const struct kl_err *reason, struct kl_err *err)
{
	struct kl_rejected what = { .line = r->line,
		.s = r->s.s,
		.n = r->s.n,
		.record = true };
	struct kl_err end = { 0 };
	enum kl_rc rc, rc2;

	rc = s->o.sink.reject(s->o.sink.ctx, &what, reason, NULL, &end);
	if ((rc2 = kl_send_refused(s, r->line, r->s, err)) != KL_OK)
		return rc2;
	if (rc == KL_OK)
		return KL_OK;
	*err = end;
	kl_send_end_for(s, &end);
	s->ended = true;
	return rc;
}

enum kl_rc
kl_send_record(struct kl_send *s, const struct kl_send_record *r,
    struct kl_err *err)
{
	struct kl_err why = { 0 };
	struct kl_batch *b;
	uint64_t line, i = s->chunk_i;
	enum kl_rc rc;

	if ((b = open_batch(s, err)) == NULL)
		return KL_ENOMEM;
	line = receipt_line(s, r->line);
	rc = kl_batch_add(b, &s->maker, line, r->s, r->doc, &why);
	if (rc == KL_AGAIN) {
		if ((rc = close_batch(s, err)) != KL_OK)
			return rc;
		if ((b = open_batch(s, err)) == NULL)
			return KL_ENOMEM;
		rc = kl_batch_add(b, &s->maker, line, r->s, r->doc, &why);
	}
	if (rc == KL_EDATA || rc == KL_ETOOBIG) {
		s->chunk_i = i;
		return refuse(s, r, &why, err);
	}
	if (rc != KL_OK) {
		*err = why;
		return rc;
	}
	/* A full batch leaves at once: the next record may be long in coming.
	 */
	return s->open->n < s->maker.max_records ? KL_OK : close_batch(s, err);
}

enum kl_rc
kl_send_chunk(struct kl_send *s, const struct kl_send_chunk *c,
    struct kl_err *err)
{
	enum kl_rc rc = close_batch(s, err);

	s->chunk = *c;
	s->in_chunk = true;
	s->dense = c->n > 0 && c->to - c->from == c->n - 1;
	s->chunk_i = 0;
	s->maker.max_records = s->ep->items;
	return rc;
}

enum kl_rc
kl_send_chunk_end(struct kl_send *s, struct kl_err *err)
{
	enum kl_rc rc = close_batch(s, err);

	s->in_chunk = false;
	s->maker.max_records = or_default(s->o.records, KL_SEND_RECORDS);
	if (s->maker.max_records > s->ep->items)
		s->maker.max_records = s->ep->items;
	return rc;
}

enum kl_rc
kl_send_end(struct kl_send *s, struct kl_err *err)
{
	s->ended = true;
	return close_batch(s, err);
}

/* --- the turn ------------------------------------------------------------- */

/* The first batch that waits leaves the queue. */
static struct kl_batch *
next_waiting(struct kl_send *s)
{
	struct kl_batch *b = s->waiting;

	s->waiting = b->next;
	if (s->waiting == NULL)
		s->waiting_end = &s->waiting;
	b->next = NULL;
	return b;
}

/* Without a client: say what would be sent. */
static void
plan(struct kl_send *s, struct kl_batch *b)
{
	struct kl_buf *l = &s->line;
	struct kl_err err = { 0 };
	enum kl_rc rc;

	if (b->people > 0) {
		s->gaps += s->stats.requests > 0 ? b->gap_ms : 0;
		s->stats.requests++;
		s->stats.bytes += b->body.n;
		kl_buf_reset(l);
		kl_buf_puts(l, "{\"dry_run\":1");
		kl_json_put_int(l, "seq", (int64_t)b->seq);
		kl_json_put_str(l, "method", s->ep->method);
		kl_json_put_str(l, "path", s->ep->path);
		kl_json_put_int(l, "from", (int64_t)b->from);
		kl_json_put_int(l, "to", (int64_t)b->to);
		kl_json_put_int(l, "records",
		    (int64_t)b->people + (int64_t)b->merged);
		kl_json_put_int(l, "profiles", (int64_t)b->people);
		kl_json_put_int(l, "bytes", (int64_t)b->body.n);
		kl_buf_putc(l, '}');
		if ((rc = kl_buf_check(l, &err)) == KL_OK)
			rc = s->o.sink.line(s->o.sink.ctx, l->s, l->n, &err);
		if (rc != KL_OK)
			run_fail(s, &err);
	}
	kl_batch_settle_all(b, 0, b->people, KL_FILTERED);
	settle_batch(s, b);
}

/* Nothing is sent any more: what the batch holds has failed with the run. */
static void
drop(struct kl_send *s, struct kl_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		s->stats.excused += b->rec[i].person != KL_NOBODY;
	kl_batch_settle_all(b, 0, b->people, KL_FAILED);
	settle_batch(s, b);
}

/* True if the batch has to wait for others to come back. */
static bool
must_wait(const struct kl_send *s, const struct kl_batch *b)
{
	return s->sending >= s->o.parallel ||
	    (s->in_use > 0 && s->in_use + kl_batch_weight(b) > s->o.memory) ||
	    kl_guard_meets(&s->guard, &b->ids);
}

static enum kl_rc
take_off(struct kl_send *s, struct kl_batch *b, struct kl_err *err)
{
	if (!kl_guard_enter(&s->guard, &b->ids))
		return kl_err_nomem(err);
	b->flying = true;
	b->charged = kl_batch_weight(b);
	s->in_use += b->charged;
	return part_add(s, b, 0, b->people, err);
}

/* Bring what waits on its way, as far as may be. */
static enum kl_rc
depart(struct kl_send *s, struct kl_err *err)
{
	struct kl_batch *b;
	enum kl_rc rc;

	while ((b = s->waiting) != NULL) {
		if (s->stopping)
			drop(s, next_waiting(s));
		else if (s->o.client == NULL)
			plan(s, next_waiting(s));
		else if (b->people == 0)
			settle_batch(s, next_waiting(s));
		else if (must_wait(s, b))
			break;
		else if ((rc = take_off(s, next_waiting(s), err)) != KL_OK ||
		    (rc = part_start(s, s->parts, err)) != KL_OK)
			return rc;
	}
	return KL_OK;
}

/* Send the parts that are queued, before anything new. */
static enum kl_rc
resend(struct kl_send *s, struct kl_err *err)
{
	struct part *p, *next;
	enum kl_rc rc;

	for (p = s->parts; p != NULL; p = next) {
		next = p->next;
		if (p->state != PART_QUEUED)
			continue;
		if (s->stopping)
			part_end(s, p, KL_FAILED, true);
		else if (s->sending >= s->o.parallel)
			break;
		else if ((rc = part_start(s, p, err)) != KL_OK)
			return rc;
	}
	return KL_OK;
}

static enum kl_rc
take_answer(struct kl_send *s, const struct kl_answer *a, struct kl_err *err)
{
	struct part *p = a->tag;

	if (a->tag == &s->follow)
		return jobs_page(s, a, err);
	switch (p->state) {
	case PART_SENT:
		return answer_import(s, p, a, err);
	case PART_ASKED:
		return jobs_answer(s, p, a, err);
	case PART_ERRORS:
		return errors_page(s, p, a, err);
	case PART_QUEUED:
	case PART_FOLLOWED:
		break;
	}
	return kl_err_set(err, KL_EBUG, "an answer nobody waits for");
}

/* Wait for time to pass or fd to be readable: nothing is with the client. */
static void
idle(uint64_t ms, int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	(void)poll(&pfd, fd >= 0 ? 1 : 0, ms > 60000 ? 60000 : (int)ms);
}

/* Take answers until there is none to be had within ms. */
static enum kl_rc
answers(struct kl_send *s, uint64_t ms, int fd, struct kl_err *err)
{
	struct kl_answer a;
	unsigned n;
	enum kl_rc rc = KL_OK;

	if (kl_client_busy(s->o.client) == 0) {
		idle(ms, fd);
		return KL_OK;
	}
	for (n = 0; n < ANSWERS_PER_TURN; n++) {
		rc = kl_client_next(s->o.client, n == 0 ? ms : 0, fd, &a, err);
		if (rc != KL_OK)
			break;
		if ((rc = take_answer(s, &a, err)) != KL_OK)
			return rc;
	}
	return rc == KL_AGAIN || rc == KL_EOF ? KL_OK : rc;
}

/* Time is up: take the answers that are there, and claim nothing of the
 * rest. */
static enum kl_rc
leave(struct kl_send *s, struct kl_err *err)
{
	uint64_t until = kl_now_mono() + LAST_WORDS_MS, now;
	struct part *p;
	enum kl_rc rc;

	kl_client_drain(s->o.client);
	while (s->sending > 0 && (now = kl_now_mono()) < until)
		if ((rc = answers(s, until - now, -1, err)) != KL_OK)
			return rc;
	while ((p = s->parts) != NULL) {
		if (p->state == PART_SENT)
			s->sending--;
		part_end(s, p, KL_UNKNOWN, true);
	}
	return KL_OK;
}

/* Ask after jobs if it is time; *ms becomes no longer than until it is. */
static enum kl_rc
look_after_jobs(struct kl_send *s, uint64_t now, uint64_t *ms,
    struct kl_err *err)
{
	uint64_t wait;

	if (s->follow.busy || !jobs_pending(s))
		return KL_OK;
	wait = jobs_wait(s, s->waiting != NULL || s->ended, now);
	if (wait == 0)
		return jobs_walk(s, now, err);
	if (wait < *ms)
		*ms = wait;
	return KL_OK;
}

enum kl_rc
kl_send_turn(struct kl_send *s, uint64_t ms, int fd, struct kl_err *err)
{
	uint64_t now;
	enum kl_rc rc;

	if (s->stopping && s->open != NULL &&
	    (rc = close_batch(s, err)) != KL_OK)
		return rc;
	if ((rc = resend(s, err)) != KL_OK || (rc = depart(s, err)) != KL_OK)
		return rc;
	if (s->parts == NULL)
		return KL_EOF;
	now = kl_now_mono();
	if (now >= s->deadline)
		return leave(s, err);
	if (s->deadline != UINT64_MAX && ms > s->deadline - now)
		ms = s->deadline - now;
	if ((rc = look_after_jobs(s, now, &ms, err)) != KL_OK)
		return rc;
	if ((rc = answers(s, ms, fd, err)) != KL_OK)
		return rc;
	return (rc = resend(s, err)) != KL_OK ? rc : depart(s, err);
}

void
kl_send_stop(struct kl_send *s, uint64_t ms)
{
	uint64_t now = kl_now_mono();

	s->stopping = true;
	if (ms < UINT64_MAX - now && now + ms < s->deadline)
		s->deadline = now + ms;
}

enum kl_rc
kl_send_failure(const struct kl_send *s, struct kl_err *err)
{
	if (s->end.rc != KL_OK)
		*err = s->end;
	return s->end.rc;
}

struct kl_send_stats
kl_send_stats(const struct kl_send *s)
{
	struct kl_send_stats st = s->stats;

	st.ms = kl_rate_ms(&s->ep->rate, st.requests);
	if (s->gaps > st.ms)
		st.ms = s->gaps;
	return st;
}
