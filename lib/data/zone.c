/* SPDX-License-Identifier: MIT */
/*
 * zone.c - find a time zone, and what its clocks show.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zone.h"

#define ZONES "/usr/share/zoneinfo"

/* --- finding it ----------------------------------------------------------- */

static enum kl_rc
no_zone(struct kl_err *err, struct kl_span name, const char *hint)
{
	(void)kl_err_set(err, KL_ECONFIG, "unknown zone \"%.*s\"",
	    (int)(name.n < 40 ? name.n : 40), name.s);
	kl_err_code(err, "zone_unknown");
	kl_err_hint(err, "%s", hint);
	return KL_ECONFIG;
}

/* A name leads nowhere but down: letters, digits, + - _ and single slashes, no
 * part of it beginning with a dot. */
static bool
is_name(struct kl_span name)
{
	char before = '/', c;
	size_t i;

	if (name.n == 0 || name.n > KL_ZONE_NAME)
		return false;
	for (i = 0; i < name.n; before = c, i++) {
		c = name.s[i];
		if (c == '/' && before == '/')
			return false;
		if (c != '/' && c != '+' && c != '-' && c != '_' &&
		    !(c >= '0' && c <= '9') &&
		    !((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			return false;
	}
	return before != '/';
}

/* All of a file, at most KL_ZONE_BYTES and one more, so that more is seen. */
static enum kl_rc
read_file(const char *path, struct kl_buf *b, struct kl_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = 1;
	struct stat st;
	char block[4096];

	if (fd < 0)
		return KL_ENOINPUT;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return KL_ENOINPUT;
	}
	while (b->rc == KL_OK && b->n <= KL_ZONE_BYTES && n > 0)
		if ((n = read(fd, block, sizeof(block))) > 0)
			kl_buf_put(b, block, (size_t)n);
		else if (n < 0 && errno == EINTR)
			n = 1;
	(void)close(fd);
	return n < 0 ? kl_err_sys(err, KL_ECONFIG, "cannot read %s", path)
		     : kl_buf_check(b, err);
}

/* Why there is no such file: the name, or no zones at all. */
static enum kl_rc
not_there(struct kl_span name, const char *dir, struct kl_err *err)
{
	struct stat st;

	if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
		return no_zone(err, name,
		    "UTC, an offset such as +01:00, or a name of the IANA such "
		    "as Europe/Berlin, in these letters");
	(void)no_zone(err, name, "");
	kl_err_hint(err,
	    "there are no time zones in %s: install the package tzdata, or "
	    "name their directory in TZDIR",
	    dir);
	return KL_ECONFIG;
}

enum kl_rc
kl_zone_open(struct kl_zone **to, struct kl_span name, const char *dir,
    struct kl_err *err)
{
	struct kl_buf path = { 0 }, b = { 0 };
	enum kl_rc rc;

	if (dir == NULL && ((dir = getenv("TZDIR")) == NULL || *dir == '\0'))
		dir = ZONES;
	if (!is_name(name))
		return not_there(name, dir, err);
	kl_buf_printf(&path, "%s/%.*s", dir, (int)name.n, name.s);
	if ((rc = kl_buf_check(&path, err)) == KL_OK)
		rc = read_file(kl_buf_str(&path), &b, err);
	if (rc == KL_ENOINPUT)
		rc = not_there(name, dir, err);
	else if (rc == KL_OK)
		rc = kl_zone_read(to, b.s != NULL ? b.s : "", b.n, err);
	kl_buf_free(&path);
	kl_buf_free(&b);
	return rc;
}

/* --- what its clocks show ------------------------------------------------- */

int32_t
kl_zone_at(const struct kl_zone *z, int64_t utc)
{
	uint32_t low = 0, high = z->times, mid;

	if (z->has_rule && (high == 0 || utc >= z->at[high - 1]))
		return tz_rule_at(&z->rule, utc);
	if (high == 0 || utc < z->at[0])
		return z->offset[0];
	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (utc >= z->at[mid])
			low = mid;
		else
			high = mid;
	}
	return z->offset[z->type[low]];
}

/* The offset before the clocks were set forward over a time that they never
 * show: with the one after it, it leads back to itself. */
static int32_t
before_gap(const struct kl_zone *z, int64_t local)
{
	int32_t after, before;
	uint32_t i;

	for (i = 0; i < z->distincts; i++) {
		after = z->distinct[i];
		before = kl_zone_at(z, local - after);
		if (before < after && kl_zone_at(z, local - before) == after)
			return before;
	}
	return kl_zone_at(z, local);
}

enum kl_zone_shown
kl_zone_local(const struct kl_zone *z, int64_t local, int32_t *offset)
{
	uint32_t i, n = 0;
	int32_t o;

	for (i = 0; i < z->distincts; i++) {
		o = z->distinct[i];
		if (kl_zone_at(z, local - o) != o)
			continue;
		/* The larger the offset, the earlier the time. */
		if (n++ == 0 || o > *offset)
			*offset = o;
	}
	if (n == 0)
		*offset = before_gap(z, local);
	return n == 0 ? KL_ZONE_NEVER : n == 1 ? KL_ZONE_ONCE : KL_ZONE_TWICE;
}
