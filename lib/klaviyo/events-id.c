/* SPDX-License-Identifier: MIT */
/*
 * events-id.c - what an event without a unique_id is called.
 *
 * The digest is not keyed: the same input has to make the same ids on every
 * machine, and the service it is sent to knows the person anyway.
 */

#include <stdio.h>
#include <string.h>

#include "events.h"
#include "kl/base64.h"
#include "kl/digest.h"
#include "kl/time.h"

#define PREFIX "kl1-"
#define DIGEST 16 /* bytes of it that are used */

/* The first that the person has: what stays longest comes first. */
static void
put_person(struct kl_buf *b, const struct kl_profile_ids *ids)
{
	const struct {
		char kind;
		struct kl_span id;
	} by[] = { { 'x', ids->external_id }, { 'e', ids->email },
		{ 'p', ids->phone }, { 'i', ids->id }, { 'k', ids->kx } };
	size_t i;

	for (i = 0; i < sizeof(by) / sizeof(*by); i++)
		if (by[i].id.n > 0) {
			kl_buf_putc(b, by[i].kind);
			kl_buf_span(b, by[i].id);
			return;
		}
}

/* A NUL, which no text has in it, and the value as it is written; a string
 * without its quotes and escapes. */
static void
put_value(struct kl_events *e, const struct kl_json *doc, uint32_t node)
{
	kl_buf_putc(&e->text, '\0');
	if (node == 0)
		return;
	if (kl_json_type(doc, node) == KL_JSON_STRING)
		kl_buf_span(&e->text, kl_json_text(doc, node, &e->tmp));
	else
		kl_buf_span(&e->text, kl_json_raw(doc, node));
}

/* All that the digest is of. */
static enum kl_rc
put_all(struct kl_events *e, const struct kl_json *doc,
    const struct kl_profile_ids *ids, struct kl_err *err)
{
	const uint32_t *at = e->event.at;
	enum kl_rc rc;

	kl_buf_reset(&e->text);
	put_person(&e->text, ids);
	put_value(e, doc, at[KL_EVENT_METRIC]);
	kl_buf_printf(&e->text, "%c%lld", '\0', (long long)e->event.time);
	put_value(e, doc, at[KL_EVENT_VALUE]);
	put_value(e, doc, at[KL_EVENT_CURRENCY]);
	kl_buf_putc(&e->text, '\0');
	if (at[KL_EVENT_PROPERTIES] != 0)
		kl_canon_put(&e->canon, &e->text, doc, at[KL_EVENT_PROPERTIES]);
	else
		kl_buf_puts(&e->text, "{}");
	rc = kl_buf_check(&e->tmp, err);
	return rc == KL_OK ? kl_buf_check(&e->text, err) : rc;
}

static enum kl_rc
no_time(struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "the event has neither time nor unique_id: sent twice, it would "
	    "count twice");
	kl_err_code(err, "time_missing");
	kl_err_field(err, "time", 4);
	kl_err_hint(err,
	    "add time or unique_id; --time-field and --id-field take them from "
	    "other fields, and --time-now takes the present");
	return KL_EDATA;
}

enum kl_rc
events_id(struct kl_events *e, struct event_named *name, struct kl_err *err)
{
	unsigned char md[KL_SHA256];
	uint32_t before;
	enum kl_rc rc;

	name->hash = 0;
	name->id[0] = '\0';
	if (e->event.at[KL_EVENT_UNIQUE_ID] != 0)
		return KL_OK;
	if (e->event.at[KL_EVENT_TIME] == 0) {
		if (!e->o.time_now)
			return no_time(err);
		e->event.time = (int64_t)(kl_now_wall() / 1000);
	}
	if ((rc = put_all(e, name->doc, name->ids, err)) != KL_OK)
		return rc;
	kl_sha256(e->text.s, e->text.n, md);
	kl_buf_reset(&e->tmp);
	kl_base64url(&e->tmp, md, DIGEST);
	(void)snprintf(name->id, EVENT_ID, PREFIX "%s", kl_buf_str(&e->tmp));
	if (e->o.collapse_equal)
		return kl_buf_check(&e->tmp, err);
	memcpy(&name->hash, md, sizeof(name->hash));
	name->hash += name->hash == 0;
	if ((before = seen_times(&e->seen, name->hash)) > 0)
		(void)snprintf(name->id, EVENT_ID, PREFIX "%s-%u",
		    kl_buf_str(&e->tmp), (unsigned)before);
	return kl_buf_check(&e->tmp, err);
}

enum kl_rc
events_mark(const struct kl_maker *m, const struct event_named *name,
    struct kl_journal_mark *mark, struct kl_err *err)
{
	struct kl_events *e = m->frame.ctx;
	enum kl_rc rc;

	kl_buf_reset(&e->text);
	if (m->account != NULL)
		kl_buf_puts(&e->text, m->account);
	kl_buf_putc(&e->text, '\0');
	put_person(&e->text, name->ids);
	put_value(e, name->doc, e->event.at[KL_EVENT_METRIC]);
	if (name->id[0] == '\0')
		put_value(e, name->doc, e->event.at[KL_EVENT_UNIQUE_ID]);
	else {
		kl_buf_putc(&e->text, '\0');
		kl_buf_puts(&e->text, name->id);
	}
	if ((rc = kl_buf_check(&e->tmp, err)) != KL_OK ||
	    (rc = kl_buf_check(&e->text, err)) != KL_OK)
		return rc;
	kl_journal_mark(m->taken, e->text.s, e->text.n, mark);
	return KL_OK;
}
