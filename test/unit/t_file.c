/* SPDX-License-Identifier: MIT */
/* t_file.c - a file is replaced whole, or is what it was. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "kl/file.h"
#include "ok.h"

static char dir[] = "/tmp/t_file.XXXXXX";
static char content[64];

static const char *
holds(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, content, sizeof(content) - 1);

	if (fd >= 0)
		(void)close(fd);
	content[n > 0 ? n : 0] = '\0';
	return n < 0 ? "nothing" : content;
}

static struct kl_replace *
begin(const char *path, const char *text)
{
	struct kl_replace *r = NULL;

	if (kl_replace_new(&r, path, NULL) == KL_OK)
		(void)kl_write_all(kl_replace_fd(r), text, strlen(text));
	return r;
}

static void
test_replace(void)
{
	struct kl_replace *r, *other;
	struct stat st;

	r = begin("out", "one");
	ok(r != NULL && files_in(".") == 0, "it is written, and has no name");
	is(holds("out"), "nothing", "... not the one it will have, either");
	ok(kl_replace_commit(r, NULL) == KL_OK && files_in(".") == 1,
	    "committed, it is the only file");
	is(holds("out"), "one", "... whole");
	ok(stat("out", &st) == 0 && (st.st_mode & 0777) == 0600,
	    "... and its owner's alone");
	kl_replace_drop(begin("out", "two"));
	is(holds("out"), "one", "given up, the one before is there");
	ok(files_in(".") == 1, "... and nothing else");
	r = begin("out", "three");
	other = begin("out", "four");
	ok(kl_replace_commit(r, NULL) == KL_OK &&
		kl_replace_commit(other, NULL) == KL_OK && files_in(".") == 1,
	    "two at once do not meet");
	is(holds("out"), "four", "the last one stays");
	kl_replace_drop(NULL);
}

static void
test_refused(void)
{
	struct kl_err err = { 0 };
	struct kl_replace *r;

	ok(symlink("out", "link") == 0 &&
		kl_replace_new(&r, "link", &err) == KL_ECREATE && r == NULL,
	    "a link is not replaced");
	is(err.msg, "cannot replace link: it is no regular file", "... said");
	is(err.hint, "name a file, not a device or a link", "... with advice");
	ok(kl_replace_new(&r, "/dev/null", &err) == KL_ECREATE && r == NULL,
	    "nor is a device");
	ok(kl_replace_new(&r, "no/out", &err) == KL_ECREATE && r == NULL,
	    "nothing is made in no folder");
	is(err.msg, "cannot create no/out: No such file or directory",
	    "... said of the file that was asked for");
	ok(mkdir("way", 0700) == 0 && (r = begin("way", "x")) != NULL &&
		kl_replace_commit(r, &err) == KL_ECREATE,
	    "a directory in the way stays");
	is(err.msg, "cannot create way: Is a directory", "... said");
	ok(unlink("link") == 0 && rmdir("way") == 0 && files_in(".") == 1,
	    "nothing of these is left");
}

/* Who is killed leaves what was there, whole, and nothing else. */
static void
test_killed(void)
{
	struct kl_replace *r;
	pid_t child;
	int status;

	if ((child = fork()) == 0) {
		(void)begin("out", "five");
		_exit(0);
	}
	ok(child > 0 && waitpid(child, &status, 0) == child &&
		files_in(".") == 1,
	    "who ends before it is committed leaves nothing");
	is(holds("out"), "four", "... but the one before");
	r = begin("out", "six");
	ok(r != NULL && kl_replace_commit(r, NULL) == KL_OK &&
		files_in(".") == 1,
	    "the next run puts its own there");
	is(holds("out"), "six", "... under the name");
}

/* --- on a machine that has not all of it ---------------------------------- */

/* From now on the call fails; where its third argument has those bits, if there
 * are any. */
static bool
without(unsigned call, unsigned bits, unsigned error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[2])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, bits, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* How many names there are while it is written (or 9), as a digit, and what
 * is there in the end. */
static void
replace_without(unsigned call, unsigned bits, unsigned error)
{
	struct kl_replace *r;
	char names;

	if (!without(call, bits, error))
		_exit(77);
	r = begin("out", "seven");
	names = (char)('0' + files_in("."));
	if (r == NULL || !kl_write_all(kl_replace_fd(r), &names, 1) ||
	    kl_replace_commit(r, NULL) != KL_OK || files_in(".") != 1)
		_exit(1);
	kl_replace_drop(begin("out", "eight"));
	_exit(files_in(".") == 1 ? 0 : 2);
}

static void
test_without(unsigned call, unsigned bits, unsigned error, const char *want,
    const char *what)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		replace_without(call, bits, error);
	ok(child > 0 && waitpid(child, &status, 0) == child && status == 0,
	    what);
	is(holds("out"), want, "... all the same");
}

static void
clear(void)
{
	DIR *d = opendir(".");
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			(void)unlink(e->d_name);
	if (d != NULL)
		(void)closedir(d);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		return 1;
	test_replace();
	test_refused();
	test_killed();
	test_without(SYS_openat, O_TMPFILE, EOPNOTSUPP, "seven2",
	    "no files without a name: it is put there by another");
	test_without(SYS_linkat, 0, EPERM, "seven1",
	    "a file that can be given no name: it is copied there");
	clear();
	(void)rmdir(dir);
	return done();
}
