/* SPDX-License-Identifier: MIT */
/* pull-out.c - where the rows of kl-pull go. */

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "kl/file.h"
#include "pull.h"

enum kl_rc
pull_open_output(struct pull *p, struct kl_err *err)
{
	const char *path = pull_opt.output;
	enum kl_rc rc;

	p->fd = STDOUT_FILENO;
	if (path != NULL) {
		if ((rc = kl_may_replace(path, err)) != KL_OK)
			return rc;
		kl_buf_printf(&p->tmp, "%s.%ld.tmp", path, (long)getpid());
		if ((rc = kl_buf_check(&p->tmp, err)) != KL_OK)
			return rc;
		p->fd = open(kl_buf_str(&p->tmp),
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (p->fd < 0) {
			kl_buf_free(&p->tmp);
			return kl_err_sys(err, KL_ECREATE, "cannot create %s",
			    path);
		}
	}
	p->out = kl_out_new(p->fd, path != NULL ? path : "standard output");
	return p->out != NULL ? KL_OK : kl_err_nomem(err);
}

enum kl_rc
pull_close_output(struct pull *p, bool whole, struct kl_err *err)
{
	const char *path = pull_opt.output, *tmp;
	enum kl_rc rc = KL_OK;

	if (p->out != NULL && whole)
		rc = kl_out_sync(p->out, err);
	else if (p->out != NULL && path == NULL)
		(void)kl_out_flush(p->out, NULL); /* whole records */
	kl_out_free(p->out);
	p->out = NULL;
	if (path == NULL || p->tmp.n == 0)
		return rc;
	if (p->state != NULL) { /* which has the file, whole or to go on */
		(void)close(p->fd);
		kl_buf_free(&p->tmp);
		return rc;
	}
	tmp = kl_buf_str(&p->tmp);
	if (close(p->fd) != 0 && whole && rc == KL_OK)
		rc = kl_err_sys(err, KL_EIO, "cannot write %s", path);
	if (whole && rc == KL_OK && rename(tmp, path) != 0)
		rc = kl_err_sys(err, KL_ECREATE, "cannot create %s", path);
	if (!whole || rc != KL_OK)
		(void)unlink(tmp);
	kl_buf_free(&p->tmp);
	return rc;
}
