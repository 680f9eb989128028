/* SPDX-License-Identifier: MIT */
/* files.c - records of files other than the input. */

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "kl/lines.h"
#include "kl/reject.h"

/* Scan a line that is a record, or a reject with one in it. */
static enum kl_rc
scan(struct kl_json *doc, struct kl_buf *tmp, struct kl_span *s,
    struct kl_err *err)
{
	enum kl_rc rc;

	while (s->n > 0 && strchr(" \t\r", s->s[s->n - 1]) != NULL)
		s->n--;
	while (s->n > 0 && strchr(" \t\r", *s->s) != NULL) {
		s->s++;
		s->n--;
	}
	if (s->n == 0)
		return KL_AGAIN;
	if ((rc = kl_json_scan(doc, s->s, s->n, err)) != KL_OK)
		return rc;
	if (kl_reject_is(s->s, s->n) &&
	    ((rc = kl_reject_unwrap(doc, tmp, s, err)) != KL_OK ||
		(rc = kl_json_scan(doc, s->s, s->n, err)) != KL_OK))
		return rc;
	if (kl_json_type(doc, 0) != KL_JSON_OBJECT)
		return kl_err_set(err, KL_EDATA, "not a JSON object");
	return KL_OK;
}

static enum kl_rc
each_line(struct kl_lines *in, const char *path, cmd_file_record *each,
    void *ctx, struct kl_err *err)
{
	struct kl_json doc = { 0 };
	struct kl_buf tmp = { 0 };
	struct kl_err why = { 0 };
	struct kl_line line;
	struct kl_span s;
	enum kl_rc rc;

	while ((rc = kl_lines_next(in, &line, &why)) == KL_OK) {
		s = (struct kl_span){ line.s, line.n };
		if ((rc = scan(&doc, &tmp, &s, &why)) == KL_OK)
			rc = each(ctx, &doc, s, &why);
		if (rc != KL_OK && rc != KL_AGAIN)
			break;
	}
	kl_json_free(&doc);
	kl_buf_free(&tmp);
	if (rc == KL_EOF)
		return KL_OK;
	if (rc != KL_EDATA && rc != KL_ETOOBIG) {
		*err = why;
		return rc;
	}
	(void)kl_err_set(err, rc, "%s: line %" PRIu64 ": %s", path, line.no,
	    why.msg);
	kl_err_hint(err, "%s", why.hint);
	return rc;
}

enum kl_rc
cmd_files_each(const struct kl_strs *files, cmd_file_record *each, void *ctx,
    struct kl_err *err)
{
	struct kl_lines *in;
	enum kl_rc rc = KL_OK;
	size_t i;
	int fd;

	for (i = 0; rc == KL_OK && i < files->n; i++) {
		if ((fd = open(files->s[i], O_RDONLY | O_CLOEXEC)) < 0)
			return kl_err_sys(err, KL_ENOINPUT, "%s", files->s[i]);
		if ((in = kl_lines_new(fd, 0)) == NULL)
			rc = kl_err_nomem(err);
		else
			rc = each_line(in, files->s[i], each, ctx, err);
		kl_lines_free(in);
		(void)close(fd);
	}
	return rc;
}
