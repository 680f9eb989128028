/* SPDX-License-Identifier: MIT */
/* file.c - write all of it; files without a name, and whole or not at all. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kl/file.h"

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

struct kl_replace {
	int fd;
	size_t n;    /* bytes of the path, which name begins with */
	char name[]; /* of the temporary file; after its NUL, the path */
};

static const char *
path_of(const struct kl_replace *r)
{
	return r->name + r->n + sizeof(TEMPORARY);
}

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
	memcpy(r->name, path, n);
	memcpy(r->name + n, TEMPORARY, sizeof(TEMPORARY));
	memcpy(r->name + n + sizeof(TEMPORARY), path, n + 1);
	if ((r->fd = mkostemps(r->name, 4, O_CLOEXEC)) < 0) {
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
	if (close(r->fd) != 0 && rc == KL_OK)
		rc = kl_err_sys(err, KL_EIO, "cannot write %s", path);
	if (rc == KL_OK && rename(r->name, path) != 0)
		rc = kl_err_sys(err, KL_ECREATE, "cannot create %s", path);
	if (rc == KL_OK)
		kl_sync_name(path);
	else
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
	(void)unlink(r->name);
	free(r);
}
