/* SPDX-License-Identifier: MIT */
#ifndef CMD_WHOSE_H
#define CMD_WHOSE_H

#include "kl/client.h"
#include "kl/config.h"

/* cmd/whose.h - whose key it is. */

#define CMD_ACCOUNT 16 /* bytes of an account's id, with the NUL */

/*
 * Ask for the account of the key; to is empty if the key may not know it.
 * KL_ECONFIG if klaviyo.account of the configuration is another; the failure
 * of the request.
 */
enum kl_rc cmd_whose(struct kl_client *client, const struct kl_config *config,
    char to[CMD_ACCOUNT], struct kl_err *err);

#endif /* CMD_WHOSE_H */
