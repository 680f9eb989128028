/* SPDX-License-Identifier: MIT */
/*
 * jobs.c - following jobs to their end.
 *
 * One walk over the newest jobs of the account (100 a page) tells of all that
 * are under way, instead of a request for each.  A job that several walks did
 * not show is asked after by its id.
 */

#include <string.h>

#include "kl/time.h"
#include "kl/url.h"
#include "run.h"

/*
 * Walks begin 100 ms after the first job, slow down to 5 s while nothing
 * happens, and are soon again after something did; as soon as the endpoint's
 * limit allows for the whole minute.
 */
#define QUICK_MS 100
#define SLOW_MS 5000
#define MISSES 3     /* walks a job may be missing from */
#define PAGES_MORE 2 /* pages for jobs of others between ours */

bool
jobs_pending(const struct kl_send *s)
{
	const struct part *p;

	for (p = s->parts; p != NULL; p = p->next)
		if (p->state == PART_FOLLOWED)
			return true;
	return false;
}

static unsigned
count_followed(const struct kl_send *s)
{
	const struct part *p;
	unsigned n = 0;

	for (p = s->parts; p != NULL; p = p->next)
		n += p->state == PART_FOLLOWED;
	return n;
}

/* Something changed: look again soon. */
static void
news(struct kl_send *s)
{
	s->follow.news = kl_now_mono();
	s->follow.interval = QUICK_MS;
}

uint64_t
jobs_wait(struct kl_send *s, bool blocked, uint64_t now)
{
	const struct follow *f = &s->follow;
	uint64_t at = f->at;

	if (blocked && at > f->last + QUICK_MS)
		at = f->last + QUICK_MS;
	if (at < f->last + f->pace)
		at = f->last + f->pace;
	return at > now ? at - now : 0;
}

static enum kl_rc
ask_page(struct kl_send *s, struct kl_err *err)
{
	const struct kl_road *road = &s->o.verb->road;
	const struct kl_endpoint *ep = kl_endpoint(road->jobs);
	struct kl_call call = { .ep = ep, .tag = &s->follow };
	struct kl_buf *q = &s->line;

	kl_buf_reset(q);
	if (ep->page_size > 0)
		kl_buf_printf(q, "page%%5Bsize%%5D=%u&",
		    (unsigned)ep->page_size);
	kl_buf_printf(q, "sort=%s", road->newest);
	if (s->follow.cursor.value.n > 0)
		kl_url_param(q, "page[cursor]", s->follow.cursor.value.s,
		    s->follow.cursor.value.n);
	call.query.s = q->s;
	call.query.n = q->n;
	s->follow.busy = true;
	s->follow.pages++;
	return kl_client_start(s->o.client, &call, err);
}

enum kl_rc
jobs_walk(struct kl_send *s, struct kl_err *err)
{
	struct part *p;

	kl_cursor_free(&s->follow.cursor);
	memset(&s->follow.cursor, 0, sizeof(s->follow.cursor));
	s->follow.pages = 0;
	for (p = s->parts; p != NULL; p = p->next)
		p->seen = false;
	return ask_page(s, err);
}

/* The integer member, or 0 where it is null or missing. */
static int64_t
integer(const struct kl_json *doc, uint32_t obj, const char *name)
{
	uint32_t v = kl_json_get(doc, obj, name);
	int64_t n = 0;

	if (v == 0 || !kl_json_int(doc, v, &n))
		return 0;
	return n;
}

/* The job is complete.  It does not say whom it skipped, having found nothing
 * to do for them; only if those are all is it known. */
static void
end(struct kl_send *s, struct part *p, int64_t skipped)
{
	uint32_t all = part_pending(p);

	if (skipped > 0)
		s->stats.skipped += (uint64_t)skipped;
	part_end(s, p,
	    skipped > 0 && (uint64_t)skipped >= all ? KL_UNCHANGED
						    : KL_ACCEPTED,
	    false);
}

/* What became of the job, from a job resource.  The part may be gone
 * afterwards. */
static enum kl_rc
hear(struct kl_send *s, struct part *p, const struct kl_json *doc, uint32_t job,
    struct kl_err *err)
{
	uint32_t a = kl_json_get(doc, job, "attributes");
	uint32_t st = kl_json_get(doc, a, "status");
	int64_t completed = integer(doc, a, "completed_count");
	int64_t failed = integer(doc, a, "failed_count");

	if (a == 0 || st == 0) /* nothing said: patience with jobs bounds it */
		return KL_OK;
	if (completed != p->completed || failed != p->failed ||
	    !kl_json_is(doc, st, p->status)) {
		struct kl_buf tmp = { 0 };
		struct kl_span t = kl_json_text(doc, st, &tmp);

		if (t.n < sizeof(p->status)) {
			memcpy(p->status, t.s, t.n);
			p->status[t.n] = '\0';
		}
		kl_buf_free(&tmp);
		p->completed = completed;
		p->failed = failed;
		news(s);
	}
	if (kl_json_is(doc, st, "complete")) {
		if (failed > 0 && p->road->errors != 0)
			return errors_read(s, p, err);
		if (failed > 0)
			return errors_untold(s, p);
		end(s, p, integer(doc, a, "skipped_count"));
	} else if (kl_json_is(doc, st, "cancelled")) {
		run_note(s, "job %s was cancelled by the service", p->job);
		part_end(s, p, KL_FAILED, false);
	}
	return KL_OK;
}

/* No answer tells what became of any job. */
static void
lose_all(struct kl_send *s, const struct kl_err *why)
{
	struct part *p = s->parts, *next;

	run_fail(s, why);
	for (; p != NULL; p = next) {
		next = p->next;
		if (p->state == PART_FOLLOWED)
			part_end(s, p, KL_UNKNOWN, why->rc != KL_EREFUSED);
	}
}

/* True if there may be another request of what the part has. */
static bool
may_send(const struct part *p)
{
	return p->replayed || p->state == PART_QUEUED || p->state == PART_SENT;
}

/* True if records that stand in the body are looked at after they were sent:
 * by who sets them aside, lists them, or tells who was changed. */
static bool
is_read(const struct kl_send *s, const struct kl_batch *b)
{
	return kl_batch_stout(b) &&
	    (!s->o.sink.blind || s->o.hash != NULL || s->o.audit != NULL ||
		s->o.verb->kind != NULL || s->o.verb->look != NULL ||
		s->o.verb->proof != NULL || kl_batch_mixed(b));
}

/* The batch's body is not needed any more once no request of it is to come;
 * its memory then serves others. */
static void
lighten(struct kl_send *s, const struct part *told)
{
	struct kl_batch *b = told->b;
	const struct part *p;

	if (may_send(told))
		return;
	/* Mostly it is the only one, among hundreds of others. */
	for (p = s->parts; b->parts > 1 && p != NULL; p = p->next)
		if (p->b == b && may_send(p))
			return;
	if (!is_read(s, b))
		sum_spent(s, b);
}

void
jobs_follow(struct kl_send *s, struct part *p)
{
	if (!jobs_pending(s)) {
		s->follow.at = kl_now_mono() + QUICK_MS;
		news(s);
	}
	part_turn(s, p, PART_FOLLOWED);
}

enum kl_rc
jobs_accepted(struct kl_send *s, struct part *p, const struct kl_answer *a,
    struct kl_err *err)
{
	uint32_t data = kl_json_get(a->doc, 0, "data");
	struct kl_buf tmp = { 0 };
	struct kl_span id = { 0 };
	struct kl_err why = { 0 };

	if (data != 0)
		id =
		    kl_json_text(a->doc, kl_json_get(a->doc, data, "id"), &tmp);
	if (id.n == 0 || id.n >= sizeof(p->job) ||
	    memchr(id.s, '\0', id.n) != NULL) {
		kl_buf_free(&tmp);
		(void)kl_err_set(&why, KL_EPROTO,
		    "the service took a request and named no job");
		run_fail(s, &why);
		part_end(s, p, KL_UNKNOWN, true);
		return KL_OK;
	}
	memcpy(p->job, id.s, id.n);
	p->job[id.n] = '\0';
	kl_buf_free(&tmp);
	kl_buf_put(&p->b->jobs, p->job, strlen(p->job) + 1);
	keep_job(s, p);
	jobs_follow(s, p);
	lighten(s, p);
	return hear(s, p, a->doc, data, err);
}

/* The part whose job that is, if it is followed. */
static struct part *
followed(struct kl_send *s, const struct kl_json *doc, uint32_t id)
{
	struct kl_buf tmp = { 0 };
	struct kl_span job = { 0 };
	struct part *p = s->parts;

	if (id != 0)
		job = kl_json_text(doc, id, &tmp);
	if (job.n == 0 || job.n >= sizeof(p->job))
		p = NULL;
	/* There may be hundreds, which differ in their last characters. */
	for (; p != NULL; p = p->next)
		if (p->state == PART_FOLLOWED &&
		    p->job[job.n - 1] == job.s[job.n - 1] &&
		    p->job[job.n] == '\0' && memcmp(p->job, job.s, job.n) == 0)
			break;
	kl_buf_free(&tmp);
	return p;
}

/* Ask after those that were on no page. */
static enum kl_rc
ask_missing(struct kl_send *s, struct kl_err *err)
{
	struct kl_call call = { .ep = kl_endpoint(s->o.verb->road.job) };
	struct part *p;
	enum kl_rc rc;

	for (p = s->parts; p != NULL; p = p->next) {
		if (p->state != PART_FOLLOWED || p->seen ||
		    ++p->missed < MISSES)
			continue;
		call.id = p->job;
		call.tag = p;
		p->missed = 0;
		part_turn(s, p, PART_ASKED);
		if ((rc = kl_client_start(s->o.client, &call, err)) != KL_OK)
			return rc;
	}
	return KL_OK;
}

/* The walk is over: when is the next? */
static enum kl_rc
rest(struct kl_send *s, struct kl_err *err)
{
	struct follow *f = &s->follow;
	uint64_t now = kl_now_mono();
	struct kl_err why = { 0 };

	f->busy = false;
	f->last = now;
	f->pace =
	    kl_client_pace(s->o.client, kl_endpoint(s->o.verb->road.jobs));
	f->at = now + f->interval;
	f->interval += f->interval / 2;
	if (f->interval > SLOW_MS)
		f->interval = SLOW_MS;
	if (jobs_pending(s) && now - f->news > s->o.job_ms) {
		(void)kl_err_set(&why, KL_ERETRY, "no job has moved for %llu s",
		    (unsigned long long)(s->o.job_ms / 1000));
		kl_err_hint(&why,
		    "the records were taken, and may yet be "
		    "imported; sending them again is safe");
		lose_all(s, &why);
		return KL_OK;
	}
	return ask_missing(s, err);
}

static bool
all_seen(const struct kl_send *s)
{
	const struct part *p;

	for (p = s->parts; p != NULL; p = p->next)
		if (p->state == PART_FOLLOWED && !p->seen)
			return false;
	return true;
}

enum kl_rc
jobs_page(struct kl_send *s, const struct kl_answer *a, struct kl_err *err)
{
	struct follow *f = &s->follow;
	uint32_t data;
	struct part *p;
	enum kl_rc rc;

	if (a->err.rc != KL_OK) {
		f->busy = false;
		lose_all(s, &a->err);
		return KL_OK;
	}
	data = kl_json_get(a->doc, 0, "data");
	if (data != 0 && kl_json_type(a->doc, data) == KL_JSON_ARRAY)
		kl_json_each (e, a->doc, data) {
			p = followed(s, a->doc, kl_json_get(a->doc, e, "id"));
			if (p == NULL)
				continue;
			p->seen = true;
			p->missed = 0;
			if ((rc = hear(s, p, a->doc, e, err)) != KL_OK)
				return rc;
		}
	if (all_seen(s) || f->pages > count_followed(s) / 100 + PAGES_MORE)
		return rest(s, err);
	rc = kl_cursor_next(&f->cursor, a->doc, kl_client_base(s->o.client),
	    KL_SPAN(a->ep->path), err);
	if (rc == KL_OK)
		return ask_page(s, err);
	if (rc == KL_EPROTO) {
		f->busy = false;
		lose_all(s, err);
		return KL_OK;
	}
	return rc == KL_EOF ? rest(s, err) : rc;
}

/* True if its people can be sent once more: the body is there. */
static bool
may_resend(const struct part *p)
{
	return kl_endpoint(p->road->ep)->replay == KL_REPLAY_FREE &&
	    p->b->body.n > 0;
}

enum kl_rc
jobs_answer(struct kl_send *s, struct part *p, const struct kl_answer *a,
    struct kl_err *err)
{
	uint32_t data;

	part_turn(s, p, PART_FOLLOWED);
	if (a->err.rc == KL_OK) {
		data = kl_json_get(a->doc, 0, "data");
		return data == 0 ? KL_OK : hear(s, p, a->doc, data, err);
	}
	if (a->status == 404 && p->replayed && may_resend(p)) {
		/* It is long ago that an earlier run sent it. */
		p->replayed = false;
		part_turn(s, p, PART_QUEUED);
	} else if (a->status == 404) {
		run_note(s, "the service does not know its job %s any more",
		    p->job);
		part_end(s, p, KL_UNKNOWN, false);
	} else
		lose_all(s, &a->err);
	return KL_OK;
}
