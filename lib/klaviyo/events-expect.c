/* SPDX-License-Identifier: MIT */
/* events-expect.c - what was accepted, to be read back.  See events-verify.h.
 */

#include <stdlib.h>

#include "events-verify.h"
#include "kl/room.h"
#include "kl/siphash.h"
#include "kl/time.h"

#define EARLY 300  /* s before a run, of events that it stamps */
#define LATE 86400 /* ... and after */

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

struct kl_span
verify_name(const struct verify *v, uint32_t metric)
{
	return (struct kl_span){ v->names.s + v->metric[metric].at,
		v->metric[metric].n };
}

uint64_t
verify_hash(struct verify *v, uint32_t metric, struct kl_span unique_id,
    char kind, struct kl_span id)
{
	kl_buf_reset(&v->key);
	kl_buf_span(&v->key, verify_name(v, metric));
	kl_buf_putc(&v->key, '\0');
	kl_buf_span(&v->key, unique_id);
	kl_buf_putc(&v->key, '\0');
	kl_buf_putc(&v->key, kind);
	kl_buf_span(&v->key, id);
	return kl_siphash(v->seed, v->key.s, v->key.n);
}

static enum kl_rc
take_metric(struct verify *v, struct kl_span name, uint32_t *which,
    struct kl_err *err)
{
	bool fresh;
	uint64_t *at = kl_map_put(&v->by_name, name.s, name.n, &fresh);

	if (at == NULL)
		return kl_err_nomem(err);
	if (!fresh) {
		*which = (uint32_t)*at - 1;
		return KL_OK;
	}
	if (!KL_ROOM(v->metric, v->metrics, v->metric_cap, 16))
		return kl_err_nomem(err);
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
	    (struct expect){ verify_hash(v, metric,
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
