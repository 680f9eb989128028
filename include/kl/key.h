/* SPDX-License-Identifier: MIT */
#ifndef KL_KEY_H
#define KL_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/key.h - where the API key comes from.
 *
 * Never from the command line, which others can see.  The key is in no
 * message of any function here.
 */

#define KL_KEY_MAX 255 /* bytes; Klaviyo's have about 40 */

/* A private key.  Wipe it as soon as the client has it. */
struct kl_key {
	char text[KL_KEY_MAX + 1];
	const char *from; /* what it was read from, for messages */
};

/* Sources, in this order; NULL where not given. */
struct kl_key_from {
	const char *file;    /* a path */
	const char *command; /* for /bin/sh -c; at most 10 s */
	/* then $CREDENTIALS_DIRECTORY/klaviyo-api-key, KLAVIYO_API_KEY */
	const char *config;	 /* the value in a configuration file */
	const char *config_path; /* and that file's name */
	bool keep_variable;	 /* leave KLAVIYO_API_KEY where it is */
};

/*
 * Read the key from the first source there is.  White space around it is
 * dropped.  KLAVIYO_API_KEY is taken out of the environment and overwritten,
 * whichever source was used, so that no child sees it; unless it is to be
 * kept, because other threads may be reading the environment, or another
 * client is to be made.
 *
 * KL_OK; KL_ECONFIG for no source, for a file of ours that others may read
 * (path, mode and the chmod that helps are named), for a command that fails,
 * and for what is no key; KL_ENOINPUT for a file that cannot be read;
 * KL_ENOMEM.
 */
enum kl_rc kl_key_load(struct kl_key *key, const struct kl_key_from *from,
    struct kl_err *err);

/* Refuse a file of ours that holds a key and that group or others can read.
 * KL_OK, KL_ECONFIG, KL_ENOINPUT. */
enum kl_rc kl_key_file_check(const char *path, struct kl_err *err);

/* Overwrite it. */
void kl_key_wipe(struct kl_key *key);

#ifdef __cplusplus
}
#endif

#endif /* KL_KEY_H */
