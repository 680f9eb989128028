/* SPDX-License-Identifier: MIT */
/* suppress-show.c - suppression jobs are shown. */

#include <stdio.h>

#include "page.h"
#include "suppress.h"

bool
suppression_removing(const struct op *op)
{
	return strstr(op->path, "-delete-") != NULL;
}

enum {
	SHOW_STATUS,
	SHOW_CREATED,
	SHOW_TOTAL,
	SHOW_DONE,
	SHOW_COMPLETED,
	SHOW_SKIPPED
};

const struct field suppression_fields[] = {
	{ "status", SHOW_STATUS, NULL, ALWAYS },
	{ "created_at", SHOW_CREATED, NULL, ALWAYS },
	{ "total_count", SHOW_TOTAL, NULL, ALWAYS },
	{ "completed_count", SHOW_DONE, NULL, ALWAYS },
	{ "completed_at", SHOW_COMPLETED, NULL, ALWAYS },
	{ "skipped_count", SHOW_SKIPPED, NULL, ALWAYS },
	{ 0 },
};

enum {
	BY_STATUS,
	BY_LIST,
	BY_SEGMENT
};

const struct filter_rule suppression_filters[] = {
	{ "status", OP(EQUALS), IS_TEXT, BY_STATUS,
	    "queued processing complete cancelled" },
	{ "list_id", OP(EQUALS), IS_TEXT, BY_LIST, NULL },
	{ "segment_id", OP(EQUALS), IS_TEXT, BY_SEGMENT, NULL },
	{ 0 },
};

/* As recorded: a job that was just made is at work, has counted nothing, and
 * yet has a time of completion. */
static void
value(struct kl_buf *b, int source, void *ctx)
{
	const struct suppression_job *j = ctx;
	bool over = j->state == JOB_COMPLETE;

	switch (source) {
	case SHOW_STATUS:
		kl_buf_puts(b, over ? "\"complete\"" : "\"processing\"");
		break;
	case SHOW_CREATED:
		put_time(b, j->created, true);
		break;
	case SHOW_TOTAL:
		kl_buf_printf(b, "%u", over ? j->total : 0);
		break;
	case SHOW_DONE:
		kl_buf_printf(b, "%u", j->done);
		break;
	case SHOW_COMPLETED:
		put_time(b, over ? j->completed : j->created, true);
		break;
	default:
		kl_buf_printf(b, "%u", j->skipped);
	}
}

static void
put_relation(struct req *q, const struct suppression_job *j, const char *path,
    const char *name)
{
	const struct list *l =
	    j->group == NONE ? NULL : &q->box->store.list[j->group];
	bool segments = name[0] == 's';

	reply_relation(&q->out, q, path, j->id, name);
	q->out.n--; /* the closing brace */
	kl_buf_puts(&q->out, ",\"data\":[");
	if (l != NULL && l->segment == segments)
		put_identifier(&q->out, segments ? "segment" : "list", l->id);
	kl_buf_puts(&q->out, "]}");
}

static void
put_job(struct req *q, const struct suppression_job *j)
{
	const char *path =
	    suppression_removing(q->op) ? UNSUPPRESSION "s" : SUPPRESSION "s";
	struct kl_buf *b = &q->out;

	kl_json_put_comma(b);
	kl_buf_printf(b, "{\"type\":\"%.*s\",\"id\":\"%s\",\"attributes\":",
	    (int)strlen(path) - 1, path, j->id);
	shape_put(&q->box->shape, b, value, (void *)(uintptr_t)j);
	kl_buf_puts(b, ",\"relationships\":{");
	put_relation(q, j, path, "lists");
	put_relation(q, j, path, "segments");
	kl_buf_putc(b, '}');
	reply_links(b, q, path, j->id);
	kl_buf_putc(b, '}');
}

void
suppression_answer(struct req *q, int status, const struct suppression_job *j)
{
	if (!plain_shape(q, &q->box->shape, suppression_fields, 0))
		return;
	reply_begin(q, status);
	put_job(q, j);
	reply_end(q);
}

static bool
match(struct req *q, const struct spot *s)
{
	const struct suppression_job *j =
	    &q->box->suppressions->of[suppression_removing(q->op)].job[s->at];
	const struct list *l =
	    j->group == NONE ? NULL : &q->box->store.list[j->group];
	const struct filter *f = &q->query.filter;
	char text[24];
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct condition *c = &f->c[i];

		if (c->rule->what == BY_STATUS)
			(void)snprintf(text, sizeof(text), "\"%s\"",
			    j->state == JOB_COMPLETE ? "complete"
						     : "processing");
		else if (l == NULL ||
		    l->segment != (c->rule->what == BY_SEGMENT))
			return false;
		else
			(void)snprintf(text, sizeof(text), "\"%s\"", l->id);
		if (!condition_has(f, c, KL_SPAN(text)))
			return false;
	}
	return true;
}

static void
put(struct req *q, const struct spot *s, void *ctx)
{
	(void)ctx;
	put_job(q,
	    &q->box->suppressions->of[suppression_removing(q->op)].job[s->at]);
}

void
get_suppressions(struct req *q)
{
	struct pager p = { .q = q,
		.down = q->query.sort < 0 || q->query.down,
		.match = match,
		.put = put };

	if (q->box->suppressions != NULL)
		p.row[p.rows++] = row_numbers(
		    q->box->suppressions->of[suppression_removing(q->op)].n);
	if (plain_shape(q, &q->box->shape, suppression_fields, 0))
		page_answer(&p);
}

void
get_suppression(struct req *q)
{
	const struct suppression_jobs *all = q->box->suppressions;
	bool gone = suppression_removing(q->op);
	uint32_t i;

	for (i = 0; all != NULL && i < all->of[gone].n; i++)
		if (kl_span_is(q->id[0], all->of[gone].job[i].id)) {
			suppression_answer(q, 200, &all->of[gone].job[i]);
			return;
		}
	reply_bad(q, NOT_FOUND, "/data/", "Invalid job id");
}
