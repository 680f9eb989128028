/* SPDX-License-Identifier: MIT */
#ifndef KL_EVENT_H
#define KL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"
#include "kl/profile.h"
#include "kl/timestamp.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/event.h - the event record: what it may hold, and the object the service
 * is sent for it.
 *
 * An event record says that somebody (profile, as a profile record) did
 * something (metric, a name; properties) at some time.  The service answers
 * 202 before it looks, and drops what is over its limits without a word: what
 * is not found here is found nowhere.
 */

/* What a member's value must look like; null is as good as absent. */
enum kl_event_form {
	KL_EVENT_METRIC,     /* a string of 1 to KL_METRIC_MAX characters */
	KL_EVENT_PROFILE,    /* a profile: kl_profile_check() */
	KL_EVENT_PROPERTIES, /* an object within the KL_EVENT_ limits */
	KL_EVENT_TIME,	     /* RFC 3339, within the window */
	KL_EVENT_VALUE,	     /* a number */
	KL_EVENT_CURRENCY,   /* ISO 4217 */
	KL_EVENT_UNIQUE_ID,  /* a string of 1 to KL_UNIQUE_ID_MAX characters */
	KL_EVENT_FLAG,	     /* true or false */
	KL_EVENT_FORMS
};

struct kl_event_member {
	const char *name;
	uint8_t n; /* its length */
	uint8_t form;
	bool required;
};

/* The member of an event record with that name; NULL if there is none. */
const struct kl_event_member *kl_event_member(struct kl_span name);

/* The names, for kl_near(): NULL-terminated. */
const char *const *kl_event_names(void);

/* True for three capital letters that are a currency of ISO 4217, today's
 * and those withdrawn since 2010. */
bool kl_currency_is(struct kl_span code);

/* How records are taken.  All zero is the default; free with
 * kl_event_free(). */
struct kl_event {
	struct kl_profile profile; /* for the profile; its unknown and
				    * unknown_option for the event too */
	int64_t now;	   /* seconds since 1970, for the latest time that is
			    * taken; 0: any */
	bool test_domains; /* take addresses of kl_domain_is_test() */
	/* How times are read, numbers too; NULL: RFC 3339 alone.  offset is
	 * that of a time which says none. */
	const struct kl_stamp_format *times;
	int32_t offset;
	/* Set by kl_event_check(): the value of the member of each form, 0 if
	 * it is absent or null; and the time, if there is one. */
	uint32_t at[KL_EVENT_FORMS];
	int64_t time;	    /* seconds since 1970 */
	struct kl_buf body; /* scratch */
};

/*
 * Check a scanned record against everything the service documents: types,
 * forms, metric and profile there, and the KL_EVENT_ limits of kl/limits.h.
 *
 * KL_OK; KL_EDATA (KL_ETOOBIG: codes profile_too_big, event_too_big) for the
 * first problem in the order of the record, err naming the member by its path
 * ("properties.items.3.sku"); KL_ENOMEM.  Codes: those of kl_profile_check();
 * member_missing, metric_invalid, unique_id_invalid, time_invalid,
 * time_range, currency_invalid, properties_too_many, array_too_long,
 * nesting_too_deep, string_too_long, integer_too_big, domain_dropped.
 */
enum kl_rc kl_event_check(struct kl_event *e, const struct kl_json *doc,
    struct kl_err *err);

/*
 * Append the event object that is sent, without its profile, to b:
 *	{"type":"event","attributes":{"metric":{"data":{"type":"metric",
 *	"attributes":{"name":...}}},"properties":{...},...}}
 * properties are {} if the record has none; other members follow in the order
 * of the record, nulls left out.  Values are not judged.
 *
 * KL_OK; KL_EDATA with code not_object, member_missing (no metric) or
 * member_unknown, b then as it was; KL_ENOMEM or KL_ETOOBIG of b.
 */
enum kl_rc kl_event_body(struct kl_event *e, struct kl_buf *b,
    const struct kl_json *doc, struct kl_err *err);

/* Where the meta of an event's profile stands: the endpoint that takes one
 * event has it among the attributes, that of many events beside them. */
enum kl_event_meta {
	KL_META_INSIDE,
	KL_META_BESIDE,
};

/*
 * Append the profile object that belongs to the event, as kl_profile_body()
 * makes it, but with anonymous_id, which may name who has no identifier yet.
 *
 * KL_OK; KL_EDATA with code member_missing (no profile), type_wrong (it is no
 * object) or member_unknown, b then as it was; KL_ENOMEM or KL_ETOOBIG of b.
 */
enum kl_rc kl_event_profile(struct kl_event *e, struct kl_buf *b,
    const struct kl_json *doc, enum kl_event_meta meta, struct kl_err *err);

void kl_event_free(struct kl_event *e);

#ifdef __cplusplus
}
#endif

#endif /* KL_EVENT_H */
