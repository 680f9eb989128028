/* SPDX-License-Identifier: MIT */
/*
 * trail.c - the audit trail is told who was changed.
 *
 * An entry for each record that was applied, or may have been, on disk before
 * the journal has the outcome and before the receipt is written: killed in
 * between, a run goes on, comes to the same outcome, and finds the entry
 * there.  Without a journal nobody would come back, so that every batch is
 * announced before it is sent, and the trail itself shows where it broke off.
 */

#include <stdlib.h>
#include <string.h>

#include "kl/time.h"
#include "run.h"

#define FIELDS 40     /* names of them in an entry */
#define TEXT 300      /* bytes of anything in it that a record says */
#define AT_ONCE 10000 /* records whose entries may wait to be written */

static const char *const identifiers[] = { "email", "phone_number",
	"external_id", "id" };
#define IDENTIFIERS (sizeof(identifiers) / sizeof(*identifiers))

/* --- what is there already ------------------------------------------------ */

/* A record and its outcome, in a number. */
static uint64_t
key_of(uint64_t seq, uint64_t i, unsigned outcome)
{
	return seq << 24 | i << 4 | outcome;
}

static bool
is_told(const struct trail *t, uint64_t key)
{
	return kl_numbers_find(&t->told, key) != KL_NUMBERS_NONE;
}

/* What the journal has settled does not come once more.  Entries of a batch
 * stand together. */
static bool
is_settled(struct kl_send *s, uint64_t seq)
{
	struct trail *t = &s->trail;
	struct kl_journal_batch b = { 0 };

	if (seq != t->seq) {
		t->seq = seq;
		t->settled =
		    kl_journal_get(s->keep.j, seq, &b, NULL) == KL_OK &&
		    b.settled;
	}
	return t->settled;
}

static enum kl_rc
on_entry(void *ctx, const struct kl_json *doc, struct kl_err *err)
{
	struct kl_send *s = ctx;
	struct trail *t = &s->trail;
	int64_t seq = 0, i = 0;
	uint32_t outcome = kl_json_get(doc, 0, "outcome");
	int o;

	if (outcome == 0 ||
	    !kl_json_int(doc, kl_json_get(doc, 0, "seq"), &seq) ||
	    !kl_json_int(doc, kl_json_get(doc, 0, "record"), &i) ||
	    is_settled(s, (uint64_t)seq))
		return KL_OK;
	for (o = 0; o < KL_OUTCOMES; o++)
		if (kl_json_is(doc, outcome,
			kl_outcome_name((enum kl_outcome)o)))
			break;
	if (!kl_numbers_add(&t->told,
		key_of((uint64_t)seq, (uint64_t)i, (unsigned)o)))
		return kl_err_nomem(err);
	return KL_OK;
}

enum kl_rc
trail_open(struct kl_send *s, struct kl_err *err)
{
	struct trail *t = &s->trail;
	enum kl_rc rc = KL_OK;

	if (s->o.audit == NULL)
		return KL_OK;
	kl_hmac_set(&t->rows.hash, s->o.audit_hash->byte,
	    sizeof(s->o.audit_hash->byte));
	t->rows.key = identifiers;
	t->rows.keys = IDENTIFIERS;
	/* Only what an earlier run left open can come once more. */
	if (s->keep.j != NULL && s->keep.known > 0)
		rc = kl_audit_of_run(s->o.audit, s->o.run, on_entry, s, err);
	kl_numbers_sort(&t->told);
	return rc;
}

void
trail_free(struct trail *t)
{
	kl_rows_free(&t->rows);
	kl_json_free(&t->doc);
	kl_numbers_free(&t->told);
}

/* --- an entry ------------------------------------------------------------- */

/* What all entries begin with. */
static struct kl_buf *
begin(struct kl_send *s, const char *event)
{
	struct kl_buf *b = kl_audit_entry(s->o.audit);
	char text[KL_TIME_TEXT];

	kl_json_put_str(b, "event", event);
	kl_json_put_str(b, "at", kl_time_text_ms(kl_now_wall(), text));
	kl_json_put_str(b, "run", s->o.run);
	return b;
}

/* By which command, on which list. */
static void
put_command(struct kl_buf *b, const struct kl_send *s)
{
	kl_json_put_str(b, "action", s->o.verb->name);
	if (s->o.account != NULL)
		kl_json_put_str(b, "account", s->o.account);
	if (s->o.list != NULL)
		kl_json_put_str(b, "list", s->o.list);
}

/* A short value as it was written. */
static void
put_short(struct kl_buf *b, const char *name, const struct kl_json *doc,
    uint32_t node)
{
	enum kl_json_type type;

	if (node == 0)
		return;
	type = kl_json_type(doc, node);
	if (type != KL_JSON_OBJECT && type != KL_JSON_ARRAY &&
	    type != KL_JSON_NULL && doc->node[node].n <= TEXT)
		kl_json_put_raw(b, name, kl_json_raw(doc, node));
}

/* Who it is, by keyed digests or in the clear. */
static enum kl_rc
put_who(struct kl_send *s, struct kl_buf *b, struct kl_err *err)
{
	struct trail *t = &s->trail;
	unsigned char md[KL_SHA256] = { 0 };
	char text[KL_RECORD_DIGEST];
	size_t i, n = s->o.profile->match_id ? IDENTIFIERS : IDENTIFIERS - 1;
	enum kl_rc rc = KL_OK;

	kl_json_put_name(b, "who");
	kl_buf_putc(b, '{');
	for (i = 0; i < n && (rc == KL_OK || rc == KL_EOF); i++) {
		if (s->o.audit_pii) {
			put_short(b, identifiers[i], &t->doc,
			    kl_json_get(&t->doc, 0, identifiers[i]));
			continue;
		}
		rc = kl_row_key(&t->rows, &t->doc, i, md, err);
		if (rc != KL_OK)
			continue;
		kl_digest_text(md, text);
		kl_json_put_str(b, identifiers[i], text);
	}
	kl_buf_putc(b, '}');
	return rc == KL_EOF ? KL_OK : rc;
}

/* The consent that the record brought: its source, and each channel's status
 * and time. */
static void
put_consent(struct kl_buf *b, const struct kl_json *doc)
{
	static const char *const channels[] = { "email", "sms", "whatsapp",
		"push" };
	uint32_t consent = kl_json_get(doc, 0, "consent"), c;
	size_t i;

	if (consent == 0 || kl_json_type(doc, consent) != KL_JSON_OBJECT)
		return;
	kl_json_put_name(b, "consent");
	kl_buf_putc(b, '{');
	put_short(b, "source", doc, kl_json_get(doc, consent, "source"));
	for (i = 0; i < sizeof(channels) / sizeof(*channels); i++) {
		if ((c = kl_json_get(doc, consent, channels[i])) == 0)
			continue;
		kl_json_put_name(b, channels[i]);
		kl_buf_putc(b, '{');
		put_short(b, "status", doc, kl_json_get(doc, c, "status"));
		put_short(b, "consented_at", doc,
		    kl_json_get(doc, c, "consented_at"));
		kl_buf_putc(b, '}');
	}
	kl_buf_putc(b, '}');
}

/* The name of a member, if there is room for it. */
static void
put_field(struct kl_buf *b, const char *of, const struct kl_json *doc,
    uint32_t m, unsigned *n)
{
	struct kl_span name = kl_json_raw(doc, m);

	if (kl_json_type(doc, m + 1) == KL_JSON_NULL || name.n > TEXT ||
	    ++*n > FIELDS)
		return;
	kl_json_put_comma(b);
	kl_buf_printf(b, "\"%s", of);
	kl_buf_put(b, name.s + 1, name.n - 1);
}

/* What was set: names, no values. */
static void
put_fields(struct kl_buf *b, const struct kl_json *doc)
{
	const struct kl_member *row;
	unsigned n = 0;

	kl_json_put_name(b, "fields");
	kl_buf_putc(b, '[');
	kl_json_each_member (m, doc, 0) {
		struct kl_span name = kl_json_raw(doc, m);

		row = kl_profile_member(
		    (struct kl_span){ name.s + 1, name.n - 2 });
		if (row == NULL || row->identifies ||
		    (row->role != KL_MEMBER_SENT &&
			row->role != KL_MEMBER_META))
			continue;
		if (row->form != KL_FORM_OBJECT ||
		    kl_json_type(doc, m + 1) != KL_JSON_OBJECT)
			put_field(b, "", doc, m, &n);
		else
			kl_json_each_member (p, doc, m + 1)
				put_field(b, "properties.", doc, p, &n);
	}
	kl_buf_putc(b, ']');
	if (n > FIELDS)
		kl_json_put_int(b, "more_fields", (int64_t)n - FIELDS);
}

/* The entry of the nth record. */
static enum kl_rc
put_change(struct kl_send *s, const struct kl_batch *b, uint32_t n,
    enum kl_outcome o, struct kl_err *err)
{
	struct kl_span bytes = kl_batch_bytes(b, &b->rec[n]);
	uint64_t line = b->chunk != 0 ? b->chunk : b->rec[n].line;
	struct trail *t = &s->trail;
	unsigned char md[KL_SHA256] = { 0 };
	char digest[KL_RECORD_DIGEST];
	struct kl_buf *e;
	enum kl_rc rc;

	if ((rc = kl_json_scan(&t->doc, bytes.s, bytes.n, err)) != KL_OK)
		return rc;
	e = begin(s, "change");
	kl_json_put_int(e, "seq", (int64_t)b->seq);
	kl_json_put_int(e, "record", n);
	kl_json_put_int(e, "line", (int64_t)line);
	put_command(e, s);
	kl_json_put_str(e, "outcome", kl_outcome_name(o));
	if ((rc = put_who(s, e, err)) != KL_OK)
		return rc;
	put_consent(e, &t->doc);
	if (s->o.verb->writes)
		put_fields(e, &t->doc);
	kl_row_record(&t->rows, bytes, md);
	kl_digest_text(md, digest);
	kl_json_put_str(e, "digest", digest);
	kl_audit_add(s->o.audit);
	return KL_OK;
}

/* Whether that outcome may have changed somebody. */
static bool
changes(const struct kl_batch *b, const struct kl_rec *r, enum kl_outcome o)
{
	const struct kl_person *p = &b->person[r->person];

	if (o == KL_ACCEPTED || o == KL_UNKNOWN)
		return true;
	/* The first of two requests was taken, the second was not. */
	return o == KL_FAILED && p->way != 0 && p->found != 0;
}

static enum kl_rc
put_changes(struct kl_send *s, const struct kl_batch *b, struct kl_err *err)
{
	const struct kl_rec *r;
	enum kl_outcome o;
	enum kl_rc rc = KL_OK;
	uint32_t i;

	for (i = 0; rc == KL_OK && i < b->n; i++) {
		r = &b->rec[i];
		if (r->person == KL_NOBODY)
			continue;
		o = kl_batch_outcome(b, r);
		if (changes(b, r, o) &&
		    !is_told(&s->trail, key_of(b->seq, i, o)))
			rc = put_change(s, b, i, o, err);
	}
	return rc;
}

/* --- a batch -------------------------------------------------------------- */

static void
failed(struct kl_send *s, const struct kl_err *err)
{
	s->trail.failed = true;
	run_fail(s, err);
}

static bool
is_kept(const struct kl_send *s)
{
	return s->o.audit != NULL && !s->trail.failed;
}

void
trail_leave(struct kl_send *s, struct kl_batch *b)
{
	struct kl_buf *e;

	if (!is_kept(s) || s->keep.j != NULL)
		return;
	e = begin(s, "sending");
	kl_json_put_int(e, "seq", (int64_t)b->seq);
	kl_json_put_int(e, "from", (int64_t)b->from);
	kl_json_put_int(e, "to", (int64_t)b->to);
	kl_json_put_int(e, "records", b->n);
	put_command(e, s);
	kl_audit_add(s->o.audit);
	b->announced = true;
	s->trail.due = true;
}

/* The end of one that was announced. */
static void
put_end(struct kl_send *s, const struct kl_batch *b)
{
	struct kl_buf *e = begin(s, "settled");

	kl_json_put_int(e, "seq", (int64_t)b->seq);
	kl_audit_add(s->o.audit);
}

void
trail_sync(struct kl_send *s)
{
	struct kl_err err = { 0 };

	if (!is_kept(s) || !s->trail.due)
		return;
	s->trail.due = false;
	if (kl_audit_sync(s->o.audit, &err) != KL_OK)
		failed(s, &err);
}

void
trail_land(struct kl_send *s)
{
	struct kl_err err = { 0 };
	struct kl_batch *b;
	uint64_t n = 0;
	enum kl_rc rc = KL_OK;

	if (s->o.audit == NULL)
		return;
	for (b = s->done; rc == KL_OK && is_kept(s) && b != NULL; b = b->next) {
		rc = put_changes(s, b, &err);
		if (b->announced)
			put_end(s, b);
		/* What waits is held in memory. */
		s->trail.due = true;
		if ((n += b->n) >= AT_ONCE)
			trail_sync(s);
	}
	if (rc != KL_OK)
		failed(s, &err);
	trail_sync(s);
	for (b = s->done; s->trail.failed && b != NULL; b = b->next)
		b->left_open = b->untold = true;
}
