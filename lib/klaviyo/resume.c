/* SPDX-License-Identifier: MIT */
/*
 * resume.c - what the journal has of an earlier run.
 *
 * The input is read again and the batches are made again, with the boundaries
 * they had; a batch must come to the same digests of input and request.  One
 * that is settled is not sent.  Of one that is not, known jobs are followed,
 * and the rest is sent again if the endpoint's replay class lets it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kl/time.h"
#include "run.h"

const struct kl_journal_batch *
resume_row(struct kl_send *s, uint64_t seq)
{
	struct keep *k = &s->keep;
	struct kl_err err = { 0 };

	if (k->j == NULL || seq > k->known)
		return NULL;
	if (k->row.seq == seq)
		return &k->row;
	if (k->row.seq + 1 == seq)
		k->last = k->row.line;
	if (kl_journal_get(k->j, seq, &k->row, &err) == KL_OK)
		return &k->row;
	if (err.rc == KL_OK)
		(void)kl_err_set(&err, KL_EDATA,
		    "the journal has no batch %llu", (unsigned long long)seq);
	run_fail(s, &err);
	k->row.seq = 0;
	k->known = 0;
	return NULL;
}

bool
kl_send_known(struct kl_send *s)
{
	const struct kl_journal_batch *row;

	if (s->open != NULL)
		return s->open->settled;
	row = resume_row(s, s->seq + 1);
	return row != NULL && row->settled;
}

void
resume_open(struct kl_send *s, struct kl_batch *b)
{
	const struct kl_journal_batch *row = resume_row(s, b->seq);

	if (row == NULL || row->records > UINT32_MAX)
		return;
	b->old = true;
	b->settled = row->settled;
	b->want = (uint32_t)row->records;
	b->at = row->at;
}

/* --- the same input? ------------------------------------------------------ */

/* The input, or what is made of it, is not what it was. */
static void
differs(struct kl_send *s, const char *what, const char *hint)
{
	const struct kl_journal_run *r = kl_journal_run(s->keep.j);
	struct kl_err err = { 0 };
	char date[KL_TIME_TEXT];

	(void)kl_err_set(&err, KL_EDATA, "%s the run that began %s", what,
	    kl_time_text_ms(r->started, date));
	kl_err_code(&err, "input_differs");
	kl_err_hint(&err, "%s", hint);
	run_fail(s, &err);
}

static void
lines_differ(struct kl_send *s)
{
	unsigned long long from = s->keep.last + 1, to = s->keep.row.line;
	char what[120];

	if (from < to)
		(void)snprintf(what, sizeof(what),
		    "lines %llu to %llu of the input are not those of", from,
		    to);
	else
		(void)snprintf(what, sizeof(what),
		    "line %llu of the input is not that of", to);
	differs(s, what,
	    "give the input of that time, or begin anew with --fresh");
}

bool
resume_agrees(struct kl_send *s, struct kl_batch *b)
{
	const struct kl_journal_batch *row = resume_row(s, b->seq);
	unsigned char body[KL_JOURNAL_DIGEST];

	if (row == NULL)
		return false;
	if (b->n != row->records || b->line != row->line ||
	    memcmp(b->seen, row->input, sizeof(b->seen)) != 0) {
		lines_differ(s);
		return false;
	}
	keep_body(s, b, body);
	if (memcmp(body, row->body, sizeof(body)) == 0)
		return true;
	differs(s, "the input makes another request than in",
	    "give the options and tombstones of that time, or begin anew with "
	    "--fresh");
	return false;
}

void
resume_ended(struct kl_send *s)
{
	char what[120];

	if (s->keep.j == NULL || s->stopping || s->end.rc != KL_OK ||
	    resume_row(s, s->seq + 1) == NULL)
		return;
	(void)snprintf(what, sizeof(what),
	    "the input ends with line %llu, before that of",
	    (unsigned long long)s->keep.line);
	differs(s, what,
	    "give the input of that time, or begin anew with --fresh");
}

/* --- what became of it ---------------------------------------------------- */

static bool
damaged(struct kl_send *s, const struct kl_batch *b)
{
	struct kl_err err = { 0 };

	(void)kl_err_set(&err, KL_EDATA,
	    "what the journal has of batch %llu cannot be",
	    (unsigned long long)b->seq);
	kl_err_hint(&err, "begin anew with --fresh");
	run_fail(s, &err);
	return false;
}

/* How it was sent, as its receipt says. */
static bool
take_jobs(struct kl_send *s, struct kl_batch *b)
{
	struct kl_journal_job *job = &s->keep.job;
	struct kl_err err = { 0 };
	unsigned n;

	for (n = 0;
	     kl_journal_job_get(s->keep.j, b->seq, n, job, &err) == KL_OK; n++)
		if (job->id[0] != '\0' && job->id[0] != '-')
			kl_buf_put(&b->jobs, job->id, strlen(job->id) + 1);
	return err.rc == KL_OK || damaged(s, b);
}

bool
resume_outcomes(struct kl_send *s, struct kl_batch *b)
{
	const struct kl_journal_batch *row = resume_row(s, b->seq);
	struct kl_buf *o = &s->keep.tmp;
	struct kl_err err = { 0 };
	unsigned char outcome;
	uint32_t i;

	if (row == NULL ||
	    kl_journal_outcomes(s->keep.j, row, o, &err) != KL_OK)
		return damaged(s, b);
	for (i = 0; i < b->n; i++) {
		outcome = (unsigned char)o->s[o->n == 1 ? 0 : i];
		if (outcome >= KL_OUTCOMES ||
		    (b->rec[i].person == KL_NOBODY && outcome != KL_REJECTED))
			return damaged(s, b);
		if (b->rec[i].person != KL_NOBODY)
			kl_batch_settle(b, b->rec[i].person,
			    (enum kl_outcome)outcome);
	}
	b->http = row->http;
	b->attempts = row->attempts;
	b->started = row->started;
	b->ms = row->ms;
	return take_jobs(s, b);
}

/* --- what is left to do --------------------------------------------------- */

/* Read "0-4,7-9": mark those people.  False if it says anything else. */
static bool
mark(const struct kl_buf *text, bool *covered, uint32_t people)
{
	unsigned long v[2] = { 0, 0 };
	unsigned which = 0;
	bool digits = false;
	size_t i;
	char c;

	for (i = 0; i <= text->n; i++) {
		c = i < text->n ? text->s[i] : ',';
		if (c >= '0' && c <= '9') {
			v[which] = v[which] * 10 + (unsigned long)(c - '0');
			digits = true;
			if (v[which] >= people)
				return false;
		} else if (c == '-' && digits && which == 0) {
			which = 1;
			digits = false;
		} else if (c == ',' && digits && which == 1) {
			for (; v[0] <= v[1]; v[0]++)
				covered[v[0]] = true;
			v[0] = v[1] = which = 0;
			digits = false;
		} else
			return false;
	}
	return true;
}

/* A part of the people who are marked. */
static struct part *
add_part(struct kl_send *s, struct kl_batch *b, const bool *of_job,
    struct kl_err *err)
{
	uint32_t *row = malloc((size_t)b->people * sizeof(*row)), i, n = 0;
	struct part *p = NULL;

	if (row == NULL) {
		(void)kl_err_nomem(err);
		return NULL;
	}
	for (i = 0; i < b->people; i++)
		if (of_job[i]) {
			row[n++] = i;
			b->person[i].stage = KL_STAGE_SENT;
		}
	p = part_add(s, b, &s->o.verb->road, row, n, err);
	free(row);
	return p;
}

/* The people of a row of the journal; NULL, the batch being damaged or
 * memory out (err), if it says anything but that. */
static bool *
people_of(struct kl_send *s, struct kl_batch *b, struct kl_err *err)
{
	const struct kl_journal_job *job = &s->keep.job;
	bool *of = calloc(b->people, sizeof(*of));

	if (of == NULL) {
		(void)kl_err_nomem(err);
		return NULL;
	}
	if (job->people.n == 0)
		memset(of, true, b->people * sizeof(*of));
	else if (!mark(&job->people, of, b->people)) {
		(void)damaged(s, b);
		free(of);
		return NULL;
	}
	return of;
}

/* Follow the job, whose people are of no other. */
static enum kl_rc
follow(struct kl_send *s, struct kl_batch *b, const bool *of_job,
    struct kl_err *err)
{
	const struct kl_journal_job *job = &s->keep.job;
	struct part *p;
	uint32_t i;

	for (i = 0; i < b->people; i++)
		if (of_job[i] && b->person[i].stage != KL_STAGE_NEW) {
			(void)damaged(s, b);
			return KL_OK;
		}
	if ((p = add_part(s, b, of_job, err)) == NULL)
		return KL_ENOMEM;
	memcpy(p->job, job->id, sizeof(p->job));
	p->replayed = true;
	b->http = job->http;
	b->attempts = job->attempts;
	kl_buf_put(&b->jobs, p->job, strlen(p->job) + 1);
	jobs_follow(s, p);
	return KL_OK;
}

/* When those were about to be sent: "-sent 1795406706123". */
static void
take_time(struct kl_batch *b, const char *id)
{
	uint64_t ms = 0;

	for (id += sizeof(KEEP_SENT) - 1; *id >= '0' && *id <= '9'; id++)
		ms = ms * 10 + (uint64_t)(*id - '0');
	if (b->sent == 0 || ms < b->sent)
		b->sent = ms;
	if (ms > b->last)
		b->last = ms;
}

/* A row of the journal: a job, who was about to be sent, or who was taken. */
static enum kl_rc
take_row(struct kl_send *s, struct kl_batch *b, struct kl_err *err)
{
	bool *of = people_of(s, b, err);
	const char *id = s->keep.job.id;
	enum kl_rc rc = KL_OK;
	uint32_t i;

	if (of == NULL)
		return err->rc == KL_ENOMEM ? KL_ENOMEM : KL_OK;
	if (strncmp(id, KEEP_SENT, sizeof(KEEP_SENT) - 1) == 0) {
		take_time(b, id);
		for (i = 0; i < b->people; i++)
			b->person[i].tried = b->person[i].tried || of[i];
	} else if (strcmp(id, KEEP_TAKEN) == 0) {
		for (i = 0; i < b->people; i++)
			if (of[i])
				kl_batch_settle(b, i, KL_ACCEPTED);
	} else
		rc = follow(s, b, of, err);
	free(of);
	return rc;
}

/* Those that no job is known of: may they be sent again?  Where people are
 * looked at first, none was sent before the journal knew who. */
static void
replay(struct kl_send *s, struct kl_batch *b)
{
	const struct kl_road *road;
	struct kl_person *p;
	uint32_t i;
	bool ask;

	for (i = 0; i < b->people; i++) {
		p = &b->person[i];
		if (p->stage != KL_STAGE_NEW || p->outcome != KL_PENDING)
			continue;
		p->tried = p->tried || s->o.verb->look == NULL;
		road = kl_verb_way(s->o.verb, p->way);
		ask = kl_endpoint(road->ep)->replay == KL_REPLAY_ASK &&
		    !s->o.resend_unknown;
		if (p->tried && s->o.verb->proof != NULL)
			doubt_person(s, b, i);
		else if (ask && p->tried)
			kl_batch_settle(b, i, KL_UNKNOWN);
	}
}

enum kl_rc
resume_parts(struct kl_send *s, struct kl_batch *b, struct kl_err *err)
{
	uint64_t now = kl_now_wall();
	struct kl_err why = { 0 };
	enum kl_rc rc = KL_OK;
	unsigned n;

	b->started = b->at;
	b->mono = kl_now_mono() - (now > b->at ? now - b->at : 0);
	for (n = 0; rc == KL_OK &&
	     kl_journal_job_get(s->keep.j, b->seq, n, &s->keep.job, &why) ==
		 KL_OK;
	     n++)
		rc = take_row(s, b, err);
	if (why.rc != KL_OK)
		run_fail(s, &why);
	if (rc == KL_OK)
		replay(s, b);
	return rc;
}
