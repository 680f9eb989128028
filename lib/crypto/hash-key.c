/* SPDX-License-Identifier: MIT */
/* hash-key.c - the one secret of a user, made on first use. */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kl/buf.h"
#include "kl/digest.h"
#include "kl/file.h"
#include "kl/random.h"

#define PATH_BYTES ((size_t)4096) /* Linux's PATH_MAX */

/* Append the default path.  XDG says a relative one is to be ignored. */
static enum kl_rc
default_path(struct kl_buf *b, struct kl_err *err)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (xdg != NULL && xdg[0] == '/') {
		kl_buf_printf(b, "%s/kl/hash.key", xdg);
	} else if (home != NULL && home[0] == '/') {
		kl_buf_printf(b, "%s/.local/state/kl/hash.key", home);
	} else {
		(void)kl_err_set(err, KL_ECONFIG,
		    "no place for the secret that keys digests: neither "
		    "XDG_STATE_HOME nor HOME is an absolute path");
		kl_err_hint(err, "set HOME");
		return KL_ECONFIG;
	}
	return kl_buf_check(b, err);
}

/* Read up to n bytes; how many there were, or -1. */
static ssize_t
read_all(int fd, unsigned char *s, size_t n)
{
	size_t have = 0;
	ssize_t got;

	while (have < n) {
		got = read(fd, s + have, n - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static enum kl_rc
refuse(const char *path, const char *what, const char *hint, struct kl_err *err)
{
	(void)kl_err_set(err, KL_ECONFIG, "%s: %s", path, what);
	kl_err_hint(err, "%s", hint);
	return KL_ECONFIG;
}

/* Take the key from an open file, if nobody else can have read it. */
static enum kl_rc
read_key(int fd, const char *path, struct kl_hash_key *key, struct kl_err *err)
{
	unsigned char s[KL_HASH_KEY + 1];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return kl_err_sys(err, KL_ENOINPUT, "%s", path);
	if (!S_ISREG(st.st_mode))
		return refuse(path, "is not a regular file",
		    "name a file of 32 random bytes", err);
	if ((st.st_mode & 077) != 0)
		return refuse(path, "others may read or change this secret",
		    "chmod 600 it; if others did read it, make a new one", err);
	if ((n = read_all(fd, s, sizeof(s))) < 0)
		return kl_err_sys(err, KL_ENOINPUT, "%s", path);
	if (n != KL_HASH_KEY)
		return refuse(path, "is not 32 bytes long",
		    "restore it, or remove it to have a new one made: digests "
		    "made before will then match nothing",
		    err);
	memcpy(key->byte, s, KL_HASH_KEY);
	key->set = true;
	return KL_OK;
}

/* Open path and read the key.  *missing, if not NULL: there is no file. */
static enum kl_rc
load(const char *path, struct kl_hash_key *key, bool *missing,
    struct kl_err *err)
{
	enum kl_rc rc;
	bool none;
	int fd;

	/* A FIFO of that name must not make us wait. */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0) {
		none = errno == ENOENT;
		(void)kl_err_sys(err, KL_ENOINPUT, "%s", path);
		if (none)
			kl_err_hint(err,
			    "make one with: (umask 077; head -c "
			    "%d /dev/urandom >FILE)",
			    KL_HASH_KEY);
		if (missing != NULL)
			*missing = none;
		return KL_ENOINPUT;
	}
	rc = read_key(fd, path, key, err);
	(void)close(fd);
	return rc;
}

/* Make each directory on the way to the file, 0700 where it is new. */
static enum kl_rc
make_dirs(char *path, struct kl_err *err)
{
	char *p;
	int made;

	for (p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		made = mkdir(path, 0700);
		if (made != 0 && errno != EEXIST) {
			(void)kl_err_sys(err, KL_ECREATE, "%s", path);
			*p = '/';
			return KL_ECREATE;
		}
		*p = '/';
	}
	return KL_OK;
}

/* Write the secret to a new file, down to the disk. */
static enum kl_rc
write_new(const char *path, const unsigned char *s, size_t n,
    struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	ssize_t done;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return kl_err_sys(err, KL_ECREATE, "%s", path);
	do
		done = write(fd, s, n);
	while (done < 0 && errno == EINTR);
	if (done < 0 || fsync(fd) != 0)
		rc = kl_err_sys(err, KL_ECREATE, "%s", path);
	else if ((size_t)done != n)
		rc = kl_err_set(err, KL_ECREATE, "%s: disk full", path);
	if (close(fd) != 0 && rc == KL_OK)
		rc = kl_err_sys(err, KL_ECREATE, "%s", path);
	return rc;
}

/*
 * Make the secret.  It is written under a name of its own and then linked: the
 * file never exists half written, and of two makers link(2) lets one win; the
 * other's is thrown away.
 */
static enum kl_rc
make_key(char *path, struct kl_err *err)
{
	unsigned char s[KL_HASH_KEY];
	struct kl_buf tmp = { .max = PATH_BYTES + 32 };
	uint64_t tag;
	enum kl_rc rc;

	if ((rc = make_dirs(path, err)) != KL_OK)
		return rc;
	if (!kl_random(s, sizeof(s)) || !kl_random(&tag, sizeof(tag)))
		return kl_err_set(err, KL_ECREATE,
		    "%s: the system has no random bytes", path);
	kl_buf_printf(&tmp, "%s.%016llx", path, (unsigned long long)tag);
	if ((rc = kl_buf_check(&tmp, err)) == KL_OK &&
	    (rc = write_new(kl_buf_str(&tmp), s, sizeof(s), err)) == KL_OK) {
		if (link(tmp.s, path) != 0 && errno != EEXIST)
			rc = kl_err_sys(err, KL_ECREATE, "%s", path);
		(void)unlink(tmp.s);
		kl_sync_name(path);
	} else if (tmp.s != NULL) {
		(void)unlink(kl_buf_str(&tmp));
	}
	memset(s, 0, sizeof(s));
	kl_buf_free(&tmp);
	return rc;
}

enum kl_rc
kl_hash_key_load(struct kl_hash_key *key, const char *path, struct kl_err *err)
{
	struct kl_buf b = { .max = PATH_BYTES };
	bool missing = false;
	struct kl_err why = { 0 };
	enum kl_rc rc;

	*key = (struct kl_hash_key){ 0 };
	if (path != NULL)
		return load(path, key, NULL, err);
	if ((rc = default_path(&b, err)) == KL_OK) {
		(void)kl_buf_str(&b);
		rc = load(b.s, key, &missing, &why);
		if (rc != KL_OK && missing &&
		    (rc = make_key(b.s, &why)) == KL_OK)
			rc = load(b.s, key, NULL, &why);
		if (rc != KL_OK && err != NULL)
			*err = why;
	}
	kl_buf_free(&b);
	return rc;
}
