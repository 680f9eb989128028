/* SPDX-License-Identifier: MIT */
#ifndef KL_LIMITS_H
#define KL_LIMITS_H

/*
 * kl/limits.h - the documented limits of one profile and of the body that
 * carries profiles.
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
 * guides are those of events).
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

/* Characters of the identifier of a list, segment, metric or account (API,
 * examples; recorded answers). */
#define KL_LIST_ID_CHARS 6

#endif /* KL_LIMITS_H */
