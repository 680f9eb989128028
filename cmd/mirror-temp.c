/* SPDX-License-Identifier: MIT */
/* mirror-temp.c - what waits in temporary files until it is decided. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/file.h"
#include "mirror.h"

static const char what[] = "a temporary file";

const char *
mirror_near(void)
{
	static char path[4000];
	const char *dir = getenv("TMPDIR");

	if (dir == NULL || *dir == '\0' || strlen(dir) > sizeof(path) - 16)
		dir = "/tmp";
	(void)snprintf(path, sizeof(path), "%s/kl-push", dir);
	return path;
}

static enum kl_rc
open_temp(int *fd, struct kl_out **out, struct kl_err *err)
{
	if ((*fd = kl_temp_beside(mirror_near())) < 0)
		return kl_err_sys(err, KL_ECREATE,
		    "cannot make a temporary file beside %s", mirror_near());
	if ((*out = kl_out_new(*fd, what)) == NULL)
		return kl_err_nomem(err);
	return KL_OK;
}

static void
close_temp(int fd, struct kl_out *out)
{
	if (out == NULL)
		return;
	kl_out_free(out);
	(void)close(fd);
}

/* --- records ---------------------------------------------------------------
 */

enum kl_rc
mirror_lines_open(struct mirror_lines *l, struct kl_err *err)
{
	return open_temp(&l->fd, &l->out, err);
}

enum kl_rc
mirror_lines_add(struct mirror_lines *l, uint64_t line, struct kl_span record,
    struct kl_err *err)
{
	struct kl_buf *b;

	for (; l->line + 1 < line; l->line++) {
		(void)kl_out_begin(l->out);
		if (kl_out_commit(l->out, err) != KL_OK)
			return KL_EIO;
	}
	b = kl_out_begin(l->out);
	/* White space between members may be a line break, in a record that
	 * was decoded; it may as well be none. */
	for (size_t i = 0; i < record.n; i++)
		kl_buf_putc(b, record.s[i] == '\n' ? ' ' : record.s[i]);
	l->line++;
	l->n++;
	return kl_out_commit(l->out, err);
}

enum kl_rc
mirror_lines_rewind(struct mirror_lines *l, struct kl_err *err)
{
	enum kl_rc rc = kl_out_flush(l->out, err);

	if (rc == KL_OK && lseek(l->fd, 0, SEEK_SET) != 0)
		rc = kl_err_sys(err, KL_EIO, "cannot read %s", what);
	return rc;
}

void
mirror_lines_close(struct mirror_lines *l)
{
	close_temp(l->fd, l->out);
	*l = (struct mirror_lines){ 0 };
}

/* --- people ----------------------------------------------------------------
 */

enum kl_rc
mirror_people_open(struct mirror_people *q, struct kl_err *err)
{
	return open_temp(&q->fd, &q->out, err);
}

enum kl_rc
mirror_people_add(struct mirror_people *q, const struct kl_plan_person *p,
    struct kl_err *err)
{
	q->n++;
	return kl_out_put(q->out, p, sizeof(*p), err);
}

enum kl_rc
mirror_people_get(struct mirror_people *q, uint64_t at,
    struct kl_plan_person *p, size_t n, size_t *got, struct kl_err *err)
{
	ssize_t bytes;
	enum kl_rc rc;

	*got = 0;
	if (at >= q->n)
		return KL_OK;
	if ((rc = kl_out_flush(q->out, err)) != KL_OK)
		return rc;
	n = q->n - at < n ? (size_t)(q->n - at) : n;
	bytes = pread(q->fd, p, n * sizeof(*p), (off_t)(at * sizeof(*p)));
	if (bytes != (ssize_t)(n * sizeof(*p)))
		return kl_err_sys(err, KL_EIO, "cannot read %s", what);
	*got = n;
	return KL_OK;
}

void
mirror_people_close(struct mirror_people *q)
{
	close_temp(q->fd, q->out);
	*q = (struct mirror_people){ 0 };
}
