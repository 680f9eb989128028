/* SPDX-License-Identifier: MIT */
#ifndef KL_LISTS_H
#define KL_LISTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/client.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/lists.h - find a list, by its id or its name.
 */

#define KL_LIST_ID 64 /* bytes with the NUL; Klaviyo's ids have 6 */

/* What becomes of who is subscribed to a list. */
enum kl_opt_in {
	KL_OPT_IN_UNSAID, /* what is the account's default */
	KL_OPT_IN_SINGLE, /* they are subscribed */
	KL_OPT_IN_DOUBLE, /* they are asked by mail first */
};

struct kl_list {
	char id[KL_LIST_ID];
	char name[256]; /* cut on a character boundary; may be empty */
	enum kl_opt_in opt_in;
};

/*
 * Ask the service for a list by id or by name (exactly one; the other NULL).
 * Waits; nothing else may be in flight.
 *
 * KL_OK; KL_EREFUSED (code list_unknown) if there is none, the hint naming
 * lists the key can see, as many as fit; KL_EUSAGE (code list_ambiguous) if
 * several have that name, the hint naming their ids; or what the call failed
 * with.
 */
enum kl_rc kl_list_find(struct kl_client *c, const char *id, const char *name,
    struct kl_list *list, struct kl_err *err);

/*
 * Append the lists the key can see, a line each, "ID  NAME", control
 * characters made visible; at most max, and a line that says how many more.
 */
enum kl_rc kl_lists_text(struct kl_client *c, struct kl_buf *b, unsigned max,
    struct kl_err *err);

/* The profile_count of a list, which may lag.  An endpoint with 1 request a
 * second: ask once. */
enum kl_rc kl_list_count(struct kl_client *c, const char *id, uint64_t *count,
    struct kl_err *err);

/* The same of a list or a segment; once: one attempt, and none if it would
 * have to wait for two seconds (KL_ERETRY). */
enum kl_rc kl_members_count(struct kl_client *c, bool segment, const char *id,
    bool once, uint64_t *count, struct kl_err *err);

/* True if s can be an id: letters, digits, "-", "_"; not over the limit. */
bool kl_list_id_valid(const char *s);

#ifdef __cplusplus
}
#endif

#endif /* KL_LISTS_H */
