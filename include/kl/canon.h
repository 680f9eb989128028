/* SPDX-License-Identifier: MIT */
#ifndef KL_CANON_H
#define KL_CANON_H

#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/canon.h - one spelling for JSON that says the same.
 *
 * Members are sorted by name at every level, white space is left out, and
 * strings have only the escapes they need.  Numbers stay as written, since
 * 1.0 and 1 are not the same to every reader, and so does the order of
 * arrays.  The order of members is that of the length of their names, then of
 * their bytes.
 */

struct kl_canon_name;

/* What is needed for it; all zero is ready for use. */
struct kl_canon {
	const uint32_t *skip; /* nodes that are left out, with their names; an
			       * element of an array leaves its place empty */
	size_t skips;
	struct kl_canon_name *name; /* owned: names of objects being written */
	size_t n, cap;
	struct kl_buf text; /* names that had escapes, rewritten */
};

/* Append node i of a scanned text.  Failures stick to the buffer. */
void kl_canon_put(struct kl_canon *c, struct kl_buf *to,
    const struct kl_json *doc, uint32_t i);

void kl_canon_free(struct kl_canon *c);

#ifdef __cplusplus
}
#endif

#endif /* KL_CANON_H */
