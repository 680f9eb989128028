/* SPDX-License-Identifier: MIT */
/* ranges.c - the pages of a question, several at once: the requests. */

#include <stdlib.h>

#include "kl/flat.h"
#include "kl/page.h"
#include "kl/ranges.h"
#include "kl/siphash.h"
#include "kl/time.h"
#include "kl/timestamp.h"
#include "ranges.h"

/* Bytes of answers that may be on their way at once, by the size of the last
 * ones: a page of events with all that is beside them has two million. */
#define ON_THE_WAY ((size_t)36 << 20)

struct ranges {
	struct kl_client *client;
	struct kl_query query; /* of which only the texts are owned */
	const struct kl_range_by *by;
	struct kl_buf path;	 /* of all requests */
	struct kl_buf down;	 /* the sort from the newest on */
	struct kl_buf tmp, text; /* scratch */
	struct plan plan;
	unsigned wanted; /* in flight */
	size_t bytes;	 /* of a page, the largest of late */
	struct kl_answer answer;
	struct row *row; /* of the page at hand */
	size_t n, cap;
};

/* A row, and what of it was looked for already. */
struct row {
	uint32_t node;
	bool found, hashed;
	struct kl_flat at; /* if found */
	uint64_t hash;	   /* of its id, if hashed */
};

unsigned
kl_in_flight(const struct kl_endpoint *ep)
{
	/* A minute's limit is spent evenly at that pace. */
	unsigned n = (ep->rate.steady * 6 + 599) / 600;

	if (n == 0 || n > KL_IN_FLIGHT_MAX / 2)
		n = KL_IN_FLIGHT_MAX / 2;
	return n > 1 ? n : 2;
}

/* --- requests ------------------------------------------------------------- */

static void
put_bound(struct kl_buf *b, const struct ranges *r, const struct chain *c)
{
	struct kl_stamp t = { .sec = c->bound };
	enum kl_op op = KL_OP_LESS_THAN;
	struct kl_buf time = { 0 };

	if (c->bound == RANGE_MIN || c->bound == RANGE_MAX)
		return;
	if (!c->down && r->by->strict) {
		/* The second itself has to be in it. */
		op = KL_OP_GREATER_THAN;
		t.sec--;
	} else if (!c->down) {
		op = KL_OP_GREATER_OR_EQUAL;
	}
	kl_stamp_put(&time, &t);
	kl_filter_put(b, op, r->by->field, (struct kl_span){ time.s, time.n });
	if (time.rc != KL_OK)
		b->rc = time.rc;
	kl_buf_free(&time);
}

static enum kl_rc
ask(struct ranges *r, struct chain *c, struct kl_err *err)
{
	struct kl_call call = { .ep = r->query.ep, .tag = c };
	struct kl_buf *value = &c->cursor.value;
	enum kl_rc rc;

	if (r->query.id.n > 0)
		call.id = kl_buf_str(&r->query.id);
	kl_buf_reset(&r->tmp);
	kl_buf_reset(&r->text);
	put_bound(&r->tmp, r, c);
	kl_query_put(&r->query, &r->text,
	    c->down ? kl_buf_str(&r->down) : r->by->field,
	    (struct kl_span){ r->tmp.s, r->tmp.n },
	    (struct kl_span){ value->s, value->n });
	call.query = (struct kl_span){ r->text.s, r->text.n };
	if ((rc = kl_buf_check(&r->tmp, err)) == KL_OK &&
	    (rc = kl_buf_check(&r->text, err)) == KL_OK)
		rc = kl_client_start(r->client, &call, err);
	return rc;
}

/* As many requests as there may be. */
static enum kl_rc
ask_all(struct ranges *r, struct kl_err *err)
{
	struct chain *c;
	enum kl_rc rc;

	while ((rc = plan_next(&r->plan, &c, err)) == KL_OK && c != NULL)
		if ((rc = ask(r, c, err)) != KL_OK)
			break;
	return rc;
}

/* --- answers -------------------------------------------------------------- */

static struct kl_flat
parts_of(struct ranges *r, size_t i)
{
	struct row *row = &r->row[i];

	if (!row->found)
		row->at = kl_flat_of(r->answer.doc, row->node);
	row->found = true;
	return row->at;
}

/* The second that a row shows. */
static int64_t
time_of(void *ctx, size_t i)
{
	struct ranges *r = ctx;
	const struct kl_json *doc = r->answer.doc;
	uint32_t at = parts_of(r, i).attributes;
	struct kl_stamp t;
	struct kl_span s;

	if (at == 0 || (at = kl_json_get(doc, at, r->by->name)) == 0 ||
	    kl_json_type(doc, at) != KL_JSON_STRING)
		return NO_TIME;
	s = kl_json_text(doc, at, &r->tmp);
	return kl_stamp_parse(s.s, s.n, &t, NULL) == KL_OK ? t.sec : NO_TIME;
}

static uint64_t
id_of(void *ctx, size_t i)
{
	static const uint64_t any[2] = { 0x6B6C2E72616E6765,
		0x732E726F77206964 };
	struct ranges *r = ctx;
	struct row *row = &r->row[i];
	struct kl_span s = { "", 0 };
	uint32_t at;

	if (row->hashed)
		return row->hash;
	if ((at = parts_of(r, i).id) != 0)
		s = kl_json_raw(r->answer.doc, at);
	row->hash = kl_siphash(any, s.s, s.n);
	row->hashed = true;
	return row->hash;
}

/* The rows of the answer in r->row. */
static enum kl_rc
look(struct ranges *r, uint32_t data, struct kl_err *err)
{
	const struct kl_json *doc = r->answer.doc;
	size_t n = doc->node[data].count;
	struct row *grown;

	if (n > r->cap) {
		if ((grown = realloc(r->row, n * sizeof(*grown))) == NULL)
			return kl_err_nomem(err);
		r->row = grown;
		r->cap = n;
	}
	r->n = 0;
	kl_json_each (e, doc, data) {
		r->row[r->n++] = (struct row){ .node = e };
		if (kl_json_type(doc, e) != KL_JSON_OBJECT) {
			(void)kl_err_set(err, KL_EPROTO,
			    "klaviyo sent a row that is no object");
			kl_err_code(err, "no_resource");
			return KL_EPROTO;
		}
	}
	return KL_OK;
}

/* Wait for an answer.  KL_EOF: none is on its way. */
static enum kl_rc
wait_for_one(struct ranges *r, struct kl_err *err)
{
	enum kl_rc rc;

	do
		rc = kl_client_next(r->client, UINT64_MAX, -1, &r->answer, err);
	while (rc == KL_AGAIN && !kl_client_stopped(r->client));
	if (rc == KL_AGAIN) {
		(void)kl_err_set(err, KL_ERETRY, "stopped by a signal");
		kl_err_code(err, "stopped");
		return KL_ERETRY;
	}
	if (rc == KL_OK && r->answer.err.rc != KL_OK) {
		rc = r->answer.err.rc;
		if (err != NULL)
			*err = r->answer.err;
	}
	return rc;
}

/* All that is on its way may come at once, and has to be kept until its turn:
 * of large pages there are fewer. */
static void
weigh(struct ranges *r)
{
	size_t most;

	r->bytes -= r->bytes / 16;
	if (r->answer.body.n > r->bytes)
		r->bytes = r->answer.body.n;
	most = ON_THE_WAY / (r->bytes + 1);
	r->plan.in_flight = most >= r->wanted ? r->wanted
	    : most > 2			      ? (unsigned)most
					      : 2;
	if (r->plan.in_flight > r->wanted)
		r->plan.in_flight = r->wanted;
}

/* What of the answer is new. */
static enum kl_rc
take(struct ranges *r, struct kl_page *page, struct kl_err *err)
{
	struct chain *c = r->answer.tag;
	struct seen s = { 0, false, time_of, id_of, r };
	size_t from, to;
	enum kl_rc rc;

	weigh(r);
	rc =
	    kl_cursor_next(&c->cursor, r->answer.doc, kl_client_base(r->client),
		(struct kl_span){ r->path.s, r->path.n }, err);
	if (rc != KL_OK && rc != KL_EOF)
		return rc;
	s.end = rc == KL_EOF;
	page->doc = r->answer.doc;
	page->data = kl_json_get(page->doc, 0, "data");
	if ((rc = look(r, page->data, err)) != KL_OK)
		return rc;
	s.n = r->n;
	if ((rc = plan_take(&r->plan, c, &s, &from, &to, err)) != KL_OK)
		return rc;
	page->end =
	    to < r->n ? r->row[to].node : page->doc->node[page->data].next;
	page->first = from < to ? r->row[from].node : page->end;
	return KL_OK;
}

static enum kl_rc
next(void *ctx, struct kl_page *page, struct kl_err *err)
{
	struct ranges *r = ctx;
	enum kl_rc rc;

	do {
		if ((rc = ask_all(r, err)) != KL_OK)
			return rc;
		if (r->plan.busy == 0)
			return KL_EOF;
		if ((rc = wait_for_one(r, err)) != KL_OK)
			return rc == KL_EOF
			    ? kl_err_set(err, KL_EBUG, "an answer is missing")
			    : rc;
		if ((rc = take(r, page, err)) != KL_OK)
			return rc;
		/* Of what is empty there is one page. */
	} while (page->first == page->end && page->doc->node[page->data].count);
	return KL_OK;
}

/* --- the source ----------------------------------------------------------- */

static void
place(void *ctx, struct kl_buf *to)
{
	const struct ranges *r = ctx;

	plan_put(&r->plan, to);
}

static enum kl_rc
resume(void *ctx, struct kl_span text, struct kl_err *err)
{
	struct ranges *r = ctx;
	struct plan fresh = { .in_flight = r->wanted,
		.page = r->plan.page,
		.moves = r->plan.moves };
	enum kl_rc rc;

	if (text.n == 0)
		return KL_OK;
	if ((rc = plan_get(&fresh, text, err)) != KL_OK) {
		plan_close(&fresh);
		return rc;
	}
	plan_close(&r->plan);
	r->plan = fresh;
	return KL_OK;
}

static void
ranges_free(void *ctx)
{
	struct ranges *r = ctx;

	plan_close(&r->plan);
	kl_query_free(&r->query);
	kl_buf_free(&r->path);
	kl_buf_free(&r->down);
	kl_buf_free(&r->tmp);
	kl_buf_free(&r->text);
	free(r->row);
	free(r);
}

/* Copy what the requests are made of. */
static enum kl_rc
prepare(struct ranges *r, const struct kl_query *q, struct kl_err *err)
{
	enum kl_rc rc;

	r->query.r = q->r;
	r->query.ep = q->ep;
	kl_buf_put(&r->query.id, q->id.s, q->id.n);
	kl_buf_put(&r->query.query, q->query.s, q->query.n);
	kl_buf_put(&r->query.filter, q->filter.s, q->filter.n);
	kl_buf_printf(&r->down, "-%s", r->by->field);
	if ((rc = kl_buf_check(&r->query.id, err)) != KL_OK ||
	    (rc = kl_buf_check(&r->query.query, err)) != KL_OK ||
	    (rc = kl_buf_check(&r->query.filter, err)) != KL_OK ||
	    (rc = kl_buf_check(&r->down, err)) != KL_OK)
		return rc;
	kl_pages_path(&r->path, q->ep,
	    q->id.n > 0 ? kl_buf_str(&r->query.id) : NULL);
	return kl_buf_check(&r->path, err);
}

enum kl_rc
kl_source_ranges(struct kl_source *to, struct kl_client *c,
    const struct kl_query *q, const struct kl_range_by *by, unsigned in_flight,
    struct kl_err *err)
{
	struct ranges *r = calloc(1, sizeof(*r));
	enum kl_rc rc;

	if (r == NULL)
		return kl_err_nomem(err);
	r->client = c;
	r->by = by;
	r->wanted = in_flight;
	r->plan = (struct plan){ .in_flight = in_flight,
		.page = q->page > 0 ? q->page : 1,
		.newest = (int64_t)(kl_now_wall() / 1000),
		.moves = by->moves };
	if ((rc = prepare(r, q, err)) == KL_OK)
		rc = plan_open(&r->plan, err);
	if (rc != KL_OK) {
		ranges_free(r);
		return rc;
	}
	*to = (struct kl_source){ r, next, place, resume, ranges_free, 0 };
	return KL_OK;
}
