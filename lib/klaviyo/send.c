/* SPDX-License-Identifier: MIT */
/* send.c - a run begins, and is freed. */

#include <stdlib.h>

#include "kl/random.h"
#include "kl/time.h"
#include "run.h"

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
	const struct kl_road *road;
	struct kl_buf tmp = { 0 };
	unsigned way;
	enum kl_rc rc;

	m->verb = s->o.verb;
	m->profile = s->o.profile;
	m->frame.list = s->o.list;
	m->frame.ctx = s->o.ctx;
	m->hash = s->o.hash;
	m->account = s->o.account;
	m->taken = s->o.marks ? s->o.journal : NULL;
	m->max_body = s->ep->body_bytes;
	m->max_item = or_default(s->ep->item_bytes, m->max_body);
	for (way = 1; way < KL_WAYS; way++) {
		if ((road = kl_verb_way(m->verb, way)) == NULL)
			continue;
		kl_buf_reset(&tmp);
		road->open(&tmp, &m->frame);
		road->close(&tmp, &m->frame);
		m->max_way[way] = kl_endpoint(road->ep)->body_bytes - tmp.n;
	}
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
	enum kl_rc rc;

	*to = NULL;
	if (opts->verb->list == KL_LIST_MUST && opts->list == NULL)
		return kl_err_set(err, KL_EUSAGE, "%s needs a list",
		    opts->verb->name);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return kl_err_nomem(err);
	s->o = *opts;
	if (s->o.verb->list == KL_LIST_NEVER)
		s->o.list = NULL;
	s->o.parallel = s->o.parallel != 0 ? s->o.parallel : KL_SEND_PARALLEL;
	s->o.memory = or_default(s->o.memory, KL_SEND_MEMORY);
	s->o.settle_ms = s->o.settle_ms != 0 ? s->o.settle_ms : KL_SETTLE_MS;
	s->o.job_ms = s->o.job_ms != 0 ? s->o.job_ms : KL_JOB_PATIENCE;
	s->ep = kl_endpoint(s->o.verb->road.ep);
	s->o.records = or_default(s->o.records, KL_SEND_RECORDS);
	if (s->o.records > s->ep->items)
		s->o.records = s->ep->items;
	s->waiting_end = &s->waiting;
	s->parts_end = &s->parts;
	keep_open(s);
	s->deadline = UINT64_MAX;
	if ((rc = set_up_maker(s, err)) != KL_OK ||
	    (rc = trail_open(s, err)) != KL_OK) {
		kl_send_free(s);
		return rc;
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
	free_batches(s->done);
	free_batches(s->landed);
	free_batches(s->spare);
	kl_buf_free(&s->keep.tmp);
	kl_buf_free(&s->keep.job.people);
	trail_free(&s->trail);
	kl_guard_free(&s->guard);
	kl_cursor_free(&s->follow.cursor);
	kl_cursor_free(&s->scan.cursor);
	roster_free(&s->scan.roster);
	while (s->maker.bodies > 0)
		kl_buf_free(&s->maker.body[--s->maker.bodies]);
	kl_merge_free(&s->maker.merge);
	kl_profile_ids_free(&s->maker.ids);
	kl_buf_free(&s->maker.key);
	kl_profile_ids_free(&s->ids);
	kl_faults_free(&s->faults);
	kl_json_free(&s->record);
	kl_buf_free(&s->line);
	kl_buf_free(&s->found);
	free(s);
}

void
kl_send_stop(struct kl_send *s, uint64_t ms)
{
	s->stopping = true;
	kl_send_hurry(s, ms);
}

void
kl_send_hurry(struct kl_send *s, uint64_t ms)
{
	uint64_t now = kl_now_mono();

	/* While the input of an earlier run is read again, there is nothing
	 * new that could be sent, and a part of a batch is none. */
	if (s->seq + (s->open == NULL) <= s->keep.known)
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

/* How long what is planned takes: as long as the endpoint that takes longest,
 * at the part of its limit that the run may use. */
static uint64_t
planned_ms(const struct kl_send *s)
{
	uint64_t n[KL_EPS] = { 0 }, most = s->gaps, ms;
	const struct kl_endpoint *ep;
	struct kl_rate rate;
	int i;

	for (i = 0; i < KL_EPS; i++) {
		ep = kl_endpoint((enum kl_ep)i);
		n[ep->twin != 0 ? ep->twin : ep->ep] += s->planned[i];
	}
	for (i = 0; i < KL_EPS; i++) {
		rate = kl_rate_part(&kl_endpoint((enum kl_ep)i)->rate,
		    s->o.max_percent);
		ms = kl_rate_ms(&rate, n[i]);
		most = ms > most ? ms : most;
	}
	return most;
}

struct kl_send_stats
kl_send_stats(const struct kl_send *s)
{
	struct kl_send_stats st = s->stats;

	st.ms = planned_ms(s);
	return st;
}
