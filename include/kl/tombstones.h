/* SPDX-License-Identifier: MIT */
#ifndef KL_TOMBSTONES_H
#define KL_TOMBSTONES_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/digest.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/tombstones.h - who was forgotten and is not to be made again.
 *
 * A file of lines, readable by its owner alone, that is only ever added to.
 * It holds keyed digests, never an identifier: of each identifier a person
 * had, the digest that kl_row_key() makes of it.
 *
 *	{"tombstones":1,"hash":"32 hex digits"}
 *	{"forgotten":"32 hex digits","at":1795420800}
 *
 * The first line says by which secret: with another nobody would be
 * recognized, so that is refused.  at is in seconds since 1970.  An empty file
 * has nobody in it.  A last line without newline that is no tombstone was cut
 * off by a crash before its writer said it was written; anything else that is
 * no tombstone is KL_EDATA.
 *
 * A reader holds 64 bits of each digest: that a stranger has one of them is
 * as likely as guessing it.
 */

#define KL_TOMBSTONE 16 /* bytes of a digest: KL_ROW_DIGEST */
/* A reader takes 8 MiB for so many while it sorts them, then 4. */
#define KL_TOMBSTONES_MAX ((size_t)1 << 19)

struct kl_tombstones; /* opaque */

/*
 * Read them from fd, which stays the caller's; name is for messages.  KL_OK;
 * KL_EDATA naming the line; KL_ECONFIG (another secret); KL_ETOOBIG (over
 * KL_TOMBSTONES_MAX); KL_EIO; KL_ENOMEM.
 */
enum kl_rc kl_tombstones_read(struct kl_tombstones **to, int fd,
    const char *name, const struct kl_hash_key *hash, struct kl_err *err);

/* Whether it is the digest of an identifier of somebody forgotten. */
bool kl_tombstones_has(const struct kl_tombstones *t,
    const unsigned char digest[KL_TOMBSTONE]);

/* Free them.  NULL is allowed. */
void kl_tombstones_free(struct kl_tombstones *t);

/*
 * Add n digests, one behind the other, to the file at path, which is made,
 * 0600, if it is not there; what a crash cut off is taken away first.  When
 * it returns KL_OK they are on disk.  Another process that does the same is
 * waited for.  KL_ECREATE; KL_EDATA (not such a file); KL_ECONFIG (another
 * secret); KL_EIO; KL_ENOMEM.
 */
enum kl_rc kl_tombstones_append(const char *path,
    const struct kl_hash_key *hash, const unsigned char *digests, size_t n,
    struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_TOMBSTONES_H */
