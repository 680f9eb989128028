/* SPDX-License-Identifier: MIT */
/* temp.c - where temporary files are made. */

#include <stdio.h>
#include <stdlib.h>

#include "kl/file.h"
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
		n = snprintf(path, sizeof(path), "%s/kl-diff", dir);
		if (n < 0 || (size_t)n >= sizeof(path))
			continue;
		if ((fd = kl_temp_beside(path)) >= 0)
			return fd;
	}
	return -1;
}
