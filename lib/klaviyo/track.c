/* SPDX-License-Identifier: MIT */
/* track.c - one event, which the service counts once. */

#include <string.h>

#include "kl/event.h"
#include "kl/klaviyo.h"
#include "kl/time.h"

#include "single.h"

/* What a record is given that has neither. */
struct seal {
	char unique_id[KL_RUN_ID], time[KL_TIME_TEXT];
};

static void
make_seal(struct seal *s)
{
	kl_run_id(s->unique_id);
	(void)kl_time_text((int64_t)(kl_now_wall() / 1000), s->time);
}

static bool
lacks(const struct kl_json *doc, const char *name)
{
	uint32_t at = kl_json_get(doc, 0, name);

	return at == 0 || kl_json_type(doc, at) == KL_JSON_NULL;
}

/* The service tells no events of domains for tests from others, and drops
 * them later: our word is the only one. */
static enum kl_rc
check(struct kl_event *e, const struct kl_json *doc, struct kl_err *err)
{
	enum kl_rc rc;

	e->now = (int64_t)(kl_now_wall() / 1000);
	rc = kl_event_check(e, doc, err);
	if (rc != KL_OK && err != NULL &&
	    strcmp(err->code, "domain_dropped") == 0)
		kl_err_hint(err, "use an address of another domain");
	return rc;
}

/*
 * The body: the event object with its profile among the attributes, and what
 * the record lacks.
 */
static enum kl_rc
put_body(struct kl_event *e, struct kl_buf *b, const struct kl_json *doc,
    const struct seal *seal, struct kl_err *err)
{
	enum kl_rc rc;

	kl_buf_puts(b, "{\"data\":");
	if ((rc = kl_event_body(e, b, doc, err)) != KL_OK)
		return rc;
	b->n -= 2; /* open it again, and its attributes */
	if (lacks(doc, "unique_id"))
		kl_json_put_str(b, "unique_id", seal->unique_id);
	if (lacks(doc, "time"))
		kl_json_put_str(b, "time", seal->time);
	kl_buf_puts(b, ",\"profile\":{\"data\":");
	rc = kl_event_profile(e, b, doc, KL_META_INSIDE, err);
	kl_buf_puts(b, "}}}}");
	return rc == KL_OK ? kl_buf_check(b, err) : rc;
}

/* Scan, check and send a record. */
static enum kl_rc
track(struct kl_client *c, struct kl_span record, const struct seal *seal,
    struct kl_err *err)
{
	struct kl_event e = { 0 };
	struct kl_json doc = { 0 };
	struct kl_buf body = { 0 };
	struct kl_answer a;
	enum kl_rc rc;

	if ((rc = kl_json_scan(&doc, record.s, record.n, err)) == KL_OK &&
	    (rc = check(&e, &doc, err)) == KL_OK &&
	    (rc = put_body(&e, &body, &doc, seal, err)) == KL_OK)
		rc = single_call(c, KL_EP_EVENT_CREATE, &body, &a, err);
	kl_event_free(&e);
	kl_json_free(&doc);
	kl_buf_free(&body);
	return rc;
}

enum kl_rc
kl_event_track_json(struct kl_client *c, struct kl_span record,
    struct kl_err *err)
{
	struct seal seal;

	make_seal(&seal);
	return track(c, record, &seal, err);
}

enum kl_rc
kl_event_track(struct kl_client *c, struct kl_record *r, struct kl_err *err)
{
	struct kl_span record;
	struct seal seal;
	enum kl_rc rc;

	make_seal(&seal);
	if (!kl_record_has(r, "unique_id"))
		kl_record_text(r, "unique_id", seal.unique_id);
	if (!kl_record_has(r, "time"))
		kl_record_text(r, "time", seal.time);
	if ((rc = kl_record_line(r, &record, err)) != KL_OK)
		return rc;
	return track(c, record, &seal, err);
}
