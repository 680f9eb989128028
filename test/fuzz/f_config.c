/* SPDX-License-Identifier: MIT */
/* f_config.c - any bytes as a configuration: read or refused with a reason,
 * and the key is never left in the text. */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kl/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_config c = { 0 };
	struct kl_err err = { 0 };
	char path[64];
	enum kl_rc rc;
	int fd = memfd_create("config", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = kl_config_load(&c, path, true, &err);
	if (rc != KL_OK)
		assert(rc == KL_ECONFIG && err.msg[0] != '\0');
	else if (c.api_key != NULL && strlen(c.api_key) > 20)
		assert(memmem(c.text.s, c.text.n, c.api_key,
			   strlen(c.api_key)) == NULL);
	kl_config_free(&c);
	close(fd);
	return 0;
}
