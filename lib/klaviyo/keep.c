/* SPDX-License-Identifier: MIT */
/*
 * keep.c - the journal is told what happens.
 *
 * The running digest is of the bytes of the input as they were read.  A batch
 * ends with the line of its last record: if it is closed because the next
 * record does not fit, another line has been seen meanwhile, so the digest
 * before that one is kept.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kl/time.h"
#include "run.h"

#define LAZY_MS 50 /* so long a job that is known may wait for others */

void
keep_open(struct kl_send *s)
{
	struct keep *k = &s->keep;

	if ((k->j = s->o.journal) == NULL)
		return;
	k->marks = s->o.marks;
	if (k->marks)
		s->seq = kl_journal_events(k->j).batches;
	k->known = kl_journal_run(k->j)->batches;
	kl_hmac_begin(kl_journal_hmac(k->j), &k->seen);
	k->then = k->seen;
}

static bool
is_kept(const struct kl_send *s)
{
	return s->keep.j != NULL && !s->keep.failed;
}

/* The journal cannot be written: nothing that it should know of may happen
 * any more. */
static void
failed(struct kl_send *s, const struct kl_err *err)
{
	s->keep.failed = true;
	run_fail(s, err);
}

/* --- the input ------------------------------------------------------------ */

/* Another line begins. */
static void
begin_line(struct keep *k)
{
	if (k->brought) {
		k->then = k->seen;
		k->then_line = k->line;
	}
	k->brought = false;
}

/* The line, as it was read, is known to the journal's digest. */
static void
see_line(struct kl_send *s, const struct kl_line *line)
{
	struct keep *k = &s->keep;
	struct kl_err err;

	kl_err_clear(&err);
	if (!k->amid)
		begin_line(k);
	k->amid = false;
	k->line = line->no;
	if (k->marks) {
		if (taken_line(k, line, &err) != KL_OK)
			failed(s, &err);
		return;
	}
	if (line->s != NULL)
		kl_hmac_add(&k->seen, line->s, line->n + line->eol);
	else if (line->eol)
		kl_hmac_add(&k->seen, "\n", 1);
}

void
kl_send_input(struct kl_send *s, const struct kl_line *line)
{
	if (s->keep.j != NULL)
		see_line(s, line);
}

void
kl_send_dropped(void *send, const char *bytes, size_t n)
{
	struct keep *k = &((struct kl_send *)send)->keep;

	if (k->j == NULL || k->marks)
		return;
	if (!k->amid)
		begin_line(k);
	k->amid = true;
	kl_hmac_add(&k->seen, bytes, n);
}

void
keep_brought(struct kl_send *s, struct kl_batch *b)
{
	s->keep.brought = true;
	b->line = s->keep.line;
}

static void
end_digest(const struct keep *k, const struct kl_hmac_run *run,
    unsigned char digest[KL_JOURNAL_DIGEST])
{
	unsigned char md[KL_SHA256];

	kl_hmac_end(kl_journal_hmac(k->j), run, md);
	memcpy(digest, md, KL_JOURNAL_DIGEST);
}

void
keep_mark(struct kl_send *s, struct kl_batch *b)
{
	const struct keep *k = &s->keep;

	if (k->j != NULL && !k->marks)
		end_digest(k, b->line == k->line ? &k->seen : &k->then,
		    b->seen);
}

void
keep_body(struct kl_send *s, struct kl_batch *b,
    unsigned char digest[KL_JOURNAL_DIGEST])
{
	unsigned char md[KL_SHA256];

	sum_now(s, b);
	kl_hmac(kl_journal_hmac(s->keep.j), b->sha256, strlen(b->sha256), md);
	memcpy(digest, md, KL_JOURNAL_DIGEST);
}

/* --- batches -------------------------------------------------------------- */

/* What the journal has of a batch, but for its outcome. */
static struct kl_journal_batch
row_of(struct kl_send *s, struct kl_batch *b)
{
	struct kl_journal_batch row = { .seq = b->seq,
		.from = b->from,
		.to = b->to,
		.line = b->line,
		.records = b->n,
		.at = kl_now_wall() };

	memcpy(row.input, b->seen, sizeof(row.input));
	keep_body(s, b, row.body);
	return row;
}

void
keep_intend(struct kl_send *s, struct kl_batch *b)
{
	struct kl_journal_batch row;
	struct kl_err err = { 0 };

	if (!is_kept(s) || b->old || b->intended ||
	    (s->keep.marks && b->people == 0))
		return;
	b->intended = true;
	s->keep.due = true;
	if (s->keep.marks) {
		if (taken_intend(&s->keep, b, &err) != KL_OK)
			failed(s, &err);
		return;
	}
	row = row_of(s, b);
	if (kl_journal_intend(s->keep.j, &row, &err) != KL_OK)
		failed(s, &err);
}

/* "0-4,7-9" */
static void
put_people(struct kl_buf *to, const uint32_t *row, uint32_t n)
{
	uint32_t i, first;

	for (i = 0; i < n; i++) {
		first = row[i];
		while (i + 1 < n && row[i + 1] == row[i] + 1)
			i++;
		kl_buf_printf(to, "%s%u-%u", to->n > 0 ? "," : "",
		    (unsigned)first, (unsigned)row[i]);
	}
}

void
keep_fit(struct kl_send *s, const struct kl_batch *b)
{
	struct kl_journal_job *job = &s->keep.job;
	struct kl_err err = { 0 };
	uint32_t *row, i, n = 0;

	if (!is_kept(s) || b->pending == 0)
		return;
	if ((row = malloc((size_t)b->people * sizeof(*row))) == NULL) {
		(void)kl_err_nomem(&err);
		failed(s, &err);
		return;
	}
	for (i = 0; i < b->people; i++)
		if (b->person[i].outcome == KL_PENDING &&
		    b->person[i].stage == KL_STAGE_NEW)
			row[n++] = i;
	(void)snprintf(job->id, sizeof(job->id), KEEP_SENT "%llu",
	    (unsigned long long)kl_now_wall());
	job->http = 0;
	job->attempts = 0;
	kl_buf_reset(&job->people);
	if (n < b->people)
		put_people(&job->people, row, n);
	free(row);
	s->keep.due = true;
	if (kl_buf_check(&job->people, &err) != KL_OK ||
	    (n > 0 && kl_journal_job(s->keep.j, b->seq, job, &err) != KL_OK))
		failed(s, &err);
}

/* A row about the people of a part. */
static void
keep_part(struct kl_send *s, const struct part *p, const char *id)
{
	struct kl_journal_job *job = &s->keep.job;
	struct kl_err err = { 0 };

	if (!is_kept(s))
		return;
	(void)snprintf(job->id, sizeof(job->id), "%s", id);
	job->http = p->b->http;
	job->attempts = p->b->attempts;
	kl_buf_reset(&job->people);
	if (p->row != NULL)
		put_people(&job->people, p->row, p->rows);
	if (kl_buf_check(&job->people, &err) != KL_OK ||
	    kl_journal_job(s->keep.j, p->b->seq, job, &err) != KL_OK)
		failed(s, &err);
}

void
keep_job(struct kl_send *s, const struct part *p)
{
	if (is_kept(s) && s->keep.lazy == 0)
		s->keep.lazy = kl_now_mono();
	keep_part(s, p, p->job);
}

void
keep_taken(struct kl_send *s, const struct part *p)
{
	/* Else the outcome of the batch tells it, at once. */
	if (s->o.verb->proof == NULL || part_pending(p) == p->b->pending)
		return;
	s->keep.due = true;
	keep_part(s, p, KEEP_TAKEN);
}

/* An outcome a record; one, if all have it. */
static void
put_outcomes(struct kl_buf *to, const struct kl_batch *b)
{
	bool same = true;
	uint32_t i;

	kl_buf_reset(to);
	for (i = 0; i < b->n; i++) {
		kl_buf_putc(to, (char)kl_batch_outcome(b, &b->rec[i]));
		same = same && to->n > 0 && to->s[to->n - 1] == to->s[0];
	}
	if (same && to->n > 1)
		to->n = 1;
}

void
keep_outcome(struct kl_send *s, struct kl_batch *b)
{
	struct kl_journal_batch row;
	struct kl_buf *o = &s->keep.tmp;
	struct kl_err err = { 0 };

	s->keep.left = s->keep.left || b->left_open;
	if (is_kept(s) && s->keep.marks && b->intended) {
		s->keep.due = true;
		if (taken_outcome(&s->keep, b, &err) != KL_OK)
			failed(s, &err);
	}
	if (!is_kept(s) || s->keep.marks || b->left_open)
		return;
	put_outcomes(o, b);
	row = row_of(s, b);
	row.http = b->http;
	row.attempts = b->attempts;
	row.started = b->started;
	row.ms = b->ms;
	s->keep.due = true;
	if (kl_buf_check(o, &err) != KL_OK ||
	    kl_journal_settle(s->keep.j, &row, (const unsigned char *)o->s,
		o->n, &err) != KL_OK)
		failed(s, &err);
}

void
keep_ahead(struct kl_send *s)
{
	struct kl_batch *b;

	if (!s->keep.due || s->stopping)
		return;
	for (b = s->waiting; b != NULL && b->people > 0 && !b->asks;
	     b = b->next)
		keep_intend(s, b);
}

uint64_t
keep_wait(const struct kl_send *s, uint64_t now)
{
	uint64_t lazy = s->keep.lazy;

	if (lazy == 0)
		return UINT64_MAX;
	return now - lazy < LAZY_MS ? LAZY_MS - (now - lazy) : 0;
}

void
keep_sync(struct kl_send *s, bool anyway)
{
	struct keep *k = &s->keep;
	struct kl_err err = { 0 };

	if (!is_kept(s) ||
	    (!k->due && !anyway && keep_wait(s, kl_now_mono()) > 0))
		return;
	k->due = false;
	k->lazy = 0;
	if (kl_journal_sync(k->j, &err) != KL_OK)
		failed(s, &err);
}

void
keep_finish(struct kl_send *s)
{
	struct keep *k = &s->keep;
	unsigned char end[KL_JOURNAL_DIGEST];
	struct kl_err err = { 0 };

	if (!is_kept(s) || k->finished || k->left || !s->ended || s->stopping ||
	    s->end.rc != KL_OK || kl_journal_run(k->j)->finished != 0)
		return;
	end_digest(k, &k->seen, end);
	if (kl_journal_finish(k->j, k->line, end, kl_now_wall(), &err) != KL_OK)
		failed(s, &err);
	k->finished = true;
}
