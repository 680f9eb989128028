/* SPDX-License-Identifier: MIT */
/* metrics.c - metrics as they are shown. */

#include <stdio.h>
#include <stdlib.h>

#include "rows.h"

enum {
	NAME,
	CREATED,
	INTEGRATION
};

const struct field metric_fields[] = {
	{ "name", NAME, NULL, ALWAYS },
	{ "created", CREATED, NULL, ALWAYS },
	{ "updated", CREATED, NULL, ALWAYS },
	{ "integration", INTEGRATION, NULL, ALWAYS },
	{ 0 },
};

enum {
	BY_INTEGRATION,
	BY_CATEGORY
};

const struct filter_rule metric_filters[] = {
	{ "integration.name", OP(EQUALS), IS_TEXT, BY_INTEGRATION, NULL },
	{ "integration.category", OP(EQUALS), IS_TEXT, BY_CATEGORY, NULL },
	{ 0 },
};

/* What the metric comes from, as JSON. */
static struct kl_span
service(const struct metric *m)
{
	return m->service.n > 0 ? m->service : KL_SPAN("\"API\"");
}

static void
value(struct kl_buf *b, int source, void *ctx)
{
	const struct metric *m = ctx;

	switch (source) {
	case NAME:
		kl_buf_span(b, m->name);
		break;
	case CREATED:
		put_time(b, m->created, false);
		break;
	default:
		kl_buf_puts(b,
		    "{\"object\":\"integration\",\"id\":\"SNDAPI\",\"key\":");
		kl_buf_span(b,
		    m->service.n > 0 ? m->service : KL_SPAN("\"api\""));
		kl_json_put_raw(b, "name", service(m));
		kl_buf_puts(b, ",\"category\":\"API\"}");
	}
}

void
put_metric(struct req *q, const struct shape *s, const struct metric *m)
{
	struct kl_buf *b = &q->out;
	bool flows = q->op->fields[0]->fields == metric_fields &&
	    q->op->include != NULL && q->query.include != 0;

	kl_json_put_comma(b);
	kl_buf_printf(b,
	    "{\"type\":\"metric\",\"id\":\"%s\",\"attributes\":", m->id);
	shape_put(s, b, value, (void *)(uintptr_t)m);
	kl_buf_puts(b, ",\"relationships\":{");
	reply_relation(b, q, "metrics", m->id, "flow-triggers");
	if (flows) {
		b->n--; /* the closing brace */
		kl_buf_puts(b, ",\"data\":[]}");
	}
	kl_buf_putc(b, '}');
	reply_links(b, q, "metrics", m->id);
	kl_buf_putc(b, '}');
}

/* The category is recorded to match nothing. */
static bool
match(const struct filter *f, const struct metric *m)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->c[i].rule->what == BY_CATEGORY ||
		    !condition_has(f, &f->c[i], service(m)))
			return false;
	return true;
}

static void
put(struct req *q, uint32_t at)
{
	put_metric(q, &q->box->shape, &q->box->events.metric[at]);
}

void
get_metrics(struct req *q)
{
	const struct events *ev = &q->box->events;
	struct row *row = malloc((ev->metrics + 1) * sizeof(*row));
	uint32_t i;
	size_t n = 0;

	if (row == NULL) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	for (i = 0; i < ev->metrics; i++)
		if (match(&q->query.filter, &ev->metric[i])) {
			row[n].at = i;
			row_key(&row[n++], "%010u", i);
		}
	if (plain_shape(q, &q->box->shape, metric_fields, 0)) {
		reply_begin(q, 200);
		rows_put(q, row, n, put);
		if (q->query.include)
			kl_buf_puts(&q->out, ",\"included\":[]");
		reply_end_page(q);
	}
	free(row);
}

void
get_metric(struct req *q)
{
	uint32_t at = metric_find(&q->box->events, q->id[0]);

	if (at == NONE) {
		reply_bad(q, NOT_FOUND, "/data/",
		    "A metric with id %.*s does not exist.",
		    q->id[0].n > 60 ? 60 : (int)q->id[0].n, q->id[0].s);
		return;
	}
	if (!plain_shape(q, &q->box->shape, metric_fields, 0))
		return;
	reply_begin(q, 200);
	put(q, at);
	if (q->query.include)
		kl_buf_puts(&q->out, ",\"included\":[]");
	reply_end(q);
}
