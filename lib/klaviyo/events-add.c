/* SPDX-License-Identifier: MIT */
/* events-add.c - a record joins a batch of events, unless it was taken before.
 */

#include <string.h>

#include "events-batch.h"
#include "kl/time.h"

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
	size_t room = m->max_body - sizeof(EVENTS_OPEN EVENTS_CLOSE), n;
	enum kl_rc rc;

	b->body.max = 3 * m->max_body;
	r->item_at = (uint32_t)b->body.n;
	rc = events_put(m->frame.ctx, &b->body, doc, id, &item, err);
	if (rc == KL_OK || rc == KL_ETOOBIG) {
		n = b->body.n + ((size_t)b->people + 1) * BUNDLE_AROUND;
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

enum kl_rc
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
