/* SPDX-License-Identifier: MIT */
/*
 * verb-unsubscribe.c - consent taken back.
 *
 * The service unsubscribes from everything whoever is not on the list that is
 * named, so who is a member is looked up first, and again before a request is
 * repeated.
 */

#include "kl/consent.h"

#include "verbs.h"

/* Notes: the channels to be unsubscribed from, and those it is seen of: that
 * their identifier is on the list, or that it has been done. */
#define ASKED(channels) (channels)
#define SHOWN(channels) ((channels) << KL_CHANNELS)
#define ALL_SHOWN(notes)                                                       \
	(((notes)&ASKED(15U)) != 0 &&                                          \
	    ((notes)&ASKED(15U) & ~((notes) >> KL_CHANNELS)) == 0)

#define BY_EMAIL KL_CHANNEL_BIT(KL_CHANNEL_EMAIL)
#define BY_PHONE                                                               \
	(KL_CHANNEL_BIT(KL_CHANNEL_SMS) | KL_CHANNEL_BIT(KL_CHANNEL_WHATSAPP))

/* The channels of a record: those it says, or those the options say. */
static enum kl_rc
channels_of(struct kl_consent_opts *o, const struct kl_json *doc,
    unsigned *channels, struct kl_err *err)
{
	struct kl_consent c;

	if (kl_consent_read(&c, doc, 0, &o->tmp, err) != KL_OK)
		return KL_EDATA;
	*channels = o->channels != 0 ? o->channels : BY_EMAIL;
	if (c.there)
		*channels = kl_consent_channels(&c, KL_CONSENT_UNSUBSCRIBED);
	if (*channels != 0)
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA,
	    "consent has no channel that is UNSUBSCRIBED");
	kl_err_code(err, "consent_given");
	kl_err_field(err, "consent", 7);
	kl_err_hint(err,
	    "give the record to kl-push subscribe, or leave the consent out");
	return KL_EDATA;
}

/* Each channel has its identifier in the record; that of push is none a
 * record has. */
static enum kl_rc
check_channels(const struct kl_json *doc, unsigned channels, struct kl_err *err)
{
	const char *name;
	uint32_t at;
	int i;

	for (i = 0; i < KL_CHANNELS; i++) {
		if ((channels & KL_CHANNEL_BIT(i)) == 0)
			continue;
		name = kl_channel_identifier((enum kl_channel)i);
		if (name == NULL)
			return kl_consent_fail((enum kl_channel)i, NULL, err,
			    "channel_unsupported",
			    "can be unsubscribed from only with the tokens of "
			    "the person's devices",
			    "leave the channel out");
		at = kl_json_get(doc, 0, name);
		if (at != 0 && kl_json_type(doc, at) != KL_JSON_NULL)
			continue;
		(void)kl_err_set(err, KL_EDATA,
		    "the record has no %s to unsubscribe", name);
		kl_err_code(err, "identifier_missing");
		kl_err_hint(err,
		    "add it; or say which channels are meant, in the record as "
		    "consent.%s.status, or with --channel",
		    kl_channel_name((enum kl_channel)i));
		return KL_EDATA;
	}
	return KL_OK;
}

static enum kl_rc
item(struct kl_making *to, const struct kl_json *doc, struct kl_err *err)
{
	unsigned channels;

	if (channels_of(to->ctx, doc, &channels, err) != KL_OK ||
	    check_channels(doc, channels, err) != KL_OK)
		return KL_EDATA;
	kl_unsubscribe_item(to->body, doc, channels);
	return kl_buf_check(to->body, err);
}

static void
open_body(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_unsubscribe_open(b);
}

static void
close_body(struct kl_buf *b, const struct kl_frame *f)
{
	kl_consent_close(b, f->list);
}

/* --- before, and after ---------------------------------------------------- */

/* A member, by the identifier that the channel goes to. */
static enum kl_outcome
weigh_before(struct kl_found *f, const struct kl_weighed *w,
    const struct kl_frame *frame, struct kl_err *why)
{
	unsigned channels;

	if (channels_of(frame->ctx, w->record, &channels, why) != KL_OK)
		return KL_FAILED;
	f->notes |= ASKED(channels) |
	    SHOWN(channels & (w->by == 'e' ? BY_EMAIL : BY_PHONE));
	return KL_SEND_IT;
}

static enum kl_outcome
judge_before(const struct kl_found *f, const struct kl_frame *frame,
    struct kl_err *why)
{
	(void)frame;
	if (ALL_SHOWN(f->notes))
		return KL_SEND_IT;
	(void)kl_err_set(why, KL_EDATA,
	    "the person is not on the list: the service would unsubscribe "
	    "them from everything");
	kl_err_code(why, "not_member");
	kl_err_hint(why, "if that is meant, --global does it");
	return KL_REJECTED;
}

static enum kl_outcome
weigh_after(struct kl_found *f, const struct kl_weighed *w,
    const struct kl_frame *frame, struct kl_err *why)
{
	struct kl_consent_opts *o = frame->ctx;
	struct kl_consent_state state;
	unsigned channels;

	if (channels_of(o, w->record, &channels, why) != KL_OK ||
	    kl_consent_state_read(&state, w->doc, w->attributes, frame->list,
		&o->tmp, why) != KL_OK)
		return KL_FAILED;
	f->notes |= ASKED(channels) | SHOWN(kl_consent_ended(&state, w->sent));
	return KL_SEND_IT;
}

/* Who is out since then, is out; of the others it is asked once more who is a
 * member. */
static enum kl_outcome
judge_after(const struct kl_found *f, const struct kl_frame *frame,
    struct kl_err *why)
{
	(void)frame;
	(void)why;
	return ALL_SHOWN(f->notes) ? KL_ACCEPTED : KL_SEND_IT;
}

static const struct kl_look before = {
	.every = true,
	.on_list = true,
	.weigh = weigh_before,
	.judge = judge_before,
};
static const struct kl_look after = {
	.every = true,
	.with = "subscriptions",
	.weigh = weigh_after,
	.judge = judge_after,
};

#define ROAD                                                                   \
	{                                                                      \
		.ep = KL_EP_UNSUBSCRIBE, .open = open_body,                    \
		.close = close_body                                            \
	}

const struct kl_verb kl_verb_unsubscribe = {
	.name = "unsubscribe",
	.list = KL_LIST_MUST,
	.road = ROAD,
	.look = &before,
	.proof = &after,
	.item = item,
};

const struct kl_verb kl_verb_unsubscribe_global = {
	.name = "unsubscribe",
	.list = KL_LIST_MAYBE,
	.road = ROAD,
	.proof = &after,
	.item = item,
};
