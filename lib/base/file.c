/* SPDX-License-Identifier: MIT */
/* file.c - write all of it; files without a name, and whole or not at all. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kl/file.h"
#include "kl/random.h"

bool
kl_write_all(int fd, const void *from, size_t n)
{
	const char *s = from;
	ssize_t k;

	while (n > 0) {
		if ((k = write(fd, s, n)) < 0 && errno == EINTR)
			continue;
		if (k == 0)
			errno = EIO;
		if (k <= 0)
			return false;
		s += k;
		n -= (size_t)k;
	}
	return true;
}

int
kl_temp_beside(const char *near)
{
	char name[4096];
	int fd, n = snprintf(name, sizeof(name), "%s.XXXXXX", near);

	if (n < 0 || (size_t)n >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = mkostemp(name, O_CLOEXEC)) >= 0)
		(void)unlink(name);
	return fd;
}

enum kl_rc
kl_may_replace(const char *path, struct kl_err *err)
{
	struct stat st;

	/* A directory is in nobody's power to be replaced: rename() says. */
	if (lstat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return KL_OK;
	(void)kl_err_set(err, KL_ECREATE,
	    "cannot replace %s: it is no regular file", path);
	kl_err_hint(err, "name a file, not a device or a link");
	return KL_ECREATE;
}

void
kl_sync_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	size_t n = slash != NULL ? (size_t)(slash - path) + 1 : 1;
	int fd;

	if (n >= sizeof(dir))
		return;
	if (slash != NULL)
		memcpy(dir, path, n);
	dir[n] = '\0';
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
}

/* --- a file written whole --------------------------------------------------
 */

#define TEMPORARY ".XXXXXX.tmp"
#define MARKS 6	  /* the X */
#define TRIES 100 /* names that others have */

struct kl_replace {
	int fd;
	bool named;  /* a file has the name: this one, or a copy of it */
	size_t n;    /* bytes of the path, which name begins with */
	char name[]; /* of the temporary file; after its NUL, the path */
};

static const char *
path_of(const struct kl_replace *r)
{
	return r->name + r->n + sizeof(TEMPORARY);
}

/* A file under the temporary name; -1, and errno. */
static int
open_named(struct kl_replace *r)
{
	int fd;

	memcpy(r->name + r->n, TEMPORARY, sizeof(TEMPORARY));
	fd = mkostemps(r->name, 4, O_CLOEXEC);
	r->named = fd >= 0;
	return fd;
}

#ifdef O_TMPFILE
static void
name_of_fd(int fd, char to[40])
{
	(void)snprintf(to, 40, "/proc/self/fd/%d", fd);
}

/* A file without a name, which is gone with the process; -1 if the file
 * system, or the machine, has no such thing. */
static int
open_nameless(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".", self[40];
	size_t n = slash != NULL ? (size_t)(slash - path) + 1 : 1;
	int fd;

	if (n >= sizeof(dir))
		return -1;
	if (slash != NULL)
		memcpy(dir, path, n);
	dir[n] = '\0';
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	name_of_fd(fd, self);
	if (access(self, F_OK) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Give it a name that nothing has. */
static bool
link_name(struct kl_replace *r)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	unsigned char random[MARKS];
	char self[40];
	int tries, i;

	name_of_fd(r->fd, self);
	for (tries = 0; tries < TRIES; tries++) {
		if (!kl_random(random, sizeof(random)))
			return false;
		for (i = 0; i < MARKS; i++)
			r->name[r->n + 1 + (size_t)i] =
			    letters[random[i] % (sizeof(letters) - 1)];
		if (linkat(AT_FDCWD, self, AT_FDCWD, r->name,
			AT_SYMLINK_FOLLOW) == 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	return false;
}

/* Where a file cannot be given a name after all, one with a name gets what is
 * in it. */
static bool
copy_named(struct kl_replace *r)
{
	int from = r->fd, fd = open_named(r);
	char block[16384];
	ssize_t n = -1;

	if (fd < 0)
		return false;
	r->fd = fd;
	if (lseek(from, 0, SEEK_SET) == 0)
		while ((n = read(from, block, sizeof(block))) > 0 ||
		    (n < 0 && errno == EINTR))
			if (n > 0 && !kl_write_all(fd, block, (size_t)n))
				break;
	(void)close(from);
	return n == 0 && fsync(fd) == 0;
}

static bool
have_name(struct kl_replace *r)
{
	if (!r->named)
		r->named = link_name(r);
	return r->named || copy_named(r);
}
#else
static int
open_nameless(const char *path)
{
	(void)path;
	return -1;
}

static bool
have_name(struct kl_replace *r)
{
	return r->named;
}
#endif

enum kl_rc
kl_replace_new(struct kl_replace **to, const char *path, struct kl_err *err)
{
	size_t n = strlen(path);
	struct kl_replace *r;
	enum kl_rc rc;

	*to = NULL;
	if ((rc = kl_may_replace(path, err)) != KL_OK)
		return rc;
	if ((r = malloc(sizeof(*r) + 2 * n + sizeof(TEMPORARY) + 1)) == NULL)
		return kl_err_nomem(err);
	r->n = n;
	r->named = false;
	memcpy(r->name, path, n);
	memcpy(r->name + n, TEMPORARY, sizeof(TEMPORARY));
	memcpy(r->name + n + sizeof(TEMPORARY), path, n + 1);
	if ((r->fd = open_nameless(path)) < 0 && (r->fd = open_named(r)) < 0) {
		rc = kl_err_sys(err, KL_ECREATE, "cannot create %s", path);
		free(r);
		return rc;
	}
	*to = r;
	return KL_OK;
}

int
kl_replace_fd(const struct kl_replace *r)
{
	return r->fd;
}

enum kl_rc
kl_replace_commit(struct kl_replace *r, struct kl_err *err)
{
	const char *path = path_of(r);
	enum kl_rc rc = KL_OK;

	if (fsync(r->fd) != 0)
		rc = kl_err_sys(err, KL_EIO, "cannot write %s", path);
	else if (!have_name(r))
		rc = kl_err_sys(err, KL_ECREATE, "cannot create %s", path);
	if (close(r->fd) != 0 && rc == KL_OK)
		rc = kl_err_sys(err, KL_EIO, "cannot write %s", path);
	if (rc == KL_OK && rename(r->name, path) != 0)
		rc = kl_err_sys(err, KL_ECREATE, "cannot create %s", path);
	if (rc == KL_OK)
		kl_sync_name(path);
	else if (r->named)
		(void)unlink(r->name);
	free(r);
	return rc;
}

void
kl_replace_drop(struct kl_replace *r)
{
	if (r == NULL)
		return;
	(void)close(r->fd);
	if (r->named)
		(void)unlink(r->name);
	free(r);
}
