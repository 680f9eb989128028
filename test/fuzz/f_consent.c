/* SPDX-License-Identifier: MIT */

/*
 * f_consent.c - any JSON text as a record with consent, and as what the
 * service says of somebody.  Who has opted out is never let through with a
 * consent that is not later, and what is sent is JSON of nothing but the
 * channels that were agreed to.
 */

#include <assert.h>
#include <stdint.h>

#include "kl/consent.h"
#include "kl/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
sent(const struct kl_json *doc, const struct kl_consent *c, bool historical)
{
	struct kl_json again = { 0 };
	struct kl_buf b = { 0 };
	uint32_t at, named = 0;
	int i;

	kl_subscribe_open(&b, kl_json_raw(doc, c->source), historical);
	kl_subscribe_item(&b, doc, c, historical);
	kl_consent_close(&b, "KKbLLU");
	assert(kl_json_scan(&again, b.s, b.n, NULL) == KL_OK);
	at = kl_json_path(&again, 0,
	    KL_SPAN("data.attributes.profiles.data.0.attributes."
		    "subscriptions"));
	assert(at != 0);
	kl_json_each_member (m, &again, at)
		named++;
	for (i = 0; i < KL_CHANNELS; i++)
		named -=
		    c->channel[i].status == KL_CONSENT_SUBSCRIBED ? 1U : 0U;
	assert(named == 0);
	kl_json_free(&again);
	kl_buf_free(&b);
}

static void
judged(const struct kl_consent *c, const struct kl_json *doc,
    struct kl_buf *tmp)
{
	struct kl_consent_state state;
	struct kl_err err = { 0 };
	bool again, may;
	int i;

	if (kl_consent_state_read(&state, doc, 0, "KKbLLU", tmp, &err) !=
	    KL_OK) {
		assert(err.rc == KL_EPROTO);
		return;
	}
	may = kl_consent_may(c, &state, &again, &err) == KL_OK;
	assert(may || (err.code[0] != '\0' && err.hint[0] != '\0' && !again));
	for (i = 0; i < KL_CHANNELS; i++)
		assert(!may || !state.channel[i].out ||
		    c->channel[i].status != KL_CONSENT_SUBSCRIBED ||
		    (c->channel[i].at != 0 &&
			c->channel[i].sec > state.channel[i].out_at));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_profile p = { 0 };
	struct kl_json doc = { 0 };
	struct kl_buf tmp = { 0 };
	struct kl_err err = { 0 };
	struct kl_consent c = { 0 };

	if (kl_json_scan(&doc, (const char *)data, size, NULL) == KL_OK &&
	    kl_json_type(&doc, 0) == KL_JSON_OBJECT) {
		if (kl_profile_check(&p, &doc, NULL) == KL_OK &&
		    kl_consent_read(&c, &doc, 1795406706, &tmp, &err) ==
			KL_OK &&
		    kl_consent_agreed(&c, &doc, &err) == KL_OK) {
			sent(&doc, &c, false);
			if (kl_consent_timed(&c, &err) == KL_OK)
				sent(&doc, &c, true);
		}
		judged(&c, &doc, &tmp);
	}
	kl_buf_free(&tmp);
	kl_json_free(&doc);
	kl_profile_free(&p);
	return 0;
}
