/* SPDX-License-Identifier: MIT */
/* consent-body.c - the requests that tell the service of consent. */

#include <string.h>

#include "kl/consent.h"

/* Append a member of the record under its name, if it has one. */
static void
copy_member(struct kl_buf *b, const struct kl_json *doc, const char *name)
{
	uint32_t at = kl_json_get(doc, 0, name);

	if (at != 0 && kl_json_type(doc, at) != KL_JSON_NULL)
		kl_json_put_raw(b, name, kl_json_raw(doc, at));
}

/* The identifiers those channels go to.  A token of push is none a record has:
 * the person is then known by whatever the record has. */
static void
put_identifiers(struct kl_buf *b, const struct kl_json *doc, unsigned channels)
{
	bool push = (channels & KL_CHANNEL_BIT(KL_CHANNEL_PUSH)) != 0;

	if (push || (channels & KL_CHANNEL_BIT(KL_CHANNEL_EMAIL)) != 0)
		copy_member(b, doc, "email");
	if (push ||
	    (channels &
		(KL_CHANNEL_BIT(KL_CHANNEL_SMS) |
		    KL_CHANNEL_BIT(KL_CHANNEL_WHATSAPP))) != 0)
		copy_member(b, doc, "phone_number");
}

void
kl_subscribe_item(struct kl_buf *b, const struct kl_json *doc,
    const struct kl_consent *c, bool historical)
{
	unsigned channels = kl_consent_channels(c, KL_CONSENT_SUBSCRIBED);
	int i;

	kl_buf_puts(b, "{\"type\":\"profile\",\"attributes\":{");
	put_identifiers(b, doc, channels);
	if (c->birth != 0)
		kl_json_put_raw(b, "age_gated_date_of_birth",
		    kl_json_raw(doc, c->birth));
	kl_json_put_name(b, "subscriptions");
	kl_buf_putc(b, '{');
	for (i = 0; i < KL_CHANNELS; i++) {
		if ((channels & KL_CHANNEL_BIT(i)) == 0)
			continue;
		kl_json_put_name(b, kl_channel_name((enum kl_channel)i));
		kl_buf_puts(b, "{\"marketing\":{\"consent\":\"SUBSCRIBED\"");
		if (historical)
			kl_json_put_raw(b, "consented_at",
			    kl_json_raw(doc, c->channel[i].at));
		kl_buf_puts(b, "}}");
	}
	kl_buf_puts(b, "}}}");
}

void
kl_unsubscribe_item(struct kl_buf *b, const struct kl_json *doc,
    unsigned channels)
{
	int i;

	kl_buf_puts(b, "{\"type\":\"profile\",\"attributes\":{");
	put_identifiers(b, doc, channels);
	kl_json_put_name(b, "subscriptions");
	kl_buf_putc(b, '{');
	for (i = 0; i < KL_CHANNELS; i++) {
		if ((channels & KL_CHANNEL_BIT(i)) == 0)
			continue;
		kl_json_put_name(b, kl_channel_name((enum kl_channel)i));
		kl_buf_puts(b,
		    "{\"marketing\":{\"consent\":\"UNSUBSCRIBED\"}}");
	}
	kl_buf_puts(b, "}}}");
}

void
kl_subscribe_open(struct kl_buf *b, struct kl_span source, bool historical)
{
	kl_buf_puts(b,
	    "{\"data\":{\"type\":"
	    "\"profile-subscription-bulk-create-job\","
	    "\"attributes\":{");
	kl_json_put_raw(b, "custom_source", source);
	if (historical)
		kl_json_put_bool(b, "historical_import", true);
	kl_buf_puts(b, ",\"profiles\":{\"data\":[");
}

void
kl_unsubscribe_open(struct kl_buf *b)
{
	kl_buf_puts(b,
	    "{\"data\":{\"type\":"
	    "\"profile-subscription-bulk-delete-job\","
	    "\"attributes\":{\"profiles\":{\"data\":[");
}

void
kl_consent_close(struct kl_buf *b, const char *list)
{
	kl_buf_puts(b, "]}}");
	if (list != NULL) {
		kl_buf_puts(b,
		    ",\"relationships\":{\"list\":{\"data\":"
		    "{\"type\":\"list\",\"id\":");
		kl_json_put_text(b, list, strlen(list));
		kl_buf_puts(b, "}}}");
	}
	kl_buf_puts(b, "}}");
}
