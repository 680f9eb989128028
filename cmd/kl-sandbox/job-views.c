/* SPDX-License-Identifier: MIT */
/* job-views.c - import jobs as they are shown: themselves, what they made,
 * what failed. */

#include <stdio.h>

#include "page.h"

enum {
	STATUS,
	CREATED,
	TOTAL,
	DONE,
	FAILED,
	COMPLETED,
	EXPIRES,
	STARTED
};

const struct field job_fields[] = {
	{ "status", STATUS, NULL, ALWAYS },
	{ "created_at", CREATED, NULL, ALWAYS },
	{ "total_count", TOTAL, NULL, ALWAYS },
	{ "completed_count", DONE, NULL, ALWAYS },
	{ "failed_count", FAILED, NULL, ALWAYS },
	{ "completed_at", COMPLETED, NULL, ALWAYS },
	{ "expires_at", EXPIRES, NULL, ALWAYS },
	{ "started_at", STARTED, NULL, ALWAYS },
	{ 0 },
};

static const char *const states[] = { "\"queued\"", "\"processing\"",
	"\"complete\"" };

const struct filter_rule job_filters[] = {
	{ "status", OP(ANY) | OP(EQUALS), IS_TEXT, STATUS,
	    "queued processing complete" },
	{ 0 },
};

struct view {
	const struct box *box;
	const struct job *job;
};

static void
put_moment(struct kl_buf *b, uint64_t us)
{
	if (us == 0)
		kl_buf_puts(b, "null");
	else
		put_time(b, us, true);
}

static void
value(struct kl_buf *b, int source, void *ctx)
{
	const struct view *v = ctx;
	const struct job *j = v->job;

	switch (source) {
	case STATUS:
		kl_buf_puts(b, states[j->state]);
		break;
	case CREATED:
		put_time(b, j->created, true);
		break;
	case TOTAL:
		kl_buf_printf(b, "%u", j->total);
		break;
	case DONE:
		kl_buf_printf(b, "%u", j->done);
		break;
	case FAILED:
		kl_buf_printf(b, "%u", j->failed);
		break;
	case COMPLETED:
		put_moment(b, j->completed);
		break;
	case EXPIRES:
		put_time(b, job_expires(v->box, j), true);
		break;
	case STARTED:
		put_moment(b, j->started);
		break;
	default:
		kl_buf_puts(b, "null");
	}
}

#define TYPE "profile-bulk-import-job"
#define PATH TYPE "s"

static void
relations(struct req *q, const struct job *j)
{
	struct kl_buf *b = &q->out;
	size_t i;

	kl_buf_puts(b, ",\"relationships\":{");
	reply_relation(b, q, PATH, j->id, "lists");
	b->n--; /* the closing brace */
	kl_buf_puts(b, ",\"data\":[");
	for (i = 0; i < j->lists; i++)
		put_identifier(b, "list", j->list[i]);
	kl_buf_puts(b, "]}");
	reply_relation(b, q, PATH, j->id, "profiles");
	kl_buf_printf(b,
	    ",\"import-errors\":{\"links\":{\"related\":\"%s/api/" PATH
	    "/%s/import-errors/\"}}}",
	    q->box->base, j->id);
}

static bool
job_shape(struct req *q)
{
	return plain_shape(q, &q->box->shape, job_fields, 0);
}

static void
put_job(struct req *q, const struct job *j)
{
	struct view v = { q->box, j };

	kl_json_put_comma(&q->out);
	kl_buf_printf(&q->out,
	    "{\"type\":\"" TYPE "\",\"id\":\"%s\","
	    "\"attributes\":",
	    j->id);
	shape_put(&q->box->shape, &q->out, value, &v);
	relations(q, j);
	reply_links(&q->out, q, PATH, j->id);
	kl_buf_putc(&q->out, '}');
}

/* The lists of a job that still are. */
static void
put_lists(struct req *q, const struct job *j, const struct shape *s)
{
	struct list *l;
	size_t i;

	kl_buf_putc(&q->out, '[');
	for (i = 0; i < j->lists; i++) {
		l = store_list(&q->box->store, KL_SPAN(j->list[i]));
		if (l == NULL)
			continue;
		if (s != NULL)
			put_list(q, s, l);
		else
			put_identifier(&q->out, "list", l->id);
	}
	kl_buf_putc(&q->out, ']');
}

void
answer_job(struct req *q, int status, const struct job *j)
{
	struct shape *s = &q->box->shape2;

	if (!job_shape(q))
		return;
	reply_begin(q, status);
	put_job(q, j);
	if (q->query.include) {
		kl_buf_puts(&q->out, ",\"included\":");
		if (plain_shape(q, s, list_fields, 1))
			put_lists(q, j, s);
	}
	reply_end(q);
}

/* --- the collection --------------------------------------------------------
 */

static bool
match(struct req *q, const struct spot *s)
{
	const struct filter *f = &q->query.filter;
	const struct job *j = &q->box->jobs.job[s->at];
	size_t i;

	if (q->now >= job_expires(q->box, j))
		return false;
	for (i = 0; i < f->n; i++)
		if (!condition_has(f, &f->c[i], KL_SPAN(states[j->state])))
			return false;
	return true;
}

static void
put(struct req *q, const struct spot *s, void *ctx)
{
	(void)ctx;
	put_job(q, &q->box->jobs.job[s->at]);
}

void
get_jobs(struct req *q)
{
	/* The newest first, unless the order is asked for. */
	struct pager p = { .q = q,
		.row = { row_numbers(q->box->jobs.n) },
		.rows = 1,
		.down = q->query.sort < 0 || q->query.down,
		.match = match,
		.put = put };

	if (job_shape(q))
		page_answer(&p);
}

/* --- one job ----------------------------------------------------------- */

static struct job *
job_of(struct req *q)
{
	struct job *j = job_find(q->box, q->id[0], q->now);

	if (j == NULL)
		reply_bad(q, NOT_FOUND, "/data/", "Invalid job id");
	return j;
}

void
get_job(struct req *q)
{
	struct job *j = job_of(q);

	if (j != NULL)
		answer_job(q, 200, j);
}

void
get_job_lists(struct req *q)
{
	struct job *j = job_of(q);

	if (j == NULL || !plain_shape(q, &q->box->shape, list_fields, 0))
		return;
	reply_begin(q, 200);
	put_lists(q, j, &q->box->shape);
	reply_end_whole(q);
}

void
get_job_list_ids(struct req *q)
{
	struct job *j = job_of(q);

	if (j == NULL)
		return;
	reply_begin(q, 200);
	put_lists(q, j, NULL);
	reply_end_whole(q);
}

static bool
every(struct req *q, const struct spot *s)
{
	(void)q;
	(void)s;
	return true;
}

/* The rows of people who were forgotten since are gone as well. */
static bool
still_there(struct req *q, const struct spot *s)
{
	const struct job *j = job_find(q->box, q->id[0], q->now);

	return j != NULL && !store_gone(&q->box->store, j->row[s->at]);
}

static void
put_row(struct req *q, const struct spot *s, void *ctx)
{
	const struct job *j = ctx;

	put_profile(q, &q->box->shape, j->row[s->at], 0);
}

static void
put_row_id(struct req *q, const struct spot *s, void *ctx)
{
	const struct job *j = ctx;
	char id[ID_LEN + 1];

	store_id(&q->box->store, j->row[s->at], id);
	put_identifier(&q->out, "profile", id);
}

static void put_error(struct req *q, const struct spot *s, void *ctx);

static void
answer_rows(struct req *q, struct job *j,
    void (*put_one)(struct req *q, const struct spot *s, void *ctx), size_t n)
{
	struct pager p = { .q = q,
		.row = { row_numbers(n) },
		.rows = 1,
		.match = put_one == put_error ? every : still_there,
		.put = put_one,
		.ctx = j };

	page_answer(&p);
}

void
get_job_profiles(struct req *q)
{
	struct job *j = job_of(q);

	if (j != NULL && profile_shape(q))
		answer_rows(q, j, put_row, j->rows);
}

void
get_job_profile_ids(struct req *q)
{
	struct job *j = job_of(q);

	if (j != NULL)
		answer_rows(q, j, put_row_id, j->rows);
}

/* --- rows that failed -------------------------------------------------- */

enum {
	CODE,
	TITLE,
	DETAIL,
	POINTER,
	PAYLOAD
};

const struct field error_fields[] = {
	{ "code", CODE, NULL, ALWAYS },
	{ "title", TITLE, NULL, ALWAYS },
	{ "detail", DETAIL, NULL, ALWAYS },
	{ "source.pointer", POINTER, NULL, ALWAYS },
	{ "original_payload", PAYLOAD, NULL, ALWAYS },
	{ 0 },
};

static void
error_value(struct kl_buf *b, int source, void *ctx)
{
	const struct job_error *e = ctx;
	const char *text[] = { [CODE] = e->code,
		[TITLE] = e->title,
		[DETAIL] = e->detail,
		[POINTER] = e->where };

	if (source != PAYLOAD)
		kl_json_put_text(b, text[source], strlen(text[source]));
	else if (e->payload == NULL)
		kl_buf_puts(b, "null");
	else
		kl_buf_put(b, e->payload, e->payload_n);
}

static void
put_error(struct req *q, const struct spot *s, void *ctx)
{
	const struct job *j = ctx;

	kl_json_put_comma(&q->out);
	kl_buf_printf(&q->out,
	    "{\"type\":\"import-error\",\"id\":\"%s\",\"attributes\":",
	    j->error[s->at].id);
	shape_put(&q->box->shape, &q->out, error_value, &j->error[s->at]);
	kl_buf_putc(&q->out, '}');
}

void
get_job_errors(struct req *q)
{
	struct job *j = job_of(q);

	if (j == NULL || !plain_shape(q, &q->box->shape, error_fields, 0))
		return;
	answer_rows(q, j, put_error, j->errors);
}
