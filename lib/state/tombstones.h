/* SPDX-License-Identifier: MIT */
#ifndef STATE_TOMBSTONES_H
#define STATE_TOMBSTONES_H

#include "kl/tombstones.h"

/* tombstones.h - what reading and adding share. */

/* What the first line says of the secret; that it is another. */
void kl_tombstones_hash(const struct kl_hash_key *hash,
    unsigned char digest[KL_TOMBSTONE]);
enum kl_rc kl_tombstones_other(const char *name, struct kl_err *err);

#endif /* STATE_TOMBSTONES_H */
