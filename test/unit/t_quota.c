/* SPDX-License-Identifier: MIT */
/* t_quota.c - the file of used limits: shared, killed over, damaged. */

#define _DEFAULT_SOURCE /* usleep() */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../lib/net/quota.h"
#include "kl/time.h"
#include "ok.h"

#define NAME "limits-1-test"
#define BUCKETS 2

static const struct kl_rate m = { 10, 150, 0 };
static const struct kl_rate lots = { 1000000, 1000000, 0 };
static char folder[64], file[128], elsewhere[128];
static struct kl_err note, err;

static void
must(int rc)
{
	if (rc != 0)
		printf("# %s\n", strerror(errno));
}

static void
clean(void)
{
	(void)unlink(file);
	(void)rmdir(file);
}

static struct kl_governor *
share(void)
{
	struct kl_governor *g = kl_governor_new(BUCKETS, 0);

	if (kl_governor_share(g, NAME, &note, &err) != KL_OK)
		printf("# %s\n", err.msg);
	return g;
}

static struct kl_wait
take(struct kl_governor *g, const struct kl_rate *rate, uint64_t t)
{
	const struct kl_ask ask = { .rate = { rate, NULL } };

	return kl_governor_take(g, &ask, t);
}

static uint32_t
used(struct kl_governor *g, uint64_t t)
{
	struct kl_budget b;

	kl_governor_budget(g, 0, &lots, &b, t);
	return b.used.steady;
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void
test_shared(void)
{
	struct kl_governor *a = share(), *b = share();
	char word[KL_GOVERNOR_WORD];
	unsigned i;

	ok(kl_governor_shared(a) && kl_governor_shared(b) && note.rc == KL_OK,
	    "two open one file");
	ok(mode_of(file) == 0600 && mode_of(folder) == 0700,
	    "which is ours alone, in a folder that is");
	for (i = 0; i < 5; i++)
		(void)take(a, &m, 1000);
	ok(take(b, &m, 1000).ms > 0, "what one starts, the other counts");
	kl_governor_refused(a, 0, &m, 7000, 3000);
	ok(take(b, &m, 3000).ms == 7000, "what one is told, the other heeds");
	kl_governor_word(b, word);
	is(word, "", "there is no word in it");
	kl_governor_word_set(a, "AbC123");
	kl_governor_word(b, word);
	is(word, "AbC123", "until one puts it there");
	kl_governor_word_set(a, "far too long to be a word here");
	kl_governor_word_set(a, "a/b");
	kl_governor_word(b, word);
	is(word, "", "and no word has other characters");
	kl_governor_free(a);
	kl_governor_free(b);
	a = share();
	ok(take(a, &m, 3000).ms == 7000, "it outlives who made it");
	kl_governor_free(a);
	clean();
}

/* Start requests until killed, or n of them. */
static pid_t
spawn(unsigned n)
{
	struct kl_governor *g;
	pid_t pid = fork();
	unsigned i;

	if (pid != 0)
		return pid;
	g = share();
	for (i = 0; n == 0 || i < n; i++)
		(void)take(g, &lots, 5000);
	_exit(0);
}

static void
test_processes(void)
{
	struct kl_governor *g;
	int i, status, bad = 0;

	for (i = 0; i < 4; i++)
		(void)spawn(5000);
	while (wait(&status) > 0)
		bad += status != 0;
	g = share();
	ok(bad == 0 && used(g, 5000) == 20000,
	    "four at once open it and count, and nothing is lost");
	kl_governor_free(g);
	clean();
}

static void
test_killed(void)
{
	struct kl_governor *g = share();
	struct quota *q = NULL;
	uint64_t from, worst = 0;
	uint32_t before, lost = 0;
	pid_t pid;
	int i;

	for (i = 0; i < 60; i++) {
		pid = spawn(0);
		(void)usleep(2000 + (unsigned)i * 37);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		before = used(g, 5000);
		from = kl_now_mono();
		lost += take(g, &lots, 5000).ms != 0;
		if (kl_now_mono() - from > worst)
			worst = kl_now_mono() - from;
		lost += used(g, 5000) != before + 1;
	}
	ok(kl_governor_shared(g) && lost == 0 && worst < 500,
	    "sixty are killed while they count, and the rest goes on");
	if ((pid = fork()) == 0) {
		if (quota_open(&q, NAME, BUCKETS, &note, &err) == KL_OK &&
		    quota_lock(q) != NULL)
			(void)raise(SIGKILL);
		_exit(1);
	}
	(void)waitpid(pid, &i, 0);
	ok(WIFSIGNALED(i), "one is killed with the lock in its hands");
	before = used(g, 5000);
	ok(take(g, &lots, 5000).ms == 0 && kl_governor_shared(g) &&
		used(g, 5000) == before + 1,
	    "which goes to the next");
	kl_governor_free(g);
	clean();
}

/* Somebody holds the lock and does not let go. */
static void
test_stuck(void)
{
	struct kl_governor *g = share(), *other;
	struct quota *q = NULL;
	int pipes[2];
	pid_t pid;
	char c;

	if (pipe(pipes) != 0 || (pid = fork()) < 0)
		return;
	if (pid == 0) {
		if (quota_open(&q, NAME, BUCKETS, &note, &err) != KL_OK ||
		    quota_lock(q) == NULL || write(pipes[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	if (read(pipes[0], &c, 1) != 1)
		printf("# no lock\n");
	ok(take(g, &m, 1000).ms == 0 && !kl_governor_shared(g),
	    "who cannot get the lock goes on alone");
	other = share();
	ok(note.rc != KL_OK && strstr(note.msg, "is damaged") != NULL &&
		take(other, &m, 1000).ms == 0 && kl_governor_shared(other),
	    "and the next makes the file anew");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	kl_governor_free(g);
	kl_governor_free(other);
	clean();
}

static void
put(const char *path, const void *s, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, s, n) != (ssize_t)n || fchmod(fd, mode) != 0)
		printf("# %s: %s\n", path, strerror(errno));
	(void)close(fd);
}

/* Something is there that may not be used: it is replaced, and said. */
static void
replaced(const char *what, const char *why)
{
	struct kl_governor *g = share();
	struct stat st;

	ok(kl_governor_shared(g) && take(g, &m, 1000).ms == 0 &&
		lstat(file, &st) == 0 && S_ISREG(st.st_mode) &&
		mode_of(file) == 0600,
	    what);
	ok(note.rc != KL_OK && strstr(note.msg, why) != NULL, why);
	kl_governor_free(g);
	clean();
}

static void
test_damaged(void)
{
	static char bytes[1 << 20];
	struct kl_governor *g = share();
	ssize_t n;
	int fd = open(file, O_RDWR);

	n = read(fd, bytes, sizeof(bytes));
	kl_governor_free(g);
	must(ftruncate(fd, 100));
	replaced("a file cut short is replaced", "another size");
	(void)close(fd);
	bytes[20]++;
	put(file, bytes, (size_t)n, 0600);
	replaced("so is one with a byte changed", "damaged");
	bytes[20]--;
	bytes[0] = 'x';
	put(file, bytes, (size_t)n, 0600);
	replaced("and what is none", "something else");
	bytes[0] = 'k';
	put(file, bytes, (size_t)n, 0644);
	replaced("and what others can read", "others");
	put(file, bytes, (size_t)n, 0600);
	must(link(file, elsewhere));
	replaced("and what has a second name", "several names");
	put(elsewhere, "precious", 8, 0600);
	must(symlink(elsewhere, file));
	replaced("and a link", "symbolic link");
	fd = open(elsewhere, O_RDONLY);
	n = read(fd, bytes, 100);
	(void)close(fd);
	ok(n == 8, "whose target is not touched");
	must(mkfifo(file, 0600));
	replaced("and a pipe, without waiting for it", "no regular file");
	must(mkdir(file, 0700));
	g = kl_governor_new(BUCKETS, 0);
	ok(kl_governor_share(g, NAME, &note, &err) == KL_ECREATE &&
		!kl_governor_shared(g) && take(g, &m, 1000).ms == 0,
	    "a folder of that name cannot be: alone, then");
	kl_governor_free(g);
	(void)unlink(elsewhere);
	clean();
}

static void
test_head(void)
{
	static char bytes[1 << 20];
	char boot[QUOTA_BOOT] = "another boot";
	struct kl_governor *g = share();
	int fd = open(file, O_RDONLY);
	ssize_t n = read(fd, bytes, sizeof(bytes));
	struct quota_head h;
	bool old;

	(void)close(fd);
	(void)memcpy(&h, bytes, sizeof(h));
	ok(quota_head_fault(bytes, (size_t)n, BUCKETS, h.boot, &old) == NULL,
	    "a head that is good");
	ok(quota_head_fault(bytes, (size_t)n, BUCKETS, boot, &old) != NULL &&
		old,
	    "one of an earlier boot is old, not damaged");
	ok(quota_head_fault(bytes, (size_t)n, BUCKETS + 1, h.boot, &old) !=
		    NULL &&
		!old,
	    "one for other buckets is of no use");
	kl_governor_free(g);
	clean();
}

/* The file is removed under those who use it. */
static void
test_removed(void)
{
	struct kl_governor *a = share(), *b = share(), *c;

	(void)take(a, &m, 1000);
	clean();
	(void)take(a, &lots, 5000);
	c = share();
	(void)take(b, &lots, 5000);
	(void)take(c, &lots, 5000);
	ok(used(a, 5000) == 3 && used(b, 5000) == 3 && used(c, 5000) == 3,
	    "all go on in the one that has the name now");
	kl_governor_free(a);
	kl_governor_free(b);
	kl_governor_free(c);
	clean();
}

static void
test_places(void)
{
	struct kl_governor *g;
	char state[128], path[200];

	(void)snprintf(state, sizeof(state), "%s/state", folder);
	(void)setenv("XDG_STATE_HOME", state, 1);
	(void)setenv("XDG_RUNTIME_DIR", "/proc/nowhere", 1);
	g = share();
	(void)snprintf(path, sizeof(path), "%s/kl/" NAME, state);
	ok(kl_governor_shared(g) && mode_of(path) == 0600,
	    "without a folder of the session it is in that of the state");
	kl_governor_free(g);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/kl", state);
	(void)chmod(path, 0755);
	g = kl_governor_new(BUCKETS, 0);
	ok(kl_governor_share(g, NAME, &note, &err) == KL_ECREATE &&
		strstr(err.msg, "0700") != NULL,
	    "but not in one that others can look into");
	(void)rmdir(path);
	(void)rmdir(state);
	(void)unsetenv("XDG_STATE_HOME");
	(void)unsetenv("HOME");
	ok(kl_governor_share(g, NAME, &note, &err) == KL_ECREATE &&
		!kl_governor_shared(g) && take(g, &m, 1000).ms == 0,
	    "no place at all: alone");
	kl_governor_free(g);
}

int
main(void)
{
	char dir[] = "/tmp/t_quota.XXXXXX";

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)setenv("XDG_RUNTIME_DIR", dir, 1);
	(void)snprintf(folder, sizeof(folder), "%s/kl", dir);
	(void)snprintf(file, sizeof(file), "%s/" NAME, folder);
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", dir);
	test_shared();
	test_processes();
	test_killed();
	test_stuck();
	test_damaged();
	test_head();
	test_removed();
	test_places();
	(void)rmdir(folder);
	ok(rmdir(dir) == 0, "nothing is left behind");
	return done();
}
