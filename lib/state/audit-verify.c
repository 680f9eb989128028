/* SPDX-License-Identifier: MIT */
/*
 * audit-verify.c - is a trail whole?
 *
 * The file is looked at as it was when its head was read, under the lock of
 * those who write: they may go on meanwhile.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "kl/lines.h"

struct verify {
	const struct kl_audit_check *c;
	struct kl_audit_report *r;
	struct audit_key key;
	int fd;
	uint64_t size;
	struct kl_audit_end head;
	bool headed;   /* there is one */
	bool met_head; /* an entry is its last */
	/* The first bad line: later ones tell what is wrong with it. */
	uint64_t line;
	uint64_t missing; /* the number it should have; 0: that is not it */
	uint64_t moved;	  /* the line where that one stands */
};

static enum kl_rc
bad(const struct verify *v, struct kl_err *err, const char *code,
    const char *what)
{
	(void)kl_err_set(err, KL_EDATA, "%s: line %" PRIu64 " %s", v->c->path,
	    v->line, what);
	kl_err_code(err, code);
	return KL_EDATA;
}

static enum kl_rc
misplaced(const struct verify *v, uint64_t has, struct kl_err *err)
{
	if (v->moved != 0) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s: line %" PRIu64 " is entry %" PRIu64 " where %" PRIu64
		    " belongs, which was moved to line %" PRIu64,
		    v->c->path, v->line, has, v->missing, v->moved);
		kl_err_code(err, "audit_moved");
	} else if (has < v->missing) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s: line %" PRIu64 " is entry %" PRIu64 " once more, "
		    "where %" PRIu64 " belongs",
		    v->c->path, v->line, has, v->missing);
		kl_err_code(err, "audit_moved");
	} else if (has == v->missing + 1) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s: before line %" PRIu64 " entry %" PRIu64 " is missing",
		    v->c->path, v->line, v->missing);
		kl_err_code(err, "audit_missing");
	} else {
		(void)kl_err_set(err, KL_EDATA,
		    "%s: before line %" PRIu64 " entries %" PRIu64
		    " to %" PRIu64 " are missing",
		    v->c->path, v->line, v->missing, has - 1);
		kl_err_code(err, "audit_missing");
	}
	return KL_EDATA;
}

/* Whether the entry that belongs to the bad line stands further down. */
static enum kl_rc
search(struct verify *v, struct kl_lines *in, struct kl_err *err)
{
	struct audit_line l;
	struct kl_line line;
	enum kl_rc rc;

	while (
	    (rc = kl_lines_next(in, &line, err)) == KL_OK || rc == KL_ETOOBIG)
		if (rc == KL_OK && v->moved == 0 &&
		    audit_read(&l, &v->key,
			(struct kl_span){ line.s, line.n }) &&
		    l.good && l.n == v->missing)
			v->moved = line.no;
	return rc == KL_EOF ? KL_OK : rc;
}

/* A line that does not go on from end. */
static enum kl_rc
tell(struct verify *v, struct kl_lines *in, const struct kl_line *line,
    bool is_entry, const struct audit_line *l, struct kl_err *err)
{
	/* What stands behind the head was never acknowledged. */
	bool torn = line->offset + line->n >= v->size || v->met_head;
	uint64_t has = l->n;
	enum kl_rc rc;

	v->line = line->no;
	if (torn && v->headed && v->head.n > v->r->end.n)
		return bad(v, err, "audit_truncated",
		    "is cut short, and its head knows it whole");
	if (torn) {
		(void)bad(v, err, "audit_torn",
		    "was not written to its end, as in a crash: it does not "
		    "count");
		kl_err_hint(err, "the next run that writes it repairs that");
		return KL_EDATA;
	}
	if (!is_entry || !l->good)
		return bad(v, err, "audit_changed", "was changed");
	v->missing = v->r->end.n + 1;
	if (has == v->missing)
		return bad(v, err, "audit_foreign",
		    "does not follow the entry before it");
	if (has > v->missing && (rc = search(v, in, err)) != KL_OK)
		return rc;
	return misplaced(v, has, err);
}

/* Where the first line has to go on from. */
static enum kl_rc
check_first(struct verify *v, const struct kl_line *line,
    const struct audit_line *l, bool is_entry, struct kl_err *err)
{
	const char *mark = audit_begins((struct kl_span){ line->s, line->n });
	const struct kl_audit_end *follows = v->c->follows;

	if (mark != NULL && memcmp(mark, v->key.mark, AUDIT_MAC) != 0)
		return audit_other_key(v->c->path, err);
	if (mark == NULL && is_entry && l->good) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s begins with entry %" PRIu64 ": what stood before it "
		    "is missing",
		    v->c->path, l->n);
		kl_err_code(err, "audit_missing");
		return KL_EDATA;
	}
	if (mark == NULL)
		return kl_err_set(err, KL_EDATA, "%s is no audit trail",
		    v->c->path);
	if (follows != NULL) {
		v->r->end.n = follows->n;
		memcpy(v->r->end.digest, follows->digest, KL_AUDIT_DIGEST);
	} else if (is_entry && l->good) {
		v->r->end.n = l->n - 1;
		memcpy(v->r->end.digest, l->prev, AUDIT_MAC);
	}
	v->r->first = v->r->end.n + 1;
	return KL_OK;
}

static bool
is_event(const struct audit_line *l, const char *text)
{
	size_t n = strlen(text);

	return l->members.n >= n && memcmp(l->members.s, text, n) == 0;
}

/* What an entry that goes on settles. */
static void
compare(struct verify *v, const struct audit_line *l)
{
	const char *digest = v->r->end.digest;

	if (v->c->expect != NULL &&
	    memcmp(digest, v->c->expect, AUDIT_MAC) == 0)
		v->r->met = true;
	if (is_event(l, "\"event\":\"sending\","))
		v->r->unsettled++;
	else if (is_event(l, "\"event\":\"settled\",") && v->r->unsettled > 0)
		v->r->unsettled--;
	if (v->headed && v->r->end.n == v->head.n)
		v->met_head = memcmp(digest, v->head.digest, AUDIT_MAC) == 0;
}

static enum kl_rc
read_all(struct verify *v, struct kl_lines *in, struct kl_err *err)
{
	struct audit_line l = { 0 };
	struct kl_line line = { 0 };
	bool is_entry;
	enum kl_rc rc;

	while (line.offset + line.n + line.eol < v->size) {
		rc = kl_lines_next(in, &line, err);
		if (rc == KL_EOF)
			break;
		if (rc != KL_OK && rc != KL_ETOOBIG)
			return rc;
		is_entry = rc == KL_OK &&
		    audit_read(&l, &v->key, (struct kl_span){ line.s, line.n });
		if (line.no == 1 && rc == KL_OK &&
		    (rc = check_first(v, &line, &l, is_entry, err)) != KL_OK)
			return rc;
		if (!is_entry || !line.eol ||
		    !audit_follows(&l, &v->r->end, line.n + 1))
			return tell(v, in, &line, is_entry, &l, err);
		compare(v, &l);
	}
	return KL_OK;
}

/* What only the head knows: entries that are gone from the end. */
static enum kl_rc
check_end(struct verify *v, struct kl_err *err)
{
	const struct kl_audit_end *end = &v->r->end;

	if (v->size == 0 && !v->headed) {
		(void)kl_err_set(err, KL_EDATA, "%s is empty", v->c->path);
		kl_err_code(err, "audit_truncated");
		return KL_EDATA;
	}
	if (!v->headed)
		return KL_OK;
	if (v->met_head) {
		v->r->headed = true;
		v->r->behind = end->n - v->head.n;
		return KL_OK;
	}
	(void)kl_err_set(err, KL_EDATA,
	    v->head.n > end->n
		? "%s: after entry %" PRIu64 " the end is missing: %s.head "
		  "tells of %" PRIu64
		: "%s, up to entry %" PRIu64
		  ", is not what %s.head, with %" PRIu64 ", is of",
	    v->c->path, end->n, v->c->path, v->head.n);
	kl_err_code(err, "audit_truncated");
	return KL_EDATA;
}

static enum kl_rc
open_file(struct verify *v, struct kl_err *err)
{
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct stat st;
	enum kl_rc rc;

	v->fd = open(v->c->path, O_RDONLY | O_CLOEXEC);
	if (v->fd < 0)
		return kl_err_sys(err, KL_ENOINPUT, "%s", v->c->path);
	/* Without a lock (a file system that has none) it is looked at as it
	 * is. */
	while (fcntl(v->fd, F_SETLKW, &l) != 0 && errno == EINTR)
		;
	if (fstat(v->fd, &st) != 0)
		return kl_err_sys(err, KL_EIO, "%s", v->c->path);
	if (!S_ISREG(st.st_mode))
		return kl_err_set(err, KL_ENOINPUT, "%s is not a regular file",
		    v->c->path);
	v->size = (uint64_t)st.st_size;
	rc = audit_head_read(v->c->path, &v->key, &v->head, &v->headed, err);
	l.l_type = F_UNLCK;
	(void)fcntl(v->fd, F_SETLK, &l);
	return rc;
}

/* The file of another hash key has a head of another, too. */
static bool
is_foreign(const struct verify *v)
{
	char text[256];
	ssize_t n = pread(v->fd, text, sizeof(text), 0);
	const char *mark =
	    n > 0 ? audit_begins((struct kl_span){ text, (size_t)n }) : NULL;

	return mark != NULL && memcmp(mark, v->key.mark, AUDIT_MAC) != 0;
}

enum kl_rc
kl_audit_verify(const struct kl_audit_check *c, struct kl_audit_report *r,
    struct kl_err *err)
{
	struct verify v = { .c = c, .r = r, .fd = -1 };
	struct kl_lines *in = NULL;
	enum kl_rc rc;

	*r = (struct kl_audit_report){ 0 };
	memcpy(r->end.digest, audit_nothing, sizeof(audit_nothing));
	audit_key_set(&v.key, c->hash);
	if ((rc = open_file(&v, err)) == KL_EDATA && is_foreign(&v))
		rc = audit_other_key(c->path, err);
	if (rc == KL_OK && (in = kl_lines_new(v.fd, KL_AUDIT_LINE)) == NULL)
		rc = kl_err_nomem(err);
	if (rc == KL_OK && (rc = read_all(&v, in, err)) == KL_OK)
		rc = check_end(&v, err);
	kl_lines_free(in);
	if (v.fd >= 0)
		(void)close(v.fd);
	kl_wipe(&v.key, sizeof(v.key));
	return rc;
}
