/* SPDX-License-Identifier: MIT */
#ifndef KL_CONSENT_H
#define KL_CONSENT_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/consent.h - what a profile record says that the person agreed to, what
 * the service knows of it, and the requests that tell it.
 *
 * A record that is to be subscribed carries
 *	"consent":{"source":"Checkout","email":{"status":"SUBSCRIBED",
 *	"consented_at":"2024-01-01T00:00:00Z"},"sms":{...}}
 * and may carry an age_gated_date_of_birth in it, which sms to some countries
 * asks for.  A channel stands for its marketing messages.
 */

/* Seconds since 1970 of the earliest consent the service stores (help page
 * "historical imports": 1990-01-01). */
#define KL_CONSENT_TIME_MIN 631152000

enum kl_channel {
	KL_CHANNEL_EMAIL,
	KL_CHANNEL_SMS,
	KL_CHANNEL_WHATSAPP,
	KL_CHANNEL_PUSH,
	KL_CHANNELS
};
/* "email" and so on; the member of a record that a message goes to, or NULL. */
const char *kl_channel_name(enum kl_channel c);
const char *kl_channel_identifier(enum kl_channel c);

enum kl_consent_status {
	KL_CONSENT_UNSAID,
	KL_CONSENT_NEVER,
	KL_CONSENT_SUBSCRIBED,
	KL_CONSENT_UNSUBSCRIBED,
};

/* Channels as bits. */
#define KL_CHANNEL_BIT(c) (1U << (c))

/* What a record says.  Nodes are of the scanned record; 0: it is not there. */
struct kl_consent {
	bool there;	 /* it says anything */
	uint32_t source; /* a text that is not empty */
	uint32_t birth;
	struct kl_agreed {
		enum kl_consent_status status;
		uint32_t at; /* consented_at */
		int64_t sec; /* the same, since 1970 */
	} channel[KL_CHANNELS];
};

/*
 * Read the consent of a record that passed kl_profile_check(): every channel
 * that is there has a status, SUBSCRIBED, UNSUBSCRIBED or NEVER_SUBSCRIBED;
 * consented_at, where it is there, is RFC 3339, not before
 * KL_CONSENT_TIME_MIN and not after now (0: not judged).  tmp is scratch.
 *
 * KL_OK; KL_EDATA, code consent_missing or consent_invalid.
 */
enum kl_rc kl_consent_read(struct kl_consent *to, const struct kl_json *doc,
    int64_t now, struct kl_buf *tmp, struct kl_err *err);

/* The channels that have that status. */
unsigned kl_consent_channels(const struct kl_consent *c,
    enum kl_consent_status status);

/*
 * Does the record say that the person agreed?  What kl_consent_read() asks,
 * and: there is a source, and at least one channel that is SUBSCRIBED; and a
 * channel that is has its identifier in the record, email or phone_number.
 *
 * KL_OK; KL_EDATA, code consent_missing, consent_invalid, or consent_withdrawn
 * (no channel is SUBSCRIBED, and one is UNSUBSCRIBED).
 */
enum kl_rc kl_consent_check(const struct kl_json *doc, int64_t now,
    struct kl_buf *tmp, struct kl_err *err);

/* The same for what kl_consent_read() has read. */
enum kl_rc kl_consent_agreed(const struct kl_consent *c,
    const struct kl_json *doc, struct kl_err *err);

/* Each channel that is SUBSCRIBED says since when.  KL_OK; KL_EDATA, code
 * consent_time_missing. */
enum kl_rc kl_consent_timed(const struct kl_consent *c, struct kl_err *err);

/* Fail on a channel; name NULL, or its member.  what and hint are literals. */
enum kl_rc kl_consent_fail(enum kl_channel channel, const char *name,
    struct kl_err *err, const char *code, const char *what, const char *hint);

/* --- requests -------------------------------------------------------------
 */

/*
 * Append the profile object of a request that subscribes to these channels,
 * or unsubscribes from them: the identifiers that they go to, in the bytes of
 * the record, and nothing else of it.  With historical, the times are sent.
 */
void kl_subscribe_item(struct kl_buf *b, const struct kl_json *doc,
    const struct kl_consent *c, bool historical);
void kl_unsubscribe_item(struct kl_buf *b, const struct kl_json *doc,
    unsigned channels);

/* What stands before the objects, and after them.  source is a JSON string;
 * list an id, or NULL. */
void kl_subscribe_open(struct kl_buf *b, struct kl_span source,
    bool historical);
void kl_unsubscribe_open(struct kl_buf *b);
void kl_consent_close(struct kl_buf *b, const char *list);

/* --- what the service knows -----------------------------------------------
 */

/* One person's consent, as the subscriptions of a profile tell it.  Times are
 * seconds since 1970; 0: not told. */
struct kl_consent_state {
	struct {
		enum kl_consent_status status;
		int64_t since;	 /* consent_timestamp */
		int64_t updated; /* last_updated */
		bool out;	 /* they do not want it, or somebody has said
				  * so for them: what subscribing would end */
		int64_t out_at;	 /* when that was, at the latest;
				  * INT64_MAX: not told */
	} channel[KL_CHANNELS];
};

/*
 * Read the attributes at that node of doc, which need the subscriptions among
 * them; mail may also be held back for one list.  KL_OK; KL_EPROTO if they are
 * not there.
 */
enum kl_rc kl_consent_state_read(struct kl_consent_state *to,
    const struct kl_json *doc, uint32_t attributes, const char *list,
    struct kl_buf *tmp, struct kl_err *err);

/*
 * May somebody of whom that is known be subscribed as the record says?  Not
 * who has opted out, unless they agreed again later, and the record says when.
 * KL_OK, *again set if they did; KL_EDATA, code opted_out.
 */
enum kl_rc kl_consent_may(const struct kl_consent *c,
    const struct kl_consent_state *state, bool *again, struct kl_err *err);

/* The channels of which the state shows that a request of the second sent, or
 * later, has taken effect: to subscribe as the record says, or to unsubscribe
 * from them. */
unsigned kl_consent_shown(const struct kl_consent *c,
    const struct kl_consent_state *state, bool historical, int64_t sent);
unsigned kl_consent_ended(const struct kl_consent_state *state, int64_t sent);

/* --- verbs ----------------------------------------------------------------
 */

/* How the verbs subscribe and unsubscribe of kl/verb.h go about it: their
 * kl_send_opts.ctx.  All zero is the default. */
struct kl_consent_opts {
	bool historical;   /* consent of the past, with its times: nobody is
			    * asked to confirm, and no flow is started */
	bool global;	   /* who is not on the list, or if there is none, is
			    * unsubscribed from everything */
	unsigned channels; /* to unsubscribe from, if the record has no
			    * consent; 0: mail */
	/* Counted. */
	uint64_t old;	   /* records whose time is not sent, though it is more
			    * than a day ago */
	uint64_t again;	   /* people who had opted out, and agreed later */
	struct kl_buf tmp; /* scratch, to be freed */
};

#ifdef __cplusplus
}
#endif

#endif /* KL_CONSENT_H */
