/* SPDX-License-Identifier: MIT */
/* reject.c - records set aside in a file. */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/count.h"
#include "kl/lines.h"
#include "kl/map.h"
#include "kl/out.h"
#include "kl/reject.h"
#include "reject-line.h"

struct kl_rejects {
	int fd; /* -1: there is no file */
	struct kl_out *out;
	const char *tool, *run;
	struct kl_buf head; /* of each line, up to its number; whoever has lent
			     * run may have changed it since */
	uint64_t n, max;
	double ratio;
	struct kl_map there; /* line and original: how often an earlier run
			      * has set it aside */
	bool anywhere;	     /* the line does not count */
	struct kl_buf key;
};

/* --- what an earlier run has set aside ------------------------------------ */

/* What tells a reject of one run from others: the line, and the original as
 * it stands in the reject. */
static struct kl_span
key_of(struct kl_rejects *r, uint64_t line, struct kl_span original)
{
	kl_buf_reset(&r->key);
	if (!r->anywhere)
		kl_buf_put(&r->key, &line, sizeof(line));
	kl_buf_span(&r->key, original);
	return (struct kl_span){ r->key.s, r->key.n };
}

/* A line of the file: is it a reject of this run? */
static enum kl_rc
take_reject(struct kl_rejects *r, struct kl_json *doc,
    const struct kl_line *line, uint64_t from, struct kl_err *err)
{
	uint32_t head, i;
	struct kl_span s, key;
	int64_t no = 0;
	uint64_t *times;
	bool fresh;

	if (!kl_reject_is(line->s, line->n) ||
	    kl_json_scan(doc, line->s, line->n, NULL) != KL_OK ||
	    (head = kl_json_get(doc, 0, "_kl_reject")) == 0 ||
	    (i = kl_json_get(doc, head, "run")) == 0 ||
	    !kl_json_is(doc, i, r->run) ||
	    (i = kl_json_get(doc, head, "tool")) == 0 ||
	    !kl_json_is(doc, i, r->tool) ||
	    (i = kl_json_get(doc, head, "line")) == 0 ||
	    !kl_json_int(doc, i, &no) || no < 0 ||
	    (!r->anywhere && (uint64_t)no < from))
		return KL_OK;
	s = kl_json_raw(doc, head);
	s = (struct kl_span){ s.s + s.n,
		(size_t)(line->s + line->n - (s.s + s.n)) };
	key = key_of(r, (uint64_t)no, s);
	times = r->key.rc == KL_OK ? kl_map_put(&r->there, key.s, key.n, &fresh)
				   : NULL;
	if (times == NULL)
		return kl_err_nomem(err);
	*times = fresh ? 1 : *times + 1;
	return KL_OK;
}

enum kl_rc
kl_rejects_again(struct kl_rejects *r, uint64_t from, struct kl_err *err)
{
	struct kl_json doc = { 0 };
	struct kl_lines *in;
	struct kl_line line;
	enum kl_rc rc;

	if (r->fd < 0)
		return KL_OK;
	r->anywhere = from == KL_REJECTS_ANYWHERE;
	if (lseek(r->fd, 0, SEEK_SET) < 0)
		return KL_OK; /* a pipe: what went down it is gone */
	if ((in = kl_lines_new(r->fd, 2 * KL_LINE_MAX)) == NULL)
		return kl_err_nomem(err);
	while (
	    (rc = kl_lines_next(in, &line, err)) == KL_OK || rc == KL_ETOOBIG)
		if (rc == KL_OK &&
		    (rc = take_reject(r, &doc, &line, from, err)) != KL_OK)
			break;
	kl_lines_free(in);
	kl_json_free(&doc);
	return rc == KL_EOF ? KL_OK : rc;
}

/* True, and one less is there, if the reject whose original ends the block
 * is. */
static bool
is_there(struct kl_rejects *r, uint64_t line, struct kl_span original)
{
	struct kl_span key;
	uint64_t *times;

	if (r->there.n == 0)
		return false;
	key = key_of(r, line, original);
	times = r->key.rc == KL_OK ? kl_map_get(&r->there, key.s, key.n) : NULL;
	if (times == NULL || *times == 0)
		return false;
	--*times;
	return true;
}

/* Two descriptors on one regular file? */
static bool
same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && S_ISREG(x.st_mode) &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Open the file; what a crash left as half a line is ended first. */
static enum kl_rc
open_file(struct kl_rejects *r, const char *path, int in_fd, struct kl_err *err)
{
	char last = '\n';
	off_t size;

	r->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (r->fd < 0)
		return kl_err_sys(err, KL_ECREATE, "cannot open rejects %s",
		    path);
	if (in_fd >= 0 && same_file(r->fd, in_fd))
		return kl_err_set(err, KL_EUSAGE,
		    "rejects %s is the input itself", path);
	if ((r->out = kl_out_new(r->fd, path)) == NULL)
		return kl_err_nomem(err);
	if ((size = lseek(r->fd, 0, SEEK_END)) > 0)
		(void)!pread(r->fd, &last, 1, size - 1);
	return last == '\n' ? KL_OK : kl_out_put(r->out, "\n", 1, err);
}

enum kl_rc
kl_rejects_open(struct kl_rejects **to, const char *path, int in_fd,
    const char *tool, const char *run, struct kl_err *err)
{
	struct kl_rejects *r = calloc(1, sizeof(*r));
	enum kl_rc rc;

	*to = NULL;
	if (r == NULL)
		return kl_err_nomem(err);
	r->fd = -1;
	r->tool = tool;
	r->run = run;
	r->ratio = 1;
	r->max = path != NULL ? UINT64_MAX : 0;
	reject_put_head(&r->head, tool, run);
	rc = kl_buf_check(&r->head, err);
	if (rc == KL_OK && path != NULL)
		rc = open_file(r, path, in_fd, err);
	if (rc != KL_OK) {
		(void)kl_rejects_close(r, NULL);
		return rc;
	}
	*to = r;
	return KL_OK;
}

enum kl_rc
kl_rejects_close(struct kl_rejects *r, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	if (r == NULL)
		return KL_OK;
	if (r->out != NULL)
		rc = kl_out_flush(r->out, err);
	kl_map_free(&r->there);
	kl_buf_free(&r->key);
	kl_buf_free(&r->head);
	kl_out_free(r->out);
	if (r->fd >= 0 && close(r->fd) != 0 && rc == KL_OK)
		rc = kl_err_sys(err, KL_EIO, "cannot close the rejects");
	free(r);
	return rc;
}

void
kl_rejects_limit(struct kl_rejects *r, uint64_t max, double ratio)
{
	r->max = max;
	r->ratio = ratio;
}

/* True if that is what lines begin with. */
static bool
has_head(const struct kl_rejects *r)
{
	static const char behind[] = "\",\"line\":";
	size_t n = strlen(r->run) + sizeof(behind) - 1;

	return r->head.n > n &&
	    memcmp(r->head.s + r->head.n - n, r->run, n - sizeof(behind) + 1) ==
	    0 &&
	    r->head.s[r->head.n - n - 1] == '"';
}

static void
put_head(const struct kl_rejects *r, struct kl_buf *b)
{
	if (has_head(r))
		kl_buf_put(b, r->head.s, r->head.n);
	else
		reject_put_head(b, r->tool, r->run);
}

/* Write it, unless it is in the file. */
static enum kl_rc
write_reject(struct kl_rejects *r, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why, struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(r->out);
	size_t at;

	put_head(r, b);
	reject_put_reason(b, what, reason, why);
	at = b->n;
	reject_put_original(b, what);
	kl_buf_putc(b, '}');
	if (b->rc == KL_OK &&
	    (is_there(r, what->line,
		 (struct kl_span){ b->s + at, b->n - at }) ||
		what->known)) {
		kl_out_abandon(r->out);
		return KL_OK;
	}
	return kl_out_commit(r->out, err);
}

enum kl_rc
kl_rejects_put(struct kl_rejects *r, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why, struct kl_err *err)
{
	enum kl_rc rc;

	r->n++;
	if (r->out != NULL &&
	    (rc = write_reject(r, what, reason, why, err)) != KL_OK)
		return rc;
	if (r->n <= r->max || (what->known && r->out == NULL))
		return KL_OK;
	if (err != NULL)
		*err = *reason;
	return KL_EDATA;
}

uint64_t
kl_rejects_room(const struct kl_rejects *r)
{
	return r->n < r->max ? r->max - r->n : 0;
}

void
kl_rejects_format(const struct kl_rejects *r, struct kl_buf *b,
    const struct kl_rejected *what, const struct kl_err *reason,
    const struct kl_why *why)
{
	put_head(r, b);
	reject_put_reason(b, what, reason, why);
	reject_put_original(b, what);
	kl_buf_puts(b, "}\n");
}

/* How many bytes of each line stand before its number: they are the same for
 * all. */
static enum kl_rc
head_of(const struct kl_rejects *r, size_t *n, struct kl_err *err)
{
	struct kl_buf b = { 0 };
	enum kl_rc rc;

	put_head(r, &b);
	*n = b.n;
	rc = kl_buf_check(&b, err);
	kl_buf_free(&b);
	return rc;
}

enum kl_rc
kl_rejects_add(struct kl_rejects *r, const char *s, size_t n, uint64_t lines,
    struct kl_err *err)
{
	struct kl_buf *b;
	const char *end = s + n, *p, *nl;
	size_t head = 0;
	uint64_t line;
	enum kl_rc rc = KL_OK;

	if (n > 0)
		rc = head_of(r, &head, err);
	for (; rc == KL_OK && s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		line = 0;
		for (p = s + head; *p >= '0' && *p <= '9'; p++)
			line = 10 * line + (uint64_t)(*p - '0');
		b = kl_out_begin(r->out);
		kl_buf_put(b, s, head);
		reject_put_number(b, lines + line);
		kl_buf_put(b, p, (size_t)(nl - p));
		r->n++;
		rc = kl_out_commit(r->out, err);
	}
	return rc;
}

enum kl_rc
kl_rejects_judge(const struct kl_rejects *r, uint64_t read, struct kl_err *err)
{
	if (r->ratio >= 1 || (double)r->n <= r->ratio * (double)read)
		return KL_OK;
	return kl_err_set(err, KL_EDATA,
	    "%llu of %s rejected, more than --max-reject-ratio",
	    (unsigned long long)r->n, KL_COUNT(read, "record", "records"));
}

enum kl_rc
kl_rejects_flush(struct kl_rejects *r, struct kl_err *err)
{
	return r->out != NULL ? kl_out_flush(r->out, err) : KL_OK;
}

enum kl_rc
kl_rejects_sync(struct kl_rejects *r, struct kl_err *err)
{
	return r->out != NULL ? kl_out_sync(r->out, err) : KL_OK;
}

uint64_t
kl_rejects_count(const struct kl_rejects *r)
{
	return r->n;
}
