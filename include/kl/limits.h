/* SPDX-License-Identifier: MIT */
#ifndef KL_LIMITS_H
#define KL_LIMITS_H

/*
 * kl/limits.h - the documented limits of one profile, of one event, and of
 * the body that carries them.
 *
 * Only what is written down somewhere is a limit here; the source stands
 * beside each.  "API" is the published OpenAPI description of revision
 * 2026-07-15 (klaviyo/openapi), "guide" a page of developers.klaviyo.com.
 * The service says KB and MB without saying of which kind, so the smaller
 * reading holds: 1 KB is 1000 bytes.
 *
 * The service documents no limit on the number or the nesting of a
 * profile's custom properties, nor on the length of one string in them,
 * short of the size of the whole (the figures of 400, 10 and 4000 in its
 * guides are those of events, which have them below).
 */

/* Characters of an e-mail address (guide "Profiles API overview").  RFC 5321
 * 4.5.3.1.3 would allow 254; this is the tighter one. */
#define KL_EMAIL_MAX 100
/* Octets of the part before the @ (RFC 5321, 4.5.3.1.1). */
#define KL_EMAIL_LOCAL_MAX 64
/* Octets of one label of a domain (RFC 1035, 2.3.4), and of the whole
 * (RFC 5321, 4.5.3.1.2: 255, of which an address of 254 leaves 252). */
#define KL_LABEL_MAX 63

/* Bytes of one profile as it is sent, {"type":"profile",...} (API,
 * create_or_update_profile and bulk_import_profiles: 100 KB). */
#define KL_PROFILE_MAX 100000

/* Degrees either way (what a coordinate is; the API types them as string or
 * number). */
#define KL_LATITUDE_MAX 90
#define KL_LONGITUDE_MAX 180

/* Characters of one subtag of a locale (BCP 47, 2.1). */
#define KL_SUBTAG_MAX 8

/* Bytes of a request's body before compression (guide "API overview": 5 MB
 * decompressed). */
#define KL_BODY_MAX 5000000
/* Profiles in one bulk import (API, bulk_import_profiles). */
#define KL_IMPORT_MAX 10000

/*
 * Events.  "event guide" is the page "Events API overview", where nothing
 * else is named; what it gives for one event is rejected or dropped after the
 * service has answered 202, so nobody hears of it.
 */

/* Members of properties. */
#define KL_EVENT_PROPERTIES_MAX 400
/* Elements of one array within them. */
#define KL_EVENT_ITEMS_MAX 4000
/* Objects and arrays in each other, properties being the first. */
#define KL_EVENT_DEPTH_MAX 10
/* Bytes of one string (100 KB), name or value; also API,
 * bulk_create_events. */
#define KL_EVENT_STRING_MAX 100000
/* Bytes of the event as it is sent without its profile (5 MB), and of the
 * profile (95 KB). */
#define KL_EVENT_MAX 5000000
#define KL_EVENT_PROFILE_MAX 95000
/* Characters of the name of a metric (API, create_event: less than 128) and
 * of a unique_id (API: 1 to 255). */
#define KL_METRIC_MAX 127
#define KL_UNIQUE_ID_MAX 255
/* Seconds since 1970 of the earliest time: 2000-01-01T00:00:00Z; and how far
 * from now the latest is: a year (of 365 days, the shorter reading). */
#define KL_EVENT_TIME_MIN 946684800
#define KL_EVENT_AHEAD_MAX (365 * 86400)

/* Characters of the identifier of a list, segment, metric or account (API,
 * examples; recorded answers). */
#define KL_LIST_ID_CHARS 6

#endif /* KL_LIMITS_H */
