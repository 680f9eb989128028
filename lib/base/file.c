/* SPDX-License-Identifier: MIT */
/* file.c - write all of it; files without a name. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
