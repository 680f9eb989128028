/* SPDX-License-Identifier: MIT */
#ifndef QUOTA_H
#define QUOTA_H

#include <stdbool.h>
#include <stddef.h>

#include "bucket.h"

/*
 * quota.h - a file of buckets that several processes map and lock.
 *
 * The lock is a robust mutex in the file: the kernel frees it when its holder
 * dies, and what the holder leaves behind is valid (bucket.h).  A mutex out
 * of a damaged file could block for ever, so locking has a limit in time, and
 * a file of an earlier boot, whose holder no kernel knows any more, is made
 * anew.
 */

#define QUOTA_BOOT 40 /* bytes of a boot id, the NUL included */
#define QUOTA_FOLDER 4096

/* What a file begins with; quota_head_good() tells whether it may be used. */
struct quota_head {
	char magic[8];
	uint32_t version;
	uint32_t buckets;
	uint64_t bytes;
	char boot[QUOTA_BOOT];
	uint64_t sum; /* of all above */
};

/* Why a file is not used as it is; NULL: it may be.  n are the bytes there
 * are; old: it is of an earlier boot. */
const char *quota_head_fault(const void *s, size_t n, unsigned buckets,
    const char boot[QUOTA_BOOT], bool *old);

struct quota; /* an open file */

enum kl_rc quota_open(struct quota **to, const char *name, unsigned buckets,
    struct kl_err *note, struct kl_err *err);
void quota_free(struct quota *q);

/* Its buckets, locked; NULL if that cannot be: q is of no more use. */
struct bucket *quota_lock(struct quota *q);
void quota_unlock(struct quota *q);

/* The word kept beside; valid while locked. */
char *quota_word(struct quota *q);

/* False if the file has lost its name: whoever comes now uses another. */
bool quota_named(const struct quota *q);

#endif /* QUOTA_H */
