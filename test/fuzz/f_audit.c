/* SPDX-License-Identifier: MIT */
/*
 * f_audit.c - whatever is done to the file of a trail: it is found out, or
 * what is left is how the trail began; and the next entry makes it whole only
 * if a crash may have left it so.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/audit.h"

static const struct kl_hash_key hash = { .set = true };
static char file[64], head[64], head_was[256], was[4096];
static size_t was_n;
static ssize_t head_n;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static ssize_t
get(const char *path, void *to, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, to, size);

	(void)close(fd);
	return n;
}

static void
set(const char *path, const void *s, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, s, n) != (ssize_t)n)
		abort();
	(void)close(fd);
}

static enum kl_rc
add(int entries)
{
	const struct kl_audit_opts o = { .path = file, .hash = &hash };
	struct kl_audit *a = NULL;
	enum kl_rc rc = kl_audit_open(&a, &o, NULL);
	int i;

	if ((rc == KL_OK) != (a != NULL))
		abort();
	for (i = 0; rc == KL_OK && i < entries; i++) {
		kl_json_put_int(kl_audit_entry(a), "item", i);
		kl_audit_add(a);
	}
	if (rc == KL_OK && kl_audit_sync(a, NULL) != KL_OK)
		abort();
	kl_audit_close(a);
	return rc;
}

static void
begin(void)
{
	char dir[] = "/tmp/f_audit.XXXXXX";

	if (mkdtemp(dir) == NULL)
		abort();
	(void)snprintf(file, sizeof(file), "%s/trail", dir);
	(void)snprintf(head, sizeof(head), "%s/trail.head", dir);
	if (add(5) != KL_OK)
		abort();
	was_n = (size_t)get(file, was, sizeof(was));
	head_n = get(head, head_was, sizeof(head_was));
}

static bool
is_beginning(const char *s, size_t n)
{
	return n > 0 && n <= was_n && memcmp(s, was, n) == 0 &&
	    s[n - 1] == '\n';
}

/* The first byte says whether there is a head, the next two where, and the
 * next how much is replaced by the rest. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct kl_audit_check c = { .path = file, .hash = &hash };
	struct kl_audit_report r;
	struct kl_err err = { 0 };
	char s[sizeof(was) * 2];
	size_t at, cut, left;
	bool headed, fine;
	enum kl_rc rc;

	if (file[0] == '\0')
		begin();
	if (n < 4 || n > sizeof(was))
		return 0;
	headed = (data[0] & 1) != 0;
	at = ((size_t)data[1] << 8 | data[2]) % (was_n + 1);
	cut = (data[0] & 2) != 0 ? was_n : data[3];
	left = at + cut < was_n ? was_n - at - cut : 0;
	memcpy(s, was, at);
	memcpy(s + at, data + 4, n - 4);
	memcpy(s + at + n - 4, was + was_n - left, left);
	n = at + n - 4 + left;
	set(file, s, n);
	(void)unlink(head);
	if (headed)
		set(head, head_was, (size_t)head_n);
	rc = kl_audit_verify(&c, &r, &err);
	if (rc != KL_OK && err.msg[0] == '\0')
		abort();
	if (rc == KL_OK && !is_beginning(s, n))
		abort();
	if (rc == KL_OK && headed && n != was_n)
		abort();
	/* Adding hides nothing but what a crash may have left. */
	fine = rc == KL_OK || strcmp(err.code, "audit_torn") == 0;
	if (add(1) == KL_OK && (fine || headed) &&
	    (kl_audit_verify(&c, &r, &err) == KL_OK) != fine)
		abort();
	return 0;
}
