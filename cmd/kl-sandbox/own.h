/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_OWN_H
#define SANDBOX_OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * own.h - things that were made up and have changed since, by their number.
 *
 * What nobody has touched is computed whenever it is asked for; what has
 * changed is kept here.  Open addressing; nothing ever leaves.
 */
struct own_slot {
	void *thing; /* owned by the user of the table; NULL: free */
	uint32_t at;
};
struct own {
	struct own_slot *slot;
	size_t n, cap; /* a power of two */
};

/* NULL: it is as it was made up. */
void *own_get(const struct own *o, uint32_t at);
/* Keep a thing that is not kept yet.  False: memory. */
bool own_put(struct own *o, uint32_t at, void *thing);
/* Free the table, and each thing by its function. */
void own_free(struct own *o, void (*free_thing)(void *thing));

#endif /* SANDBOX_OWN_H */
