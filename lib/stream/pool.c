/* SPDX-License-Identifier: MIT */
/* pool.c - several threads on one input, with the outcome of one. */

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "kl/pool.h"

struct pool {
	const struct kl_pool *how;
	struct kl_lines *in;
	int wake[2]; /* a byte here ends a wait for input */

	pthread_mutex_t reading;
	uint64_t taken; /* blocks so far */
	bool ended;	/* take no more */
	enum kl_rc rc;	/* of taking them */
	struct kl_err err;

	pthread_mutex_t order;
	pthread_cond_t turn_came;
	uint64_t turn;	/* number of the block that may be put out */
	uint64_t lines; /* put out so far */
	bool over;	/* put out no more */
};

/* A thread of it. */
struct hand {
	struct pool *p;
	void *worker;
	pthread_t thread;
	struct kl_block block;
	uint64_t number; /* of the block */
	bool left;	 /* the block was not put out */
};

/* Take the next block; false if there is none. */
static bool
take(struct hand *h)
{
	struct pool *p = h->p;
	bool taken = false;
	enum kl_rc rc;

	(void)pthread_mutex_lock(&p->reading);
	if (!p->ended) {
		rc = kl_lines_block(p->in, &h->block, p->wake[0], p->how->cut,
		    p->how->ctx, &p->err);
		taken = rc == KL_OK;
		p->ended = !taken;
		if (rc == KL_ENOMEM)
			p->rc = rc;
		if (taken)
			h->number = p->taken++;
	}
	(void)pthread_mutex_unlock(&p->reading);
	return taken;
}

/* End the pool: whoever waits for input gets up. */
static void
end(struct pool *p)
{
	(void)!write(p->wake[1], "", 1);
	(void)pthread_mutex_lock(&p->reading);
	p->ended = true;
	(void)pthread_mutex_unlock(&p->reading);
}

/* Put the block out when its turn has come; false if the pool is over. */
static bool
put(struct hand *h, bool good)
{
	struct pool *p = h->p;
	bool over;

	(void)pthread_mutex_lock(&p->order);
	while (p->turn != h->number)
		(void)pthread_cond_wait(&p->turn_came, &p->order);
	over = p->over;
	(void)pthread_mutex_unlock(&p->order);

	/* Nobody else comes here until the turn moves on. */
	h->left = over || !good || !p->how->put(h->worker, &h->block, p->lines);
	if (!h->left)
		p->lines += h->block.lines;

	(void)pthread_mutex_lock(&p->order);
	p->over = h->left;
	p->turn++;
	(void)pthread_cond_broadcast(&p->turn_came);
	(void)pthread_mutex_unlock(&p->order);
	if (h->left && !over)
		end(p);
	return !h->left;
}

static void *
run(void *ctx)
{
	struct hand *h = ctx;

	while (take(h) && put(h, h->p->how->work(h->worker, &h->block)))
		;
	return NULL;
}

/* Put back what was left, the last block first. */
static enum kl_rc
put_back(struct pool *p, struct hand *hand, size_t n, struct kl_err *err)
{
	enum kl_rc rc = p->rc;

	if (rc != KL_OK)
		*err = p->err;
	for (uint64_t number = p->taken; number-- > 0 && rc == KL_OK;) {
		size_t i = 0;

		while (i < n && (!hand[i].left || hand[i].number != number))
			i++;
		if (i == n)
			break;
		rc = kl_lines_unblock(p->in, &hand[i].block, err);
	}
	kl_lines_count(p->in, p->lines);
	return rc;
}

/* Threads for all workers but the first, which is ours. */
static size_t
start(struct hand *hand, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (pthread_create(&hand[i].thread, NULL, run, &hand[i]) != 0)
			break;
	return i;
}

enum kl_rc
kl_pool_run(const struct kl_pool *how, struct kl_lines *in, void *const *worker,
    size_t n, struct kl_err *err)
{
	struct pool p = { .how = how,
		.in = in,
		.reading = PTHREAD_MUTEX_INITIALIZER,
		.order = PTHREAD_MUTEX_INITIALIZER,
		.turn_came = PTHREAD_COND_INITIALIZER,
		.lines = kl_lines_counted(in) };
	struct hand hand[KL_THREADS] = { 0 };
	enum kl_rc rc;
	size_t i, started;

	if (n > KL_THREADS)
		n = KL_THREADS;
	/* Without a descriptor for it there is no pool. */
	if (n == 0 || pipe2(p.wake, O_CLOEXEC) != 0)
		return KL_OK;
	for (i = 0; i < n; i++)
		hand[i] = (struct hand){ .p = &p, .worker = worker[i] };
	started = start(hand, n);
	(void)run(&hand[0]);
	for (i = 1; i < started; i++)
		(void)pthread_join(hand[i].thread, NULL);
	rc = put_back(&p, hand, started, err);
	for (i = 0; i < n; i++)
		kl_block_free(&hand[i].block);
	(void)close(p.wake[0]);
	(void)close(p.wake[1]);
	return rc;
}
