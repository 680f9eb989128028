/* SPDX-License-Identifier: MIT */
/* jobs-run.c - the jobs whose time has come, taken up and completed. */

#include "box.h"

static void
complete(struct box *box, struct job *j, uint64_t now)
{
	struct jobs *js = &box->jobs;

	if (j->started == 0)
		j->started = now;
	box->ledger_time = now;
	js->pending -= j->body.cap;
	job_apply(box, j);
	kl_buf_free(&j->body);
	j->state = JOB_COMPLETE;
	j->completed = box_now(box);
}

int
jobs_run(struct box *box)
{
	struct jobs *js = &box->jobs;
	uint64_t now = box_now(box), delay, next = UINT64_MAX;
	bool worked = false;

	delay = job_scaled(box, (double)box->job_delay);
	for (; js->queued < js->n; js->queued++) {
		struct job *j = &js->job[js->queued];

		if (now < j->created + delay / 2) {
			next = j->created + delay / 2;
			break;
		}
		j->state = JOB_PROCESSING;
		j->started = now;
	}
	for (; js->ahead < js->n; js->ahead++) {
		struct job *j = &js->job[js->ahead];

		if (now < j->created + delay && !js->hurry &&
		    js->pending <= PENDING_MAX) {
			if (j->created + delay < next)
				next = j->created + delay;
			break;
		}
		complete(box, j, now);
		worked = true;
	}
	if (js->queued < js->ahead)
		js->queued = js->ahead;
	if (works_run(box, now, &next))
		worked = true;
	if (worked)
		ledger_flush(box);
	if (next == UINT64_MAX)
		return -1;
	now = box_now(box);
	return next <= now ? 0 : (int)((next - now) / 1000 + 1);
}

void
jobs_finish(struct box *box)
{
	box->job_delay = box->visibility_delay = 0;
	box->jobs.hurry = true;
	(void)jobs_run(box);
}
