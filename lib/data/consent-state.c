/* SPDX-License-Identifier: MIT */
/*
 * consent-state.c - what the service knows of somebody's consent, and what
 * follows from it.
 *
 * Subscribing somebody ends their suppression, whoever asked for that: the
 * service does not look whether the consent is older than the opt-out.  So it
 * is looked at here.
 */

#include <string.h>
#include <strings.h>

#include "kl/consent.h"
#include "kl/timestamp.h"

#include "member.h"

/* Reasons that are nobody's will, and that subscribing does not end; the
 * second spelling of a reason is that of the service's guide. */
static const char *const technical[] = { "HARD_BOUNCE", "BOUNCE",
	"INVALID_EMAIL" };

#define TECHNICAL (sizeof(technical) / sizeof(*technical))

/* The member of obj with that name; 0: it has none, or is no object. */
static uint32_t
member(const struct kl_json *doc, uint32_t obj, const char *name)
{
	return obj != 0 && kl_json_type(doc, obj) == KL_JSON_OBJECT
	    ? kl_json_get(doc, obj, name)
	    : 0;
}

/* A time of obj; 0: it has none, or none that can be read. */
static int64_t
time_of(const struct kl_json *doc, uint32_t obj, const char *name,
    struct kl_buf *tmp)
{
	uint32_t at = member(doc, obj, name);
	struct kl_span text;
	struct kl_stamp t;

	if (at == 0 || kl_json_type(doc, at) != KL_JSON_STRING)
		return 0;
	text = kl_member_text(doc, at, tmp);
	return kl_stamp_parse(text.s, text.n, &t, NULL) == KL_OK ? t.sec : 0;
}

static enum kl_consent_status
status_of(const struct kl_json *doc, uint32_t obj)
{
	uint32_t at = member(doc, obj, "consent");

	if (at != 0 && kl_json_is(doc, at, "SUBSCRIBED"))
		return KL_CONSENT_SUBSCRIBED;
	if (at != 0 && kl_json_is(doc, at, "UNSUBSCRIBED"))
		return KL_CONSENT_UNSUBSCRIBED;
	return KL_CONSENT_NEVER;
}

/* The channel was opted out of at that time; the latest counts, and one that
 * is not known is later than all. */
static void
opt_out(struct kl_consent_state *to, int channel, int64_t at)
{
	if (at == 0)
		at = INT64_MAX;
	to->channel[channel].out = true;
	if (at > to->channel[channel].out_at)
		to->channel[channel].out_at = at;
}

static bool
is_technical(const struct kl_json *doc, uint32_t held, struct kl_buf *tmp)
{
	uint32_t at = member(doc, held, "reason");
	struct kl_span s;
	size_t i;

	if (at == 0 || kl_json_type(doc, at) != KL_JSON_STRING)
		return false;
	s = kl_member_text(doc, at, tmp);
	for (i = 0; i < TECHNICAL; i++)
		if (s.n == strlen(technical[i]) &&
		    strncasecmp(s.s, technical[i], s.n) == 0)
			return true;
	return false;
}

/* What holds mail back: everywhere, or for the list. */
static void
read_held(struct kl_consent_state *to, const struct kl_json *doc,
    uint32_t marketing, const char *name, const char *list, struct kl_buf *tmp)
{
	uint32_t all = member(doc, marketing, name), id;

	if (all == 0 || kl_json_type(doc, all) != KL_JSON_ARRAY)
		return;
	kl_json_each (e, doc, all) {
		id = member(doc, e, "list_id");
		if (list != NULL && id != 0 && !kl_json_is(doc, id, list))
			continue;
		if (!is_technical(doc, e, tmp))
			opt_out(to, KL_CHANNEL_EMAIL,
			    time_of(doc, e, "timestamp", tmp));
	}
}

static void
read_channel(struct kl_consent_state *to, int channel,
    const struct kl_json *doc, uint32_t marketing, struct kl_buf *tmp)
{
	enum kl_consent_status status = status_of(doc, marketing);
	int64_t since = time_of(doc, marketing, "consent_timestamp", tmp);
	int64_t updated = time_of(doc, marketing, "last_updated", tmp);

	to->channel[channel].status = status;
	to->channel[channel].since = since;
	to->channel[channel].updated = updated;
	if (status == KL_CONSENT_UNSUBSCRIBED)
		opt_out(to, channel, since != 0 ? since : updated);
}

enum kl_rc
kl_consent_state_read(struct kl_consent_state *to, const struct kl_json *doc,
    uint32_t attributes, const char *list, struct kl_buf *tmp,
    struct kl_err *err)
{
	uint32_t all = kl_json_get(doc, attributes, "subscriptions"), one;
	int i;

	*to = (struct kl_consent_state){ 0 };
	if (all == 0 || kl_json_type(doc, all) != KL_JSON_OBJECT) {
		(void)kl_err_set(err, KL_EPROTO,
		    "klaviyo sent a profile without its subscriptions");
		kl_err_code(err, "no_subscriptions");
		return KL_EPROTO;
	}
	for (i = 0; i < KL_CHANNELS; i++) {
		/* That of push is of the phone, and ended there. */
		one = member(doc, all,
		    i == KL_CHANNEL_PUSH ? "mobile_push"
					 : kl_channel_name((enum kl_channel)i));
		read_channel(to, i, doc, member(doc, one, "marketing"), tmp);
	}
	one = member(doc, member(doc, all, "email"), "marketing");
	read_held(to, doc, one, "suppression", NULL, tmp);
	if (list != NULL)
		read_held(to, doc, one, "list_suppressions", list, tmp);
	return KL_OK;
}

enum kl_rc
kl_consent_may(const struct kl_consent *c, const struct kl_consent_state *state,
    bool *again, struct kl_err *err)
{
	bool any = false;
	int i;

	*again = false;
	for (i = 0; i < KL_CHANNELS; i++) {
		if (c->channel[i].status != KL_CONSENT_SUBSCRIBED ||
		    !state->channel[i].out)
			continue;
		if (c->channel[i].at == 0)
			return kl_consent_fail((enum kl_channel)i, NULL, err,
			    "opted_out",
			    "was opted out of, and the record does not say "
			    "that the person agreed later",
			    "leave it out; or, if they did agree again, say "
			    "when, as consented_at");
		if (c->channel[i].sec <= state->channel[i].out_at)
			return kl_consent_fail((enum kl_channel)i, NULL, err,
			    "opted_out",
			    "was opted out of after the person had agreed",
			    "leave it out: they have to agree again first");
		any = true;
	}
	*again = any;
	return KL_OK;
}

unsigned
kl_consent_shown(const struct kl_consent *c,
    const struct kl_consent_state *state, bool historical, int64_t sent)
{
	unsigned mask = 0;
	int64_t since;
	int i;

	for (i = 0; i < KL_CHANNELS; i++) {
		if (c->channel[i].status != KL_CONSENT_SUBSCRIBED ||
		    state->channel[i].status != KL_CONSENT_SUBSCRIBED)
			continue;
		since = state->channel[i].since;
		if (historical ? since == c->channel[i].sec &&
			    state->channel[i].updated >= sent
			       : since >= sent)
			mask |= KL_CHANNEL_BIT(i);
	}
	return mask;
}

unsigned
kl_consent_ended(const struct kl_consent_state *state, int64_t sent)
{
	unsigned mask = 0;
	int i;

	for (i = 0; i < KL_CHANNELS; i++)
		if (state->channel[i].out &&
		    state->channel[i].out_at != INT64_MAX &&
		    state->channel[i].out_at >= sent)
			mask |= KL_CHANNEL_BIT(i);
	return mask;
}
