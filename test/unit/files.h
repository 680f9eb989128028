/* SPDX-License-Identifier: MIT */
#ifndef FILES_H
#define FILES_H

/*
 * files.h - files, for unit programs:
 *
 *	int fd = file_of(text, n);	unsigned n = files_in(".");
 */

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

/* A descriptor to read s from: of a file, which has no name. */
static inline int
file_of(const char *s, size_t n)
{
	char path[] = "/tmp/kl-unit.XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || unlink(path) != 0 || write(fd, s, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) != 0)
		exit(2);
	return fd;
}

/* How many names a folder holds. */
static inline unsigned
files_in(const char *folder)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		(void)closedir(d);
	return n > 2 ? n - 2 : 0; /* . and .. */
}

#endif /* FILES_H */
