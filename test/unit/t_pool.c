/* SPDX-License-Identifier: MIT */
/* t_pool.c - blocks of lines, and several threads on them. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "files.h"
#include "kl/buf.h"
#include "kl/pool.h"
#include "ok.h"

#define LINES 200000

static struct kl_err err;

/* Numbers, a line each. */
static void
numbers(struct kl_buf *b)
{
	for (int i = 1; i <= LINES; i++)
		kl_buf_printf(b, "%d\n", i);
}

/* --- blocks --------------------------------------------------------------- */

static void
blocks(void)
{
	static const char text[] = "one\ntwo\nthree";
	int fd = file_of(text, sizeof(text) - 1);
	struct kl_lines *in = kl_lines_new(fd, 0), *lines;
	struct kl_block b = { 0 };
	struct kl_line l;

	ok(kl_lines_next(in, &l, &err) == KL_OK, "a line by itself");
	ok(kl_lines_block(in, &b, -1, NULL, NULL, &err) == KL_OK &&
		b.offset == 4,
	    "then what is there, from its offset on");
	isn(b.s, b.n, "two\n", "whole lines");
	ok(kl_lines_unblock(in, &b, &err) == KL_OK && kl_lines_done(in) == 4,
	    "which can be put back");
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.no == 2 && l.offset == 4,
	    "to be read as a line");
	isn(l.s, l.n, "two", "which it is");
	ok(kl_lines_block(in, &b, -1, NULL, NULL, &err) == KL_OK,
	    "a last line that has no newline");
	isn(b.s, b.n, "three", "is a block too");
	ok(kl_lines_block(in, &b, -1, NULL, NULL, &err) == KL_EOF, "the end");

	lines = kl_lines_new_block(4);
	b.s = b.mem;
	b.n = 0;
	kl_lines_of_block(lines, &b);
	ok(kl_lines_next(lines, &l, &err) == KL_EOF, "an empty block");
	memcpy(b.mem, "a\nlonger\nb", b.n = 10);
	b.offset = 100;
	kl_lines_of_block(lines, &b);
	ok(kl_lines_next(lines, &l, &err) == KL_OK && l.no == 1 &&
		l.offset == 100 && l.eol,
	    "lines of a block are counted from 1, offsets are of the input");
	ok(kl_lines_next(lines, &l, &err) == KL_ETOOBIG && l.n == 6 &&
		l.s == NULL && l.no == 2,
	    "a line over the limit");
	ok(kl_lines_next(lines, &l, &err) == KL_OK && !l.eol && l.n == 1,
	    "a last one without its newline");
	ok(kl_lines_next(lines, &l, &err) == KL_EOF &&
		kl_lines_counted(lines) == 3,
	    "three in all");
	kl_lines_free(lines);
	kl_block_free(&b);
	kl_lines_free(in);
	(void)close(fd);
}

static void
overlong(void)
{
	static const char text[] = "ab\nfar too long\nc\n";
	int fd = file_of(text, sizeof(text) - 1);
	struct kl_lines *in = kl_lines_new(fd, 4);
	struct kl_block b = { 0 };
	int p[2];

	ok(kl_lines_block(in, &b, -1, NULL, NULL, &err) == KL_OK &&
		b.n == sizeof(text) - 1,
	    "a line over the limit that is there goes with the others");
	kl_lines_free(in);
	(void)close(fd);

	if (pipe(p) != 0 || write(p[1], "no newline yet", 14) != 14)
		exit(2);
	in = kl_lines_new(p[0], 4);
	ok(kl_lines_block(in, &b, -1, NULL, NULL, &err) == KL_AGAIN,
	    "one whose end is not there is for the other way to read");
	kl_lines_free(in);
	(void)close(p[0]);
	(void)close(p[1]);
	kl_block_free(&b);
}

/* --- threads -------------------------------------------------------------- */

struct shared {
	struct kl_buf out;
	uint64_t refuse; /* the block with this line is not for a pool */
};

struct worker {
	struct shared *to;
	struct kl_lines *lines;
	struct kl_buf out;
	bool refused;
};

static bool
work(void *ctx, struct kl_block *b)
{
	struct worker *w = ctx;
	struct kl_line l;
	char want[24];

	(void)snprintf(want, sizeof(want), "%llu",
	    (unsigned long long)w->to->refuse);
	kl_buf_reset(&w->out);
	kl_lines_of_block(w->lines, b);
	w->refused = false;
	while (kl_lines_next(w->lines, &l, &err) == KL_OK) {
		if (l.n == strlen(want) && memcmp(l.s, want, l.n) == 0)
			w->refused = true;
		kl_buf_put(&w->out, l.s, l.n);
		kl_buf_putc(&w->out, '\n');
	}
	b->lines = kl_lines_counted(w->lines);
	return true;
}

/* The first line of a block is the number of lines before it, plus one. */
static bool
put(void *ctx, const struct kl_block *b, uint64_t lines)
{
	struct worker *w = ctx;

	if (w->refused)
		return false;
	if (strtoull(b->s, NULL, 10) != lines + 1)
		ok(0, "lines are counted");
	kl_buf_put(&w->to->out, w->out.s, w->out.n);
	return true;
}

static const struct kl_pool pool = { .work = work, .put = put };

static enum kl_rc
run(struct kl_lines *in, struct shared *to, size_t n)
{
	struct worker w[KL_THREADS] = { 0 };
	void *each[KL_THREADS];
	enum kl_rc rc;
	size_t i;

	for (i = 0; i < n; i++) {
		w[i].to = to;
		w[i].lines = kl_lines_new_block(0);
		each[i] = &w[i];
	}
	rc = kl_pool_run(&pool, in, each, n, &err);
	for (i = 0; i < n; i++) {
		kl_lines_free(w[i].lines);
		kl_buf_free(&w[i].out);
	}
	return rc;
}

static void
in_order(const struct kl_buf *all)
{
	for (size_t n = 1; n <= KL_THREADS; n = n * 2 + 1) {
		int fd = file_of(all->s, all->n);
		struct kl_lines *in = kl_lines_new(fd, 0);
		struct shared to = { .refuse = 0 };
		struct kl_line l;

		ok(run(in, &to, n) == KL_OK, "threads come to the end");
		ok(to.out.n == all->n && memcmp(to.out.s, all->s, all->n) == 0,
		    "what they make is in order");
		ok(kl_lines_next(in, &l, &err) == KL_EOF &&
			kl_lines_counted(in) == LINES,
		    "all lines are counted, none is left");
		kl_buf_free(&to.out);
		kl_lines_free(in);
		(void)close(fd);
	}
}

/* A block is refused: it and all after it are there to be read. */
static void
refused(const struct kl_buf *all)
{
	for (uint64_t line = 1; line < LINES; line += 39999) {
		int fd = file_of(all->s, all->n);
		struct kl_lines *in = kl_lines_new(fd, 0);
		struct shared to = { .refuse = line };
		struct kl_line l;
		uint64_t before;
		bool same = true;

		ok(run(in, &to, 4) == KL_OK, "a block is refused");
		before = kl_lines_counted(in);
		ok(before < line, "before its line");
		while (kl_lines_next(in, &l, &err) == KL_OK) {
			same &= l.no == strtoull(l.s, NULL, 10) &&
			    l.offset == to.out.n;
			kl_buf_put(&to.out, l.s, l.n);
			kl_buf_putc(&to.out, '\n');
		}
		ok(same, "numbers and offsets of the rest are right");
		ok(to.out.n == all->n && memcmp(to.out.s, all->s, all->n) == 0,
		    "together it is all there was");
		kl_buf_free(&to.out);
		kl_lines_free(in);
		(void)close(fd);
	}
}

/* Nobody waits for input that is not coming. */
static void
woken(void)
{
	struct shared to = { .refuse = 1 };
	struct kl_lines *in;
	struct kl_line l;
	int p[2];

	if (pipe(p) != 0 || write(p[1], "1\n", 2) != 2)
		exit(2);
	in = kl_lines_new(p[0], 0);
	(void)alarm(20);
	ok(run(in, &to, 3) == KL_OK, "a pool ends though its input does not");
	(void)alarm(0);
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.no == 1,
	    "the line is still there");
	kl_lines_free(in);
	(void)close(p[0]);
	(void)close(p[1]);
}

int
main(void)
{
	struct kl_buf all = { 0 };

	numbers(&all);
	blocks();
	overlong();
	in_order(&all);
	refused(&all);
	woken();
	kl_buf_free(&all);
	return done();
}
