/* SPDX-License-Identifier: MIT */

/*
 * f_event.c - any JSON text as an event record.  One that passes makes a body
 * that is JSON, within the limits, and its profile is one that passes by
 * itself; one that does not is refused with a reason and a remedy.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "kl/event.h"
#include "kl/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The deepest nesting below node obj, itself counted. */
static unsigned
depth(const struct kl_json *doc, uint32_t obj)
{
	unsigned most = 0, d;

	if (kl_json_type(doc, obj) < KL_JSON_ARRAY)
		return 0;
	if (kl_json_type(doc, obj) == KL_JSON_ARRAY) {
		kl_json_each (e, doc, obj)
			if ((d = depth(doc, e)) > most)
				most = d;
	} else {
		kl_json_each_member (m, doc, obj)
			if ((d = depth(doc, m + 1)) > most)
				most = d;
	}
	return most + 1;
}

/* The profile object that is sent, meta in either place. */
static void
good_profile(struct kl_event *e, const struct kl_json *doc,
    enum kl_event_meta meta)
{
	struct kl_json again = { 0 };
	struct kl_buf b = { 0 };
	uint32_t at;

	assert(kl_event_profile(e, &b, doc, meta, NULL) == KL_OK);
	assert(kl_json_scan(&again, b.s, b.n, NULL) == KL_OK);
	assert(kl_json_is(&again, kl_json_get(&again, 0, "type"), "profile"));
	at = kl_json_get(&again, 0, "attributes");
	assert(kl_json_type(&again, at) == KL_JSON_OBJECT);
	assert(meta == KL_META_BESIDE || kl_json_get(&again, 0, "meta") == 0);
	assert(meta == KL_META_INSIDE || kl_json_get(&again, at, "meta") == 0);
	kl_json_free(&again);
	kl_buf_free(&b);
}

static void
good(struct kl_event *e, const struct kl_json *doc)
{
	struct kl_json again = { 0 };
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };
	uint32_t profile = kl_json_get(doc, 0, "profile"), at;
	struct kl_span raw = kl_json_raw(doc, profile);

	assert(kl_event_body(e, &b, doc, &err) == KL_OK);
	assert(b.n <= KL_EVENT_MAX);
	assert(kl_json_scan(&again, b.s, b.n, &err) == KL_OK);
	at = kl_json_get(&again, kl_json_get(&again, 0, "attributes"),
	    "properties");
	assert(kl_json_type(&again, at) == KL_JSON_OBJECT);
	assert(again.node[at].count <= KL_EVENT_PROPERTIES_MAX);
	assert(depth(&again, at) <= KL_EVENT_DEPTH_MAX);
	assert(kl_json_scan(&again, raw.s, raw.n, &err) == KL_OK);
	assert(kl_profile_check(&e->profile, &again, &err) == KL_OK);
	kl_json_free(&again);
	kl_buf_free(&b);
	good_profile(e, doc, KL_META_INSIDE);
	good_profile(e, doc, KL_META_BESIDE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_event e = { 0 };
	struct kl_json doc = { 0 };
	struct kl_err err = { 0 };
	enum kl_rc rc;

	if (size == 0)
		return 0;
	e.profile.unknown = (enum kl_unknown)(data[0] % 3);
	e.profile.match_id = (data[0] & 4) != 0;
	e.test_domains = (data[0] & 8) != 0;
	e.now = (data[0] & 16) != 0 ? 1700000000 : 0;
	if (kl_json_scan(&doc, (const char *)data + 1, size - 1, NULL) ==
	    KL_OK) {
		rc = kl_event_check(&e, &doc, &err);
		assert(rc == KL_OK || rc == KL_EDATA || rc == KL_ETOOBIG);
		if (rc == KL_OK)
			good(&e, &doc);
		else
			assert(err.code[0] != '\0' && err.hint[0] != '\0');
	}
	kl_json_free(&doc);
	kl_event_free(&e);
	return 0;
}
