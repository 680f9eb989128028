/* SPDX-License-Identifier: MIT */
/* turn.c - the turn of the loop: batches out, answers in. */

#include <poll.h>

#include "kl/time.h"
#include "run.h"

#define ANSWERS_PER_TURN 64
#define LAST_WORDS_MS 50 /* for answers after the deadline */

/* The first batch that waits leaves the queue. */
static struct kl_batch *
next_waiting(struct kl_send *s)
{
	struct kl_batch *b = s->waiting;

	s->waiting = b->next;
	if (s->waiting == NULL)
		s->waiting_end = &s->waiting;
	s->queue--;
	s->queue_bytes -= kl_batch_weight(b);
	b->next = NULL;
	return b;
}

/* Nothing is sent any more: what the batch holds has failed with the run,
 * unless an earlier run may have sent it. */
static void
drop(struct kl_send *s, struct kl_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		s->stats.excused += b->rec[i].person != KL_NOBODY;
	kl_batch_settle_all(b, b->old ? KL_UNKNOWN : KL_FAILED);
	settle_batch(s, b);
}

/* True if there is no room for the batch until others come back. */
static bool
must_wait(const struct kl_send *s, const struct kl_batch *b)
{
	return s->sending >= s->o.parallel ||
	    (s->in_use > 0 && s->in_use + kl_batch_weight(b) > s->o.memory) ||
	    s->sending + s->queued >= s->o.parallel;
}

/* Whoever has to know of it before it is sent. */
static void
announce(struct kl_send *s, struct kl_batch *b)
{
	struct kl_err err = { 0 };
	enum kl_rc rc = KL_OK;
	uint32_t i;

	trail_leave(s, b);
	for (i = 0; rc == KL_OK && s->o.sink.leave != NULL && i < b->n; i++)
		if (b->rec[i].person != KL_NOBODY)
			rc = s->o.sink.leave(s->o.sink.ctx,
			    kl_batch_bytes(b, &b->rec[i]), &err);
	if (rc != KL_OK)
		run_fail(s, &err);
}

static enum kl_rc
take_off(struct kl_send *s, struct kl_batch *b, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	b->charged = kl_batch_weight(b);
	s->in_use += b->charged;
	if (b->old)
		rc = resume_parts(s, b, err);
	else
		keep_intend(s, b);
	announce(s, b);
	if (rc == KL_OK)
		step_on(s, b);
	return rc;
}

/* Nobody is in it: only its line in the journal, and its receipt, are to be
 * made. */
static void
settle_empty(struct kl_send *s, struct kl_batch *b)
{
	if (s->o.sink.keeps)
		keep_intend(s, b);
	settle_batch(s, b);
}

/* The first that waits leaves, unless it has to wait for others, for its
 * people, or for the list to be read: KL_AGAIN. */
static enum kl_rc
send_off(struct kl_send *s, struct kl_batch *b, struct kl_err *err)
{
	enum kl_rc rc;

	if (s->scan.state == SCAN_READS || must_wait(s, b))
		return KL_AGAIN;
	if ((rc = kl_guard_enter(&s->guard, &b->flight, &b->ids, err)) !=
		KL_OK ||
	    (rc = scan_choose(s, b, err)) != KL_OK)
		return rc;
	if (s->scan.state == SCAN_READS) {
		/* It asks again, and must not meet itself then. */
		kl_guard_leave(&s->guard, &b->flight);
		return KL_AGAIN;
	}
	return take_off(s, next_waiting(s), err);
}

/* Bring what waits on its way, as far as may be.  If there is more input at
 * hand, and something on the way, it waits for company. */
static enum kl_rc
depart(struct kl_send *s, bool idle, struct kl_err *err)
{
	struct kl_batch *b;
	enum kl_rc rc;

	if (!idle && s->parts != NULL && kl_send_ready(s))
		return KL_OK;
	while ((b = s->waiting) != NULL) {
		if (s->stopping)
			drop(s, next_waiting(s));
		else if (s->o.client == NULL)
			rehearse_batch(s, next_waiting(s));
		else if (b->people == 0)
			settle_empty(s, next_waiting(s));
		else if ((rc = send_off(s, b, err)) != KL_OK)
			return rc == KL_AGAIN ? KL_OK : rc;
	}
	return KL_OK;
}

/* Start the parts that are queued, in their order. */
static enum kl_rc
start_queued(struct kl_send *s, struct kl_err *err)
{
	struct part *p = s->first_queued, *next;
	enum kl_rc rc;

	if (!s->stopping && s->sending >= s->o.parallel)
		return KL_OK;
	for (; s->queued > 0 && p != NULL; p = next) {
		next = p->next;
		if (p->state != PART_QUEUED)
			continue;
		if (s->stopping && !p->b->proving)
			part_end(s, p, p->replayed ? KL_UNKNOWN : KL_FAILED,
			    true);
		else if (s->sending >= s->o.parallel)
			break;
		else if ((rc = part_start(s, p, err)) != KL_OK)
			return rc;
	}
	return KL_OK;
}

/*
 * One sync of the journal for all that has come about: what is done has its
 * outcome there before it is told of, and what departs has its intent there
 * before it is sent.
 */
static enum kl_rc
advance(struct kl_send *s, bool idle, struct kl_err *err)
{
	enum kl_rc rc;

	do {
		settle_land(s);
		if ((rc = depart(s, idle, err)) != KL_OK)
			return rc;
	} while (s->done != NULL);
	keep_ahead(s);
	keep_sync(s, false);
	trail_sync(s);
	settle_tell(s);
	return start_queued(s, err);
}

/* True if nothing is on the way, nor to be told of. */
static bool
is_over(const struct kl_send *s)
{
	return s->parts == NULL && s->waiting == NULL && s->done == NULL;
}

static enum kl_rc
take_answer(struct kl_send *s, const struct kl_answer *a, struct kl_err *err)
{
	struct part *p = a->tag;

	if (a->tag == &s->follow)
		return jobs_page(s, a, err);
	if (a->tag == &s->scan)
		return scan_page(s, a, err);
	switch (p->state) {
	case PART_SENT:
		return p->road != NULL ? answer_request(s, p, a, err)
				       : look_answer(s, p, a, err);
	case PART_ASKED:
		return jobs_answer(s, p, a, err);
	case PART_ERRORS:
		return errors_page(s, p, a, err);
	case PART_QUEUED:
	case PART_FOLLOWED:
	case PART_SETTLING:
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

	s->leaving = true;
	s->stopping = true;
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
	wait = jobs_wait(s, queue_full(s) || s->ended, now);
	if (wait == 0)
		return jobs_walk(s, err);
	if (wait < *ms)
		*ms = wait;
	return KL_OK;
}

/* Advance until something is on the way, or there is nothing left. */
static enum kl_rc
set_out(struct kl_send *s, bool idle, struct kl_err *err)
{
	enum kl_rc rc;

	if ((s->stopping || intake_wait(s, kl_now_mono()) == 0) &&
	    (rc = intake_close(s, err)) != KL_OK)
		return rc;
	do {
		if ((rc = advance(s, idle, err)) != KL_OK)
			return rc;
	} while (
	    s->parts == NULL && s->scan.state != SCAN_READS && !is_over(s));
	return KL_OK;
}

/* Wait for answers, no longer than until the deadline. */
static enum kl_rc
wait_for(struct kl_send *s, uint64_t ms, int fd, struct kl_err *err)
{
	uint64_t now = kl_now_mono();
	enum kl_rc rc;

	if (now >= s->deadline)
		return leave(s, err);
	if (ms > s->deadline - now)
		ms = s->deadline - now;
	if (ms > keep_wait(s, now))
		ms = keep_wait(s, now);
	if (doubt_wait(s, now) == 0) {
		doubt_due(s, now);
		return KL_OK;
	}
	if (ms > doubt_wait(s, now))
		ms = doubt_wait(s, now);
	if (ms > intake_wait(s, now))
		ms = intake_wait(s, now);
	if ((rc = look_after_jobs(s, now, &ms, err)) != KL_OK)
		return rc;
	return answers(s, ms, fd, err);
}

enum kl_rc
kl_send_turn(struct kl_send *s, uint64_t ms, int fd, struct kl_err *err)
{
	bool blocked = s->waiting != NULL, idle = ms > 0;
	bool syncs = s->keep.j != NULL || s->o.audit != NULL;
	enum kl_rc rc;

	/* What has been answered meanwhile shares a sync with what leaves. */
	if (!idle && syncs && s->parts != NULL &&
	    kl_client_busy(s->o.client) > 0 &&
	    (rc = answers(s, 0, -1, err)) != KL_OK)
		return rc;
	if ((rc = set_out(s, idle, err)) != KL_OK)
		return rc;
	if (is_over(s)) {
		keep_sync(s, true);
		keep_finish(s);
		return KL_EOF;
	}
	if (blocked && kl_send_ready(s))
		ms = 0; /* there is room for more: first that */
	if ((rc = wait_for(s, ms, fd, err)) != KL_OK)
		return rc;
	return ms > 0 || s->stopping ? advance(s, false, err) : KL_OK;
}
