/* SPDX-License-Identifier: MIT */

/*
 * consent.c - does a profile record say that the person agreed?
 */

#include <stdio.h>
#include <string.h>

#include "kl/consent.h"
#include "kl/timestamp.h"

#include "member.h"

/* A record, and the channel that is looked at. */
struct look {
	const struct kl_json *doc;
	int64_t now;
	struct kl_buf *tmp;
	const char *channel;
};

/* The channels, and the member that a message would go to; NULL: none that a
 * record has. */
static const struct {
	const char *name, *identifier;
} channels[] = {
	{ "email", "email" },
	{ "sms", "phone_number" },
	{ "whatsapp", "phone_number" },
	{ "push", NULL },
};

#define CHANNELS (sizeof(channels) / sizeof(*channels))

static const char map_it[] = "map it, as consent.source and "
			     "consent.email.status, or leave the person out";

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

/* The same on a member of the channel; name NULL: on the channel. */
static enum kl_rc
fail_channel(const struct look *l, const char *name, struct kl_err *err,
    const char *code, const char *what, const char *hint)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "consent.%s%s%s", l->channel,
	    name == NULL ? "" : ".", name == NULL ? "" : name);
	return fail(err, code, path, what, hint);
}

/* The value of a member of obj; 0: it has none, or null. */
static uint32_t
value_of(const struct kl_json *doc, uint32_t obj, const char *name)
{
	uint32_t at = kl_json_get(doc, obj, name);

	return at != 0 && kl_json_type(doc, at) != KL_JSON_NULL ? at : 0;
}

/* The text of a member of obj; empty if it has none. */
static struct kl_span
text_of(const struct look *l, uint32_t obj, const char *name)
{
	uint32_t at = value_of(l->doc, obj, name);

	if (at == 0 || kl_json_type(l->doc, at) != KL_JSON_STRING)
		return (struct kl_span){ 0 };
	return kl_member_text(l->doc, at, l->tmp);
}

static enum kl_rc
check_time(const struct look *l, uint32_t obj, struct kl_err *err)
{
	struct kl_span t;
	struct kl_stamp at;

	if (value_of(l->doc, obj, "consented_at") == 0)
		return KL_OK;
	t = text_of(l, obj, "consented_at");
	if (kl_stamp_parse(t.s, t.n, &at, NULL) != KL_OK)
		return fail_channel(l, "consented_at", err, "consent_invalid",
		    "is no time in RFC 3339 form",
		    "write it as in 2026-11-23T04:05:06Z; the convert function "
		    "date of kl-map does");
	if (at.sec < KL_CONSENT_TIME_MIN)
		return fail_channel(l, "consented_at", err, "consent_invalid",
		    "is before 1990-01-01, the earliest the service stores",
		    "correct it, or leave it out");
	if (l->now != 0 && at.sec > l->now)
		return fail_channel(l, "consented_at", err, "consent_invalid",
		    "is in the future", "correct it, or leave it out");
	return KL_OK;
}

/* One channel that is there; *agreed if the person agreed to it. */
static enum kl_rc
check_channel(const struct look *l, uint32_t obj, const char *identifier,
    bool *agreed, struct kl_err *err)
{
	struct kl_span status = text_of(l, obj, "status");

	if (status.n == 0)
		return fail_channel(l, "status", err, "consent_missing",
		    "is missing", map_it);
	if (kl_span_is(status, "SUBSCRIBED"))
		*agreed = true;
	else if (kl_span_is(status, "UNSUBSCRIBED") ||
	    kl_span_is(status, "NEVER_SUBSCRIBED"))
		return check_time(l, obj, err);
	else
		return fail_channel(l, "status", err, "consent_invalid",
		    "is neither SUBSCRIBED, UNSUBSCRIBED nor NEVER_SUBSCRIBED",
		    "correct it, in capital letters");
	if (identifier != NULL && value_of(l->doc, 0, identifier) == 0)
		return fail_channel(l, NULL, err, "consent_invalid",
		    "is SUBSCRIBED, and the record has nothing to write to",
		    strcmp(identifier, "email") == 0
			? "add the email, or leave the channel out"
			: "add the phone_number, or leave the channel out");
	return check_time(l, obj, err);
}

enum kl_rc
kl_consent_check(const struct kl_json *doc, int64_t now, struct kl_buf *tmp,
    struct kl_err *err)
{
	struct look l = { doc, now, tmp, NULL };
	uint32_t consent = value_of(doc, 0, "consent"), obj;
	bool agreed = false;
	size_t i;

	if (consent == 0)
		return fail(err, "consent_missing", "consent", "is missing",
		    map_it);
	if (text_of(&l, consent, "source").n == 0)
		return fail(err, "consent_missing", "consent.source",
		    "is missing: where the person agreed", map_it);
	for (i = 0; i < CHANNELS; i++) {
		l.channel = channels[i].name;
		if ((obj = value_of(doc, consent, l.channel)) != 0 &&
		    check_channel(&l, obj, channels[i].identifier, &agreed,
			err) != KL_OK)
			return KL_EDATA;
	}
	if (!agreed)
		return fail(err, "consent_missing", "consent",
		    "has no channel that is SUBSCRIBED", map_it);
	return KL_OK;
}
