/* SPDX-License-Identifier: MIT */
#ifndef KL_POOL_H
#define KL_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/err.h"
#include "kl/lines.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/pool.h - several threads on one input, with the outcome of one.
 *
 * There is no thread that only reads or only writes: each takes a block of
 * whole records, works on it, waits until it is its turn, and puts out what
 * came of it.  So a block stays with one processor, reading and writing
 * overlap with the work of others, and what is ready waits for nothing.
 *
 * A pool only does what is without doubt.  Whatever it cannot do stays unread,
 * from the first record of the block concerned, for the caller to go on with
 * alone; so there is one place that decides what happens then.
 */

#define KL_THREADS 16 /* at most; our limit */

struct kl_pool {
	/* Make records ready, with nothing of other workers.  Sets b->lines.
	 * False: the block is not for a pool. */
	bool (*work)(void *worker, struct kl_block *b);
	/* Put out what came of it: in the order of the input, one worker at
	 * a time; lines came before.  False: nothing was put out, the block
	 * is not for a pool. */
	bool (*put)(void *worker, const struct kl_block *b, uint64_t lines);
	kl_lines_cut *cut; /* see kl_lines_block(); may be NULL */
	void *ctx;	   /* of cut */
};

/*
 * Run n workers, a thread each (the caller's is one of them), until the input
 * is used up or something is left for the caller.  Lines are counted on.  KL_OK
 * in either case, also where fewer threads could be made; KL_ENOMEM.
 */
enum kl_rc kl_pool_run(const struct kl_pool *how, struct kl_lines *in,
    void *const *worker, size_t n, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_POOL_H */
