/* SPDX-License-Identifier: MIT */
/* spool.c - look at a whole input before it is read. */

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kl/file.h"
#include "kl/lines.h"
#include "kl/spool.h"

/* All of fd, to look(), and to the copy if it is one (-1: none). */
static enum kl_rc
read_all(int fd, int copy, const volatile int *stop,
    void (*look)(void *, const void *, size_t), void *ctx, struct kl_err *err)
{
	char *block = malloc(KL_BLOCK);
	ssize_t n;
	enum kl_rc rc = KL_OK;

	if (block == NULL)
		return kl_err_nomem(err);
	while (rc == KL_OK) {
		if (stop != NULL && *stop != 0)
			rc = KL_EOF;
		else if ((n = read(fd, block, KL_BLOCK)) == 0)
			break;
		else if (n < 0 && errno != EINTR)
			rc = kl_err_sys(err, KL_EIO, "cannot read the input");
		else if (n > 0) {
			look(ctx, block, (size_t)n);
			if (copy >= 0 && !kl_write_all(copy, block, (size_t)n))
				rc = kl_err_sys(err, KL_EIO,
				    "cannot keep a copy of the input");
		}
	}
	free(block);
	return rc;
}

enum kl_rc
kl_spool(int fd, const char *near, const volatile int *stop,
    void (*look)(void *, const void *, size_t), void *ctx, struct kl_err *err)
{
	struct stat st;
	off_t at = -1;
	int copy = -1;
	enum kl_rc rc;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		at = lseek(fd, 0, SEEK_CUR);
	if (at < 0 && (copy = kl_temp_beside(near)) < 0)
		return kl_err_sys(err, KL_ECREATE,
		    "cannot make a temporary file beside %s", near);
	rc = read_all(fd, copy, stop, look, ctx, err);
	if (rc == KL_OK && copy >= 0) {
		if (lseek(copy, 0, SEEK_SET) != 0 || dup2(copy, fd) < 0)
			rc = kl_err_sys(err, KL_EIO,
			    "cannot go back in the copy of the input");
	} else if (rc == KL_OK && lseek(fd, at, SEEK_SET) != at)
		rc = kl_err_sys(err, KL_EIO, "cannot go back in the input");
	if (copy >= 0)
		(void)close(copy);
	return rc;
}
