/* SPDX-License-Identifier: MIT */
/* tombstones-add.c - add to those who were forgotten. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kl/buf.h"
#include "kl/file.h"
#include "kl/time.h"
#include "sort.h"
#include "tombstones.h"

#define TAIL 1024 /* bytes at the end in which there is a newline */

static void
put_hex(struct kl_buf *b, const unsigned char *digest)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < KL_TOMBSTONE; i++) {
		kl_buf_putc(b, hex[digest[i] >> 4]);
		kl_buf_putc(b, hex[digest[i] & 15]);
	}
}

static void
put_head(struct kl_buf *b, const struct kl_hash_key *hash)
{
	unsigned char digest[KL_TOMBSTONE];

	kl_tombstones_hash(hash, digest);
	kl_buf_printf(b, "{\"tombstones\":1,\"hash\":\"");
	put_hex(b, digest);
	kl_buf_printf(b, "\"}\n");
}

static enum kl_rc
other_file(const char *path, struct kl_err *err)
{
	return kl_err_set(err, KL_EDATA, "%s: no file of tombstones", path);
}

/* It begins with head, or is empty, or was cut off within it: *empty then. */
static enum kl_rc
check_head(int fd, const char *path, const struct kl_buf *head, bool *empty,
    struct kl_err *err)
{
	char got[256];
	size_t same = strlen("{\"tombstones\":1,\"hash\":\"");
	ssize_t n = pread(fd, got, head->n, 0);

	if (n < 0)
		return kl_err_sys(err, KL_EIO, "%s", path);
	*empty = (size_t)n < head->n;
	if (memcmp(got, head->s, (size_t)n) == 0)
		return KL_OK;
	if ((size_t)n == head->n && memcmp(got, head->s, same) == 0)
		return kl_tombstones_other(path, err);
	return other_file(path, err);
}

/* Where the last whole line ends; *unended: it is one that lacks its newline
 * only. */
static enum kl_rc
find_end(int fd, const char *path, off_t *end, bool *unended,
    struct kl_err *err)
{
	char tail[TAIL];
	struct stat st;
	off_t from;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return kl_err_sys(err, KL_EIO, "%s", path);
	from = st.st_size > TAIL ? st.st_size - TAIL : 0;
	if ((n = pread(fd, tail, sizeof(tail), from)) < 0)
		return kl_err_sys(err, KL_EIO, "%s", path);
	*unended = n > 0 && tail[n - 1] == '}';
	while (!*unended && n > 0 && tail[n - 1] != '\n')
		n--;
	*end = from + n;
	return n > 0 ? KL_OK : other_file(path, err);
}

/* Write behind what is whole.  A part of it, should that be all, is taken away
 * by whoever writes next. */
static enum kl_rc
write_at(int fd, const char *path, off_t end, const struct kl_buf *b,
    struct kl_err *err)
{
	if (ftruncate(fd, end) != 0 || !kl_write_all(fd, b->s, b->n) ||
	    fsync(fd) != 0)
		return kl_err_sys(err, KL_EIO, "cannot write %s", path);
	return KL_OK;
}

static enum kl_rc
append(int fd, const char *path, const struct kl_hash_key *hash,
    const unsigned char *digests, size_t n, struct kl_err *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct kl_buf b = { 0 };
	bool empty = false, unended = false;
	off_t end = 0;
	enum kl_rc rc;
	size_t i;

	while (fcntl(fd, F_SETLKW, &lock) != 0)
		if (errno != EINTR)
			return kl_err_sys(err, KL_EIO, "%s", path);
	put_head(&b, hash);
	if ((rc = kl_buf_check(&b, err)) == KL_OK &&
	    (rc = check_head(fd, path, &b, &empty, err)) == KL_OK && !empty)
		rc = find_end(fd, path, &end, &unended, err);
	if (!empty)
		kl_buf_reset(&b);
	if (unended)
		kl_buf_putc(&b, '\n');
	for (i = 0; rc == KL_OK && i < n; i++) {
		kl_buf_printf(&b, "{\"forgotten\":\"");
		put_hex(&b, digests + i * KL_TOMBSTONE);
		kl_buf_printf(&b, "\",\"at\":%" PRIu64 "}\n",
		    kl_now_wall() / 1000);
	}
	if (rc == KL_OK && (rc = kl_buf_check(&b, err)) == KL_OK && b.n > 0)
		rc = write_at(fd, path, end, &b, err);
	kl_buf_free(&b);
	return rc;
}

enum kl_rc
kl_tombstones_append(const char *path, const struct kl_hash_key *hash,
    const unsigned char *digests, size_t n, struct kl_err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct stat st;
	enum kl_rc rc;

	if (fd < 0)
		return kl_err_sys(err, KL_ECREATE, "%s", path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		rc = kl_err_set(err, KL_ECREATE, "%s: is not a regular file",
		    path);
	else
		rc = append(fd, path, hash, digests, n, err);
	if (rc == KL_OK)
		kl_sync_name(path);
	if (close(fd) != 0 && rc == KL_OK)
		rc = kl_err_sys(err, KL_EIO, "%s", path);
	return rc;
}
