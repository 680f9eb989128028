/* SPDX-License-Identifier: MIT */
/* people.c - profiles, one at a time and as a collection. */

#include <stdlib.h>

#include "page.h"
#include "people.h"

/* --- a profile as a resource --------------------------------------------- */

struct view {
	const struct store *st;
	uint32_t at;
	struct profile p;
	uint64_t joined;
	bool null_coordinates;
	struct kl_span plain[KEY_PROPERTY];
};

static void
put_properties(struct kl_buf *b, const struct view *v)
{
	struct walk w = store_walk(v->st, v->at);
	struct entry e;

	kl_buf_putc(b, '{');
	while (walk_next(&w, &e)) {
		if (e.key < KEY_PROPERTY)
			continue;
		kl_json_put_comma(b);
		kl_buf_span(b, store_name(v->st, e.key));
		kl_buf_putc(b, ':');
		kl_buf_span(b, e.value);
	}
	kl_buf_putc(b, '}');
}

/*
 * The published schema has no null for coordinates, recorded answers have:
 * unless the reading is null, take the name back and say nothing.
 */
static void
no_coordinate(struct kl_buf *b, const struct view *v, int source)
{
	size_t n = source == KEY_LATITUDE ? sizeof(",\"latitude\":") - 1
					  : sizeof(",\"longitude\":") - 1;

	if (!v->null_coordinates && b->n > n && b->s[b->n - n] == ',')
		b->n -= n;
	else
		kl_buf_puts(b, "null");
}

static void
put_last_event(struct kl_buf *b, const struct view *v)
{
	uint32_t t = v->p.last_event;

	if (t == 0)
		kl_buf_puts(b, "null");
	else
		put_time(b, (uint64_t)t * 1000000, false);
}

static void
value(struct kl_buf *b, int source, void *ctx)
{
	const struct view *v = ctx;

	if (source >= (int)SOURCE_CONSENT) {
		put_consent(b, source, v->st, v->at);
		return;
	}
	switch (source) {
	case SOURCE_CREATED:
		put_time(b, v->p.created * 1000, false);
		break;
	case SOURCE_UPDATED:
		put_time(b, v->p.updated, true);
		break;
	case SOURCE_PROPERTIES:
		put_properties(b, v);
		break;
	case SOURCE_JOINED:
		put_time(b, v->joined * 1000000, false);
		break;
	case SOURCE_LAST_EVENT:
		put_last_event(b, v);
		break;
	default:
		if (v->plain[source].s != NULL)
			kl_buf_span(b, v->plain[source]);
		else if (source == KEY_LATITUDE || source == KEY_LONGITUDE)
			no_coordinate(b, v, source);
		else
			kl_buf_puts(b, "null");
	}
}

bool
profile_shape(struct req *q)
{
	const struct resource *r = q->op->fields[0];

	if (shape_make(&q->box->shape, profile_fields, &q->query.fields[0],
		&q->query.more, r->groups))
		return true;
	reply_bad(q, BROKEN, "/data", "out of memory");
	return false;
}

/* The lists, or segments, somebody is in, as identifiers or whole. */
static void
put_lists_of(struct req *q, uint32_t at, bool segments,
    const struct shape *whole)
{
	const struct store *st = &q->box->store;
	uint32_t i;

	for (i = 0; i < st->lists; i++) {
		if (st->list[i].gone || st->list[i].segment != segments ||
		    !order_has(&st->list[i].members, at))
			continue;
		if (whole != NULL)
			put_list(q, whole, &st->list[i]);
		else
			put_identifier(&q->out, segments ? "segment" : "list",
			    st->list[i].id);
	}
}

static void
relations(struct req *q, uint32_t at, const char *id)
{
	static const char *const names[] = { "lists", "segments", "push-tokens",
		"conversations" };
	/* The bits of include, which the words of the operation number. */
	bool one = q->op->run == get_profile, all = q->op->run == get_profiles;
	unsigned inc = q->query.include, shown, i;

	shown = one ? inc : all ? (inc & 1) << 3 | (inc & 2) << 1 : 0;
	kl_buf_puts(&q->out, ",\"relationships\":{");
	for (i = 0; i < (one || all ? 4 : 3); i++) {
		reply_relation(&q->out, q, "profiles", id, names[i]);
		if (!(shown & 1U << i))
			continue;
		q->out.n--; /* the closing brace */
		kl_buf_puts(&q->out, ",\"data\":[");
		if (i < 2)
			put_lists_of(q, at, i == 1, NULL);
		kl_buf_puts(&q->out, "]}");
	}
	kl_buf_putc(&q->out, '}');
}

void
put_profile(struct req *q, const struct shape *s, uint32_t at, uint64_t joined)
{
	struct view v = { .st = &q->box->store, .at = at, .joined = joined };
	struct walk w = store_walk(v.st, at);
	struct kl_buf *b = &q->out;
	char id[ID_LEN + 1];
	struct entry e;

	v.p = store_view(v.st, at);
	v.null_coordinates = q->box->readings.null_coordinates;
	while (walk_next(&w, &e))
		if (e.key < KEY_PROPERTY)
			v.plain[e.key] = e.value;
	store_id(v.st, at, id);
	kl_json_put_comma(b);
	kl_buf_puts(b, "{\"type\":\"profile\",\"id\":\"");
	kl_buf_puts(b, id);
	kl_buf_puts(b, "\",\"attributes\":");
	shape_put(s, b, value, &v);
	relations(q, at, id);
	reply_links(b, q, "profiles", id);
	kl_buf_putc(b, '}');
}

static bool
unknown_profile(struct req *q, struct kl_span id)
{
	reply_bad(q, NOT_FOUND, "/data/",
	    "A profile with id %.*s does not exist.",
	    id.n > 60 ? 60 : (int)id.n, id.s);
	return false;
}

bool
profile_of(struct req *q, uint32_t *at)
{
	*at = store_by_id(&q->box->store, q->id[0]);
	return *at != NONE || unknown_profile(q, q->id[0]);
}

/* The lists and segments of somebody, as far as they were asked for. */
static void
put_included(struct req *q, uint32_t at)
{
	struct shape *s = &q->box->shape2;
	bool one = q->op->run == get_profile;

	if (q->query.include == 0)
		return;
	kl_buf_puts(&q->out, ",\"included\":[");
	if (one && (q->query.include & 1) && plain_shape(q, s, list_fields, 1))
		put_lists_of(q, at, false, s);
	if (one && (q->query.include & 2) &&
	    plain_shape(q, s, segment_fields, 2))
		put_lists_of(q, at, true, s);
	kl_buf_putc(&q->out, ']');
}

void
answer_profile(struct req *q, int status, uint32_t at)
{
	if (!profile_shape(q))
		return;
	reply_begin(q, status);
	put_profile(q, &q->box->shape, at, 0);
	put_included(q, at);
	reply_end(q);
}

void
get_profile(struct req *q)
{
	uint32_t at;

	if (profile_of(q, &at))
		answer_profile(q, 200, at);
}

/* Both for lists and for segments. */
void
get_profile_lists(struct req *q)
{
	struct shape *s = &q->box->shape;
	uint32_t at;

	if (!profile_of(q, &at) ||
	    !plain_shape(q, s, q->op->fields[0]->fields, 0))
		return;
	reply_begin(q, 200);
	kl_buf_putc(&q->out, '[');
	put_lists_of(q, at, q->op->segments, s);
	kl_buf_putc(&q->out, ']');
	reply_end_whole(q);
}

void
get_profile_list_ids(struct req *q)
{
	uint32_t at;

	if (!profile_of(q, &at))
		return;
	reply_begin(q, 200);
	kl_buf_putc(&q->out, '[');
	put_lists_of(q, at, q->op->segments, NULL);
	kl_buf_putc(&q->out, ']');
	reply_end_whole(q);
}

/* --- writing one -----------------------------------------------------------
 */

/* Read the body as a profile. */
static bool
draft_of(struct req *q, enum road road)
{
	struct problem p;
	uint32_t data;

	if (q->body.n > MAX_PROFILE) {
		reply_bad(q, BAD_INPUT, "/data",
		    "The payload of a profile is limited to 100 KB.");
		return false;
	}
	if (!reply_body(q, &data))
		return false;
	q->box->draft.null_unsets = q->box->readings.null_unsets;
	if (profile_read(&q->box->store, &q->box->doc, data, road,
		&q->box->draft, &p))
		return true;
	reply_problem(q, &p, "/data");
	return false;
}

/* Apply the draft to a profile (NONE: a new one) and answer. */
static void
write_profile(struct req *q, uint32_t at, enum conflict how)
{
	struct box *box = q->box;
	struct draft *d = &box->draft;
	struct effect e = { .request = q->number, .op = q->op->id };
	bool fresh = at == NONE, changed;
	struct problem p;

	box->ledger_time = q->now;
	if (how == CONFLICT_MERGE && !people_join(box, d, at, e)) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	if (!profile_claim(&box->store, d, at, how, q->now, &p)) {
		reply_problem(q, &p, "");
		return;
	}
	ledger_taken(box, d, at, e);
	if (fresh)
		at =
		    store_add(&box->store, q->now, (struct kl_span){ NULL, 0 });
	if (at == NONE ||
	    !profile_apply(&box->store, d, at, q->now, &changed)) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	e.name = fresh ? "profile.create" : "profile.update";
	e.profile = at;
	e.attributes = kl_json_raw(d->doc, d->attributes);
	ledger_put(box, &e);
	answer_profile(q, fresh ? 201 : 200, at);
}

void
create_profile(struct req *q)
{
	struct problem p;
	uint32_t taken;

	if (!draft_of(q, ROAD_CREATE))
		return;
	(void)profile_match(&q->box->store, &q->box->draft, &taken, &p);
	write_profile(q, NONE, CONFLICT_REFUSE);
}

void
update_profile(struct req *q)
{
	struct draft *d = &q->box->draft;
	struct problem p;
	uint32_t at;

	if (!profile_of(q, &at) || !draft_of(q, ROAD_PATCH))
		return;
	if (!kl_span_eq(d->id, q->id[0])) {
		reply_bad(q, BAD_INPUT, "/data/id",
		    "The id in the body must be the id in the URL.");
		return;
	}
	(void)profile_match(&q->box->store, d, &at, &p);
	write_profile(q, at, CONFLICT_REFUSE);
}

void
import_profile(struct req *q)
{
	struct problem p;
	uint32_t at;

	if (!draft_of(q, ROAD_IMPORT))
		return;
	if (!profile_match(&q->box->store, &q->box->draft, &at, &p))
		reply_problem(q, &p, "");
	else
		write_profile(q, at, q->box->readings.identity_conflict);
}
