/* SPDX-License-Identifier: MIT */
#ifndef KL_MAP_H
#define KL_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/map.h - a hash map from bytes to 64-bit numbers, for untrusted keys.
 *
 * The hash is keyed with random bytes (SipHash-1-3), so that nobody can send
 * keys that all fall together.  Keys are copied into the map; values are the
 * caller's: counts, indices.
 */

struct kl_map_slot;
struct kl_map_block;

/* All zero is an empty map. */
struct kl_map {
	struct kl_map_slot *slot;
	size_t n;   /* keys in it */
	size_t cap; /* slots, a power of two; at most 3/4 in use */
	uint64_t seed[2];
	struct kl_map_block *block; /* the keys' bytes */
};

/*
 * The place of the value for the key, created as 0 if it is new (*fresh,
 * which may be NULL, says so).  NULL when out of memory, the map being as it
 * was.  The place is valid until the next put, del or reset.
 */
uint64_t *kl_map_put(struct kl_map *m, const void *key, size_t n, bool *fresh);

/* The place of the value, valid as above, or NULL if the key is not there. */
uint64_t *kl_map_get(const struct kl_map *m, const void *key, size_t n);

/* Forget a key; its bytes stay allocated until reset or free.  A key that is
 * not there is no mistake. */
void kl_map_del(struct kl_map *m, const void *key, size_t n);

/* Make to, which is all zero, a map of the same keys and values.  False, to
 * being as it was, when out of memory. */
bool kl_map_copy(struct kl_map *to, const struct kl_map *from);

/* Forget all keys; the slots are kept for the next.  Free everything: the map
 * is then all zero. */
void kl_map_reset(struct kl_map *m);
void kl_map_free(struct kl_map *m);

#ifdef __cplusplus
}
#endif

#endif /* KL_MAP_H */
