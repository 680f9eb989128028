/* SPDX-License-Identifier: MIT */
/*
 * audit.c - add to a trail.
 *
 * Who writes holds a lock on the file for as long as it takes: it learns from
 * the head where the trail ends, writes behind that, makes it last, and then
 * moves the head, which lasts too before anything is acknowledged.  So what
 * stands behind the head was never acknowledged: as far as it is whole it is
 * kept, and the rest is what a crash left.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "kl/count.h"
#include "kl/file.h"
#include "kl/lines.h"
#include "kl/time.h"

#define BLOCK ((size_t)256 << 10) /* bytes of one write */

static void __attribute__((format(printf, 2, 3)))
note(const struct kl_audit *a, const char *fmt, ...)
{
	struct kl_buf b = { .max = 1000 };
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kl_buf_printf(&b, "%s: %s", a->o.path, text);
	if (a->o.note != NULL)
		a->o.note(a->o.ctx, kl_buf_str(&b));
	kl_buf_free(&b);
}

bool
audit_lock(const struct kl_audit *a, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET };

	while (fcntl(a->fd, F_SETLKW, &l) != 0)
		if (errno != EINTR)
			return false;
	return true;
}

/* --- where it ends -------------------------------------------------------- */

/* What was found behind a place in the file. */
struct tail {
	uint64_t bad;	 /* bytes from the first line that does not go on */
	uint64_t line;	 /* its number, the place being before line 1 */
	bool good_after; /* a good entry comes later */
};

/* Go along the entries behind end. */
static enum kl_rc
walk(const struct kl_audit *a, struct kl_audit_end *end, uint64_t size,
    struct tail *t, struct kl_err *err)
{
	struct kl_lines *in = NULL;
	struct audit_line l = { 0 };
	struct kl_line line;
	enum kl_rc rc = KL_OK;

	*t = (struct tail){ 0 };
	if (lseek(a->fd, (off_t)end->bytes, SEEK_SET) < 0)
		return kl_err_sys(err, KL_EIO, "%s", a->o.path);
	if ((in = kl_lines_new(a->fd, KL_AUDIT_LINE)) == NULL)
		return kl_err_nomem(err);
	while (
	    (rc = kl_lines_next(in, &line, err)) == KL_OK || rc == KL_ETOOBIG) {
		bool is = rc == KL_OK && line.eol &&
		    audit_read(&l, &a->key, (struct kl_span){ line.s, line.n });

		if (t->line == 0 && is && audit_follows(&l, end, line.n + 1))
			continue;
		if (t->line == 0)
			t->line = line.no;
		t->good_after = t->good_after || (is && l.good);
	}
	kl_lines_free(in);
	if (rc != KL_EOF)
		return rc;
	t->bad = size - end->bytes;
	return KL_OK;
}

static enum kl_rc
cut_short(const struct kl_audit *a, uint64_t n, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "%s ends before entry %" PRIu64 ", the last that %s.head tells of",
	    a->o.path, n, a->o.path);
	kl_err_code(err, "audit_truncated");
	kl_err_hint(err,
	    "put it back from a copy; to begin anew, name another file");
	return KL_EDATA;
}

static enum kl_rc
changed(const struct kl_audit *a, uint64_t line, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "%s: line %" PRIu64 " was changed, or does not follow the one "
	    "before it",
	    a->o.path, line);
	kl_err_code(err, "audit_changed");
	kl_err_hint(err,
	    "kl-push audit-verify tells more; nothing is added to it");
	return KL_EDATA;
}

/* The last entry must be the one that the head tells of. */
static enum kl_rc
is_there(const struct kl_audit *a, const struct kl_audit_end *head,
    struct kl_err *err)
{
	char text[AUDIT_MAC + 3];
	off_t at = (off_t)head->bytes - (off_t)sizeof(text);

	if (at > 0 &&
	    pread(a->fd, text, sizeof(text), at) == (ssize_t)sizeof(text) &&
	    memcmp(text, head->digest, AUDIT_MAC) == 0 &&
	    memcmp(text + AUDIT_MAC, "\"}\n", 3) == 0)
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA,
	    "entry %" PRIu64 " of %s is not the one that %s.head tells of",
	    head->n, a->o.path, a->o.path);
	kl_err_code(err, "audit_changed");
	kl_err_hint(err,
	    "kl-push audit-verify tells more; nothing is added to it");
	return KL_EDATA;
}

/* Take away what a crash left. */
static enum kl_rc
repair(struct kl_audit *a, uint64_t bytes, struct kl_err *err)
{
	if (ftruncate(a->fd, (off_t)a->end.bytes) != 0)
		return kl_err_sys(err, KL_EIO, "cannot repair %s", a->o.path);
	a->torn += bytes;
	note(a,
	    "the last %s half written when a run was killed: not counted, and "
	    "taken away",
	    KL_COUNT(bytes, "byte was", "bytes were"));
	return KL_OK;
}

/* What the first entry goes on from: it says so itself. */
static enum kl_rc
from_first(const struct kl_audit *a, struct kl_audit_end *end,
    struct kl_err *err)
{
	char text[512];
	ssize_t n = pread(a->fd, text, sizeof(text), 0);
	const char *nl = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;
	struct audit_line l;

	if (n < 0)
		return kl_err_sys(err, KL_EIO, "%s", a->o.path);
	if (nl == NULL ||
	    !audit_read(&l, &a->key,
		(struct kl_span){ text, (size_t)(nl - text) }) ||
	    !l.good)
		return changed(a, 1, err);
	end->n = l.n - 1;
	memcpy(end->digest, l.prev, AUDIT_MAC);
	return KL_OK;
}

/* Under the lock: learn where the trail ends. */
static enum kl_rc
catch_up(struct kl_audit *a, struct kl_err *err)
{
	struct kl_audit_end head;
	struct stat st;
	struct tail t;
	bool headed;
	enum kl_rc rc;

	if (fstat(a->fd, &st) != 0)
		return kl_err_sys(err, KL_EIO, "%s", a->o.path);
	if (a->known && (uint64_t)st.st_size == a->end.bytes)
		return KL_OK;
	if ((rc = audit_head_read(a->o.path, &a->key, &head, &headed, err)) !=
	    KL_OK)
		return rc;
	if (head.n < a->end.n || (uint64_t)st.st_size < head.bytes)
		return cut_short(a, head.n < a->end.n ? a->end.n : head.n, err);
	rc = headed ? is_there(a, &head, err) : from_first(a, &head, err);
	if (rc != KL_OK)
		return rc;
	if ((rc = walk(a, &head, (uint64_t)st.st_size, &t, err)) != KL_OK)
		return rc;
	if (!headed && t.good_after)
		return changed(a, t.line, err);
	a->end = head;
	a->known = true;
	a->headless = !headed && a->end.n > 0;
	if (a->headless)
		note(a, "its head was gone; it was made anew from the %s there",
		    KL_COUNT(a->end.n, "entry that is", "entries that are"));
	if (t.bad == 0)
		return KL_OK;
	return repair(a, t.bad, err);
}

/* --- writing -------------------------------------------------------------- */

static void
put_time(struct kl_buf *b)
{
	char text[KL_TIME_TEXT];

	kl_json_put_str(b, "at", kl_time_text_ms(kl_now_wall(), text));
}

/* Entries of our own, before those that wait. */
static void
put_own(struct kl_audit *a, struct kl_audit_end *end)
{
	struct kl_buf b = { 0 };

	if (end->bytes == 0) {
		kl_json_put_str(&b, "event", "begin");
		kl_json_put_str(&b, "key", a->key.mark);
		kl_json_put_int(&b, "version", 1);
		put_time(&b);
		audit_put(&a->out, &a->key, end, (struct kl_span){ b.s, b.n });
	}
	if (a->torn > 0) {
		kl_buf_reset(&b);
		kl_json_put_str(&b, "event", "repaired");
		kl_json_put_int(&b, "bytes", (int64_t)a->torn);
		put_time(&b);
		audit_put(&a->out, &a->key, end, (struct kl_span){ b.s, b.n });
	}
	if (a->headless) {
		kl_buf_reset(&b);
		kl_json_put_str(&b, "event", "head_made");
		put_time(&b);
		audit_put(&a->out, &a->key, end, (struct kl_span){ b.s, b.n });
	}
	if (b.rc != KL_OK)
		a->out.rc = b.rc;
	kl_buf_free(&b);
}

static bool
flush(struct kl_audit *a)
{
	bool done = kl_write_all(a->fd, a->out.s, a->out.n);

	kl_buf_reset(&a->out);
	return done;
}

/* All that waits, behind end. */
static enum kl_rc
put_pending(struct kl_audit *a, struct kl_audit_end *end, struct kl_err *err)
{
	const char *s = kl_buf_str(&a->pending);
	const char *limit = s + a->pending.n, *nl;
	enum kl_rc rc;

	kl_buf_reset(&a->out);
	put_own(a, end);
	for (; s < limit; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(limit - s));
		audit_put(&a->out, &a->key, end,
		    (struct kl_span){ s, (size_t)(nl - s) });
		if ((rc = kl_buf_check(&a->out, err)) != KL_OK)
			return rc;
		if (a->out.n >= BLOCK && !flush(a))
			return kl_err_sys(err, KL_EIO, "cannot write %s",
			    a->o.path);
	}
	if ((rc = kl_buf_check(&a->out, err)) != KL_OK)
		return rc;
	if (!flush(a) || fdatasync(a->fd) != 0)
		return kl_err_sys(err, KL_EIO, "cannot write %s", a->o.path);
	return KL_OK;
}

enum kl_rc
audit_append(struct kl_audit *a, struct kl_err *err)
{
	struct kl_audit_end end;
	enum kl_rc rc;

	if ((rc = catch_up(a, err)) != KL_OK)
		return rc;
	end = a->end;
	if (end.bytes > 0 && a->torn == 0 && !a->headless && a->pending.n == 0)
		return KL_OK;
	if ((rc = put_pending(a, &end, err)) != KL_OK) {
		/* As it was; should that fail, the next who opens it sees. */
		(void)!ftruncate(a->fd, (off_t)a->end.bytes);
		return rc;
	}
	/* The head says one or the other, and the entries are there: whoever
	 * writes next can go on from both. */
	if (!audit_head_write(a->head_fd, &a->key, &end))
		return kl_err_sys(err, KL_EIO, "cannot write %s.head",
		    a->o.path);
	a->end = end;
	a->torn = 0;
	a->headless = false;
	kl_buf_reset(&a->pending);
	return KL_OK;
}

enum kl_rc
kl_audit_sync(struct kl_audit *a, struct kl_err *err)
{
	enum kl_rc rc;

	if (a->failed)
		return kl_err_set(err, KL_EIO, "%s could not be written",
		    a->o.path);
	if (a->pending.n == 0 && a->pending.rc == KL_OK)
		return KL_OK;
	if ((rc = kl_buf_check(&a->pending, err)) == KL_OK) {
		if (!audit_lock(a, F_WRLCK))
			rc = kl_err_sys(err, KL_EIO, "%s", a->o.path);
		else
			rc = audit_append(a, err);
		(void)audit_lock(a, F_UNLCK);
	}
	a->failed = rc != KL_OK;
	return rc;
}

struct kl_buf *
kl_audit_entry(struct kl_audit *a)
{
	kl_buf_reset(&a->draft);
	return &a->draft;
}

void
kl_audit_add(struct kl_audit *a)
{
	/* Room for what is put around it. */
	a->draft.max = KL_AUDIT_LINE - 128;
	if (a->draft.rc == KL_OK && a->draft.n > a->draft.max)
		a->draft.rc = KL_ETOOBIG;
	kl_buf_put(&a->pending, a->draft.s, a->draft.n);
	kl_buf_putc(&a->pending, '\n');
	if (a->draft.rc != KL_OK && a->pending.rc == KL_OK)
		a->pending.rc = a->draft.rc;
}

struct kl_audit_end
kl_audit_end(const struct kl_audit *a)
{
	return a->end;
}
