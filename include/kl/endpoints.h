/* SPDX-License-Identifier: MIT */
#ifndef KL_ENDPOINTS_H
#define KL_ENDPOINTS_H

#include <stdint.h>

#include "kl/buf.h"
#include "kl/net.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/endpoints.h - what Klaviyo publishes about its endpoints, as one table.
 *
 * Pure data, from klaviyo/openapi (stable, revision KL_REVISION): method,
 * path, scopes, rate windows, batch limits, success statuses; and what
 * repeating a request may do.
 */

enum kl_ep {
	KL_EP_ACCOUNTS,		/* GET accounts: the key's one account */
	KL_EP_LISTS,		/* GET lists */
	KL_EP_LIST,		/* GET one list */
	KL_EP_LIST_COUNT,	/* GET one list with its profile_count */
	KL_EP_LIST_CREATE,	/* POST lists */
	KL_EP_LIST_PROFILES,	/* GET members of a list */
	KL_EP_LIST_MEMBER_IDS,	/* GET ids of the members */
	KL_EP_LIST_ADD,		/* POST ids to a list */
	KL_EP_LIST_REMOVE,	/* DELETE ids from a list, with a body */
	KL_EP_SEGMENTS,		/* GET segments */
	KL_EP_SEGMENT,		/* GET one segment */
	KL_EP_SEGMENT_COUNT,	/* GET one segment with its profile_count */
	KL_EP_SEGMENT_PROFILES, /* GET members of a segment */
	KL_EP_PROFILES,		/* GET profiles */
	KL_EP_PROFILE,		/* GET one profile */
	KL_EP_PROFILE_CREATE,	/* POST profiles */
	KL_EP_PROFILE_UPDATE,	/* PATCH one profile */
	KL_EP_PROFILE_IMPORT,	/* POST one profile: create or update */
	KL_EP_PROFILE_APPEND,	/* the same, not to be sent twice */
	KL_EP_IMPORT_CREATE,	/* POST a bulk import job */
	KL_EP_IMPORT_APPEND,	/* the same, not to be sent twice */
	KL_EP_IMPORTS,		/* GET bulk import jobs */
	KL_EP_IMPORT,		/* GET one bulk import job */
	KL_EP_IMPORT_ERRORS,	/* GET the errors of a bulk import job */
	KL_EP_SUBSCRIBE,	/* POST consent */
	KL_EP_UNSUBSCRIBE,	/* POST the end of consent */
	KL_EP_SUPPRESS,		/* POST suppressions */
	KL_EP_UNSUPPRESS,	/* POST the end of suppressions */
	KL_EP_SUPPRESS_JOBS,	/* GET jobs that suppress */
	KL_EP_SUPPRESS_JOB,	/* GET one of them */
	KL_EP_UNSUPPRESS_JOBS,	/* GET jobs that end suppressions */
	KL_EP_UNSUPPRESS_JOB,	/* GET one of them */
	KL_EP_FORGET,		/* POST a deletion of one person */
	KL_EP_EVENTS,		/* GET events */
	KL_EP_EVENT_CREATE,	/* POST one event */
	KL_EP_EVENTS_CREATE,	/* POST a bulk of events */
	KL_EP_METRICS,		/* GET metrics */
	KL_EPS
};

struct kl_endpoint {
	enum kl_ep ep;	  /* its own index */
	const char *name; /* for messages: "list members" */
	const char *method;
	const char *path;      /* "/api/lists/{id}/profiles" */
	const char *scopes[4]; /* all needed; NULL at the end */
	struct kl_rate rate;
	enum kl_ep twin; /* not 0: the same endpoint, whose windows count */
	enum kl_replay replay;
	uint16_t success[3]; /* statuses; 0 at the end */
	uint32_t items;	     /* most in one request; 0: no batch */
	uint32_t item_bytes; /* most for one item; 0: unsaid */
	uint32_t body_bytes; /* most for one request; 0: no body */
	uint16_t page_size;  /* largest page[size]; 0: takes none */
};

/* The row; ep must be one of the enum. */
const struct kl_endpoint *kl_endpoint(enum kl_ep ep);

/*
 * Parameters that make a request slow: it draws on a bucket that all
 * endpoints share, beside that of its endpoint.
 */
enum kl_extra {
	KL_EXTRA_NONE,
	KL_EXTRA_PREDICTED, /* additional-fields: predictive_analytics */
	KL_EXTRA_COUNT,	    /* additional-fields: profile_count */
	KL_EXTRA_MEMBER,    /* a profile with include: lists or segments */
	KL_EXTRAS
};
/* The one that an encoded query calls for. */
enum kl_extra kl_extra_of(const struct kl_endpoint *e, struct kl_span query);
const struct kl_rate *kl_extra_rate(enum kl_extra extra);

#ifdef __cplusplus
}
#endif

#endif /* KL_ENDPOINTS_H */
