/* SPDX-License-Identifier: MIT */
#ifndef DESTINATION_H
#define DESTINATION_H

#include "kl/mapping.h"

/*
 * destination.h - where in a record a value goes.
 */

#define PARTS 5 /* profile.meta.patch_properties.append.x */

/* The order in which a profile record is written. */
enum rank {
	RANK_TOP,
	RANK_LOCATION,
	RANK_PROPERTIES,
	RANK_META,
	RANK_CONSENT
};

/* The names on the way from the outermost object, borrowed. */
struct destination {
	struct kl_span part[PARTS];
	size_t n;
	enum rank rank;
	bool identifies;    /* a person is known by it */
	bool custom;	    /* a property named without "properties." */
	const char *finish; /* the conversion that ends all others; NULL */
};

/* Read a destination of a profile; of an event.  KL_OK or KL_ECONFIG. */
enum kl_rc destination_of(struct kl_span text, struct destination *d,
    struct kl_err *err);
enum kl_rc destination_of_event(struct kl_span text, struct destination *d,
    struct kl_err *err);

/* True if both cannot be written: they are the same, or one is within the
 * other. */
bool destination_clash(const struct destination *a,
    const struct destination *b);

/* The name of a profile, or of an event, that a custom property may have been
 * meant for; NULL if it looks like none. */
const char *destination_meant(struct kl_span property);
const char *destination_meant_of_event(struct kl_span property);

#endif /* DESTINATION_H */
