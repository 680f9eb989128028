/* SPDX-License-Identifier: MIT */
#ifndef KL_MEMBERSHIP_H
#define KL_MEMBERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/client.h"
#include "kl/err.h"
#include "kl/mirror.h"
#include "kl/page.h"
#include "kl/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/membership.h - people join and leave a list by the ids of their
 * profiles, and are looked at once more before they do.
 *
 * Each call waits; nothing else may be in flight.
 */

#define KL_RECHECK_MAX 100 /* people looked at with one call */
#define KL_CHANGE_MAX 1000 /* who join or leave with one request (API) */

/* What has become of somebody since the plan was made. */
enum kl_since {
	KL_SINCE_SAME,	   /* a member as then */
	KL_SINCE_LEFT,	   /* no member any more */
	KL_SINCE_REJOINED, /* a member, and joined again after that */
	KL_SINCE_EDITED,   /* has other identifiers: may be somebody else */
	KL_SINCE_GONE,	   /* there is no such profile */
	KL_SINCES,
};

/*
 * Look at n people, at most KL_RECHECK_MAX, who are to be removed: one request
 * for what they are called now, and one or two, as a rule, for whether those
 * are members.  since[i] becomes what is found of p[i].
 */
enum kl_rc kl_recheck_members(struct kl_client *c, struct kl_mirror *m,
    const char *list, const struct kl_plan_person *p, size_t n,
    enum kl_since *since, struct kl_err *err);

/* The same of people who are to be added: KL_SINCE_GONE, or else
 * KL_SINCE_LEFT; one request. */
enum kl_rc kl_recheck_profiles(struct kl_client *c, struct kl_mirror *m,
    const struct kl_plan_person *p, size_t n, enum kl_since *since,
    struct kl_err *err);

/* Prepare a walk over the members of a list, 100 a page, with these fields of
 * theirs, and only those whom the filter names (NULL: all). */
enum kl_rc kl_list_walk(struct kl_pages *p, struct kl_client *c,
    const char *list, const char *fields, const char *filter,
    struct kl_err *err);

/*
 * Everybody who is a member, joined at that time or later ("": at any), and is
 * wanted by m, to each(ctx), the last to join first; enough of them, if there
 * are more.
 */
enum kl_rc kl_joined_since(struct kl_client *c, struct kl_mirror *m,
    const char *list, const char *since, uint64_t enough,
    enum kl_rc (
	*each)(void *ctx, const struct kl_plan_person *p, struct kl_err *err),
    void *ctx, struct kl_err *err);

/* Whether the one time, as the service tells it, is after the other; "" is
 * before all others. */
bool kl_joined_after(const char *a, const char *b);

/*
 * Have n people, at most KL_CHANGE_MAX, leave the list (ep KL_EP_LIST_REMOVE)
 * or join it (KL_EP_LIST_ADD), with one request; as kl_client_call().
 */
enum kl_rc kl_list_change(struct kl_client *c, enum kl_ep ep, const char *list,
    const struct kl_plan_person *p, size_t n, struct kl_answer *answer,
    struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_MEMBERSHIP_H */
