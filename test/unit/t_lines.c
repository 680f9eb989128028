/* SPDX-License-Identifier: MIT */
/* t_lines.c - reading lines: in place, bounded, whole. */

#include <stdlib.h>
#include <unistd.h>

#include "files.h"
#include "kl/buf.h"
#include "kl/lines.h"
#include "ok.h"

static void
whole_lines(void)
{
	static const char text[] = "a\n\nlonger \0 one\r\nlast";
	int fd = file_of(text, sizeof(text) - 1);
	struct kl_lines *in = kl_lines_new(fd, 0);
	struct kl_line l;
	struct kl_err err = { 0 };

	ok(kl_lines_size(in) == sizeof(text) - 1,
	    "the size of a file is known");
	ok(kl_lines_next(in, &l, &err) == KL_OK, "a line is read");
	isn(l.s, l.n, "a", "without its newline");
	ok(l.no == 1 && l.offset == 0 && l.eol, "number, offset, newline");
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.n == 0 && l.no == 2,
	    "an empty line is a line");
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.n == 13 &&
		memcmp(l.s, "longer \0 one\r", 13) == 0 && l.offset == 3,
	    "NUL and CR are kept");
	ok(kl_lines_next(in, &l, &err) == KL_OK && !l.eol && l.no == 4,
	    "a last line without newline is handed out and marked");
	isn(l.s, l.n, "last", "whole");
	ok(l.spare >= KL_LINE_SPARE && l.s[l.n] == 0 &&
		memcmp(l.s + l.n, l.s + l.n + 1, l.spare - 1) == 0,
	    "bytes behind it can be read");
	ok(kl_lines_next(in, &l, &err) == KL_EOF, "then the input ends");
	ok(kl_lines_next(in, &l, &err) == KL_EOF, "and stays ended");
	ok(kl_lines_done(in) == sizeof(text) - 1, "every byte was handed out");
	kl_lines_free(in);
	close(fd);
}

static void
limits(void)
{
	static const char text[] = "1234\n12345\n123456\n12\n";
	int fd = file_of(text, sizeof(text) - 1);
	struct kl_lines *in = kl_lines_new(fd, 5);
	struct kl_line l;
	struct kl_err err = { 0 };

	ok(kl_lines_next(in, &l, &err) == KL_OK && l.n == 4,
	    "n - 1 bytes pass");
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.n == 5, "n bytes pass");
	ok(kl_lines_next(in, &l, &err) == KL_ETOOBIG, "n + 1 do not");
	is(err.msg, "line of 6 bytes, over the limit of 5", "and it is said");
	ok(l.s == NULL && l.n == 6 && l.no == 3 && l.offset == 11,
	    "the line is described");
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.no == 4 && l.offset == 18,
	    "reading goes on after it");
	isn(l.s, l.n, "12", "with the next line");
	kl_lines_free(in);
	close(fd);
}

/* A line much longer than the blocks, over the limit, is never held. */
static void
huge(void)
{
	size_t n = 3 * KL_BLOCK + 17;
	char *text = malloc(n + 3);
	int fd;
	struct kl_lines *in;
	struct kl_line l;
	struct kl_err err = { 0 };

	if (text == NULL)
		exit(2);
	memset(text, 'x', n);
	memcpy(text + n, "\ny\n", 3);
	fd = file_of(text, n + 3);
	in = kl_lines_new(fd, 1000);
	ok(kl_lines_next(in, &l, &err) == KL_ETOOBIG && l.n == n &&
		l.offset == 0,
	    "a line of several blocks is skipped and counted");
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.n == 1 && l.no == 2 &&
		l.offset == n + 1,
	    "and the one after it found");
	kl_lines_free(in);
	(void)lseek(fd, 0, SEEK_SET);
	in = kl_lines_new(fd, n);
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.n == n,
	    "within the limit the same line is handed out whole");
	kl_lines_free(in);
	close(fd);
	free(text);
}

static int idled;

static enum kl_rc
idle(void *ctx, struct kl_err *err)
{
	(void)err;
	idled++;
	(void)!write(*(int *)ctx, "late\n", 5);
	return KL_OK;
}

static void
pipes(void)
{
	int fd[2];
	struct kl_lines *in;
	struct kl_line l;
	struct kl_err err = { 0 };
	static volatile int stop;

	if (pipe(fd) != 0)
		exit(2);
	in = kl_lines_new(fd[0], 0);
	ok(kl_lines_poll(in, &l, &err) == KL_AGAIN, "an empty pipe: later");
	(void)!write(fd[1], "one\nha", 6);
	ok(kl_lines_poll(in, &l, &err) == KL_OK && l.n == 3, "a line is there");
	ok(kl_lines_poll(in, &l, &err) == KL_AGAIN, "half a line is not");
	kl_lines_idle(in, idle, &fd[1]);
	ok(kl_lines_next(in, &l, &err) == KL_OK && idled == 1,
	    "before waiting it is idle");
	isn(l.s, l.n, "halate", "and half a line is completed");
	(void)!write(fd[1], "cut", 3);
	ok(kl_lines_poll(in, &l, &err) == KL_AGAIN, "half a line again");
	stop = 1;
	kl_lines_stop(in, &stop);
	ok(kl_lines_next(in, &l, &err) == KL_EOF,
	    "when stopped, half a line is nobody's record");
	kl_lines_free(in);
	close(fd[0]);
	close(fd[1]);
	in = kl_lines_new(fd[0], 0);
	ok(kl_lines_next(in, &l, &err) == KL_EIO, "a closed descriptor fails");
	kl_lines_free(in);
}

/* The first line of a block, which another is expected to be moved over. */
struct kept {
	struct kl_line line;
	int moved, spoilt;
	enum kl_rc rc;
};

static enum kl_rc
moving(void *ctx, struct kl_err *err)
{
	struct kept *k = ctx;

	k->moved++;
	k->spoilt += k->line.s != NULL && memcmp(k->line.s, "first", 5) != 0;
	k->line.s = NULL;
	return k->rc != KL_OK ? kl_err_set(err, k->rc, "no") : KL_OK;
}

/* Lines stay where they are until it is said that they move. */
static void
moves(void)
{
	struct kl_lines *in;
	struct kl_line l;
	struct kl_err err = { 0 };
	struct kept k = { .rc = KL_OK };
	FILE *f = tmpfile();
	int i, lines = 0, told = 0;

	if (f == NULL)
		exit(2);
	for (i = 0; i < 100000; i++)
		fprintf(f, "first %d\n", i);
	fflush(f);
	rewind(f);
	in = kl_lines_new(fileno(f), 0);
	kl_lines_moving(in, moving, &k);
	while (kl_lines_next(in, &l, &err) == KL_OK) {
		lines++;
		if (k.line.s == NULL) {
			k.line = l;
			told++;
		}
	}
	ok(lines == 100000 && told > 3 && k.moved >= told,
	    "it is said that lines move");
	ok(k.spoilt == 0, "and until then they stay where they are");
	kl_lines_free(in);
	rewind(f);
	in = kl_lines_new(fileno(f), 0);
	k.rc = KL_EIO;
	kl_lines_moving(in, moving, &k);
	ok(kl_lines_next(in, &l, &err) == KL_EIO && strcmp(err.msg, "no") == 0,
	    "what fails then ends the reading");
	kl_lines_moving(in, NULL, NULL);
	ok(kl_lines_next(in, &l, &err) == KL_OK, "nobody needs to know");
	kl_lines_free(in);
	fclose(f);
}

static void
ahead(void)
{
	int fd[2];
	struct kl_lines *in;
	struct kl_line l;
	struct kl_err err = { 0 };

	if (pipe(fd) != 0)
		exit(2);
	in = kl_lines_new(fd[0], 0);
	kl_lines_peek(in, &l);
	ok(l.n == 0, "before anything is read there is nothing ahead");
	(void)!write(fd[1], "one\ntwo\nha", 10);
	ok(kl_lines_more(in, &err) == KL_OK, "more is read");
	kl_lines_peek(in, &l);
	isn(l.s, l.n, "one\ntwo\nha", "and seen, lines or not");
	ok(l.no == 1 && l.offset == 0 && l.spare >= KL_LINE_SPARE,
	    "with where it is");
	kl_lines_take(in, 8, 2);
	kl_lines_peek(in, &l);
	ok(l.n == 2 && l.no == 3 && l.offset == 8, "lines are taken out of it");
	(void)!write(fd[1], "lf\n", 3);
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.no == 3 && l.offset == 8,
	    "what is left is the beginning of the next line");
	isn(l.s, l.n, "half", "which is whole");
	close(fd[1]);
	ok(kl_lines_more(in, &err) == KL_OK &&
		kl_lines_more(in, &err) == KL_EOF,
	    "at the end there is no more");
	kl_lines_free(in);
	close(fd[0]);
}

/* Lines of all lengths up to some, over and over: more than are looked for at
 * once. */
static void
many(void)
{
	struct kl_buf b = { 0 };
	struct kl_lines *in;
	struct kl_line l;
	struct kl_err err = { 0 };
	size_t i, at = 0, good = 0;
	int fd;

	for (i = 0; i < 3000; i++)
		kl_buf_printf(&b, "%0*d\n", (int)(1 + i * i % 300), 7);
	fd = file_of(b.s, b.n);
	in = kl_lines_new(fd, 0);
	for (i = 0; i < 3000; i++) {
		good += kl_lines_next(in, &l, &err) == KL_OK && l.eol &&
		    l.n == 1 + i * i % 300 && l.offset == at &&
		    memcmp(l.s, b.s + at, l.n + 1) == 0;
		at += l.n + 1;
	}
	ok(good == 3000, "lines of all lengths");
	ok(kl_lines_next(in, &l, &err) == KL_EOF, "and no more");
	kl_lines_free(in);
	close(fd);
	kl_buf_free(&b);
}

/* Some lines one by one, some as they lie there. */
static void
both_ways(void)
{
	static const char text[] = "1\n2\n3\n4\n5\n6\n7\n";
	int fd = file_of(text, sizeof(text) - 1);
	struct kl_lines *in = kl_lines_new(fd, 0);
	struct kl_line l;
	struct kl_err err = { 0 };

	(void)kl_lines_next(in, &l, &err);
	kl_lines_peek(in, &l);
	isn(l.s, l.n, "2\n3\n4\n5\n6\n7\n", "what is behind a line");
	kl_lines_take(in, 4, 2);
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.no == 4 && *l.s == '4' &&
		l.n == 1 && l.offset == 6,
	    "lines are taken between two others");
	ok(kl_lines_more(in, &err) == KL_OK &&
		kl_lines_more(in, &err) == KL_EOF,
	    "more is asked for, and there is none");
	ok(kl_lines_next(in, &l, &err) == KL_OK && l.no == 5 && *l.s == '5' &&
		l.n == 1 && l.offset == 8,
	    "but for the lines that were there");
	kl_lines_free(in);
	close(fd);
}

int
main(void)
{
	whole_lines();
	limits();
	huge();
	pipes();
	moves();
	ahead();
	many();
	both_ways();
	return done();
}
