/* SPDX-License-Identifier: MIT */
/* audit-open.c - open a trail: a new one, one that goes on from another, or
 * one that is there. */

#include <sys/stat.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "kl/count.h"
#include "kl/file.h"
#include "kl/lines.h"

/* A new file goes on from another, which has to be whole. */
static enum kl_rc
go_on(struct kl_audit *a, struct kl_err *err)
{
	struct kl_audit_check c = { .path = a->o.after, .hash = a->o.hash };
	struct kl_audit_report r = { 0 };
	enum kl_rc rc = kl_audit_verify(&c, &r, err);

	if (rc == KL_OK) {
		a->end = r.end;
		a->end.bytes = 0;
	}
	return rc;
}

static enum kl_rc
gone(const struct kl_audit *a, const struct kl_audit_end *head,
    struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "%s is gone or empty, and %s.head tells of %s", a->o.path,
	    a->o.path, KL_COUNT(head->n, "entry", "entries"));
	kl_err_code(err, "audit_truncated");
	kl_err_hint(err,
	    "put it back; if it was put elsewhere on purpose, say where with "
	    "--audit-after");
	return KL_EDATA;
}

/* There is nothing in it: it may be a new one. */
static enum kl_rc
begin(struct kl_audit *a, struct kl_err *err)
{
	struct kl_audit_end head;
	bool headed;
	enum kl_rc rc;

	rc = audit_head_read(a->o.path, &a->key, &head, &headed, err);
	if (rc != KL_OK)
		return rc;
	memcpy(a->end.digest, audit_nothing, sizeof(audit_nothing));
	if (a->o.after == NULL)
		return headed ? gone(a, &head, err) : KL_OK;
	if ((rc = go_on(a, err)) != KL_OK || !headed ||
	    (head.n == a->end.n &&
		memcmp(head.digest, a->end.digest, AUDIT_MAC) == 0))
		return rc;
	(void)kl_err_set(err, KL_EDATA,
	    "%s.head tells of %s, %s ends with number %" PRIu64
	    ": it is not what was in %s",
	    a->o.path, KL_COUNT(head.n, "entry", "entries"), a->o.after,
	    a->end.n, a->o.path);
	kl_err_code(err, "audit_truncated");
	return KL_EDATA;
}

/* The first line names the hash key. */
static enum kl_rc
check_first(const struct kl_audit *a, struct kl_err *err)
{
	char text[256];
	ssize_t n = pread(a->fd, text, sizeof(text), 0);
	const char *mark;

	if (n < 0)
		return kl_err_sys(err, KL_EIO, "%s", a->o.path);
	mark = audit_begins((struct kl_span){ text, (size_t)n });
	if (mark == NULL)
		return kl_err_set(err, KL_EDATA, "%s is no audit trail",
		    a->o.path);
	if (memcmp(mark, a->key.mark, AUDIT_MAC) != 0)
		return audit_other_key(a->o.path, err);
	return KL_OK;
}

/* A first line that was cut off: it is as if the file were empty. */
static enum kl_rc
forget_start(struct kl_audit *a, struct stat *st, struct kl_err *err)
{
	char text[256];
	ssize_t n = pread(a->fd, text, sizeof(text), 0);

	if (n < 0)
		return kl_err_sys(err, KL_EIO, "%s", a->o.path);
	if (n == 0 || (size_t)n == sizeof(text) ||
	    memchr(text, '\n', (size_t)n) != NULL ||
	    memcmp(text, "{\"audit\":", n < 9 ? (size_t)n : 9) != 0)
		return KL_OK;
	if (ftruncate(a->fd, 0) != 0)
		return kl_err_sys(err, KL_EIO, "cannot repair %s", a->o.path);
	st->st_size = 0;
	return KL_OK;
}

/* Under the lock, for the first time. */
static enum kl_rc
start(struct kl_audit *a, struct kl_err *err)
{
	struct stat st;
	enum kl_rc rc;

	if (fstat(a->fd, &st) != 0)
		return kl_err_sys(err, KL_EIO, "%s", a->o.path);
	if (!S_ISREG(st.st_mode))
		return kl_err_set(err, KL_ECREATE, "%s is not a regular file",
		    a->o.path);
	if ((rc = forget_start(a, &st, err)) != KL_OK)
		return rc;
	rc = st.st_size > 0 ? check_first(a, err) : begin(a, err);
	if (rc != KL_OK)
		return rc;
	/* A head that told of another file must not survive a crash now. */
	if ((a->head_fd = audit_head_open(a->o.path)) < 0 ||
	    (st.st_size == 0 && ftruncate(a->head_fd, 0) != 0))
		return kl_err_sys(err, KL_ECREATE, "%s.head", a->o.path);
	a->known = st.st_size == 0;
	return audit_append(a, err);
}

/* A file that is not there is not made if its head says that it was. */
static enum kl_rc
look(struct kl_audit *a, struct kl_err *err)
{
	if (a->o.after != NULL || access(a->o.path, F_OK) == 0)
		return KL_OK;
	return begin(a, err);
}

enum kl_rc
kl_audit_open(struct kl_audit **to, const struct kl_audit_opts *o,
    struct kl_err *err)
{
	struct kl_audit *a = calloc(1, sizeof(*a));
	enum kl_rc rc;

	*to = NULL;
	if (a == NULL)
		return kl_err_nomem(err);
	a->o = *o;
	a->fd = a->head_fd = -1;
	audit_key_set(&a->key, o->hash);
	if ((rc = look(a, err)) == KL_OK) {
		a->end = (struct kl_audit_end){ 0 };
		a->fd = open(o->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
		    0600);
		if (a->fd < 0 || !audit_lock(a, F_WRLCK))
			rc = kl_err_sys(err, KL_ECREATE, "%s", o->path);
		else
			rc = start(a, err);
	}
	if (rc != KL_OK) {
		kl_audit_close(a);
		return rc;
	}
	(void)audit_lock(a, F_UNLCK);
	kl_sync_name(o->path);
	*to = a;
	return KL_OK;
}

void
kl_audit_close(struct kl_audit *a)
{
	if (a == NULL)
		return;
	if (a->fd >= 0)
		(void)close(a->fd);
	if (a->head_fd >= 0)
		(void)close(a->head_fd);
	kl_buf_free(&a->draft);
	kl_buf_free(&a->pending);
	kl_buf_free(&a->out);
	kl_wipe(a, sizeof(*a));
	free(a);
}

/* --- the entries of a run ------------------------------------------------- */

/* Whether the line has the text. */
static bool
holds(const struct kl_line *line, const char *text, size_t n)
{
	const char *s = line->s;
	const char *limit =
	    s + (line->n < KL_AUDIT_RUN ? line->n : KL_AUDIT_RUN);

	while ((size_t)(limit - s) >= n &&
	    (s = memchr(s, text[0], (size_t)(limit - s) - n + 1)) != NULL) {
		if (memcmp(s, text, n) == 0)
			return true;
		s++;
	}
	return false;
}

enum kl_rc
kl_audit_of_run(struct kl_audit *a, const char *run,
    enum kl_rc (
	*each)(void *ctx, const struct kl_json *doc, struct kl_err *err),
    void *ctx, struct kl_err *err)
{
	struct kl_lines *in;
	struct kl_json doc = { 0 };
	struct kl_line line;
	size_t n = strlen(run);
	enum kl_rc rc = KL_OK;

	if (lseek(a->fd, 0, SEEK_SET) < 0)
		return kl_err_sys(err, KL_EIO, "%s", a->o.path);
	if ((in = kl_lines_new(a->fd, KL_AUDIT_LINE)) == NULL)
		return kl_err_nomem(err);
	while (rc == KL_OK && (rc = kl_lines_next(in, &line, err)) == KL_OK)
		if (holds(&line, run, n) &&
		    kl_json_scan(&doc, line.s, line.n, NULL) == KL_OK &&
		    kl_json_is(&doc, kl_json_get(&doc, 0, "run"), run))
			rc = each(ctx, &doc, err);
	kl_json_free(&doc);
	kl_lines_free(in);
	return rc == KL_EOF ? KL_OK : rc;
}
