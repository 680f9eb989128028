/* SPDX-License-Identifier: MIT */
/* sort.c - sort more than fits into memory. */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/file.h"
#include "sort.h"

#define ROOM 8192 /* records in memory, and in a run */

struct rec {
	unsigned char byte[KL_SORT_RECORD];
};

/* A run being merged: its part of the memory, and what is left of it. */
struct run {
	struct rec *buf;
	uint32_t at, n; /* in buf */
	uint64_t next;	/* record of the file to be read next */
	uint64_t end;
};

struct kl_sort {
	struct rec *rec;
	size_t n;    /* in rec */
	size_t at;   /* next of them, if there are no runs */
	int fd;	     /* -1: no runs yet */
	size_t runs; /* full ones, written */
	bool reading;
	struct run *run;
	uint32_t share; /* records of memory each run has */
	struct run **heap;
	size_t heaped;
	bool fresh; /* the first of the heap has not been given out */
};

enum kl_rc
kl_sort_new(struct kl_sort **to, struct kl_err *err)
{
	struct kl_sort *s = calloc(1, sizeof(*s));

	*to = NULL;
	if (s != NULL)
		s->rec = malloc(ROOM * sizeof(*s->rec));
	if (s == NULL || s->rec == NULL) {
		free(s);
		(void)kl_err_nomem(err);
		return KL_ENOMEM;
	}
	s->fd = -1;
	*to = s;
	return KL_OK;
}

void
kl_sort_free(struct kl_sort *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s->rec);
	free(s->run);
	free((void *)s->heap);
	free(s);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, KL_SORT_RECORD);
}

static enum kl_rc
write_run(struct kl_sort *s, struct kl_err *err)
{
	if (s->n > 0)
		qsort(s->rec, s->n, sizeof(*s->rec), compare);
	if (s->runs == ROOM)
		return kl_err_set(err, KL_ETOOBIG,
		    "there are more rows than can be sorted");
	if (s->fd < 0 && (s->fd = kl_temp()) < 0)
		return kl_err_sys(err, KL_ECREATE,
		    "cannot make a temporary file");
	if (!kl_write_all(s->fd, s->rec, s->n * sizeof(*s->rec)))
		return kl_err_sys(err, KL_EIO, "cannot write a temporary file");
	s->runs++;
	s->n = 0;
	return KL_OK;
}

enum kl_rc
kl_sort_add(struct kl_sort *s, const void *rec, size_t n, struct kl_err *err)
{
	struct rec *to;
	enum kl_rc rc;

	if (s->n == ROOM && (rc = write_run(s, err)) != KL_OK)
		return rc;
	to = &s->rec[s->n++];
	memcpy(to->byte, rec, n);
	memset(to->byte + n, 0, sizeof(to->byte) - n);
	return KL_OK;
}

/* --- the merge -------------------------------------------------------------
 */

/* More of a run; KL_EOF if there is none. */
static enum kl_rc
refill(struct kl_sort *s, struct run *r, struct kl_err *err)
{
	uint64_t left = r->end - r->next;
	size_t n = left < s->share ? (size_t)left : s->share, size, done = 0;
	ssize_t got;

	if (n == 0)
		return KL_EOF;
	size = n * sizeof(*r->buf);
	for (; done < size; done += (size_t)got) {
		got = pread(s->fd, (char *)r->buf + done, size - done,
		    (off_t)(r->next * sizeof(*r->buf) + done));
		if (got <= 0)
			return kl_err_sys(err, KL_EIO,
			    "cannot read a temporary file");
	}
	r->at = 0;
	r->n = (uint32_t)n;
	r->next += n;
	return KL_OK;
}

static bool
before(const struct run *a, const struct run *b)
{
	return compare(&a->buf[a->at], &b->buf[b->at]) < 0;
}

static void
sift(struct kl_sort *s, size_t i)
{
	struct run *r = s->heap[i];
	size_t k;

	for (; (k = 2 * i + 1) < s->heaped; i = k) {
		if (k + 1 < s->heaped && before(s->heap[k + 1], s->heap[k]))
			k++;
		if (!before(s->heap[k], r))
			break;
		s->heap[i] = s->heap[k];
	}
	s->heap[i] = r;
}

static enum kl_rc
start_merge(struct kl_sort *s, struct kl_err *err)
{
	uint64_t last = s->n; /* records of the last run */
	enum kl_rc rc;
	size_t i;

	if ((rc = write_run(s, err)) != KL_OK)
		return rc;
	s->share = (uint32_t)(ROOM / s->runs);
	s->run = calloc(s->runs, sizeof(*s->run));
	s->heap = calloc(s->runs, sizeof(struct run *));
	if (s->run == NULL || s->heap == NULL) {
		(void)kl_err_nomem(err);
		return KL_ENOMEM;
	}
	for (i = 0; i < s->runs; i++) {
		s->run[i] = (struct run){ .buf = s->rec + i * s->share,
			.next = (uint64_t)i * ROOM };
		s->run[i].end =
		    s->run[i].next + (i + 1 < s->runs ? ROOM : last);
		if ((rc = refill(s, &s->run[i], err)) != KL_OK)
			return rc;
		s->heap[i] = &s->run[i];
	}
	s->heaped = s->runs;
	for (i = s->heaped / 2; i-- > 0;)
		sift(s, i);
	s->fresh = true;
	return KL_OK;
}

/* What was given out is used up. */
static enum kl_rc
advance(struct kl_sort *s, struct kl_err *err)
{
	struct run *r = s->heap[0];
	enum kl_rc rc = KL_OK;

	if (++r->at == r->n)
		rc = refill(s, r, err);
	if (rc == KL_EOF)
		s->heap[0] = s->heap[--s->heaped];
	else if (rc != KL_OK)
		return rc;
	if (s->heaped > 0)
		sift(s, 0);
	return KL_OK;
}

static enum kl_rc
begin(struct kl_sort *s, struct kl_err *err)
{
	s->reading = true;
	if (s->runs > 0)
		return start_merge(s, err);
	if (s->n > 0)
		qsort(s->rec, s->n, sizeof(*s->rec), compare);
	return KL_OK;
}

enum kl_rc
kl_sort_next(struct kl_sort *s, const unsigned char **rec, struct kl_err *err)
{
	enum kl_rc rc;

	if (!s->reading && (rc = begin(s, err)) != KL_OK)
		return rc;
	if (s->runs == 0) {
		if (s->at == s->n)
			return KL_EOF;
		*rec = s->rec[s->at++].byte;
		return KL_OK;
	}
	if (s->heaped > 0 && !s->fresh && (rc = advance(s, err)) != KL_OK)
		return rc;
	s->fresh = false;
	if (s->heaped == 0)
		return KL_EOF;
	*rec = s->heap[0]->buf[s->heap[0]->at].byte;
	return KL_OK;
}

/* --- queries ---------------------------------------------------------------
 */

void
kl_sort_put(unsigned char *to, int64_t v)
{
	uint64_t u = (uint64_t)v ^ (uint64_t)1 << 63;
	int i;

	for (i = 7; i >= 0; i--, u >>= 8)
		to[i] = (unsigned char)(u & 0xFF);
}

int64_t
kl_sort_int(const unsigned char *p)
{
	uint64_t u = 0;
	int i;

	for (i = 0; i < 8; i++)
		u = u << 8 | p[i];
	return (int64_t)(u ^ (uint64_t)1 << 63);
}

int64_t
kl_sort_down(const unsigned char *p)
{
	return ~kl_sort_int(p);
}

static enum kl_rc
pack(const struct kl_sql *q, struct sqlite3_stmt *st, const char *layout,
    unsigned char rec[KL_SORT_RECORD], size_t *n, struct kl_err *err)
{
	unsigned char *p = rec;
	enum kl_rc rc;
	int i;

	for (i = 0; layout[i] != '\0'; i++)
		switch (layout[i]) {
		case 'i':
			kl_sort_put(p, sqlite3_column_int64(st, i));
			p += 8;
			break;
		case 'j':
			kl_sort_put(p, ~sqlite3_column_int64(st, i));
			p += 8;
			break;
		default:
			rc = kl_sql_digest(q, st, i, p, err);
			if (rc == KL_EOF && layout[i] == 'd')
				return kl_sql_damaged(q, err);
			if (rc != KL_OK && rc != KL_EOF)
				return rc;
			p += KL_STORE_DIGEST;
			if (layout[i] == 'v')
				*p++ = rc == KL_EOF;
		}
	*n = (size_t)(p - rec);
	return KL_OK;
}

enum kl_rc
kl_sort_query(struct kl_sort **to, struct kl_sql *q, const char *sql,
    const char *layout, struct kl_err *err)
{
	unsigned char rec[KL_SORT_RECORD];
	struct sqlite3_stmt *st = NULL;
	size_t n = 0;
	enum kl_rc rc;

	if ((rc = kl_sort_new(to, err)) != KL_OK)
		return rc;
	rc = kl_sql_prepare(q, sql, &st, err);
	while (rc == KL_OK && (rc = kl_sql_step(q, st, err)) == KL_OK) {
		memset(rec, 0, sizeof(rec));
		if ((rc = pack(q, st, layout, rec, &n, err)) == KL_OK)
			rc = kl_sort_add(*to, rec, n, err);
	}
	(void)sqlite3_finalize(st);
	if (rc == KL_EOF)
		return KL_OK;
	kl_sort_free(*to);
	*to = NULL;
	return rc;
}
