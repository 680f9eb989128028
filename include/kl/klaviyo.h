/* SPDX-License-Identifier: MIT */
#ifndef KL_KLAVIYO_H
#define KL_KLAVIYO_H

#include <stdbool.h>

#include "kl/client.h"
#include "kl/err.h"
#include "kl/lists.h"
#include "kl/open.h"
#include "kl/record.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/klaviyo.h - Klaviyo for a program that has one thing to say: a profile
 * is upserted, an event tracked, a list read.
 *
 *	kl_client_open(&c, NULL, &err);		kl/open.h
 *	kl_record_text(&r, "email", address);	kl/record.h
 *	kl_profile_upsert(c, &r, NULL, &err);
 *	kl_client_free(c);			kl/client.h
 *
 * Each call waits for its final answer.  Rate limits are kept and failures
 * that may pass are tried again inside, until the patience of the client is
 * over: 15 minutes, unless client.patience or $KL_GIVE_UP_AFTER says less.
 * A program that has other things to do meanwhile gives client.stop.
 *
 * What can be judged here is judged before it is sent, by kl_profile_check()
 * and kl_event_check(): KL_EDATA or KL_ETOOBIG, err->field the member.  What
 * the service then refuses is KL_EREFUSED, KL_EACCESS for key and scopes;
 * what may work later is KL_ERETRY: every call here may be repeated with the
 * same record.  err->hint says what to do.
 *
 * A client and what was made with it belong to one thread at a time; two of
 * them share nothing, so threads have one each.  (libcurl must be 7.84 or
 * newer for two threads to open theirs at once.)  A program should ignore
 * SIGPIPE, as all do that hold connections.
 */

/* --- one profile ---------------------------------------------------------- */

#define KL_PROFILE_ID 64 /* bytes with the NUL; Klaviyo's ids have 26 */

/* What became of a profile. */
struct kl_upserted {
	char id[KL_PROFILE_ID]; /* the service's own */
	bool created;		/* else it was there and is updated */
};

/*
 * Create a profile, or update the one that has its e-mail address, phone
 * number or external id.  What the record leaves out, or has as null, stays
 * as it is; custom properties are merged name by name.  Consent is not
 * touched.  to may be NULL.  Scope profiles:write.
 *
 * Codes of refusals: duplicate_profile (its identifiers belong to two
 * profiles), email_invalid, phone_invalid, phone_region.
 */
enum kl_rc kl_profile_upsert(struct kl_client *c, struct kl_record *r,
    struct kl_upserted *to, struct kl_err *err);

/* The same from a profile record as JSON, such as kl-map and kl-pull write:
 * what only the service sets is left out. */
enum kl_rc kl_profile_upsert_json(struct kl_client *c, struct kl_span record,
    struct kl_upserted *to, struct kl_err *err);

/* --- one event ------------------------------------------------------------ */

/*
 * Record that somebody did something: "metric" (what, "Placed Order"),
 * "profile.email" or another identifier (who), "properties." of it, "value"
 * and "value_currency", "time".  The profile is created or updated too.
 * KL_OK says that the service has taken it: it is counted within minutes.
 * Scope events:write.
 *
 * The service counts an event once, by its "unique_id".  A record that has
 * none, or no "time", is given both: repeated with the same record, the call
 * is still the same event.
 */
enum kl_rc kl_event_track(struct kl_client *c, struct kl_record *r,
    struct kl_err *err);

/* The same from an event record as JSON.  Give it a unique_id if the call may
 * be repeated: one that is made here is not told. */
enum kl_rc kl_event_track_json(struct kl_client *c, struct kl_span record,
    struct kl_err *err);

/* --- a list --------------------------------------------------------------- */

struct kl_members; /* opaque; a walk over the members of one list */

/*
 * Begin to read the members of a list, by its id (kl_list_find() has it for
 * a name).  fields is a comma list of what is wanted, "email,location.city",
 * or NULL for everything that comes without asking; "subscriptions" and
 * "predictive_analytics" come only if asked for.  Nothing is requested yet.
 * c is borrowed until the walk is freed; other calls may be made with it in
 * between.  NULL only when out of memory.  Scopes lists:read, profiles:read.
 */
struct kl_members *kl_members_new(struct kl_client *c, const char *list,
    const char *fields);

/*
 * The next member, as a profile record with its id: JSON, a NUL after it.
 * Borrowed until the next call.  100 come in a request.
 *
 * KL_OK; KL_EOF after the last; KL_EREFUSED with code list_unknown, the hint
 * naming lists that there are; KL_EUSAGE for a field that Klaviyo does not
 * offer; or the failure of the request.  A failed walk fails again.  m may be
 * NULL: KL_ENOMEM.
 */
enum kl_rc kl_members_next(struct kl_members *m, struct kl_span *record,
    struct kl_err *err);

/*
 * A value of the member that came last, by its name ("email",
 * "location.city", "properties.Plan"): a string without quotes and escapes,
 * anything else as JSON.  NULL if it is absent or null.  Borrowed until the
 * next kl_members_next().
 */
const char *kl_members_text(struct kl_members *m, const char *name);

/* End the walk.  NULL is allowed. */
void kl_members_free(struct kl_members *m);

#ifdef __cplusplus
}
#endif

#endif /* KL_KLAVIYO_H */
