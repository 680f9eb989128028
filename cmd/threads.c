/* SPDX-License-Identifier: MIT */
/* threads.c - a filter's records by several threads. */

#include <stdlib.h>
#include <unistd.h>

#include "kl/pool.h"
#include "threads.h"

/* One thread alone does the first records: they decide what the others do (a
 * header, columns), and less than that is not worth a thread.  Each time that
 * something turns up which is for one thread, it goes on for twice as long. */
#define ALONE ((uint64_t)KL_BLOCK)
#define ALONE_MAX ((uint64_t)1 << 40)
#define WORTH ((uint64_t)4 * KL_BLOCK) /* of a file, whose size is known */

/* What may become of a block; more than that is for one thread, which keeps
 * nothing. */
#define MUCH ((size_t)16 << 20)

static uint64_t threads = 1;

const struct kl_opt cmd_thread_opts[] = {
	{ 0, "threads", "N", "work on N blocks at once (1), in order",
	    KL_OPT_UINT, KL_ENV_COMMON, &threads, 1, KL_THREADS, NULL },
	{ 0 },
};

struct crew {
	struct cmd_filter *f;
	const struct cmd_work *work;
	void *ctx;
	struct kl_err err; /* the rejects could not be written */
};

/* A thread's own. */
struct worker {
	struct crew *crew;
	struct cmd_filter f;
	void *ctx;
	struct kl_buf aside; /* lines of rejects */
};

static void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	if (w->ctx != NULL)
		w->crew->work->free(w->ctx);
	kl_lines_free(w->f.in);
	kl_out_free(w->f.out);
	kl_json_free(&w->f.doc);
	kl_buf_free(&w->f.raw);
	kl_buf_free(&w->aside);
	free(w);
}

static struct worker *
worker_new(struct crew *crew)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->crew = crew;
	w->aside.max = MUCH;
	w->f.in = kl_lines_new_block(0);
	w->f.out = kl_out_new_memory(MUCH);
	w->f.rejects = crew->f->rejects;
	w->f.aside = &w->aside;
	w->f.strict = kl_rejects_room(crew->f->rejects) == 0;
	if (w->f.in != NULL && w->f.out != NULL)
		w->ctx = crew->work->copy(crew->ctx, &w->f);
	if (w->ctx == NULL) {
		worker_free(w);
		return NULL;
	}
	return w;
}

static bool
work_on(void *ctx, struct kl_block *b)
{
	struct worker *w = ctx;
	struct kl_err err;
	enum kl_rc rc;

	kl_buf_reset(&w->aside);
	kl_out_reset(w->f.out);
	cmd_filter_uncount(&w->f);
	kl_lines_of_block(w->f.in, b);
	rc = w->crew->work->run(w->ctx, &w->f, &err);
	b->lines = kl_lines_counted(w->f.in);
	return rc == KL_OK || rc == KL_EOF;
}

static bool
put_out(void *ctx, const struct kl_block *b, uint64_t lines)
{
	struct worker *w = ctx;
	struct crew *crew = w->crew;
	struct cmd_filter *f = crew->f;
	struct kl_span s;

	if (crew->err.rc != KL_OK ||
	    (crew->work->settle != NULL &&
		!crew->work->settle(crew->ctx, w->ctx, &w->f, b, lines)) ||
	    w->f.tally.count[KL_REJECTED] > kl_rejects_room(f->rejects))
		return false;
	/* What cannot be written is found out again, and said, by whoever goes
	 * on. */
	s = kl_out_gathered(w->f.out);
	if (kl_out_through(f->out, s.s, s.n, NULL) != KL_OK)
		return false;
	(void)kl_rejects_add(f->rejects, w->aside.s, w->aside.n, lines,
	    &crew->err);
	cmd_filter_count(f, &w->f);
	if (crew->work->add != NULL)
		crew->work->add(crew->ctx, w->ctx, lines);
	kl_progress_tick(f->bar, f->tally.read, b->offset + b->n);
	return true;
}

/* The records from where they are on, as far as a pool can. */
static enum kl_rc
by_pool(struct crew *crew, struct kl_err *err)
{
	const struct kl_pool how = { .work = work_on,
		.put = put_out,
		.cut = crew->work->cut,
		.ctx = crew->work->cut_ctx };
	void *worker[KL_THREADS];
	enum kl_rc rc;
	size_t n = 0;

	while (n < threads && (worker[n] = worker_new(crew)) != NULL)
		n++;
	rc = n < threads ? kl_err_nomem(err)
			 : kl_pool_run(&how, crew->f->in, worker, n, err);
	while (n > 0)
		worker_free(worker[--n]);
	return rc;
}

/* True if threads were asked for and can be of use.  With -u every record is
 * a write of its own, and whoever types waits for nobody. */
static bool
pays(const struct cmd_filter *f)
{
	uint64_t size = kl_lines_size(f->in);

	return threads > 1 && !f->unbuffered && !isatty(f->fd) &&
	    (size == 0 || size >= WORTH);
}

enum kl_rc
cmd_threads_run(struct cmd_filter *f, const struct cmd_work *work, void *ctx,
    struct kl_err *err)
{
	struct crew crew = { .f = f, .work = work, .ctx = ctx };
	uint64_t alone = ALONE;
	enum kl_rc rc;

	if (!pays(f))
		return work->run(ctx, f, err);
	for (;;) {
		f->pause_at = kl_lines_done(f->in) + alone;
		f->paused = false;
		rc = work->run(ctx, f, err);
		if ((rc != KL_OK && rc != KL_EOF) || !f->paused)
			return rc;
		if ((rc = kl_out_flush(f->out, err)) != KL_OK ||
		    (rc = by_pool(&crew, err)) != KL_OK)
			return rc;
		if (crew.err.rc != KL_OK) {
			*err = crew.err;
			return err->rc;
		}
		if (alone < ALONE_MAX)
			alone *= 2;
	}
}
