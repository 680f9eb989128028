/* SPDX-License-Identifier: MIT */
/* jobs.c - bulk imports: queued, at work, complete, forgotten. */

#include <stdio.h>
#include <stdlib.h>

#include "box.h"
#include "kl/base64.h"
#include "kl/room.h"

uint64_t
job_scaled(const struct box *box, double ms)
{
	return (uint64_t)(ms * 1000 / box->time_scale);
}

uint64_t
job_expires(const struct box *box, const struct job *j)
{
	return j->created + job_scaled(box, (double)JOB_KEPT * 1000);
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
	struct job *j;
	uint64_t *place;

	if (!KL_ROOM(js->job, js->n, js->cap, 64))
		return NULL;
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
