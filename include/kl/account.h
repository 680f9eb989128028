/* SPDX-License-Identifier: MIT */
#ifndef KL_ACCOUNT_H
#define KL_ACCOUNT_H

#include "kl/buf.h"
#include "kl/client.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/account.h - whose key it is, and what it may do.
 */

/* Append the account of the key as a record (kl/flat.h). */
enum kl_rc kl_account_get(struct kl_client *c, struct kl_buf *b,
    struct kl_err *err);

enum kl_check_result {
	KL_CHECK_GOOD,
	KL_CHECK_BAD,	  /* err says why */
	KL_CHECK_UNTRIED, /* cannot be found out without a change */
};

/* One finding. */
struct kl_check {
	const char *name; /* "key", "lists:read", "list" */
	enum kl_check_result result;
	char text[400];	   /* a sentence for people */
	struct kl_err err; /* if bad */
};

/*
 * Try what the key may do, changing nothing: the key itself, the scopes that
 * reading proves, then the list (NULL: none).  Each finding goes to each();
 * a key that is refused ends it.  KL_OK however the findings are; else the
 * failure that kept them from being made (no connection, limit).
 */
enum kl_rc kl_account_check(struct kl_client *c, const char *list_id,
    const char *list_name,
    void (*each)(void *ctx, const struct kl_check *check), void *ctx,
    struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_ACCOUNT_H */
