/* SPDX-License-Identifier: MIT */
/* consent.c - what a profile record says that the person agreed to. */

#include <stdio.h>
#include <string.h>

#include "kl/consent.h"
#include "kl/timestamp.h"

#include "member.h"

/* The channels, and the member that a message would go to; NULL: none that a
 * record has. */
static const struct {
	const char *name, *identifier;
} channels[KL_CHANNELS] = {
	[KL_CHANNEL_EMAIL] = { "email", "email" },
	[KL_CHANNEL_SMS] = { "sms", "phone_number" },
	[KL_CHANNEL_WHATSAPP] = { "whatsapp", "phone_number" },
	[KL_CHANNEL_PUSH] = { "push", NULL },
};

static const char *const statuses[] = {
	[KL_CONSENT_NEVER] = "NEVER_SUBSCRIBED",
	[KL_CONSENT_SUBSCRIBED] = "SUBSCRIBED",
	[KL_CONSENT_UNSUBSCRIBED] = "UNSUBSCRIBED",
};

static const char map_it[] = "map it, as consent.source and "
			     "consent.email.status, or leave the person out";

const char *
kl_channel_name(enum kl_channel c)
{
	return channels[c].name;
}

const char *
kl_channel_identifier(enum kl_channel c)
{
	return channels[c].identifier;
}

/* Fail on a member by its path. */
static enum kl_rc
fail(struct kl_err *err, const char *code, const char *path, const char *what,
    const char *hint)
{
	(void)kl_err_set(err, KL_EDATA, "%s %s", path, what);
	kl_err_code(err, code);
	kl_err_field(err, path, strlen(path));
	kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

enum kl_rc
kl_consent_fail(enum kl_channel channel, const char *name, struct kl_err *err,
    const char *code, const char *what, const char *hint)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "consent.%s%s%s",
	    channels[channel].name, name == NULL ? "" : ".",
	    name == NULL ? "" : name);
	return fail(err, code, path, what, hint);
}

/* The value of a member of obj; 0: it has none, or null. */
static uint32_t
value_of(const struct kl_json *doc, uint32_t obj, const char *name)
{
	uint32_t at = kl_json_get(doc, obj, name);

	return at != 0 && kl_json_type(doc, at) != KL_JSON_NULL ? at : 0;
}

/* The member of obj that is a text, and not an empty one; 0: it has none. */
static uint32_t
text_at(const struct kl_json *doc, uint32_t obj, const char *name)
{
	uint32_t at = value_of(doc, obj, name);

	return at != 0 && kl_json_type(doc, at) == KL_JSON_STRING &&
		!kl_json_is_empty(doc, at)
	    ? at
	    : 0;
}

/* --- reading -------------------------------------------------------------- */

static enum kl_rc
read_time(struct kl_consent *to, enum kl_channel channel,
    const struct kl_json *doc, int64_t now, struct kl_buf *tmp,
    struct kl_err *err)
{
	struct kl_agreed *a = &to->channel[channel];
	struct kl_span t = { 0 };
	struct kl_stamp at;

	if (a->at == 0)
		return KL_OK;
	t = kl_member_text(doc, a->at, tmp);
	if (kl_stamp_parse(t.s, t.n, &at, NULL) != KL_OK)
		return kl_consent_fail(channel, "consented_at", err,
		    "consent_invalid", "is no time in RFC 3339 form",
		    "write it as in 2026-11-23T04:05:06Z; the convert function "
		    "date of kl-map does");
	if (at.sec < KL_CONSENT_TIME_MIN)
		return kl_consent_fail(channel, "consented_at", err,
		    "consent_invalid",
		    "is before 1990-01-01, the earliest the service stores",
		    "correct it, or leave it out");
	if (now != 0 && at.sec > now)
		return kl_consent_fail(channel, "consented_at", err,
		    "consent_invalid", "is in the future",
		    "correct it, or leave it out");
	a->sec = at.sec;
	return KL_OK;
}

/* One channel that is there. */
static enum kl_rc
read_channel(struct kl_consent *to, enum kl_channel channel,
    const struct kl_json *doc, uint32_t obj, struct kl_buf *tmp,
    struct kl_err *err)
{
	uint32_t status = text_at(doc, obj, "status");
	struct kl_span text;
	int i;

	if (status == 0)
		return kl_consent_fail(channel, "status", err,
		    "consent_missing", "is missing", map_it);
	text = kl_member_text(doc, status, tmp);
	for (i = KL_CONSENT_NEVER; i <= KL_CONSENT_UNSUBSCRIBED; i++)
		if (kl_span_is(text, statuses[i]))
			to->channel[channel].status = (enum kl_consent_status)i;
	if (to->channel[channel].status == KL_CONSENT_UNSAID)
		return kl_consent_fail(channel, "status", err,
		    "consent_invalid",
		    "is neither SUBSCRIBED, UNSUBSCRIBED nor NEVER_SUBSCRIBED",
		    "correct it, in capital letters");
	to->channel[channel].at = value_of(doc, obj, "consented_at");
	return KL_OK;
}

/* A date of birth: "1990-12-31". */
static enum kl_rc
check_birth(const struct kl_json *doc, uint32_t node, struct kl_buf *tmp,
    struct kl_err *err)
{
	struct kl_span day = kl_member_text(doc, node, tmp);
	char text[32];
	struct kl_stamp at;

	if (day.n == 10) {
		(void)snprintf(text, sizeof(text), "%.10sT00:00:00Z", day.s);
		if (kl_stamp_parse(text, strlen(text), &at, NULL) == KL_OK)
			return KL_OK;
	}
	return fail(err, "consent_invalid", "consent.age_gated_date_of_birth",
	    "is no date", "write it as in 1990-12-31, or leave it out");
}

enum kl_rc
kl_consent_read(struct kl_consent *to, const struct kl_json *doc, int64_t now,
    struct kl_buf *tmp, struct kl_err *err)
{
	uint32_t consent = value_of(doc, 0, "consent"), obj;
	int i;

	*to = (struct kl_consent){ .there = consent != 0 };
	if (consent == 0)
		return KL_OK;
	to->source = text_at(doc, consent, "source");
	to->birth = value_of(doc, consent, "age_gated_date_of_birth");
	for (i = 0; i < KL_CHANNELS; i++) {
		obj = value_of(doc, consent, channels[i].name);
		if (obj != 0 &&
		    (read_channel(to, (enum kl_channel)i, doc, obj, tmp, err) !=
			    KL_OK ||
			read_time(to, (enum kl_channel)i, doc, now, tmp, err) !=
			    KL_OK))
			return KL_EDATA;
	}
	return to->birth != 0 ? check_birth(doc, to->birth, tmp, err) : KL_OK;
}

/* --- judging -------------------------------------------------------------- */

unsigned
kl_consent_channels(const struct kl_consent *c, enum kl_consent_status status)
{
	unsigned mask = 0;
	int i;

	for (i = 0; i < KL_CHANNELS; i++)
		if (c->channel[i].status == status)
			mask |= KL_CHANNEL_BIT(i);
	return mask;
}

/* Every channel that is SUBSCRIBED has something to write to. */
static enum kl_rc
check_identifiers(const struct kl_consent *c, const struct kl_json *doc,
    struct kl_err *err)
{
	const char *identifier;
	int i;

	for (i = 0; i < KL_CHANNELS; i++) {
		identifier = channels[i].identifier;
		if (c->channel[i].status != KL_CONSENT_SUBSCRIBED ||
		    identifier == NULL || value_of(doc, 0, identifier) != 0)
			continue;
		return kl_consent_fail((enum kl_channel)i, NULL, err,
		    "consent_invalid",
		    "is SUBSCRIBED, and the record has nothing to write to",
		    i == KL_CHANNEL_EMAIL
			? "add the email, or leave the channel out"
			: "add the phone_number, or leave the channel out");
	}
	return KL_OK;
}

enum kl_rc
kl_consent_agreed(const struct kl_consent *c, const struct kl_json *doc,
    struct kl_err *err)
{
	if (!c->there)
		return fail(err, "consent_missing", "consent", "is missing",
		    map_it);
	if (c->source == 0)
		return fail(err, "consent_missing", "consent.source",
		    "is missing: where the person agreed", map_it);
	if (kl_consent_channels(c, KL_CONSENT_SUBSCRIBED) != 0)
		return check_identifiers(c, doc, err);
	if (kl_consent_channels(c, KL_CONSENT_UNSUBSCRIBED) != 0)
		return fail(err, "consent_withdrawn", "consent",
		    "has no channel that is SUBSCRIBED, and one that is not "
		    "any more",
		    "give the record to kl-push unsubscribe, or leave the "
		    "person out");
	return fail(err, "consent_missing", "consent",
	    "has no channel that is SUBSCRIBED", map_it);
}

enum kl_rc
kl_consent_check(const struct kl_json *doc, int64_t now, struct kl_buf *tmp,
    struct kl_err *err)
{
	struct kl_consent c;

	return kl_consent_read(&c, doc, now, tmp, err) == KL_OK
	    ? kl_consent_agreed(&c, doc, err)
	    : KL_EDATA;
}

enum kl_rc
kl_consent_timed(const struct kl_consent *c, struct kl_err *err)
{
	int i;

	for (i = 0; i < KL_CHANNELS; i++)
		if (c->channel[i].status == KL_CONSENT_SUBSCRIBED &&
		    c->channel[i].at == 0)
			return kl_consent_fail((enum kl_channel)i,
			    "consented_at", err, "consent_time_missing",
			    "is missing: history needs to say when",
			    "map it, or send the record without --historical");
	return KL_OK;
}
