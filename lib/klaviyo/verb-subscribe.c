/* SPDX-License-Identifier: MIT */
/*
 * verb-subscribe.c - consent given.
 *
 * The service ends the suppression of whoever is subscribed, so everybody is
 * looked up first.  It tells nothing of what it does after its 202, and doing
 * it twice may write to people twice: where no answer came, only what can be
 * seen afterwards says that it was done.
 */

#include "kl/consent.h"
#include "kl/time.h"

#include "verbs.h"

#define DAY 86400

/* Notes: the channels that are asked for, those that are seen to be given,
 * and that somebody had opted out and has agreed again. */
#define ASKED(channels) (channels)
#define SHOWN(channels) ((channels) << KL_CHANNELS)
#define AGAIN (1U << 2 * KL_CHANNELS)
#define ALL_SHOWN(notes)                                                       \
	(((notes)&ASKED(15U)) != 0 &&                                          \
	    ((notes)&ASKED(15U) & ~((notes) >> KL_CHANNELS)) == 0)

static int64_t
now_sec(void)
{
	return (int64_t)(kl_now_wall() / 1000);
}

/* The time of the consent will be lost, and would have told something. */
static bool
is_old(const struct kl_consent *c)
{
	int64_t since = now_sec() - DAY;
	int i;

	for (i = 0; i < KL_CHANNELS; i++)
		if (c->channel[i].status == KL_CONSENT_SUBSCRIBED &&
		    c->channel[i].at != 0 && c->channel[i].sec < since)
			return true;
	return false;
}

static enum kl_rc
item(struct kl_making *to, const struct kl_json *doc, struct kl_err *err)
{
	struct kl_consent_opts *o = to->ctx;
	struct kl_consent c;
	enum kl_rc rc;

	if ((rc = kl_profile_check(to->profile, doc, err)) != KL_OK)
		return rc;
	if (kl_consent_read(&c, doc, now_sec(), &o->tmp, err) != KL_OK ||
	    kl_consent_agreed(&c, doc, err) != KL_OK ||
	    (o->historical && kl_consent_timed(&c, err) != KL_OK))
		return KL_EDATA;
	o->old += !o->historical && is_old(&c);
	kl_subscribe_item(to->body, doc, &c, o->historical);
	return kl_buf_check(to->body, err);
}

/* A request has one source. */
static enum kl_rc
group(struct kl_buf *key, const struct kl_json *doc, void *ctx,
    struct kl_err *err)
{
	uint32_t at = kl_json_get(doc, 0, "consent");

	(void)ctx;
	(void)err;
	at = at != 0 ? kl_json_get(doc, at, "source") : 0;
	if (at != 0)
		kl_buf_span(key, kl_json_raw(doc, at));
	return KL_OK;
}

static void
open_body(struct kl_buf *b, const struct kl_frame *f)
{
	const struct kl_consent_opts *o = f->ctx;

	kl_subscribe_open(b, f->group.n > 0 ? f->group : KL_SPAN("null"),
	    o->historical);
}

static void
close_body(struct kl_buf *b, const struct kl_frame *f)
{
	kl_consent_close(b, f->list);
}

/* --- before, and after ---------------------------------------------------- */

/* What the service knows, and what the record says, of one person. */
static enum kl_rc
read_both(const struct kl_weighed *w, const struct kl_frame *frame,
    struct kl_consent_state *state, struct kl_consent *c, struct kl_err *why)
{
	struct kl_consent_opts *o = frame->ctx;

	return kl_consent_state_read(state, w->doc, w->attributes, frame->list,
		   &o->tmp, why) == KL_OK &&
		kl_consent_read(c, w->record, 0, &o->tmp, why) == KL_OK
	    ? KL_OK
	    : why->rc;
}

/* Nobody who has opted out since. */
static enum kl_outcome
weigh_before(struct kl_found *f, const struct kl_weighed *w,
    const struct kl_frame *frame, struct kl_err *why)
{
	struct kl_consent_state state;
	struct kl_consent c;
	bool again;

	if (read_both(w, frame, &state, &c, why) != KL_OK)
		return KL_FAILED;
	if (kl_consent_may(&c, &state, &again, why) != KL_OK)
		return KL_REJECTED;
	if (again)
		f->notes |= AGAIN;
	return KL_SEND_IT;
}

static enum kl_outcome
judge_before(const struct kl_found *f, const struct kl_frame *frame,
    struct kl_err *why)
{
	struct kl_consent_opts *o = frame->ctx;

	(void)why;
	o->again += (f->notes & AGAIN) != 0;
	return KL_SEND_IT;
}

static enum kl_outcome
weigh_after(struct kl_found *f, const struct kl_weighed *w,
    const struct kl_frame *frame, struct kl_err *why)
{
	const struct kl_consent_opts *o = frame->ctx;
	struct kl_consent_state state;
	struct kl_consent c;

	if (read_both(w, frame, &state, &c, why) != KL_OK)
		return KL_FAILED;
	f->notes |= ASKED(kl_consent_channels(&c, KL_CONSENT_SUBSCRIBED)) |
	    SHOWN(kl_consent_shown(&c, &state, o->historical, w->sent));
	return KL_SEND_IT;
}

/* That nothing is seen settles nothing: it may be under way, or wait for the
 * person to confirm. */
static enum kl_outcome
judge_after(const struct kl_found *f, const struct kl_frame *frame,
    struct kl_err *why)
{
	(void)frame;
	(void)why;
	return ALL_SHOWN(f->notes) ? KL_ACCEPTED : KL_UNKNOWN;
}

static const struct kl_look before = {
	.every = true,
	.with = "subscriptions",
	.weigh = weigh_before,
	.judge = judge_before,
};
static const struct kl_look after = {
	.every = true,
	.with = "subscriptions",
	.weigh = weigh_after,
	.judge = judge_after,
};

const struct kl_verb kl_verb_subscribe = {
	.name = "subscribe",
	.makes = true,
	.list = KL_LIST_MUST,
	.road = { .ep = KL_EP_SUBSCRIBE,
	    .open = open_body,
	    .close = close_body },
	.look = &before,
	.proof = &after,
	.item = item,
	.group = group,
};
