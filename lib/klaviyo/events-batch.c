/* SPDX-License-Identifier: MIT */
/*
 * events-batch.c - a batch of events.
 *
 * Records join the records of their person, as those of profiles do, but each
 * stays an event of its own, unless it repeats metric and unique_id of an
 * earlier one of that person: then it is the same, and the first stands for
 * all.  Events follow each other under one profile object as long as what
 * their records say of the person is the same; where it changes another
 * begins, so that what was said last is also last in the request.
 */

#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "kl/siphash.h"
#include "kl/time.h"

#define OPEN                                                                   \
	"{\"data\":{\"type\":\"event-bulk-create-job\",\"attributes\":{"       \
	"\"events-bulk-create\":{\"data\":["
#define CLOSE "]}}}}"
#define BUNDLE_OPEN                                                            \
	"{\"type\":\"event-bulk-create\",\"attributes\":{\"profile\":{"        \
	"\"data\":"
#define BUNDLE_MID "},\"events\":{\"data\":["
#define BUNDLE_CLOSE "]}}}"
/* What an event adds to a request beside its own bytes and its profile's. */
#define AROUND (sizeof(BUNDLE_OPEN BUNDLE_MID BUNDLE_CLOSE ","))

void
events_open(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, OPEN);
}

void
events_close(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, CLOSE);
}

/* --- adding --------------------------------------------------------------- */

/* The records of one person become one tree, whose root is the first. */
static void
join(struct kl_batch *b, uint32_t x, uint32_t y)
{
	x = kl_batch_root(b, x);
	y = kl_batch_root(b, y);
	if (x < y)
		b->rec[y].person = x;
	else
		b->rec[x].person = y;
}

static bool
know(struct kl_batch *b, char kind, struct kl_span id, uint32_t me)
{
	uint64_t hash;
	uint32_t rec;

	if (id.n == 0)
		return true;
	hash = kl_people_hash(b->ids.seed, kind, id);
	rec = kl_idents_find(&b->ids, hash, kind, id);
	if (rec == KL_IDENT_NONE)
		return kl_idents_add(&b->ids, hash, kind, id, me);
	join(b, me, rec);
	return true;
}

static bool
know_person(struct kl_batch *b, const struct kl_profile_ids *ids, uint32_t me)
{
	return know(b, 'e', ids->email, me) && know(b, 'p', ids->phone, me) &&
	    know(b, 'x', ids->external_id, me) && know(b, 'k', ids->kx, me) &&
	    know(b, 'i', ids->id, me);
}

/* The event with its profile behind it into the body.  KL_AGAIN if the batch
 * has no room for it. */
static enum kl_rc
append(struct kl_batch *b, struct kl_maker *m, const struct kl_json *doc,
    const char *id, struct kl_rec *r, struct kl_err *err)
{
	struct event_item item;
	size_t room = m->max_body - sizeof(OPEN CLOSE), n;
	enum kl_rc rc;

	b->body.max = 3 * m->max_body;
	r->item_at = (uint32_t)b->body.n;
	rc = events_put(m->frame.ctx, &b->body, doc, id, &item, err);
	if (rc == KL_OK || rc == KL_ETOOBIG) {
		n = b->body.n + ((size_t)b->people + 1) * AROUND;
		if (rc == KL_OK && n <= room)
			rc = KL_OK;
		else if (b->people > 0)
			rc = KL_AGAIN;
		else {
			rc = kl_err_set(err, KL_ETOOBIG,
			    "event and profile are over %zu bytes as they are "
			    "sent",
			    m->max_body);
			kl_err_code(err, "event_too_big");
		}
	}
	if (rc != KL_OK)
		return rc;
	r->item_n = item.event_n;
	r->weight = item.profile_n;
	r->next = item.key_n;
	return KL_OK;
}

/* Members that no event has, which were left out. */
static uint64_t
count_unknown(const struct kl_events *e, const struct kl_json *doc)
{
	uint64_t n = 0;

	if (!e->o.drop_unknown)
		return 0;
	kl_json_each_member (m, doc, 0)
		n +=
		    kl_event_member((struct kl_span){ kl_json_raw(doc, m).s + 1,
			kl_json_raw(doc, m).n - 2 }) == NULL;
	return n;
}

/* Count what the record is, now that it is taken. */
static enum kl_rc
count(struct kl_events *e, const struct kl_json *doc, uint64_t hash,
    struct kl_err *err)
{
	struct kl_events_stats *st = &e->stats;
	bool own = e->event.at[KL_EVENT_UNIQUE_ID] != 0;
	bool timed = e->event.at[KL_EVENT_TIME] != 0;
	uint32_t flag = e->event.at[KL_EVENT_FLAG];

	if (hash != 0) {
		st->equal += seen_times(&e->seen, hash) > 0;
		if (seen_add(&e->seen, hash, err) != KL_OK)
			return err->rc;
	}
	st->named += !own;
	st->dropped += count_unknown(e, doc);
	st->stamped += !own && !timed;
	st->old += timed && !e->o.backfill &&
	    e->event.time < e->event.now - KL_EVENTS_OLD && flag == 0;
	return KL_OK;
}

/* --- what was taken before ------------------------------------------------ */

/* Marks stand by the numbers of their records; those without one have 0. */
static enum kl_rc
put_mark(struct kl_batch *b, const struct kl_journal_mark *mark,
    struct kl_err *err)
{
	static const struct kl_journal_mark none;

	if (b->marks.n > b->n * sizeof(none))
		b->marks.n = b->n * sizeof(none); /* of a record not added */
	while (b->marks.n < b->n * sizeof(none))
		kl_buf_put(&b->marks, &none, sizeof(none));
	kl_buf_put(&b->marks, mark, sizeof(*mark));
	return kl_buf_check(&b->marks, err);
}

/*
 * The number of an equal event is its place among those of this input.  If
 * that begins elsewhere than the input of which one was taken, they may be
 * the same or not.
 */
static enum kl_rc
judge_equal(struct kl_maker *m, const struct event_named *name,
    enum kl_taken taken, struct kl_err *err)
{
	struct kl_events *e = m->frame.ctx;
	struct event_named first = *name;
	struct kl_journal_mark mark;
	enum kl_rc rc = KL_OK;

	if (name->hash == 0 || !kl_journal_elsewhere(m->taken))
		return KL_OK;
	if (taken == KL_TAKEN_NOT && seen_times(&e->seen, name->hash) > 0) {
		first.id[EVENT_FIRST] = '\0';
		rc = events_mark(m, &first, &mark, err);
		taken = kl_journal_taken(m->taken, &mark);
	}
	e->stats.ambiguous += taken != KL_TAKEN_NOT;
	return rc;
}

/* The event is not sent again. */
static enum kl_rc
pass_over(struct kl_batch *b, struct kl_maker *m, struct kl_span record,
    const struct event_named *name, uint64_t line, enum kl_outcome o,
    struct kl_err *err)
{
	struct kl_events *e = m->frame.ctx;
	char digest[KL_RECORD_DIGEST] = "";
	enum kl_rc rc = KL_OK;

	if (m->hash != NULL)
		kl_record_digest(m->hash, record.s, record.n, digest);
	if (e->verify != NULL)
		rc =
		    verify_known(e, name, b->chunk != 0 ? b->chunk : line, err);
	if (rc == KL_OK && name->hash != 0)
		rc = seen_add(&e->seen, name->hash, err);
	if (rc == KL_OK)
		rc = kl_batch_note(b, line, digest, err);
	if (rc != KL_OK)
		return rc;
	b->rec[b->n - 1].had = (uint8_t)(o + 1);
	b->known++;
	return KL_OK;
}

/* KL_EOF if the event was taken before, and nothing is to be sent. */
static enum kl_rc
recall(struct kl_batch *b, struct kl_maker *m, struct kl_span record,
    const struct event_named *name, uint64_t line, struct kl_err *err)
{
	struct kl_journal_mark mark;
	enum kl_taken taken;
	enum kl_rc rc;

	if ((rc = events_mark(m, name, &mark, err)) != KL_OK)
		return rc;
	taken = kl_journal_taken(m->taken, &mark);
	/* What is known stands in receipts of its own, if it is much. */
	if (taken == KL_TAKEN_NOT && b->people == 0 &&
	    b->known >= m->max_records)
		return KL_AGAIN;
	if ((rc = judge_equal(m, name, taken, err)) != KL_OK)
		return rc;
	if (taken == KL_TAKEN_NOT)
		return put_mark(b, &mark, err);
	rc = pass_over(b, m, record, name, line,
	    taken == KL_TAKEN_NOW ? KL_ACCEPTED : KL_UNCHANGED, err);
	return rc == KL_OK ? KL_EOF : rc;
}

/* The checks, the id, the bytes.  KL_EOF as above. */
static enum kl_rc
take(struct kl_batch *b, struct kl_maker *m, struct kl_span record,
    const struct kl_json *doc, struct kl_rec *r, struct kl_err *err)
{
	struct kl_events *e = m->frame.ctx;
	struct event_named name = { .doc = doc, .ids = &m->ids };
	enum kl_rc rc;

	if (b->n == 0)
		e->event.now = (int64_t)(kl_now_wall() / 1000);
	if ((rc = kl_event_check(&e->event, doc, err)) != KL_OK ||
	    (rc = kl_profile_ids(&m->ids, doc, e->event.at[KL_EVENT_PROFILE],
		 err)) != KL_OK)
		return rc;
	if (!e->o.match_id)
		m->ids.id = (struct kl_span){ 0 };
	if ((rc = events_id(e, &name, err)) != KL_OK ||
	    (m->taken != NULL &&
		(rc = recall(b, m, record, &name, r->line, err)) != KL_OK) ||
	    (rc = append(b, m, doc, name.id, r, err)) != KL_OK)
		return rc;
	return count(e, doc, name.hash, err);
}

static enum kl_rc
events_add(struct kl_batch *b, struct kl_maker *m, uint64_t line,
    struct kl_span record, const struct kl_json *doc, struct kl_err *err)
{
	struct kl_events *e = m->frame.ctx;
	struct kl_profile *p = &e->event.profile;
	uint64_t nulls = p->nulls_ignored, dropped = p->dropped;
	size_t body = b->body.n, src = b->src.n;
	struct kl_rec r = { .line = line, .person = b->n };
	uint32_t me = b->n;
	enum kl_rc rc;

	if (kl_batch_full(b, m) ||
	    (b->n > 0 && src + record.n > m->max_body * 2))
		return KL_AGAIN;
	if ((rc = take(b, m, record, doc, &r, err)) == KL_EOF)
		return KL_OK;
	if (rc == KL_OK && (rc = kl_batch_room(b, err)) == KL_OK) {
		r.at = (uint32_t)src;
		r.n = (uint32_t)record.n;
		kl_buf_span(&b->src, record);
		rc = kl_buf_check(&b->src, err);
	}
	if (rc != KL_OK) {
		b->body.n = body;
		b->body.rc = b->src.rc = KL_OK;
		b->src.n = src;
		p->nulls_ignored = nulls;
		p->dropped = dropped;
		return rc;
	}
	kl_batch_cover(b, line);
	b->rec[b->n++] = r;
	b->people++;
	return know_person(b, &m->ids, me) ? KL_OK : kl_err_nomem(err);
}

/* --- sealing -------------------------------------------------------------- */

/* Room for the work on the records of a batch. */
static enum kl_rc
make_room(struct kl_events *e, uint32_t n, struct kl_err *err)
{
	uint32_t slots = 64;

	if (n <= e->cap)
		return KL_OK;
	while (slots < 2 * n)
		slots *= 2;
	free(e->work);
	free(e->turn);
	free(e->slot);
	free(e->of);
	e->cap = 0;
	e->of = calloc(n, sizeof(*e->of));
	e->work = calloc(n, sizeof(*e->work));
	e->turn = calloc(n, sizeof(*e->turn));
	e->slot = calloc(slots, sizeof(*e->slot));
	if (e->work == NULL || e->turn == NULL || e->slot == NULL ||
	    e->of == NULL)
		return kl_err_nomem(err);
	e->cap = n;
	e->slots = slots;
	return KL_OK;
}

/* Two records of one person with the same metric and unique_id. */
static bool
same_event(const struct kl_batch *b, uint32_t x, uint32_t y)
{
	const struct kl_rec *p = &b->rec[x], *q = &b->rec[y];

	return p->next == q->next && p->person == q->person &&
	    memcmp(b->body.s + p->item_at, b->body.s + q->item_at, p->next) ==
	    0;
}

static bool
same_profile(const struct kl_batch *b, uint32_t x, uint32_t y)
{
	const struct kl_rec *p = &b->rec[x], *q = &b->rec[y];

	return p->weight == q->weight &&
	    memcmp(b->body.s + p->item_at + p->item_n,
		b->body.s + q->item_at + q->item_n, p->weight) == 0;
}

/* The event that the record is, if it is one that was there before; else
 * events, which it then becomes. */
static uint32_t
find_event(struct kl_events *e, const struct kl_batch *b,
    const struct kl_maker *m, uint32_t i, uint32_t events)
{
	const struct kl_rec *r = &b->rec[i];
	uint32_t hash =
	    (uint32_t)kl_siphash(m->seed.k, b->body.s + r->item_at, r->next) ^
	    r->person * 0x9e3779b1U;
	uint32_t at = hash & (e->slots - 1), event;

	while (e->slot[at] != 0) {
		event = e->slot[at] - 1;
		if (e->work[event].hash == hash &&
		    same_event(b, e->work[event].rec, i))
			return event;
		at = (at + 1) & (e->slots - 1);
	}
	e->slot[at] = events + 1;
	e->work[events] = (struct event_work){ .rec = i, .hash = hash };
	return events;
}

static enum kl_rc
more_bundles(struct kl_batch *b, struct kl_err *err)
{
	uint32_t cap = b->bundle_cap != 0 ? b->bundle_cap * 2 : 64;
	struct kl_bundle *p;

	if (b->bundles < b->bundle_cap)
		return KL_OK;
	if ((p = realloc(b->bundle, cap * sizeof(*p))) == NULL)
		return kl_err_nomem(err);
	b->bundle = p;
	b->bundle_cap = cap;
	return KL_OK;
}

/* A new event joins the newest bundle of its person, or begins another.  A
 * bundle's at is, meanwhile, the record whose profile it has. */
static enum kl_rc
choose_bundle(struct kl_events *e, struct kl_batch *b, uint32_t event,
    struct kl_err *err)
{
	uint32_t rec = e->work[event].rec, *turn = &e->turn[b->rec[rec].person];

	if (*turn == 0 || !same_profile(b, b->bundle[*turn - 1].at, rec)) {
		if (more_bundles(b, err) != KL_OK)
			return KL_ENOMEM;
		b->bundle[b->bundles] = (struct kl_bundle){ .at = rec };
		*turn = ++b->bundles;
	}
	e->work[event].bundle = *turn - 1;
	b->bundle[*turn - 1].n++;
	return KL_OK;
}

/* Records become events, of[] says which, and these join bundles. */
static enum kl_rc
find_events(struct kl_events *e, struct kl_batch *b, const struct kl_maker *m,
    struct kl_err *err)
{
	uint32_t i, events = 0;

	memset(e->slot, 0, e->slots * sizeof(*e->slot));
	memset(e->turn, 0, b->n * sizeof(*e->turn));
	/* The roots of all first: a record may have joined two persons. */
	for (i = 0; i < b->n; i++)
		if (!b->rec[i].digested)
			b->rec[i].person = kl_batch_root(b, i);
	for (i = 0; i < b->n; i++) {
		e->of[i] = KL_NOBODY;
		if (b->rec[i].digested)
			continue;
		e->of[i] = find_event(e, b, m, i, events);
		if (e->of[i] < events)
			continue;
		if (choose_bundle(e, b, events, err) != KL_OK)
			return KL_ENOMEM;
		events++;
	}
	b->merged = b->people - events;
	b->people = b->pending = events;
	return KL_OK;
}

/* Events are numbered in the order of the request: bundle by bundle. */
static void
number_events(struct kl_events *e, struct kl_batch *b)
{
	uint32_t i, first = 0, event;
	struct kl_rec *r;

	for (i = 0; i < b->bundles; i++) {
		b->bundle[i].first = first;
		first += b->bundle[i].n;
		b->bundle[i].n = 0;
	}
	for (event = 0; event < b->people; event++) {
		struct kl_bundle *g = &b->bundle[e->work[event].bundle];

		i = g->first + g->n++;
		b->person[i] = (struct kl_person){ .first = e->work[event].rec,
			.outcome = KL_PENDING };
		e->work[event].number = i;
	}
	for (i = 0; i < b->n; i++) {
		r = &b->rec[i];
		event = e->of[i];
		r->person = r->next = KL_NOBODY;
		if (event == KL_NOBODY)
			continue;
		r->person = e->work[event].number;
		if (e->work[event].rec != i)
			b->rec[e->work[event].last].next = i;
		e->work[event].last = i;
	}
}

/* The request, out of what the body holds until now. */
static void
write_bundles(struct kl_batch *b, struct kl_buf *to)
{
	const char *old = b->body.s;
	struct kl_bundle *g;
	struct kl_person *p;
	const struct kl_rec *r;
	uint32_t i, k;

	events_open(to, NULL);
	for (i = 0; i < b->bundles; i++) {
		g = &b->bundle[i];
		r = &b->rec[g->at];
		kl_buf_puts(to, i > 0 ? "," BUNDLE_OPEN : BUNDLE_OPEN);
		g->at = (uint32_t)to->n;
		g->bytes = r->weight;
		kl_buf_put(to, old + r->item_at + r->item_n, r->weight);
		kl_buf_puts(to, BUNDLE_MID);
		for (k = 0; k < g->n; k++) {
			p = &b->person[g->first + k];
			r = &b->rec[p->first];
			if (k > 0)
				kl_buf_putc(to, ',');
			p->at = (uint32_t)to->n;
			p->n = r->item_n;
			kl_buf_put(to, old + r->item_at, r->item_n);
		}
		kl_buf_puts(to, BUNDLE_CLOSE);
	}
	events_close(to, NULL);
}

static enum kl_rc
events_seal(struct kl_batch *b, struct kl_maker *m, struct kl_err *err)
{
	struct kl_events *e = m->frame.ctx;
	struct kl_buf old = b->body;
	uint32_t i;

	b->sealed = true;
	/* Nobody waits for another's events: the order of one person's does
	 * not matter. */
	kl_idents_reset(&b->ids);
	if (b->people == 0) {
		for (i = 0; i < b->n; i++)
			b->rec[i].person = KL_NOBODY;
		return KL_OK;
	}
	if (make_room(e, b->n, err) != KL_OK ||
	    find_events(e, b, m, err) != KL_OK ||
	    kl_batch_room_people(b, b->people, err) != KL_OK)
		return KL_ENOMEM;
	number_events(e, b);
	kl_buf_reset(&e->other);
	e->other.max = m->max_body;
	write_bundles(b, &e->other);
	if (kl_buf_check(&e->other, err) != KL_OK)
		return err->rc;
	b->body = e->other;
	e->other = old;
	return KL_OK;
}

/* --- parts ---------------------------------------------------------------- */

static void
put_profile(const struct kl_batch *b, uint32_t bundle, struct kl_buf *body)
{
	kl_buf_put(body, b->body.s + b->bundle[bundle].at,
	    b->bundle[bundle].bytes);
}

static enum kl_rc
events_part(const struct kl_batch *b, const struct kl_maker *m,
    const uint32_t *row, uint32_t n, struct kl_buf *body, struct kl_err *err)
{
	const struct kl_person *p;
	uint32_t i, in = KL_NOBODY, bundle;

	kl_buf_reset(body);
	body->max = m->max_body;
	events_open(body, NULL);
	for (i = 0; i < n; i++) {
		p = &b->person[row[i]];
		bundle = kl_batch_bundle(b, row[i]);
		if (bundle != in) {
			kl_buf_puts(body,
			    i > 0 ? BUNDLE_CLOSE "," BUNDLE_OPEN : BUNDLE_OPEN);
			put_profile(b, bundle, body);
			kl_buf_puts(body, BUNDLE_MID);
		} else
			kl_buf_putc(body, ',');
		in = bundle;
		kl_buf_put(body, b->body.s + p->at, p->n);
	}
	kl_buf_puts(body, BUNDLE_CLOSE);
	events_close(body, NULL);
	return kl_buf_check(body, err);
}

/* One event by itself: the profile goes among its attributes, with its meta
 * inside. */
static enum kl_rc
events_single(const struct kl_batch *b, const struct kl_maker *m, uint32_t row,
    struct kl_buf *body, struct kl_err *err)
{
	const struct kl_person *p = &b->person[row];
	const struct kl_bundle *g = &b->bundle[kl_batch_bundle(b, row)];
	struct kl_span profile = { b->body.s + g->at, g->bytes };
	struct kl_json doc = { 0 };
	uint32_t meta;
	enum kl_rc rc;

	if ((rc = kl_json_scan(&doc, profile.s, profile.n, err)) != KL_OK)
		return rc;
	kl_buf_reset(body);
	body->max = m->max_body;
	kl_buf_puts(body, "{\"data\":");
	kl_buf_put(body, b->body.s + p->at, p->n - 2);
	kl_buf_puts(body, ",\"profile\":{\"data\":");
	if ((meta = kl_json_get(&doc, 0, "meta")) == 0)
		kl_buf_span(body, profile);
	else {
		struct kl_span value = kl_json_raw(&doc, meta);
		size_t head =
		    (size_t)(value.s - profile.s) - sizeof("},\"meta\":") + 1;

		kl_buf_put(body, profile.s, head);
		kl_json_put_raw(body, "meta", value);
		kl_buf_puts(body, "}}");
	}
	kl_buf_puts(body, "}}}}");
	kl_json_free(&doc);
	return kl_buf_check(body, err);
}

/* --- errors --------------------------------------------------------------- */

/* Which rows of a request an error is about: of the bundle it names all, or
 * the one it names. */
static bool
events_rows(const struct kl_batch *b, const uint32_t *row, uint32_t n,
    const struct kl_fault *f, uint32_t *from, uint32_t *to)
{
	uint32_t i, in = KL_NOBODY, bundle, k = KL_NOBODY;

	*from = *to = n;
	for (i = 0; i < n && k + 1 <= f->row + 1; i++) {
		bundle = kl_batch_bundle(b, row != NULL ? row[i] : i);
		if (bundle != in) {
			k++; /* from none to the first */
			in = bundle;
		}
		if (k == f->row && *from == n)
			*from = i;
		if (k == f->row)
			*to = i + 1;
	}
	if (f->has_sub) {
		if (f->sub >= *to - *from)
			return false;
		*from += f->sub;
		*to = *from + 1;
	}
	return *from < *to;
}

static enum kl_rc
events_told(const struct kl_batch *b, const struct kl_maker *m,
    struct kl_err *err)
{
	struct kl_events *e = m->frame.ctx;

	return e->verify != NULL ? verify_expect(e->verify, b, err) : KL_OK;
}

const struct kl_kind events_kind = {
	.add = events_add,
	.seal = events_seal,
	.part = events_part,
	.one = KL_EP_EVENT_CREATE,
	.single = events_single,
	.rows = events_rows,
	.told = events_told,
};
