/* SPDX-License-Identifier: MIT */
#ifndef STATE_SORT_H
#define STATE_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql.h"

/*
 * sort.h - sort more than fits into memory.
 *
 * Records of 64 bytes are compared as bytes.  What does not fit into
 * 512 KiB goes to a temporary file in sorted runs, all of which are merged at
 * once: each has its share of the same 512 KiB.  So memory stays what it is
 * up to 8,192 runs, 67 million records; more are KL_ETOOBIG.  SQLite's sorter
 * needs a page for each run.
 */

#define KL_SORT_RECORD 64

struct kl_sort; /* opaque */

enum kl_rc kl_sort_new(struct kl_sort **to, struct kl_err *err);
void kl_sort_free(struct kl_sort *s);

/* Add a record of n bytes, zeros after them. */
enum kl_rc kl_sort_add(struct kl_sort *s, const void *rec, size_t n,
    struct kl_err *err);

/* The next record in order, after the last was added; valid until the next
 * call.  KL_EOF after the last. */
enum kl_rc kl_sort_next(struct kl_sort *s, const unsigned char **rec,
    struct kl_err *err);

/*
 * A sort of what a query gives.  Each letter of the layout packs a column: d
 * a digest, v a digest or null, and a byte that is 1 if it is null; i an
 * integer, j an integer in descending order, eight bytes each.
 */
enum kl_rc kl_sort_query(struct kl_sort **to, struct kl_sql *q, const char *sql,
    const char *layout, struct kl_err *err);

/* The integer packed as i; as j. */
void kl_sort_put(unsigned char *to, int64_t v);
int64_t kl_sort_int(const unsigned char *p);
int64_t kl_sort_down(const unsigned char *p);

/* A temporary file without a name, where SQLite makes its own, or -1. */
int kl_temp(void);

#endif /* STATE_SORT_H */
