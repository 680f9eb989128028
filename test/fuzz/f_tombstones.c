/* SPDX-License-Identifier: MIT */
/* f_tombstones.c - whatever stands in the file: it is refused, or those who
 * were written before are found in it, whatever follows. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kl/tombstones.h"

static const struct kl_hash_key hash = { .set = true };
static const unsigned char first[KL_TOMBSTONE] = "someone is here";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kl_tombstones *t = NULL;
	struct kl_err err = { 0 };
	int fd = memfd_create("tombstones", 0);
	bool good = n > 0 && (data[0] & 1) != 0;
	char path[40];
	enum kl_rc rc;

	if (fd < 0)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (good && kl_tombstones_append(path, &hash, first, 1, NULL) != KL_OK)
		abort();
	(void)lseek(fd, 0, SEEK_END);
	if (n > 0 && write(fd, data + 1, n - 1) != (ssize_t)(n - 1))
		abort();
	(void)lseek(fd, 0, SEEK_SET);
	rc = kl_tombstones_read(&t, fd, "file", &hash, &err);
	if ((rc == KL_OK) != (t != NULL) || (rc != KL_OK && err.msg[0] == '\0'))
		abort();
	if (rc == KL_OK && good && !kl_tombstones_has(t, first))
		abort();
	kl_tombstones_free(t);
	/* What can be read can be added to, and read again. */
	if (rc == KL_OK &&
	    kl_tombstones_append(path, &hash, first, 1, NULL) == KL_OK) {
		(void)lseek(fd, 0, SEEK_SET);
		if (kl_tombstones_read(&t, fd, "file", &hash, NULL) != KL_OK ||
		    !kl_tombstones_has(t, first))
			abort();
		kl_tombstones_free(t);
	}
	(void)close(fd);
	return 0;
}
