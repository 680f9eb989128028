/* SPDX-License-Identifier: MIT */
/* t_out.c - writing records: whole, in blocks, errors that stick. */

#include <sys/wait.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "kl/lines.h"
#include "kl/out.h"
#include "ok.h"

static void
blocks(void)
{
	int fd[2];
	char got[64] = "";
	struct kl_out *out;
	struct kl_buf *b;

	if (pipe(fd) != 0)
		exit(2);
	out = kl_out_new(fd[1], "pipe");
	ok(fcntl(fd[1], F_GETPIPE_SZ) >= KL_PIPE, "a pipe is widened");
	(void)fcntl(fd[0], F_SETFL, O_NONBLOCK);
	ok(kl_out_line(out, "one", 3, NULL) == KL_OK, "a line is taken");
	b = kl_out_begin(out);
	kl_buf_puts(b, "half");
	kl_out_abandon(out);
	kl_buf_puts(kl_out_begin(out), "two");
	ok(kl_out_commit(out, NULL) == KL_OK, "a composed record too");
	kl_buf_puts(kl_out_begin(out), "open");
	ok(read(fd[0], got, sizeof(got)) < 0, "nothing is written yet");
	ok(kl_out_flush(out, NULL) == KL_OK, "flush writes");
	ok(read(fd[0], got, sizeof(got) - 1) == 8, "what was committed");
	is(got, "one\ntwo\n", "and neither abandoned nor open records");
	ok(kl_out_commit(out, NULL) == KL_OK, "the open record is still open");
	kl_out_unbuffered(out, true);
	ok(kl_out_line(out, "now", 3, NULL) == KL_OK, "unbuffered");
	memset(got, 0, sizeof(got));
	ok(read(fd[0], got, sizeof(got) - 1) == 9, "writes at once");
	is(got, "open\nnow\n", "in order");
	ok(kl_out_bytes(out) == 17, "bytes are counted");
	ok(kl_out_sync(out, NULL) == KL_OK, "a pipe has nothing to sync");
	kl_out_free(out);
	close(fd[0]);
	close(fd[1]);
}

static void
full(void)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct kl_out *out = kl_out_new(fd, "the file");
	struct kl_err err = { 0 };

	ok(kl_out_line(out, "x", 1, &err) == KL_OK, "buffered, nothing fails");
	ok(kl_out_flush(out, &err) == KL_EIO, "a full disk is noticed");
	is(err.msg, "cannot write the file: No space left on device", "named");
	memset(&err, 0, sizeof(err));
	ok(kl_out_line(out, "y", 1, &err) == KL_EIO &&
		kl_out_flush(out, &err) == KL_EIO,
	    "and stays");
	is(err.msg, "cannot write the file: No space left on device", "said");
	kl_out_free(out);
	close(fd);
}

static void
memory(void)
{
	struct kl_out *out = kl_out_new_memory(8);
	struct kl_span s;

	ok(kl_out_line(out, "one", 3, NULL) == KL_OK &&
		kl_out_line(out, "two", 3, NULL) == KL_OK,
	    "lines into memory");
	kl_buf_puts(kl_out_begin(out), "open");
	s = kl_out_gathered(out);
	isn(s.s, s.n, "one\ntwo\n", "are there, without what is open");
	ok(kl_out_flush(out, NULL) == KL_OK, "there is nothing to write");
	kl_out_abandon(out);
	ok(kl_out_line(out, "", 0, NULL) == KL_ENOMEM, "up to so many bytes");
	kl_out_reset(out);
	ok(kl_out_line(out, "abcdef", 6, NULL) == KL_OK, "forgotten");
	kl_out_move(out, 1, 4, 7);
	kl_out_trim(out, 4);
	s = kl_out_gathered(out);
	isn(s.s, s.n, "aef\n", "some of it left out");
	kl_out_free(out);
}

static void
through(void)
{
	int fd[2];
	char got[64] = "";
	struct kl_out *out;

	if (pipe(fd) != 0)
		exit(2);
	out = kl_out_new(fd[1], "pipe");
	ok(kl_out_line(out, "one", 3, NULL) == KL_OK &&
		kl_out_through(out, "two\n", 4, NULL) == KL_OK,
	    "bytes from where they are");
	ok(read(fd[0], got, sizeof(got) - 1) == 8, "written at once");
	is(got, "one\ntwo\n", "after what was buffered");
	ok(kl_out_bytes(out) == 8, "and counted");
	kl_out_free(out);
	close(fd[0]);
	close(fd[1]);
}

/* A pipe that takes a bit at a time, and somebody who reads it all. */
static void
pieces(void)
{
	enum {
		MANY = 63,
		BIG = 3000
	};
	static char s[MANY * BIG], got[MANY * BIG + 8];
	struct kl_span piece[MANY + 1];
	struct kl_out *out;
	size_t i, n = 0;
	ssize_t k;
	int fd[2], status;
	pid_t reader;

	if (pipe(fd) != 0)
		exit(2);
	for (i = 0; i < sizeof(s); i++)
		s[i] = (char)('a' + i % 23);
	for (i = 0; i < MANY; i++)
		piece[i] = (struct kl_span){ s + i * BIG, BIG };
	piece[MANY] = piece[30] = (struct kl_span){ s, 0 };
	out = kl_out_new(fd[1], "pipe");
	(void)fcntl(fd[1], F_SETPIPE_SZ, 4096);
	(void)fcntl(fd[1], F_SETFL, O_NONBLOCK);
	if ((reader = fork()) == 0) {
		close(fd[1]);
		while ((k = read(fd[0], got + n, sizeof(got) - n)) > 0)
			n += (size_t)k;
		_exit(n != sizeof(s) - BIG + 4 ||
		    memcmp(got, "one\n", 4) != 0 ||
		    memcmp(got + 4, s, 30 * BIG) != 0 ||
		    memcmp(got + 4 + 30 * BIG, s + 31 * BIG, 32 * BIG) != 0);
	}
	ok(kl_out_line(out, "one", 3, NULL) == KL_OK &&
		kl_out_pieces(out, piece, MANY + 1, NULL) == KL_OK,
	    "pieces, some of them empty, to one who takes little at a time");
	ok(kl_out_bytes(out) == sizeof(s) - BIG + 4, "all counted");
	ok(kl_out_pieces(out, piece + MANY, 1, NULL) == KL_OK, "none at all");
	kl_out_free(out);
	close(fd[1]);
	close(fd[0]);
	ok(waitpid(reader, &status, 0) == reader && status == 0,
	    "all have come, in their order");
}

int
main(void)
{
	blocks();
	memory();
	through();
	pieces();
	full();
	return done();
}
