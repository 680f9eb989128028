/* SPDX-License-Identifier: MIT */
/* events-item.c - a record becomes an event and a profile. */

#include "events.h"
#include "kl/time.h"

/* The string of a record, in one spelling: two that say the same must look
 * the same. */
static void
put_string(struct kl_events *e, struct kl_buf *b, const struct kl_json *doc,
    uint32_t node)
{
	kl_canon_put(&e->canon, b, doc, node);
}

/* A member as it is written in the record. */
static void
put_member(struct kl_events *e, struct kl_buf *b, const struct kl_json *doc,
    enum kl_event_form form, const char *name)
{
	uint32_t node = e->event.at[form];

	if (node == 0)
		return;
	kl_buf_puts(b, name);
	kl_buf_span(b, kl_json_raw(doc, node));
}

/* In whole seconds, which is all the service keeps. */
static void
put_time(struct kl_events *e, struct kl_buf *b, bool stamped)
{
	char text[KL_TIME_TEXT];

	if (e->event.at[KL_EVENT_TIME] == 0 && !stamped)
		return;
	kl_buf_puts(b, ",\"time\":\"");
	kl_buf_puts(b, kl_time_text(e->event.time, text));
	kl_buf_putc(b, '"');
}

static void
put_event(struct kl_events *e, struct kl_buf *b, const struct kl_json *doc,
    const char *id, struct event_item *item)
{
	const uint32_t *at = e->event.at;
	size_t start = b->n;

	kl_buf_puts(b,
	    "{\"type\":\"event\",\"attributes\":{\"metric\":{\"data\":"
	    "{\"type\":\"metric\",\"attributes\":{\"name\":");
	put_string(e, b, doc, at[KL_EVENT_METRIC]);
	kl_buf_puts(b, "}}},\"unique_id\":");
	if (at[KL_EVENT_UNIQUE_ID] != 0)
		put_string(e, b, doc, at[KL_EVENT_UNIQUE_ID]);
	else {
		kl_buf_putc(b, '"');
		kl_buf_puts(b, id);
		kl_buf_putc(b, '"');
	}
	item->key_n = (uint32_t)(b->n - start);
	put_time(e, b, at[KL_EVENT_UNIQUE_ID] == 0);
	kl_buf_puts(b, ",\"properties\":");
	if (at[KL_EVENT_PROPERTIES] != 0)
		kl_buf_span(b, kl_json_raw(doc, at[KL_EVENT_PROPERTIES]));
	else
		kl_buf_puts(b, "{}");
	put_member(e, b, doc, KL_EVENT_VALUE, ",\"value\":");
	put_member(e, b, doc, KL_EVENT_CURRENCY, ",\"value_currency\":");
	if (at[KL_EVENT_FLAG] != 0)
		put_member(e, b, doc, KL_EVENT_FLAG, ",\"backfill\":");
	else if (e->o.backfill)
		kl_buf_puts(b, ",\"backfill\":true");
	kl_buf_puts(b, "}}");
	item->event_n = (uint32_t)(b->n - start);
}

enum kl_rc
events_put(struct kl_events *e, struct kl_buf *b, const struct kl_json *doc,
    const char *id, struct event_item *item, struct kl_err *err)
{
	enum kl_rc rc;
	size_t at;

	put_event(e, b, doc, id, item);
	if ((rc = kl_buf_check(b, err)) != KL_OK)
		return rc;
	at = b->n;
	rc = kl_event_profile(&e->event, b, doc, KL_META_BESIDE, err);
	item->profile_n = (uint32_t)(b->n - at);
	return rc;
}
