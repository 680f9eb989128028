/* SPDX-License-Identifier: MIT */
#ifndef CMD_THREADS_H
#define CMD_THREADS_H

#include "filter.h"

/*
 * cmd/threads.h - a filter's records by several threads (--threads N).
 *
 * What comes out is what one thread makes, byte for byte: records, rejects,
 * counts, warnings, exit status, and where the run ends.  So a program has one
 * loop and one place where it says what is wrong; each thread runs that loop
 * on blocks of the input, with a filter and a context of its own, and only
 * what cannot end the run is taken from there.  A block that could is left to
 * the program's own loop, alone.
 */

/* Option row: --threads. */
extern const struct kl_opt cmd_thread_opts[];

/* What a program does.  A context is whatever it needs for a record. */
struct cmd_work {
	/* The loop: all records of f->in to f->out.  KL_OK or KL_EOF at the
	 * end, or what ended the run. */
	enum kl_rc (*run)(void *ctx, struct cmd_filter *f, struct kl_err *err);

	/* Another context that does the same to records from anywhere in the
	 * input of f, which is a thread's own.  NULL: out of memory. */
	void *(*copy)(void *ctx, struct cmd_filter *f);
	void (*free)(void *copy);

	/*
	 * In order of the input: settle what a copy could not know of the
	 * records before its own, which lines came before; f holds what the
	 * copy made of the block b.  False: the records are for ctx.  Then,
	 * once they are put out, add what the copy counted to ctx; the copy
	 * counts from nothing again.  Either may be NULL.
	 */
	bool (*settle)(void *ctx, void *copy, struct cmd_filter *f,
	    const struct kl_block *b, uint64_t lines);
	void (*add)(void *ctx, void *copy, uint64_t lines);

	kl_lines_cut *cut; /* where records end; NULL: where lines do */
	void *cut_ctx;
};

/* Run the loop, with threads where they were asked for and pay. */
enum kl_rc cmd_threads_run(struct cmd_filter *f, const struct cmd_work *work,
    void *ctx, struct kl_err *err);

#endif /* CMD_THREADS_H */
