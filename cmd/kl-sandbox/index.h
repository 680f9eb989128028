/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_INDEX_H
#define SANDBOX_INDEX_H

#include "store.h"

/*
 * index.h - who has an identifier.  The identifier itself stays in the
 * profile; the index holds a hash of it and the profile's number.
 */

/* The hash of an identifier; e-mail addresses are folded to lower case. */
uint32_t index_hash(enum key k, struct kl_span json, uint64_t seed);
/* Equal, as the identifier is compared. */
bool index_same(enum key k, struct kl_span a, struct kl_span b);

/* Go through the profiles with this hash: start with *i = SIZE_MAX; NONE at
 * the end. */
uint32_t index_next(const struct index *ix, uint32_t hash, size_t *i);
bool index_put(struct index *ix, uint32_t hash, uint32_t at);
void index_del(struct index *ix, uint32_t hash, uint32_t at);

#endif /* SANDBOX_INDEX_H */
