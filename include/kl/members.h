/* SPDX-License-Identifier: MIT */
#ifndef KL_MEMBERS_H
#define KL_MEMBERS_H

#include "kl/endpoints.h"
#include "kl/err.h"
#include "kl/page.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/members.h - which fields of the members of a list to ask for.
 */

/*
 * Prepare a walk over the members of a list, 100 a page.  fields is a comma
 * list ("email,location.city"), NULL for all that come without asking; with
 * a comma list of "subscriptions" and "predictive_analytics", or NULL.  The
 * client and the list's id are the caller's to set.  KL_OK; KL_EUSAGE for a
 * field that Klaviyo does not offer, naming the nearest; KL_ENOMEM.
 */
enum kl_rc kl_members_walk(struct kl_pages *p, const char *fields,
    const char *with, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_MEMBERS_H */
