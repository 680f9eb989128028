/* SPDX-License-Identifier: MIT */
/*
 * batch.c - records gather into a batch.
 *
 * Joined records form trees (union-find) whose root is the first of them, so
 * that a person stands where it first appeared.
 */

#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "kl/room.h"

#define FIRST_RECORDS 64U

struct kl_batch *
kl_batch_new(struct kl_maker *m)
{
	struct kl_batch *b = calloc(1, sizeof(*b));

	if (b != NULL)
		b->ids.seed = &m->seed;
	return b;
}

void
kl_batch_reset(struct kl_batch *b)
{
	struct kl_batch old = *b;

	*b = (struct kl_batch){ .src = old.src,
		.body = old.body,
		.whys = old.whys,
		.jobs = old.jobs,
		.rec = old.rec,
		.cap = old.cap,
		.person = old.person,
		.people_cap = old.people_cap,
		.keys = old.keys,
		.found_ids = old.found_ids,
		.marks = old.marks,
		.hit = old.hit,
		.hits_cap = old.hits_cap,
		.bundle = old.bundle,
		.bundle_cap = old.bundle_cap,
		.ids = old.ids };
	kl_buf_reset(&b->src);
	kl_buf_reset(&b->body);
	kl_buf_reset(&b->whys);
	kl_buf_reset(&b->jobs);
	kl_buf_reset(&b->keys);
	kl_buf_reset(&b->found_ids);
	kl_buf_reset(&b->marks);
	kl_idents_reset(&b->ids);
}

void
kl_batch_free(struct kl_batch *b)
{
	if (b == NULL)
		return;
	kl_buf_free(&b->src);
	kl_buf_free(&b->body);
	kl_buf_free(&b->whys);
	kl_buf_free(&b->jobs);
	kl_buf_free(&b->keys);
	kl_buf_free(&b->found_ids);
	kl_buf_free(&b->marks);
	free(b->hit);
	kl_idents_free(&b->ids);
	free(b->rec);
	free(b->person);
	free(b->bundle);
	free(b);
}

void
kl_batch_strip(struct kl_batch *b, struct kl_maker *m)
{
	if (m->bodies == KL_BODIES || b->body.cap == 0) {
		kl_buf_free(&b->body);
		return;
	}
	kl_buf_reset(&b->body);
	m->body[m->bodies++] = b->body;
	b->body = (struct kl_buf){ 0 };
}

/* --- adding --------------------------------------------------------------- */

/* The identifiers of one record, looked up. */
struct who {
	struct {
		char kind;
		struct kl_span id;
		uint64_t hash;
		uint32_t root; /* of the record that brought it, or none */
	} by[6];
	unsigned n;
};

uint32_t
kl_batch_root(struct kl_batch *b, uint32_t i)
{
	while (b->rec[i].person != i) {
		b->rec[i].person = b->rec[b->rec[i].person].person;
		i = b->rec[i].person;
	}
	return i;
}

/* The record has the identifier, if it is one. */
static inline void
note(struct kl_batch *b, struct who *w, char kind, struct kl_span id)
{
	if (id.n == 0)
		return;
	w->by[w->n].kind = kind;
	w->by[w->n].id = id;
	w->by[w->n].hash = kl_people_hash(b->ids.seed, kind, id);
	kl_idents_ask(&b->ids, w->by[w->n++].hash);
}

/* An address that is not as it is folded: filters may mind the case. */
static struct kl_span
as_written(struct kl_maker *m, const struct kl_json *doc)
{
	struct kl_span s = { 0 };

	if (m->ids.email.n > 0)
		s = kl_json_text(doc, m->ids.at[0], &m->key);
	if (s.n > 0 && s.n == m->ids.email.n &&
	    memcmp(s.s, m->ids.email.s, s.n) == 0)
		s.n = 0;
	return s;
}

/* Read the identifiers of a record; they are looked up later. */
static enum kl_rc
identify(struct kl_batch *b, struct kl_maker *m, const struct kl_json *doc,
    struct who *w, struct kl_err *err)
{
	enum kl_rc rc = kl_profile_ids(&m->ids, doc, 0, err);

	w->n = 0;
	if (rc != KL_OK)
		return rc;
	note(b, w, 'e', m->ids.email);
	if (m->verb->look != NULL || m->verb->proof != NULL)
		note(b, w, 'E', as_written(m, doc));
	note(b, w, 'p', m->ids.phone);
	note(b, w, 'x', m->ids.external_id);
	if (m->verb->look == NULL) /* nobody is found by it */
		note(b, w, 'k', m->ids.kx);
	if (m->profile->match_id)
		note(b, w, 'i', m->ids.id);
	return KL_OK;
}

/* Who is it?  Those in the batch with the same identifiers. */
static enum kl_rc
look_up(struct kl_batch *b, struct who *w, struct kl_err *err)
{
	uint32_t rec;
	unsigned i;

	for (i = 0; i < w->n; i++) {
		rec = kl_idents_find(&b->ids, w->by[i].hash, w->by[i].kind,
		    w->by[i].id);
		w->by[i].root =
		    rec == KL_IDENT_NONE ? rec : kl_batch_root(b, rec);
	}
	if (w->n > 0)
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA, "the record names nobody");
	kl_err_code(err, "identifier_missing");
	kl_err_hint(err, "it needs email, phone_number or external_id");
	return KL_EDATA;
}

/* --- groups --------------------------------------------------------------- */

struct kl_frame
kl_batch_frame(const struct kl_batch *b, const struct kl_maker *m,
    uint16_t group)
{
	struct kl_frame f = m->frame;

	if (group < b->groups)
		f.group = (struct kl_span){ b->keys.s + b->group[group].at,
			b->group[group].n };
	return f;
}

/* Another group: how much stands around its items? */
static enum kl_rc
new_group(struct kl_batch *b, struct kl_maker *m, struct kl_span key,
    struct kl_err *err)
{
	struct kl_buf around = { 0 };
	struct kl_group *g = &b->group[b->groups];
	struct kl_frame f;
	enum kl_rc rc;

	*g = (struct kl_group){ (uint32_t)b->keys.n, (uint32_t)key.n };
	kl_buf_span(&b->keys, key);
	if ((rc = kl_buf_check(&b->keys, err)) != KL_OK)
		return rc;
	b->groups++;
	f = kl_batch_frame(b, m, (uint16_t)(b->groups - 1));
	m->verb->road.open(&around, &f);
	m->verb->road.close(&around, &f);
	if (around.n > b->frame_max)
		b->frame_max = around.n;
	rc = kl_buf_check(&around, err);
	kl_buf_free(&around);
	return rc;
}

/* The group of a record.  KL_AGAIN if there are too many. */
static enum kl_rc
pick_group(struct kl_batch *b, struct kl_maker *m, const struct kl_json *doc,
    struct kl_rec *r, struct kl_err *err)
{
	struct kl_buf *key = &m->key;
	const struct kl_group *g;
	enum kl_rc rc = KL_OK;

	kl_buf_reset(key);
	if (m->verb->group != NULL &&
	    ((rc = m->verb->group(key, doc, m->frame.ctx, err)) != KL_OK ||
		(rc = kl_buf_check(key, err)) != KL_OK))
		return rc;
	for (r->group = 0; r->group < b->groups; r->group++) {
		g = &b->group[r->group];
		if (g->n == key->n &&
		    (key->n == 0 ||
			memcmp(b->keys.s + g->at, key->s, key->n) == 0))
			return KL_OK;
	}
	if (b->groups == KL_GROUPS)
		return KL_AGAIN;
	return new_group(b, m, (struct kl_span){ key->s, key->n }, err);
}

/* --- items ---------------------------------------------------------------- */

/* True if the way has a request for each item, and the usual one has not. */
static bool
is_single(const struct kl_verb *v, unsigned way)
{
	return way != 0 && kl_endpoint(kl_verb_way(v, way)->ep)->items == 1;
}

static enum kl_rc
too_big(size_t max, struct kl_err *err)
{
	(void)kl_err_set(err, KL_ETOOBIG,
	    "the profile is over %zu bytes as it is sent", max);
	kl_err_code(err, "profile_too_big");
	return KL_ETOOBIG;
}

/* What stands before the first item, which is of that group. */
static void
open_body(struct kl_batch *b, struct kl_maker *m, uint16_t group)
{
	struct kl_frame f = kl_batch_frame(b, m, group);

	if (b->body.cap == 0 && m->bodies > 0)
		b->body = m->body[--m->bodies];
	kl_buf_reserve(&b->body, m->usual_body);
	m->verb->road.open(&b->body, &f);
	b->open_n = b->body.n;
}

/* Append the item and say where it is.  KL_AGAIN if it does not fit. */
static enum kl_rc
append_item(struct kl_batch *b, struct kl_maker *m, const struct kl_json *doc,
    struct kl_rec *r, struct kl_err *err)
{
	struct kl_making to = { .profile = m->profile,
		.ctx = m->frame.ctx,
		.body = &b->body };
	bool first = b->people == 0;
	size_t n;
	enum kl_rc rc;

	if (b->body.n == 0)
		open_body(b, m, r->group);
	b->body.max = m->max_body - b->frame_max + b->open_n;
	if (!first)
		kl_buf_putc(&b->body, ',');
	r->item_at = (uint32_t)b->body.n;
	rc = m->verb->item(&to, doc, err);
	n = b->body.n - r->item_at;
	if (rc == KL_OK && b->body.n > b->body.max)
		rc = KL_ETOOBIG; /* memory of an earlier batch took it */
	r->item_n = r->weight = (uint32_t)n;
	r->way = (uint8_t)to.way;
	r->meta = r->meta || to.apart;
	r->in_body = to.as_read;
	if (rc == KL_OK && n > m->max_way[to.way] && m->max_way[to.way] > 0)
		return too_big(m->max_way[to.way], err);
	if ((rc == KL_OK && n > m->max_item) || (rc == KL_ETOOBIG && first))
		return too_big(m->max_item, err);
	if (rc == KL_ETOOBIG ||
	    (rc == KL_OK && is_single(m->verb, to.way) &&
		b->singles == KL_SINGLES))
		return KL_AGAIN;
	return rc;
}

/* True if the record cannot join those it shares an identifier with. */
static bool
clashes(struct kl_batch *b, const struct who *w, const struct kl_maker *m,
    const struct kl_rec *me)
{
	uint32_t seen[6], r;
	unsigned i, j, n = 0;
	size_t weight = me->weight;
	bool apart = me->meta;

	for (i = 0; i < w->n; i++) {
		if ((r = w->by[i].root) == KL_IDENT_NONE)
			continue;
		for (j = 0; j < n && seen[j] != r; j++)
			;
		if (j < n)
			continue;
		seen[n++] = r;
		apart = apart || b->rec[r].meta || b->rec[r].way != me->way ||
		    b->rec[r].group != me->group;
		weight += b->rec[r].weight;
	}
	return n > 0 && (apart || weight > m->max_item);
}

enum kl_rc
kl_batch_room(struct kl_batch *b, struct kl_err *err)
{
	return KL_ROOM(b->rec, b->n, b->cap, FIRST_RECORDS) ? KL_OK
							    : kl_err_nomem(err);
}

static void
join(struct kl_batch *b, uint32_t x, uint32_t y)
{
	uint32_t first, later;

	x = kl_batch_root(b, x);
	y = kl_batch_root(b, y);
	if (x == y)
		return;
	first = x < y ? x : y;
	later = x < y ? y : x;
	b->joined = true;
	b->rec[later].person = first;
	b->rec[first].weight += b->rec[later].weight;
}

/* Where the record's bytes are from now on. */
static bool
keep_bytes(struct kl_batch *b, const struct kl_maker *m, struct kl_rec *r,
    struct kl_span s)
{
	size_t end = r->item_at + r->item_n;

	r->n = (uint32_t)s.n;
	if (!r->in_body)
		r->in_body = r->item_n > s.n &&
		    memcmp(b->body.s + end - 1 - s.n, s.s, s.n) == 0;
	r->at = r->in_body ? (uint32_t)(end - 1 - s.n) : (uint32_t)b->src.n;
	if (!r->in_body) {
		if (b->src.n == 0)
			kl_buf_reserve(&b->src, m->usual_src);
		kl_buf_span(&b->src, s);
	}
	return b->src.rc == KL_OK;
}

/* An item takes a way that none before it took. */
static void
new_way(struct kl_batch *b, const struct kl_maker *m, unsigned way)
{
	b->ways |= (uint8_t)(1U << way);
	b->asks = b->asks ||
	    kl_endpoint(kl_verb_way(m->verb, way)->ep)->replay == KL_REPLAY_ASK;
}

/* The item is in the body: the record, which is the next, is in. */
static enum kl_rc
take_in(struct kl_batch *b, const struct kl_maker *m, const struct who *w,
    struct kl_err *err)
{
	uint32_t me = b->n++;
	unsigned i, way = b->rec[me].way;

	if (b->ids.n == 0)
		kl_buf_reserve(&b->ids.text, m->usual_text);
	for (i = 0; i < w->n; i++) {
		if (w->by[i].root != KL_IDENT_NONE)
			join(b, me, w->by[i].root);
		else if (!kl_idents_add(&b->ids, w->by[i].hash, w->by[i].kind,
			     w->by[i].id, me))
			return kl_err_nomem(err);
	}
	b->people++;
	if ((b->ways >> way & 1) == 0)
		new_way(b, m, way);
	if (way != 0) {
		b->asides++;
		b->singles += is_single(m->verb, way);
	}
	return KL_OK;
}

/* True if the value at a node that may be 0, for none, is more than null. */
static bool
is_there(const struct kl_json *doc, uint32_t at)
{
	return at != 0 && kl_json_type(doc, at) != KL_JSON_NULL;
}

/* True if the record's item is nothing but identifiers, which are found. */
static bool
is_bare(const struct kl_json *doc, const struct kl_profile_ids *ids)
{
	const struct kl_member *row;

	if (is_there(doc, ids->other))
		return false;
	kl_json_each_member (k, doc, 0) {
		if (kl_json_type(doc, k + 1) == KL_JSON_NULL)
			continue;
		row = kl_profile_member((struct kl_span){
		    kl_json_raw(doc, k).s + 1, kl_json_raw(doc, k).n - 2 });
		if (row == NULL || row->role == KL_MEMBER_META ||
		    (row->role == KL_MEMBER_SENT && !row->identifies))
			return false;
	}
	return true;
}

void
kl_batch_cover(struct kl_batch *b, uint64_t line)
{
	if (b->chunk != 0 && line == 0)
		return;
	if (b->n == 0)
		b->from = line;
	b->to = line;
}

enum kl_rc
kl_batch_add(struct kl_batch *b, struct kl_maker *m, uint64_t line,
    struct kl_span record, const struct kl_json *doc, struct kl_err *err)
{
	uint64_t nulls, dropped, cleared;
	size_t body = b->body.n, src = b->src.n, keys = b->keys.n;
	size_t frame_max = b->frame_max;
	uint32_t groups = b->groups;
	struct kl_rec *r;
	struct who w;
	enum kl_rc rc;

	if (m->verb->kind != NULL)
		return m->verb->kind->add(b, m, line, record, doc, err);
	if (b->n >= m->max_records ||
	    (b->n > 0 && src + record.n > m->max_body * 2))
		return KL_AGAIN;
	if (b->n == b->cap && kl_batch_room(b, err) != KL_OK)
		return KL_ENOMEM;
	nulls = m->profile->nulls_ignored;
	dropped = m->profile->dropped;
	cleared = m->profile->cleared;
	r = &b->rec[b->n];
	*r = (struct kl_rec){ .line = line, .person = b->n };
	/* First the item: a misspelt member is a better reason than that the
	 * record names nobody.  While it is made, what is needed to look up
	 * who that is comes closer. */
	if ((rc = pick_group(b, m, doc, r, err)) == KL_OK &&
	    (rc = identify(b, m, doc, &w, err)) == KL_OK &&
	    (rc = append_item(b, m, doc, r, err)) == KL_OK &&
	    (rc = look_up(b, &w, err)) == KL_OK) {
		r->meta = r->meta || is_there(doc, m->ids.meta);
		if (clashes(b, &w, m, r))
			rc = KL_AGAIN;
		else if (!keep_bytes(b, m, r, record))
			rc = kl_err_nomem(err);
	}
	if (rc != KL_OK) {
		b->body.n = body;
		b->body.rc = b->src.rc = KL_OK;
		b->src.n = src;
		b->keys.n = keys;
		b->groups = groups;
		b->frame_max = frame_max;
		m->profile->nulls_ignored = nulls;
		m->profile->dropped = dropped;
		m->profile->cleared = cleared;
		return rc;
	}
	kl_batch_cover(b, line);
	b->bare += is_bare(doc, &m->ids);
	return take_in(b, m, &w, err);
}

/* What was taken before takes no room in a request: more may come with it. */
bool
kl_batch_full(const struct kl_batch *b, const struct kl_maker *m)
{
	if (b->known == 0)
		return b->n >= m->max_records;
	return b->people >= m->max_records || b->n >= KL_KNOWN_MAX;
}

enum kl_rc
kl_batch_note(struct kl_batch *b, uint64_t line, const char *digest,
    struct kl_err *err)
{
	struct kl_rec r = { .line = line, .person = b->n, .digested = true };

	if (kl_batch_room(b, err) != KL_OK)
		return KL_ENOMEM;
	r.at = (uint32_t)b->src.n;
	r.n = digest != NULL ? (uint32_t)strlen(digest) : 0;
	if (r.n > 0)
		kl_buf_puts(&b->src, digest);
	if (b->src.rc != KL_OK)
		return kl_err_nomem(err);
	kl_batch_cover(b, line);
	b->rec[b->n++] = r;
	return KL_OK;
}
