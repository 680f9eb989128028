/* SPDX-License-Identifier: MIT */
#ifndef KL_OPEN_H
#define KL_OPEN_H

#include <stdbool.h>

#include "kl/client.h"
#include "kl/config.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/open.h - a client out of what the user has set up already: the
 * environment, a configuration file, a file with the key.
 *
 *	kl_client_open(&c, NULL, &err);
 *
 * The places are those of the programs, see kl(7).  A program that keeps its
 * settings elsewhere calls kl_client_new(), which looks nowhere.
 */

/* Where to look first.  All zero, or NULL in its place, is the environment
 * alone.  Everything is borrowed for the call. */
struct kl_open {
	const char *config;	  /* a configuration file; NULL: $KL_CONFIG,
				   * else none */
	struct kl_config *loaded; /* or one that was read with its key, which
				   * is wiped in it; NULL: none */
	const char *key_file;	  /* NULL: $KL_KEY_FILE */
	const char *key_command;  /* for /bin/sh -c; at most 10 s */
	bool take_key;		  /* remove KLAVIYO_API_KEY from the
				   * environment: not with other threads */
	/* What is set here holds.  What is not comes from $KL_BASE_URL and the
	 * file; $KL_CACERT; $KL_TIMEOUT and $KL_GIVE_UP_AFTER ("30s", "15m");
	 * $KL_MAX_RATE ("50%").  The account's limits are shared with the
	 * user's other programs.
	 * A key here is used as it is, and no other is looked for. */
	struct kl_client_opts client;
};

/*
 * Open a client.  The key is the first of: client.key, key_file, key_command,
 * $CREDENTIALS_DIRECTORY/klaviyo-api-key, $KLAVIYO_API_KEY, the file's
 * klaviyo.api_key.  No request is made.
 *
 * KL_OK; KL_ECONFIG for no key (code key_missing), a key that others can
 * read, a file or base URL that cannot be; KL_EUSAGE for a variable that
 * makes no sense, which is named; KL_ENOINPUT; KL_ENOMEM.
 */
enum kl_rc kl_client_open(struct kl_client **to, const struct kl_open *from,
    struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_OPEN_H */
