/* SPDX-License-Identifier: MIT */
/* events-verify.c - what was accepted is read back.  See events-verify.h. */

#include <stdlib.h>
#include <string.h>

#include "events-verify.h"
#include "kl/query.h"
#include "kl/ranges.h"
#include "kl/shape.h"
#include "kl/source.h"
#include "kl/time.h"

#define FIRST_WAIT 500 /* ms */
#define LAST_WAIT 15000

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
		if ((v->e[low].line & VERIFY_FOUND) != 0)
			continue;
		v->e[low].line |= VERIFY_FOUND;
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
	find(v, metric,
	    verify_hash(v, metric, unique_id, 'x', ids->external_id));
	find(v, metric, verify_hash(v, metric, unique_id, 'e', ids->email));
	find(v, metric, verify_hash(v, metric, unique_id, 'p', ids->phone));
	find(v, metric, verify_hash(v, metric, unique_id, 'i', ids->id));
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
