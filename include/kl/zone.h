/* SPDX-License-Identifier: MIT */
#ifndef KL_ZONE_H
#define KL_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/zone.h - the clocks of places, by their names in the database of the
 * IANA ("Europe/Berlin").
 *
 * The system's compiled files (TZif, RFC 8536, version 2 or newer) are read by
 * our own code: the zone of the process has no part in it, and any number of
 * zones are used side by side, by any thread.  Files with leap seconds are
 * refused: the service counts without.
 */

#define KL_ZONE_BYTES 65536 /* of a file; the largest today has 3.6 KB */
#define KL_ZONE_NAME 64	    /* bytes of a name; the longest today has 32 */

struct kl_zone; /* opaque; not changed by use */

/*
 * Open a zone by its name, in dir: NULL stands for $TZDIR and then
 * /usr/share/zoneinfo.  KL_OK; KL_ECONFIG with a hint, for what is no name of
 * a zone, or no zone there, or a file that is damaged; KL_ENOMEM.  Freeing
 * allows NULL.
 */
enum kl_rc kl_zone_open(struct kl_zone **to, struct kl_span name,
    const char *dir, struct kl_err *err);
void kl_zone_free(struct kl_zone *z);

/* The same from the bytes of a file. */
enum kl_rc kl_zone_read(struct kl_zone **to, const void *s, size_t n,
    struct kl_err *err);

/* How far its clocks are ahead of UTC, in seconds, at a time since 1970. */
int32_t kl_zone_at(const struct kl_zone *z, int64_t utc);

/* How often clocks show a time: twice in the hour that is set back, never in
 * the one that is left out. */
enum kl_zone_shown {
	KL_ZONE_ONCE,
	KL_ZONE_TWICE,
	KL_ZONE_NEVER
};

/*
 * The offset of a time that clocks there show, in seconds since 1970 as if it
 * were UTC.  Of two it is that of the first time they show it; where they never
 * do, that in force before they were set forward.
 */
enum kl_zone_shown kl_zone_local(const struct kl_zone *z, int64_t local,
    int32_t *offset);

#ifdef __cplusplus
}
#endif

#endif /* KL_ZONE_H */
