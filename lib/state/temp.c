/* SPDX-License-Identifier: MIT */
/* temp.c - temporary files without a name. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sort.h"

int
kl_temp(void)
{
	static const char *const names[] = { "SQLITE_TMPDIR", "TMPDIR", NULL };
	const char *dir;
	char path[4096];
	size_t i;
	int fd, n;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		dir = names[i] != NULL ? getenv(names[i]) : "/tmp";
		if (dir == NULL || *dir == '\0')
			continue;
		n = snprintf(path, sizeof(path), "%s/kl-diff.XXXXXX", dir);
		if (n < 0 || (size_t)n >= sizeof(path) ||
		    (fd = mkstemp(path)) < 0)
			continue;
		(void)unlink(path);
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		return fd;
	}
	return -1;
}

bool
kl_temp_write(int fd, const void *from, size_t n)
{
	const char *s = from;
	ssize_t k;

	for (; n > 0; s += k, n -= (size_t)k)
		if ((k = write(fd, s, n)) <= 0)
			return false;
	return true;
}
