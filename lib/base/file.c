/* SPDX-License-Identifier: MIT */
/* file.c - write all of it; files without a name. */

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
