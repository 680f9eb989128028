/* SPDX-License-Identifier: MIT */
/* work.c - what was answered with 202 and is yet to be done. */

#include <stdlib.h>

#include "box.h"
#include "kl/room.h"

static uint64_t
delay(const struct box *box, enum lane lane)
{
	return job_scaled(box,
	    (double)(lane == LANE_VISIBLE ? box->visibility_delay
					  : box->job_delay));
}

bool
work_add(struct req *q, enum lane lane,
    void (*run)(struct box *box, struct work *w), uint32_t job)
{
	struct works *ws = &q->box->works[lane];
	struct work *w;

	if (!KL_ROOM(ws->w, ws->n, ws->cap, 64))
		return false;
	w = &ws->w[ws->n++];
	*w = (struct work){ .came = q->now,
		.due = q->now + delay(q->box, lane),
		.request = q->number,
		.op = q->op,
		.body = q->body,
		.job = job,
		.run = run };
	q->body = (struct kl_buf){ .max = q->body.max };
	ws->pending += w->body.cap;
	return true;
}

static bool
lane_run(struct box *box, struct works *ws, uint64_t now, uint64_t *next)
{
	bool worked = false;

	for (; ws->head < ws->n; ws->head++) {
		struct work *w = &ws->w[ws->head];

		if (now < w->due && !box->jobs.hurry &&
		    ws->pending <= PENDING_MAX) {
			if (w->due < *next)
				*next = w->due;
			break;
		}
		ws->pending -= w->body.cap;
		box->ledger_time = now;
		w->run(box, w);
		kl_buf_free(&w->body);
		worked = true;
	}
	if (ws->head == ws->n)
		ws->head = ws->n = 0;
	else if (ws->n == ws->cap && ws->head > ws->cap / 2) {
		memmove(ws->w, ws->w + ws->head,
		    (ws->n - ws->head) * sizeof(*ws->w));
		ws->n -= ws->head;
		ws->head = 0;
	}
	return worked;
}

bool
works_run(struct box *box, uint64_t now, uint64_t *next)
{
	bool worked = false;
	int i;

	for (i = 0; i < LANES; i++)
		if (lane_run(box, &box->works[i], now, next))
			worked = true;
	return worked;
}

void
works_free(struct works *w)
{
	for (; w->head < w->n; w->head++)
		kl_buf_free(&w->w[w->head].body);
	free(w->w);
	*w = (struct works){ 0 };
}
