/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_CONSENT_H
#define SANDBOX_CONSENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"

/*
 * consent.h - what a person agreed to, channel by channel, and why mail to
 * them is held back.
 *
 * Times are seconds since 1970, 0 for none.
 */

/* In the order of channel_names[] in consent.c. */
enum channel {
	EMAIL_MARKETING,
	OPEN_TRACKING,
	SMS_MARKETING,
	SMS_TRANSACTIONAL,
	WHATSAPP_MARKETING,
	WHATSAPP_TRANSACTIONAL,
	WHATSAPP_CONVERSATIONAL,
	PUSH_MARKETING,
	CHANNELS
};
/* "email.marketing" and so on. */
extern const char *const channel_names[CHANNELS];

enum consent_state {
	NEVER_SUBSCRIBED,
	SUBSCRIBED,
	UNSUBSCRIBED,
	CONSENT_STATES
};
extern const char *const consent_names[CONSENT_STATES];

enum reason {
	USER_SUPPRESSED,
	UNSUBSCRIBE,
	SPAM_COMPLAINT,
	HARD_BOUNCE,
	INVALID_EMAIL,
	REASONS
};
extern const char *const reason_names[REASONS];

struct grant {
	uint32_t when;	  /* consent_timestamp */
	uint32_t changed; /* last_updated */
	unsigned char state;
};

struct suppression {
	uint32_t list; /* its number in the store; EVERYWHERE: all mail */
	uint32_t when;
	enum reason reason;
};
#define EVERYWHERE UINT32_MAX

struct consent {
	struct grant grant[CHANNELS];
	char *source; /* custom_source as JSON, or NULL; owned */
	bool double_opt_in;
	struct suppression *s; /* owned; oldest first */
	size_t n, cap;
};

/* The number of a name in one of the tables above; max if it is in none. */
int name_index(const char *const *names, int max, struct kl_span name);

/* The suppression for a reason on a list, or EVERYWHERE; NULL: there is none.
 * c may be NULL. */
const struct suppression *consent_held(const struct consent *c, uint32_t list,
    enum reason reason);
/* Add one, unless it is there.  *fresh tells.  False: memory. */
bool consent_hold(struct consent **c, uint32_t list, enum reason reason,
    uint32_t when, bool *fresh);
/* Take one away; false if it was not there. */
bool consent_release(struct consent *c, uint32_t list, enum reason reason);
/* True if marketing mail may be sent. */
bool consent_mailable(const struct consent *c);

/* The consent of a profile, made if there is none; NULL: memory. */
struct consent *consent_of(struct consent **c);
/* Take over what from has and to has not: the stricter of both wins. */
bool consent_merge(struct consent **to, const struct consent *from);
void consent_free(struct consent *c);

#endif /* SANDBOX_CONSENT_H */
