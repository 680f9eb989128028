/* SPDX-License-Identifier: MIT */
/*
 * events-verify.c - what was accepted is read back.
 *
 * Of each event that the service took, a hash of metric, unique_id and person
 * is kept with its line: 16 bytes.  Read back, an event knows its person by
 * all their identifiers, and is looked for by each of them, since which one
 * it was sent with is not known.
 */

#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "kl/query.h"
#include "kl/ranges.h"
#include "kl/shape.h"
#include "kl/siphash.h"
#include "kl/source.h"
#include "kl/time.h"

#define FOUND (UINT64_C(1) << 63) /* of expect.line */
#define FIRST_WAIT 500		  /* ms */
#define LAST_WAIT 15000
#define EARLY 300  /* s before a run, of events that it stamps */
#define LATE 86400 /* ... and after */

struct expect {
	uint64_t hash, line;
};

/* A metric that was sent, and when its events were. */
struct sent_metric {
	int64_t from, to;
	uint64_t missing;
	uint32_t at, n; /* its name */
};

struct verify {
	struct expect *e;
	uint64_t n, cap, missing, unchecked;
	struct sent_metric *metric;
	uint32_t metrics, metric_cap;
	struct kl_map by_name; /* index of a metric, plus 1 */
	struct kl_buf names;
	struct kl_json doc, profile;
	struct kl_profile_ids ids;
	struct kl_buf key, id, tmp, row;
	int64_t begun;
	uint64_t seed[2];
};

struct verify *
verify_new(void)
{
	struct verify *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->begun = (int64_t)(kl_now_wall() / 1000);
	v->seed[0] = kl_now_mono() ^ (uint64_t)(uintptr_t)v;
	v->seed[1] = kl_now_wall();
	return v;
}

void
verify_free(struct verify *v)
{
	if (v == NULL)
		return;
	free(v->e);
	free(v->metric);
	kl_map_free(&v->by_name);
	kl_buf_free(&v->names);
	kl_json_free(&v->doc);
	kl_json_free(&v->profile);
	kl_profile_ids_free(&v->ids);
	kl_buf_free(&v->key);
	kl_buf_free(&v->id);
	kl_buf_free(&v->tmp);
	kl_buf_free(&v->row);
	free(v);
}

static struct kl_span
name_of(const struct verify *v, uint32_t metric)
{
	return (struct kl_span){ v->names.s + v->metric[metric].at,
		v->metric[metric].n };
}

/* What an event of that metric is known by, if its person has that id. */
static uint64_t
hash_of(struct verify *v, uint32_t metric, struct kl_span unique_id, char kind,
    struct kl_span id)
{
	kl_buf_reset(&v->key);
	kl_buf_span(&v->key, name_of(v, metric));
	kl_buf_putc(&v->key, '\0');
	kl_buf_span(&v->key, unique_id);
	kl_buf_putc(&v->key, '\0');
	kl_buf_putc(&v->key, kind);
	kl_buf_span(&v->key, id);
	return kl_siphash(v->seed, v->key.s, v->key.n);
}

/* --- what is to be expected ----------------------------------------------- */

static enum kl_rc
take_metric(struct verify *v, struct kl_span name, uint32_t *which,
    struct kl_err *err)
{
	uint32_t cap = v->metric_cap != 0 ? v->metric_cap * 2 : 16;
	struct sent_metric *p;
	bool fresh;
	uint64_t *at = kl_map_put(&v->by_name, name.s, name.n, &fresh);

	if (at == NULL)
		return kl_err_nomem(err);
	if (!fresh) {
		*which = (uint32_t)*at - 1;
		return KL_OK;
	}
	if (v->metrics == v->metric_cap) {
		if ((p = realloc(v->metric, cap * sizeof(*p))) == NULL)
			return kl_err_nomem(err);
		v->metric = p;
		v->metric_cap = cap;
	}
	v->metric[v->metrics] = (struct sent_metric){ .from = INT64_MAX,
		.to = INT64_MIN,
		.at = (uint32_t)v->names.n,
		.n = (uint32_t)name.n };
	kl_buf_span(&v->names, name);
	*which = v->metrics++;
	*at = v->metrics;
	return kl_buf_check(&v->names, err);
}

static bool
more(struct verify *v)
{
	uint64_t cap = v->cap != 0 ? v->cap * 2 : 1024;
	struct expect *p;

	if (v->n < v->cap)
		return true;
	if (cap > KL_EVENTS_VERIFIED)
		cap = KL_EVENTS_VERIFIED;
	if (cap == v->cap || (p = realloc(v->e, cap * sizeof(*p))) == NULL)
		return false;
	v->e = p;
	v->cap = cap;
	return true;
}

/* The identifier that an event is expected with. */
static struct kl_span
first_id(const struct kl_profile_ids *ids, char *kind)
{
	const struct {
		char kind;
		struct kl_span id;
	} by[] = { { 'x', ids->external_id }, { 'e', ids->email },
		{ 'p', ids->phone }, { 'i', ids->id } };
	size_t i;

	for (i = 0; i < sizeof(by) / sizeof(*by); i++)
		if (by[i].id.n > 0) {
			*kind = by[i].kind;
			return by[i].id;
		}
	*kind = '?';
	return (struct kl_span){ 0 };
}

/* Widen the time in which events of the metric are. */
static enum kl_rc
widen(struct verify *v, uint32_t metric, struct kl_err *err)
{
	uint32_t at = kl_json_path(&v->doc, 0, KL_SPAN("attributes.time"));
	int64_t from = v->begun - EARLY, to = v->begun + LATE;
	struct sent_metric *m = &v->metric[metric];
	struct kl_stamp stamp;
	struct kl_span t;
	enum kl_rc rc;

	if (at != 0) {
		t = kl_json_text(&v->doc, at, &v->tmp);
		if ((rc = kl_stamp_parse(t.s, t.n, &stamp, err)) != KL_OK)
			return rc;
		from = to = stamp.sec;
	}
	if (from < m->from)
		m->from = from;
	if (to > m->to)
		m->to = to;
	return KL_OK;
}

/* An event that was accepted, of the person in ids. */
static enum kl_rc
expect(struct verify *v, struct kl_span event, uint64_t line,
    struct kl_err *err)
{
	struct kl_span name, id;
	uint32_t metric = 0, at;
	char kind;
	enum kl_rc rc;

	if ((rc = kl_json_scan(&v->doc, event.s, event.n, err)) != KL_OK)
		return rc;
	at = kl_json_path(&v->doc, 0,
	    KL_SPAN("attributes.metric.data.attributes.name"));
	name = kl_json_text(&v->doc, at, &v->tmp);
	if ((rc = take_metric(v, name, &metric, err)) != KL_OK ||
	    (rc = widen(v, metric, err)) != KL_OK)
		return rc;
	id = first_id(&v->ids, &kind);
	if (kind == '?' || !more(v)) {
		v->unchecked++;
		return KL_OK;
	}
	at = kl_json_path(&v->doc, 0, KL_SPAN("attributes.unique_id"));
	v->e[v->n++] =
	    (struct expect){ hash_of(v, metric,
				 kl_json_text(&v->doc, at, &v->id), kind, id),
		    line };
	v->metric[metric].missing++;
	return kl_buf_check(&v->key, err);
}

/* Who the events of a bundle are about. */
static enum kl_rc
read_person(struct verify *v, struct kl_span profile, struct kl_err *err)
{
	uint32_t id;
	enum kl_rc rc;

	rc = kl_json_scan(&v->profile, profile.s, profile.n, err);
	if (rc == KL_OK)
		rc = kl_profile_ids(&v->ids, &v->profile,
		    kl_json_get(&v->profile, 0, "attributes"), err);
	if (rc == KL_OK && (id = kl_json_get(&v->profile, 0, "id")) != 0)
		v->ids.id = kl_json_text(&v->profile, id, &v->row);
	return rc;
}

enum kl_rc
verify_expect(struct verify *v, const struct kl_batch *b, struct kl_err *err)
{
	const struct kl_bundle *g;
	const struct kl_person *p;
	enum kl_rc rc = KL_OK;
	uint32_t i, k;

	for (i = 0; rc == KL_OK && i < b->bundles; i++) {
		g = &b->bundle[i];
		rc = read_person(v,
		    (struct kl_span){ b->body.s + g->at, g->bytes }, err);
		for (k = 0; rc == KL_OK && k < g->n; k++) {
			p = &b->person[g->first + k];
			if (p->outcome == KL_ACCEPTED)
				rc = expect(v,
				    (struct kl_span){ b->body.s + p->at, p->n },
				    b->chunk != 0 ? b->chunk
						  : b->rec[p->first].line,
				    err);
		}
	}
	return rc;
}

enum kl_rc
verify_known(struct kl_events *e, const struct event_named *name, uint64_t line,
    struct kl_err *err)
{
	struct kl_buf *b = &e->other;
	struct event_item item;
	enum kl_rc rc;

	kl_buf_reset(b);
	if ((rc = events_put(e, b, name->doc, name->id, &item, err)) == KL_OK &&
	    (rc = read_person(e->verify,
		 (struct kl_span){ b->s + item.event_n, item.profile_n },
		 err)) == KL_OK)
		rc = expect(e->verify, (struct kl_span){ b->s, item.event_n },
		    line, err);
	return rc;
}

/* --- what is there -------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	const struct expect *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

/* All that are expected with that hash are there. */
static void
find(struct verify *v, uint32_t metric, uint64_t hash)
{
	uint64_t low = 0, high = v->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (v->e[mid].hash < hash)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < v->n && v->e[low].hash == hash; low++) {
		if ((v->e[low].line & FOUND) != 0)
			continue;
		v->e[low].line |= FOUND;
		v->metric[metric].missing--;
		v->missing--;
	}
}

/* An event the service has. */
static enum kl_rc
take_event(struct verify *v, uint32_t metric, struct kl_err *err)
{
	struct kl_span name = KL_SPAN("$event_id"), unique_id;
	struct kl_profile_ids *ids = &v->ids;
	uint32_t at, person;
	enum kl_rc rc;

	if ((rc = kl_json_scan(&v->doc, v->row.s, v->row.n, err)) != KL_OK)
		return rc;
	at = kl_json_get(&v->doc, 0, "event_properties");
	if (at == 0 || (at = kl_json_getn(&v->doc, at, name)) == 0 ||
	    (person = kl_json_get(&v->doc, 0, "profile")) == 0)
		return KL_OK;
	if ((rc = kl_profile_ids(ids, &v->doc, person, err)) != KL_OK)
		return rc;
	unique_id = kl_json_text(&v->doc, at, &v->id);
	find(v, metric, hash_of(v, metric, unique_id, 'x', ids->external_id));
	find(v, metric, hash_of(v, metric, unique_id, 'e', ids->email));
	find(v, metric, hash_of(v, metric, unique_id, 'p', ids->phone));
	find(v, metric, hash_of(v, metric, unique_id, 'i', ids->id));
	return kl_buf_check(&v->key, err);
}

/* The events of a page. */
static enum kl_rc
take_page(struct verify *v, uint32_t metric, struct kl_shaper *shaper,
    const struct kl_page *page, struct kl_err *err)
{
	enum kl_rc rc = kl_shape_page(shaper, page, err);
	uint32_t e;

	for (e = page->first; rc == KL_OK && e < page->end;
	     e = page->doc->node[e].next) {
		kl_buf_reset(&v->row);
		rc = kl_shape_put(shaper, &v->row, e, 0, err);
		if (rc == KL_OK)
			rc = take_event(v, metric, err);
	}
	return rc;
}

/* The answers that are on their way when enough has been seen. */
static void
drop_answers(struct kl_client *c)
{
	struct kl_answer a;

	while (kl_client_busy(c) > 0 &&
	    kl_client_next(c, UINT64_MAX, -1, &a, NULL) == KL_OK)
		;
}

/* All events of a metric by its id, in the time they were sent for: in several
 * chains, in whatever order. */
static enum kl_rc
read_metric(struct verify *v, struct kl_client *c, uint32_t metric,
    struct kl_span id, struct kl_err *err)
{
	char since[KL_TIME_TEXT], until[KL_TIME_TEXT];
	const struct kl_resource *r = kl_resource(KL_RES_EVENTS);
	struct kl_want want = { .fields = "event_properties,profile.email,"
					  "profile.phone_number,"
					  "profile.external_id",
		.need = r->range.name };
	struct kl_shaper shaper = { .shape = KL_SHAPE_EVENT };
	struct kl_source walk = { 0 };
	struct kl_query query = { 0 };
	struct kl_page page;
	enum kl_rc rc;

	want.since = kl_time_text(v->metric[metric].from, since);
	want.until = kl_time_text(v->metric[metric].to + 1, until);
	kl_buf_reset(&v->tmp);
	kl_buf_printf(&v->tmp, "equals(metric_id,\"%.*s\")", (int)id.n, id.s);
	want.where = kl_buf_str(&v->tmp);
	if ((rc = kl_query_make(&query, KL_RES_EVENTS, NULL, &want, err)) ==
	    KL_OK)
		rc = kl_source_ranges(&walk, c, &query, &r->range,
		    kl_in_flight(kl_endpoint(r->ep)), err);
	while (rc == KL_OK && v->metric[metric].missing > 0 &&
	    (rc = kl_source_next(&walk, &page, err)) == KL_OK)
		rc = take_page(v, metric, &shaper, &page, err);
	drop_answers(c);
	kl_shape_free(&shaper);
	kl_source_free(&walk);
	kl_query_free(&query);
	return rc == KL_EOF ? KL_OK : rc;
}

/* The ids of metrics of which something is missing: index, id, NUL. */
static enum kl_rc
list_metrics(struct verify *v, struct kl_client *c, struct kl_buf *to,
    struct kl_err *err)
{
	struct kl_want want = { .fields = "name" };
	struct kl_source walk = { 0 };
	struct kl_query query = { 0 };
	struct kl_page page;
	struct kl_span name, id;
	uint64_t *at;
	uint32_t which;
	enum kl_rc rc;

	rc = kl_query_make(&query, KL_RES_METRICS, NULL, &want, err);
	if (rc == KL_OK)
		rc = kl_source_walk(&walk, c, &query, NULL, err);
	while (rc == KL_OK && (rc = kl_source_next(&walk, &page, err)) == KL_OK)
		kl_page_each (e, &page) {
			which = kl_json_path(page.doc, e,
			    KL_SPAN("attributes.name"));
			name = kl_json_text(page.doc, which, &v->tmp);
			if (which == 0 ||
			    (at = kl_map_get(&v->by_name, name.s, name.n)) ==
				NULL)
				continue;
			which = (uint32_t)*at - 1;
			id = kl_json_text(page.doc,
			    kl_json_get(page.doc, e, "id"), &v->tmp);
			if (v->metric[which].missing == 0 || id.n == 0 ||
			    memchr(id.s, '"', id.n) != NULL)
				continue;
			kl_buf_put(to, &which, sizeof(which));
			kl_buf_span(to, id);
			kl_buf_putc(to, '\0');
		}
	kl_source_free(&walk);
	kl_query_free(&query);
	return rc == KL_EOF ? kl_buf_check(to, err) : rc;
}

/* Read all once. */
static enum kl_rc
read_all(struct verify *v, struct kl_client *c, struct kl_err *err)
{
	struct kl_buf ids = { 0 };
	uint32_t which;
	size_t at = 0;
	enum kl_rc rc = list_metrics(v, c, &ids, err);

	while (rc == KL_OK && at < ids.n) {
		const char *id = ids.s + at + sizeof(which);

		memcpy(&which, ids.s + at, sizeof(which));
		rc = read_metric(v, c, which, KL_SPAN(id), err);
		at += sizeof(which) + strlen(id) + 1;
	}
	kl_buf_free(&ids);
	return rc;
}

enum kl_rc
kl_events_verify(struct kl_events *e, struct kl_client *c, uint64_t ms,
    const volatile int *stop, struct kl_verified *to, struct kl_err *err)
{
	struct verify *v = e->verify;
	uint64_t began = kl_now_mono(), wait = FIRST_WAIT, gone;
	enum kl_rc rc = KL_OK;

	*to = (struct kl_verified){ 0 };
	if (v == NULL)
		return KL_OK;
	if (v->n > 0)
		qsort(v->e, v->n, sizeof(*v->e), compare);
	v->missing = v->n;
	while (v->missing > 0 && (rc = read_all(v, c, err)) == KL_OK) {
		gone = kl_now_mono() - began;
		if (v->missing == 0 || gone >= ms || *stop != 0)
			break;
		kl_sleep_ms(wait < ms - gone ? wait : ms - gone);
		wait = wait < LAST_WAIT / 2 ? wait * 2 : LAST_WAIT;
	}
	to->recorded = v->n - v->missing;
	to->missing = v->missing;
	to->unchecked = v->unchecked;
	return rc;
}

/* By line, those that are missing first. */
static int
compare_lines(const void *a, const void *b)
{
	const struct expect *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

bool
kl_events_missing(struct kl_events *e, uint64_t i, uint64_t *line)
{
	struct verify *v = e->verify;

	if (v == NULL || i >= v->missing)
		return false;
	if (i == 0)
		qsort(v->e, v->n, sizeof(*v->e), compare_lines);
	*line = v->e[i].line;
	return true;
}
