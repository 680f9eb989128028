/* SPDX-License-Identifier: MIT */
/* jobs.c - bulk imports: queued, at work, complete, forgotten. */

#include <stdio.h>
#include <stdlib.h>

#include "box.h"
#include "kl/base64.h"

/* A delay of the settings in microseconds, as --time-scale shortens it. */
static uint64_t
scaled(const struct box *box, double ms)
{
	return (uint64_t)(ms * 1000 / box->time_scale);
}

uint64_t
job_expires(const struct box *box, const struct job *j)
{
	return j->created + scaled(box, (double)JOB_KEPT * 1000);
}

/* What the service's ids look like once their base64 is taken off. */
static void
make_id(struct box *box, struct job *j, uint64_t now)
{
	struct kl_buf id = { 0 };
	char text[64], a[7], b[7];
	int n;

	random_id(box, a, 6);
	random_id(box, b, 6);
	n = snprintf(text, sizeof(text), "%s_maintenance.%s.%llu.%s",
	    ACCOUNT_ID, a, (unsigned long long)(now / 1000000), b);
	kl_base64url(&id, text, (size_t)n);
	(void)snprintf(j->id, sizeof(j->id), "%s", kl_buf_str(&id));
	kl_buf_free(&id);
}

struct job *
job_add(struct box *box, uint64_t now)
{
	struct jobs *js = &box->jobs;
	struct job *grown, *j;
	uint64_t *place;
	uint32_t cap;

	if (js->n == js->cap) {
		cap = js->cap == 0 ? 64 : js->cap * 2;
		if ((grown = realloc(js->job, cap * sizeof(*grown))) == NULL)
			return NULL;
		js->job = grown;
		js->cap = cap;
	}
	j = &js->job[js->n];
	*j = (struct job){ .created = now };
	make_id(box, j, now);
	place = kl_map_put(&js->by_id, j->id, strlen(j->id), NULL);
	if (place == NULL)
		return NULL;
	*place = js->n++;
	return j;
}

struct job *
job_find(struct box *box, struct kl_span id, uint64_t now)
{
	uint64_t *place = kl_map_get(&box->jobs.by_id, id.s, id.n);
	struct job *j;

	if (place == NULL)
		return NULL;
	j = &box->jobs.job[*place];
	return now < job_expires(box, j) ? j : NULL;
}

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

	delay = scaled(box, (double)box->job_delay);
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

		if (now < j->created + delay && js->pending <= PENDING_MAX) {
			if (j->created + delay < next)
				next = j->created + delay;
			break;
		}
		complete(box, j, now);
		worked = true;
	}
	if (js->queued < js->ahead)
		js->queued = js->ahead;
	if (worked)
		ledger_flush(box);
	if (next == UINT64_MAX)
		return -1;
	now = box_now(box);
	return next <= now ? 0 : (int)((next - now) / 1000 + 1);
}

void
jobs_free(struct jobs *js)
{
	uint32_t i;
	size_t k;

	for (i = 0; i < js->n; i++) {
		for (k = 0; k < js->job[i].errors; k++)
			free(js->job[i].error[k].payload);
		free(js->job[i].error);
		free(js->job[i].row);
		kl_buf_free(&js->job[i].body);
	}
	free(js->job);
	kl_map_free(&js->by_id);
	*js = (struct jobs){ 0 };
}
