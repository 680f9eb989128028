/* SPDX-License-Identifier: MIT */
/* pull-out.c - where the rows of kl-pull go. */

#include <unistd.h>

#include "pull.h"

enum kl_rc
pull_open_output(struct pull *p, struct kl_err *err)
{
	const char *path = pull_opt.output;
	enum kl_rc rc;

	p->fd = STDOUT_FILENO;
	if (path != NULL) {
		if ((rc = kl_replace_new(&p->file, path, err)) != KL_OK)
			return rc;
		p->fd = kl_replace_fd(p->file);
	}
	p->out = kl_out_new(p->fd, path != NULL ? path : "standard output");
	return p->out != NULL ? KL_OK : kl_err_nomem(err);
}

enum kl_rc
pull_close_output(struct pull *p, bool whole, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	if (p->out != NULL && whole)
		rc = kl_out_sync(p->out, err);
	else if (p->out != NULL && pull_opt.output == NULL)
		(void)kl_out_flush(p->out, NULL); /* whole records */
	kl_out_free(p->out);
	p->out = NULL;
	if (whole && rc == KL_OK && p->file != NULL)
		rc = kl_replace_commit(p->file, err);
	else
		kl_replace_drop(p->file);
	p->file = NULL;
	if (p->part.n > 0) /* the state has it, whole or to go on */
		(void)close(p->fd);
	kl_buf_free(&p->part);
	return rc;
}
