/* SPDX-License-Identifier: MIT */
/*
 * scan.c - all members of the list are read, once, instead of asking for the
 * people of every batch.
 *
 * How much input there is may not be known.  Then batches are asked for until
 * that has taken as many requests as a scan; the whole never takes more than
 * twice what it would have taken had all been known.
 */

#include <string.h>

#include "kl/count.h"
#include "kl/url.h"
#include "run.h"

/* True if the verb has no other use for a lookup than to know who is on the
 * list. */
static bool
would_do(const struct kl_send *s)
{
	const struct kl_look *look = s->o.verb->look;

	return look != NULL && look->leaves && s->o.scan_pages > 0;
}

static enum kl_rc
ask(struct kl_send *s, struct kl_err *err)
{
	struct kl_call call = { .ep = kl_endpoint(KL_EP_LIST_PROFILES),
		.id = s->o.list,
		.tag = &s->scan };
	struct kl_buf *q = &s->line;
	enum kl_rc rc;

	kl_buf_reset(q);
	kl_buf_puts(q,
	    "fields%5Bprofile%5D=email,phone_number,external_id"
	    "&page%5Bsize%5D=100");
	if (s->scan.cursor.value.n > 0)
		kl_url_param(q, "page[cursor]", s->scan.cursor.value.s,
		    s->scan.cursor.value.n);
	if ((rc = kl_buf_check(q, err)) != KL_OK)
		return rc;
	call.query = (struct kl_span){ q->s, q->n };
	s->stats.lookups++;
	return kl_client_start(s->o.client, &call, err);
}

enum kl_rc
scan_choose(struct kl_send *s, const struct kl_batch *b, struct kl_err *err)
{
	enum kl_rc rc;

	if (s->scan.state != SCAN_NONE || b->people == 0 || !would_do(s))
		return KL_OK;
	if (!s->o.scan &&
	    s->stats.lookups + look_cost(s, b, NULL) <= s->o.scan_pages)
		return KL_OK;
	s->scan.state = SCAN_READS;
	rc = roster_expect(&s->scan.roster, s->o.scan_pages * 100, err);
	if (rc == KL_OK && !s->o.scan && s->o.verbose)
		run_note(s,
		    "%s looked members up: from here on a scan of the list is "
		    "the shorter way, %s",
		    KL_COUNT(s->stats.lookups, "request", "requests"),
		    KL_COUNT(s->o.scan_pages, "request", "requests"));
	return rc == KL_OK ? ask(s, err) : rc;
}

/* --- reading -------------------------------------------------------------- */

static enum kl_rc
name(struct kl_send *s, uint32_t member, char kind, struct kl_span id,
    struct kl_err *err)
{
	if (id.n == 0)
		return KL_OK;
	return roster_name(&s->scan.roster, member,
	    kl_people_hash(&s->maker.seed, kind, id), err);
}

static enum kl_rc
take_member(struct kl_send *s, const struct kl_json *doc, uint32_t profile,
    struct kl_err *err)
{
	uint32_t attributes = kl_json_get(doc, profile, "attributes");
	uint32_t at = kl_json_get(doc, profile, "id"), member;
	struct kl_span id;
	enum kl_rc rc;

	kl_buf_reset(&s->found);
	if (at == 0 || attributes == 0 ||
	    (id = kl_json_text(doc, at, &s->found)).n == 0)
		return KL_OK;
	if ((rc = kl_profile_ids(&s->ids, doc, attributes, err)) != KL_OK ||
	    (rc = roster_add(&s->scan.roster, id, &member, err)) != KL_OK ||
	    (s->o.profile->match_id &&
		(rc = name(s, member, 'i', id, err)) != KL_OK) ||
	    (rc = name(s, member, 'e', s->ids.email, err)) != KL_OK ||
	    (rc = name(s, member, 'p', s->ids.phone, err)) != KL_OK)
		return rc;
	return name(s, member, 'x', s->ids.external_id, err);
}

static enum kl_rc
take_members(struct kl_send *s, const struct kl_json *doc, struct kl_err *err)
{
	uint32_t data = kl_json_get(doc, 0, "data");
	enum kl_rc rc;

	if (data == 0 || kl_json_type(doc, data) != KL_JSON_ARRAY)
		return KL_OK; /* no page: the cursor says so */
	kl_json_each (e, doc, data)
		if ((rc = take_member(s, doc, e, err)) != KL_OK)
			return rc;
	return KL_OK;
}

enum kl_rc
scan_page(struct kl_send *s, const struct kl_answer *a, struct kl_err *err)
{
	struct kl_buf path = { 0 };
	struct kl_err why = a->err;
	enum kl_rc rc = why.rc;

	if (rc == KL_OK) {
		if ((rc = take_members(s, a->doc, &why)) == KL_ENOMEM)
			return kl_err_nomem(err);
	}
	if (rc == KL_OK) {
		run_path(&path, a->ep->path, s->o.list);
		rc = kl_cursor_next(&s->scan.cursor, a->doc,
		    kl_client_base(s->o.client),
		    (struct kl_span){ path.s, path.n }, &why);
		kl_buf_free(&path);
	}
	if (rc == KL_OK && !s->stopping)
		return ask(s, err);
	s->scan.state = SCAN_DONE;
	if (rc != KL_EOF && rc != KL_OK)
		run_fail(s, &why);
	return KL_OK;
}

/* --- looking up ----------------------------------------------------------- */

/* The profiles of the identifiers of that kind. */
static enum kl_rc
find(struct kl_send *s, struct kl_batch *b, char kind, struct kl_err *err)
{
	struct roster *r = &s->scan.roster;
	struct kl_found f = { .member = true };
	const struct kl_ident *id;
	uint32_t i, person, member, before = b->hits;
	enum kl_rc rc = KL_OK;

	for (i = 0; rc == KL_OK && i < b->ids.n; i++) {
		id = &b->ids.ident[i];
		person = b->rec[id->rec].person;
		if (b->ids.text.s[id->at] != kind || person == KL_NOBODY ||
		    b->person[person].outcome != KL_PENDING ||
		    b->person[person].stage != KL_STAGE_NEW)
			continue;
		/* Who was found by a kind that counts more is not sought. */
		if (b->person[person].found != 0 &&
		    b->person[person].found <= before)
			continue;
		if ((member = roster_find(r, id->hash)) == ROSTER_NOBODY)
			continue;
		f.id = roster_id(r, member);
		rc = kl_batch_find(b, person, &f, err);
		/* It is about to be none; who asks again is told so. */
		roster_leave(r, member);
	}
	return rc;
}

enum kl_rc
scan_find(struct kl_send *s, struct kl_batch *b, struct kl_err *err)
{
	static const char kinds[] = "iepx";
	size_t k;
	enum kl_rc rc = KL_OK;

	for (k = 0; rc == KL_OK && kinds[k] != '\0'; k++)
		rc = find(s, b, kinds[k], err);
	return rc;
}
