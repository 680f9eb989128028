/* SPDX-License-Identifier: MIT */
/*
 * prints.c - fingerprints of known rows, in a temporary file.
 *
 * 64 bits of key and content each, in the order of the keys, which is that of
 * the state.  Keys are digests, so the first two bytes of one say in which of
 * 65,536 pieces of about the same length its fingerprint is; where each piece
 * begins is all that stays in memory.  One read of a few hundred bytes, out
 * of the kernel's cache as a rule, takes the place of a search through a
 * B-tree.
 *
 * A row whose fingerprint is there is unchanged.  That two differ and have
 * one fingerprint is as likely as guessing 64 bits of a keyed digest.
 */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/file.h"
#include "sort.h"

#define PIECES 65536
#define AT_ONCE 512 /* fingerprints read or written with one call */
#define TAKEN_BACK ((uint64_t)0)

struct kl_prints {
	int fd;
	uint32_t n;
	uint32_t end[PIECES]; /* of each piece; the next begins there */
	size_t held;	      /* in buf, not yet written */
	uint64_t buf[AT_ONCE];
};

void
kl_prints_free(struct kl_prints *fp)
{
	if (fp != NULL && fp->fd >= 0)
		(void)close(fp->fd);
	free(fp);
}

/* Both are digests already: any eight bytes of each will do. */
static uint64_t
fingerprint(const unsigned char *key, const unsigned char *value)
{
	uint64_t a, b;

	memcpy(&a, key, sizeof(a));
	memcpy(&b, value, sizeof(b));
	a += b * UINT64_C(0x9E3779B97F4A7C15);
	return a == TAKEN_BACK ? 1 : a;
}

static size_t
piece_of(const unsigned char *key)
{
	return (size_t)key[0] << 8 | key[1];
}

static bool
write_held(struct kl_prints *fp)
{
	size_t n = fp->held * sizeof(*fp->buf);

	fp->held = 0;
	return kl_write_all(fp->fd, fp->buf, n);
}

static bool
add(struct kl_prints *fp, uint64_t v)
{
	if (fp->n == UINT32_MAX || (fp->held == AT_ONCE && !write_held(fp)))
		return false;
	fp->buf[fp->held++] = v;
	fp->n++;
	return true;
}

/* KL_EOF when all are in the file, KL_AGAIN if it does not take them. */
static enum kl_rc
fill(struct kl_prints *fp, struct kl_store *s, struct sqlite3_stmt *all,
    struct kl_err *err)
{
	unsigned char key[KL_STORE_DIGEST], value[KL_STORE_DIGEST];
	size_t piece = 0, next;
	enum kl_rc rc;

	while ((rc = kl_sql_step(&s->q, all, err)) == KL_OK) {
		if (kl_sql_digest(&s->q, all, 0, key, NULL) != KL_OK ||
		    kl_sql_digest(&s->q, all, 1, value, NULL) != KL_OK ||
		    (next = piece_of(key)) < piece)
			return kl_sql_damaged(&s->q, err);
		for (; piece < next; piece++)
			fp->end[piece] = fp->n;
		if (!add(fp, fingerprint(key, value)))
			return KL_AGAIN;
	}
	for (; piece < PIECES; piece++)
		fp->end[piece] = fp->n;
	return rc == KL_EOF && !write_held(fp) ? KL_AGAIN : rc;
}

enum kl_rc
kl_prints_load(struct kl_prints **to, struct kl_store *s, struct kl_err *err)
{
	struct kl_prints *fp = malloc(sizeof(*fp));
	struct sqlite3_stmt *all = NULL;
	enum kl_rc rc;

	*to = NULL;
	if (fp == NULL)
		return KL_OK;
	fp->n = 0;
	fp->held = 0;
	if ((fp->fd = kl_temp()) < 0) {
		kl_prints_free(fp);
		return KL_OK;
	}
	rc = kl_sql_prepare(&s->q,
	    "SELECT key, value FROM known WHERE dirty=0 ORDER BY key", &all,
	    err);
	if (rc == KL_OK)
		rc = fill(fp, s, all, err);
	(void)sqlite3_finalize(all);
	if (rc == KL_EOF)
		*to = fp;
	else
		kl_prints_free(fp);
	return rc == KL_EOF || rc == KL_AGAIN ? KL_OK : rc;
}

/* The place of v in the piece of the key, or -1; *failed: it cannot be read. */
static int64_t
find(struct kl_prints *fp, size_t piece, uint64_t v, bool *failed)
{
	uint64_t buf[AT_ONCE];
	uint32_t i = piece > 0 ? fp->end[piece - 1] : 0, n, k;
	ssize_t got;

	for (; i < fp->end[piece]; i += n) {
		n = fp->end[piece] - i;
		n = n < AT_ONCE ? n : AT_ONCE;
		got = pread(fp->fd, buf, n * sizeof(*buf),
		    (off_t)i * (off_t)sizeof(*buf));
		if (got != (ssize_t)(n * sizeof(*buf))) {
			*failed = true;
			return -1;
		}
		for (k = 0; k < n; k++)
			if (buf[k] == v)
				return (int64_t)i + k;
	}
	return -1;
}

bool
kl_prints_has(struct kl_prints *fp, const unsigned char *key,
    const unsigned char *value, bool *failed)
{
	return find(fp, piece_of(key), fingerprint(key, value), failed) >= 0;
}

void
kl_prints_drop(struct kl_prints *fp, const unsigned char *key,
    const unsigned char *value, bool *failed)
{
	const uint64_t none = TAKEN_BACK;
	int64_t at = find(fp, piece_of(key), fingerprint(key, value), failed);

	if (at >= 0 &&
	    pwrite(fp->fd, &none, sizeof(none), at * (off_t)sizeof(none)) !=
		(ssize_t)sizeof(none))
		*failed = true;
}
