/* SPDX-License-Identifier: MIT */
/* quota.c - the file of buckets: where it is, whether it may be used. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kl/buf.h"
#include "kl/random.h"
#include "kl/siphash.h"
#include "kl/time.h"
#include "quota.h"

#define VERSION 2
#define MAGIC "klquota"
/* Nobody holds a lock for longer than some microseconds. */
#define LOCK_MS 1000
#define FENCE 0x5ca1ab1e0ddba11 /* beside the mutex: it was not run over */

/* The file, as it is mapped. */
struct quota_file {
	struct quota_head head;
	uint64_t fence;
	pthread_mutex_t lock;
	uint64_t fence2;
	char word[KL_GOVERNOR_WORD];
	struct bucket bucket[];
};

struct quota {
	int fd;
	size_t bytes;
	struct quota_file *file;
};

/* --- judging -------------------------------------------------------------- */

static uint64_t
sum_of(const struct quota_head *h)
{
	static const uint64_t secret[2] = { 0x6b6c2071756f7461, 1 };

	return kl_siphash(secret, h, offsetof(struct quota_head, sum));
}

static size_t
size_for(unsigned buckets)
{
	return sizeof(struct quota_file) + buckets * sizeof(struct bucket);
}

const char *
quota_head_fault(const void *s, size_t n, unsigned buckets,
    const char boot[QUOTA_BOOT], bool *old)
{
	struct quota_head h;

	*old = false;
	if (n != size_for(buckets))
		return "has another size than it should";
	(void)memcpy(&h, s, sizeof(h));
	if (memcmp(h.magic, MAGIC, sizeof(h.magic)) != 0)
		return "is something else";
	if (h.sum != sum_of(&h) || h.version != VERSION ||
	    h.buckets != buckets || h.bytes != n)
		return "is damaged";
	if (memcmp(h.boot, boot, QUOTA_BOOT) != 0) {
		*old = true;
		return "is of an earlier boot";
	}
	return NULL;
}

/* The file must be ours alone, whatever it holds. */
static const char *
owner_fault(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "is no regular file";
	if (st->st_uid != geteuid())
		return "is somebody else's";
	if ((st->st_mode & 077) != 0)
		return "may be read or changed by others";
	if (st->st_nlink != 1)
		return "has several names";
	return NULL;
}

/* This boot of this machine; all zero and false if that cannot be known. */
static bool
boot_id(char to[QUOTA_BOOT])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	(void)memset(to, 0, QUOTA_BOOT);
	if (fd < 0)
		return false;
	n = read(fd, to, QUOTA_BOOT - 1);
	(void)close(fd);
	return n >= 32;
}

/* --- the folder ----------------------------------------------------------- */

/* Make the folder, and with parents those on the way to it, and open it if it
 * is ours alone. */
static int
open_folder(char *path, bool parents, struct kl_err *err)
{
	struct stat st;
	char *p;
	int fd;

	for (p = strchr(path + 1, '/'); parents && p != NULL;
	     p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(path, 0700);
		*p = '/';
	}
	(void)mkdir(path, 0700);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		(void)kl_err_sys(err, KL_ECREATE, "%s", path);
		return -1;
	}
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & 077) == 0)
		return fd;
	(void)kl_err_set(err, KL_ECREATE,
	    "%s is not a folder of this user alone (0700)", path);
	(void)close(fd);
	return -1;
}

/* The first folder that can be had, of those where one may be. */
static int
find_folder(struct kl_err *err)
{
	const char *run = getenv("XDG_RUNTIME_DIR"),
		   *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char path[QUOTA_FOLDER];
	int n, fd = -1;

	(void)kl_err_set(err, KL_ECREATE,
	    "neither XDG_RUNTIME_DIR nor HOME is an absolute path");
	if (run != NULL && run[0] == '/')
		n = snprintf(path, sizeof(path), "%s/kl", run);
	else
		n = snprintf(path, sizeof(path), "/run/user/%lu/kl",
		    (unsigned long)geteuid());
	if (n > 0 && (size_t)n < sizeof(path))
		fd = open_folder(path, false, err);
	if (fd >= 0)
		return fd;
	if (state != NULL && state[0] == '/')
		n = snprintf(path, sizeof(path), "%s/kl", state);
	else if (home != NULL && home[0] == '/')
		n = snprintf(path, sizeof(path), "%s/.local/state/kl", home);
	else
		return -1;
	if (n > 0 && (size_t)n < sizeof(path))
		fd = open_folder(path, true, err);
	return fd;
}

/* One process at a time looks for the file and makes it. */
static bool
lock_folder(int dir)
{
	uint64_t until = kl_now_mono() + LOCK_MS;

	while (flock(dir, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EINTR && errno != EWOULDBLOCK)
			return false;
		if (kl_now_mono() > until)
			return false;
		kl_sleep_ms(2);
	}
	return true;
}

/* --- the file ------------------------------------------------------------- */

static struct quota *
map(int fd, size_t bytes)
{
	struct quota *q = calloc(1, sizeof(*q));
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (q == NULL || p == MAP_FAILED) {
		if (p != MAP_FAILED)
			(void)munmap(p, bytes);
		free(q);
		(void)close(fd);
		return NULL;
	}
	*q = (struct quota){ fd, bytes, p };
	return q;
}

void
quota_free(struct quota *q)
{
	if (q == NULL)
		return;
	(void)munmap(q->file, q->bytes);
	(void)close(q->fd);
	free(q);
}

/* The file of that name, if it may be used; else *fault says why not, NULL:
 * there is none. */
static struct quota *
open_file(int dir, const char *name, unsigned buckets,
    const char boot[QUOTA_BOOT], const char **fault, bool *old)
{
	struct stat st;
	struct quota *q;
	int fd = openat(dir, name,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	*old = false;
	*fault = NULL;
	if (fd < 0) {
		if (errno == ELOOP)
			*fault = "is a symbolic link";
		else if (errno != ENOENT)
			*fault = "cannot be opened";
		return NULL;
	}
	if (fstat(fd, &st) != 0)
		*fault = "cannot be opened";
	else
		*fault = owner_fault(&st);
	if (*fault == NULL && (uint64_t)st.st_size != size_for(buckets))
		*fault = "has another size than it should";
	if (*fault != NULL) {
		(void)close(fd);
		return NULL;
	}
	if ((q = map(fd, size_for(buckets))) == NULL) {
		*fault = "cannot be mapped";
		return NULL;
	}
	*fault = quota_head_fault(q->file, q->bytes, buckets, boot, old);
	if (*fault == NULL &&
	    (q->file->fence != FENCE || q->file->fence2 != FENCE))
		*fault = "is damaged";
	if (*fault == NULL)
		return q;
	quota_free(q);
	return NULL;
}

static bool
make_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t a;
	bool good;

	if (pthread_mutexattr_init(&a) != 0)
		return false;
	good = pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED) == 0 &&
	    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0 &&
	    pthread_mutex_init(lock, &a) == 0;
	(void)pthread_mutexattr_destroy(&a);
	return good;
}

/* A new file under the name tmp.  Its blocks are there before it is written:
 * a full disk is an error here, not a signal later. */
static struct quota *
make_file(int dir, const char *tmp, unsigned buckets,
    const char boot[QUOTA_BOOT])
{
	struct quota *q;
	struct quota_head *h;
	int fd = openat(dir, tmp,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return NULL;
	if ((errno = posix_fallocate(fd, 0, (off_t)size_for(buckets))) != 0) {
		(void)close(fd);
		return NULL;
	}
	if ((q = map(fd, size_for(buckets))) == NULL)
		return NULL;
	h = &q->file->head;
	*h = (struct quota_head){ MAGIC, VERSION, buckets, q->bytes, { 0 }, 0 };
	(void)memcpy(h->boot, boot, QUOTA_BOOT);
	h->sum = sum_of(h);
	q->file->fence = q->file->fence2 = FENCE;
	if (make_lock(&q->file->lock))
		return q;
	quota_free(q);
	errno = ENOTSUP;
	return NULL;
}

/* Make the file, whole before it has its name, in place of what has it. */
static enum kl_rc
replace(struct quota **to, int dir, const char *name, unsigned buckets,
    const char boot[QUOTA_BOOT], struct kl_err *err)
{
	char tmp[KL_GOVERNOR_NAME + 32];
	uint64_t tag = 0;

	(void)kl_random(&tag, sizeof(tag));
	(void)snprintf(tmp, sizeof(tmp), ".%s.%016llx", name,
	    (unsigned long long)tag);
	*to = make_file(dir, tmp, buckets, boot);
	if (*to != NULL && renameat(dir, tmp, dir, name) == 0)
		return KL_OK;
	(void)kl_err_sys(err, KL_ECREATE, "cannot create %s", name);
	(void)unlinkat(dir, tmp, 0);
	quota_free(*to);
	return KL_ECREATE;
}

enum kl_rc
quota_open(struct quota **to, const char *name, unsigned buckets,
    struct kl_err *note, struct kl_err *err)
{
	char boot[QUOTA_BOOT];
	struct kl_err why = { 0 };
	const char *fault;
	enum kl_rc rc = KL_OK;
	int dir = -1;
	bool old;

	kl_err_clear(note);
	*to = NULL;
	if (!boot_id(boot))
		rc = kl_err_set(&why, KL_ECREATE, "the boot is not known");
	else if ((dir = find_folder(&why)) < 0)
		rc = KL_ECREATE;
	else if (!lock_folder(dir))
		rc = kl_err_set(&why, KL_ECREATE, "its folder is locked");
	if (rc == KL_OK &&
	    (*to = open_file(dir, name, buckets, boot, &fault, &old)) == NULL) {
		rc = replace(to, dir, name, buckets, boot, &why);
		if (rc == KL_OK && fault != NULL && !old)
			(void)kl_err_set(note, KL_ECREATE,
			    "the file of used limits, %s, %s: it was made anew",
			    name, fault);
	}
	if (dir >= 0)
		(void)close(dir); /* and unlock it */
	if (rc != KL_OK && err != NULL)
		*err = why;
	return rc;
}

bool
quota_named(const struct quota *q)
{
	struct stat st;

	return fstat(q->fd, &st) != 0 || st.st_nlink > 0;
}

/* --- locking -------------------------------------------------------------- */

struct bucket *
quota_lock(struct quota *q)
{
	struct timespec until;
	int rc;

	if (clock_gettime(CLOCK_MONOTONIC, &until) != 0)
		return NULL;
	until.tv_sec += LOCK_MS / 1000;
	rc = pthread_mutex_clocklock(&q->file->lock, CLOCK_MONOTONIC, &until);
	/* Its holder died in the middle: what it left is valid. */
	if (rc == EOWNERDEAD)
		rc = pthread_mutex_consistent(&q->file->lock);
	if (rc == 0)
		return q->file->bucket;
	q->file->fence = 0; /* who opens it next makes it anew */
	return NULL;
}

void
quota_unlock(struct quota *q)
{
	(void)pthread_mutex_unlock(&q->file->lock);
}

char *
quota_word(struct quota *q)
{
	return q->file->word;
}
