/* SPDX-License-Identifier: MIT */
#ifndef KL_FILE_H
#define KL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/file.h - what descriptors of files are asked for everywhere.
 */

/* Write all n bytes of s, however many calls that takes and whatever signals
 * come between.  False, and errno, if some could not be. */
bool kl_write_all(int fd, const void *s, size_t n);

/* A temporary file, 0600, made beside near under a name that is gone at once:
 * it ends with its last descriptor, which programs that are started do not
 * get.  -1, and errno (ENAMETOOLONG above some 4,000 bytes). */
int kl_temp_beside(const char *near);

/*
 * What is written under another name and then renamed takes the place of what
 * had the name.  KL_ECREATE if that is neither nothing nor a regular file: a
 * device (/dev/null, /dev/stdout) would be gone from the machine if the user
 * may do that, and a link would no longer lead anywhere.
 */
enum kl_rc kl_may_replace(const char *path, struct kl_err *err);

/*
 * A file written whole, or not at all: what is written is in a file without a
 * name, 0600, until kl_replace_commit() puts it in its place.  Who is killed
 * before that leaves what was there, and nothing else.  On a file system that
 * has no such files (NFS) it stands beside it under another name meanwhile,
 * and who is killed leaves PATH.??????.tmp.
 */
struct kl_replace; /* opaque */

/* Begin one.  *to is NULL on failure: KL_ECREATE (kl_may_replace() refuses,
 * or there is no such folder), KL_ENOMEM.  path is copied. */
enum kl_rc kl_replace_new(struct kl_replace **to, const char *path,
    struct kl_err *err);

/* The descriptor to write to; it stays the replacement's to close. */
int kl_replace_fd(const struct kl_replace *r);

/* All was written: it is synced, takes the place of what has the name, and the
 * folder is synced.  KL_EIO, KL_ECREATE: what was there is there.  Frees r in
 * either case. */
enum kl_rc kl_replace_commit(struct kl_replace *r, struct kl_err *err);

/* Give it up: nothing is left of it, and what was there is there.  NULL is
 * allowed. */
void kl_replace_drop(struct kl_replace *r);

/* Make the name of a file that was just made last: its folder is synced.  A
 * file system that cannot is no failure. */
void kl_sync_name(const char *path);

#ifdef __cplusplus
}
#endif

#endif /* KL_FILE_H */
