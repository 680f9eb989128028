/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_PEOPLE_H
#define SANDBOX_PEOPLE_H

#include "box.h"

/*
 * people.h - values of a profile that are no stored attributes; the numbers
 * follow those of enum key.
 */
enum {
	SOURCE_CREATED = KEY_PROPERTY,
	SOURCE_UPDATED,
	SOURCE_PROPERTIES,
	SOURCE_JOINED,
	SOURCE_LAST_EVENT,
	SOURCE_CONSENT /* and what follows: CONSENT() */
};

/* What is shown of the consent to a channel. */
enum facet {
	CAN,
	STATE,
	WHEN,
	CHANGED,
	METHOD,
	CUSTOM,
	DOUBLE,
	SUPPRESSION,
	LIST_SUPPRESSIONS,
	PHONE,
	FACETS
};
#define CONSENT(channel, facet)                                                \
	((int)SOURCE_CONSENT + (int)(channel) * (int)FACETS + (int)(facet))

/* consent-view.c: the value of a source from SOURCE_CONSENT on. */
void put_consent(struct kl_buf *b, int source, const struct store *st,
    uint32_t at);

#endif /* SANDBOX_PEOPLE_H */
