/* SPDX-License-Identifier: MIT */
/* t_spool.c - an input is looked at, and still there. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "kl/spool.h"
#include "ok.h"

static char dir[] = "/tmp/t_spool.XXXXXX";
static char seen[64];
static size_t n_seen;

static void
look(void *ctx, const void *s, size_t n)
{
	(void)ctx;
	if (n_seen + n < sizeof(seen))
		memcpy(seen + n_seen, s, n);
	n_seen += n;
	seen[n_seen < sizeof(seen) ? n_seen : 0] = '\0';
}

int
main(void)
{
	char near[64], name[64], got[16] = "";
	struct kl_err err = { 0 };
	volatile int stop = 0;
	struct stat st;
	int fd[2], file;

	if (mkdtemp(dir) == NULL || pipe(fd) != 0)
		return 1;
	(void)snprintf(near, sizeof(near), "%s/j", dir);
	(void)!write(fd[1], "one\ntwo\n", 8);
	(void)close(fd[1]);
	ok(kl_spool(fd[0], near, &stop, look, NULL, &err) == KL_OK, "a pipe");
	is(seen, "one\ntwo\n", "is looked at");
	ok(read(fd[0], got, sizeof(got) - 1) == 8, "and can be read");
	is(got, "one\ntwo\n", "once more");
	ok(fstat(fd[0], &st) == 0 && st.st_nlink == 0 && files_in(dir) == 0,
	    "from a file without a name");
	(void)close(fd[0]);

	(void)snprintf(name, sizeof(name), "%s/in", dir);
	file = open(name, O_RDWR | O_CREAT, 0600);
	(void)!write(file, "one\ntwo\n", 8);
	(void)lseek(file, 4, SEEK_SET);
	n_seen = 0;
	ok(kl_spool(file, near, NULL, look, NULL, &err) == KL_OK, "a file");
	is(seen, "two\n", "is looked at from where it is");
	ok(lseek(file, 0, SEEK_CUR) == 4, "and set back to there");
	stop = 1;
	ok(kl_spool(file, near, &stop, look, NULL, &err) == KL_EOF,
	    "a signal ends it");
	(void)close(file);
	(void)unlink(name);

	if (pipe(fd) != 0)
		return 1;
	(void)close(fd[1]);
	ok(kl_spool(fd[0], "/nowhere/j", NULL, look, NULL, &err) == KL_ECREATE,
	    "a copy that cannot be made");
	ok(kl_spool(-1, near, NULL, look, NULL, &err) == KL_EIO,
	    "an input that cannot be read");
	(void)rmdir(dir);
	return done();
}
