/* SPDX-License-Identifier: MIT */
#ifndef KL_MERGE_H
#define KL_MERGE_H

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"
#include "kl/map.h"

/*
 * merge.h - several profile objects of one person become one.
 *
 * Member by member, later wins; the members of attributes, of its location,
 * of its properties and of its subscriptions (a channel each) one by one,
 * everything else whole.  A member stands where it first appeared.  Values are
 * copied as they were written.
 */

struct kl_merge_entry;

/* Scratch; all zero is ready for use. */
struct kl_merge {
	struct kl_json doc;
	struct kl_map names; /* parent and name: the entry */
	struct kl_buf text, key;
	struct kl_merge_entry *entry;
	uint32_t n, cap;
};

/* Begin with nothing. */
enum kl_rc kl_merge_start(struct kl_merge *m, struct kl_err *err);

/* Add an object; its bytes stay put until kl_merge_put(). */
enum kl_rc kl_merge_add(struct kl_merge *m, struct kl_span object,
    struct kl_err *err);

/* Append the result to b. */
void kl_merge_put(const struct kl_merge *m, struct kl_buf *b);

void kl_merge_free(struct kl_merge *m);

#endif /* KL_MERGE_H */
