/* SPDX-License-Identifier: MIT */
/* consent.c - what a person agreed to, and why mail to them is held back. */

#include <stdlib.h>

#include "consent.h"
#include "kl/room.h"

const char *const channel_names[CHANNELS] = { "email.marketing",
	"email.open_tracking", "sms.marketing", "sms.transactional",
	"whatsapp.marketing", "whatsapp.transactional",
	"whatsapp.conversational", "push.marketing" };

const char *const consent_names[CONSENT_STATES] = { "NEVER_SUBSCRIBED",
	"SUBSCRIBED", "UNSUBSCRIBED" };

const char *const reason_names[REASONS] = { "USER_SUPPRESSED", "UNSUBSCRIBE",
	"SPAM_COMPLAINT", "HARD_BOUNCE", "INVALID_EMAIL" };

int
name_index(const char *const *names, int max, struct kl_span name)
{
	int i = 0;

	while (i < max && !kl_span_is(name, names[i]))
		i++;
	return i;
}

struct consent *
consent_of(struct consent **c)
{
	if (*c == NULL)
		*c = calloc(1, sizeof(**c));
	return *c;
}

const struct suppression *
consent_held(const struct consent *c, uint32_t list, enum reason reason)
{
	size_t i;

	for (i = 0; c != NULL && i < c->n; i++)
		if (c->s[i].list == list && c->s[i].reason == reason)
			return &c->s[i];
	return NULL;
}

bool
consent_hold(struct consent **c, uint32_t list, enum reason reason,
    uint32_t when, bool *fresh)
{
	struct consent *own;

	*fresh = consent_held(*c, list, reason) == NULL;
	if (!*fresh)
		return true;
	if ((own = consent_of(c)) == NULL)
		return false;
	if (!KL_ROOM(own->s, own->n, own->cap, 2))
		return false;
	own->s[own->n++] = (struct suppression){ list, when, reason };
	return true;
}

bool
consent_release(struct consent *c, uint32_t list, enum reason reason)
{
	size_t i, n = 0;
	bool found;

	if (c == NULL)
		return false;
	for (i = 0; i < c->n; i++)
		if (c->s[i].list != list || c->s[i].reason != reason)
			c->s[n++] = c->s[i];
	found = n < c->n;
	c->n = n;
	return found;
}

bool
consent_mailable(const struct consent *c)
{
	size_t i;

	if (c == NULL)
		return true;
	for (i = 0; i < c->n; i++)
		if (c->s[i].list == EVERYWHERE)
			return false;
	return c->grant[EMAIL_MARKETING].state != UNSUBSCRIBED;
}

bool
consent_merge(struct consent **to, const struct consent *from)
{
	struct consent *own;
	bool fresh;
	size_t i;

	if (from == NULL)
		return true;
	if ((own = consent_of(to)) == NULL)
		return false;
	for (i = 0; i < CHANNELS; i++)
		if (from->grant[i].state > own->grant[i].state)
			own->grant[i] = from->grant[i];
	for (i = 0; i < from->n; i++)
		if (!consent_hold(to, from->s[i].list, from->s[i].reason,
			from->s[i].when, &fresh))
			return false;
	return true;
}

void
consent_free(struct consent *c)
{
	if (c == NULL)
		return;
	free(c->source);
	free(c->s);
	free(c);
}
