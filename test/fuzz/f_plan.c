/* SPDX-License-Identifier: MIT */
/* f_plan.c - whatever stands in a file: it is refused with a reason, unless it
 * is sealed; and sealed, it can be read to its end or is refused. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kl/cipher.h"
#include "kl/plan.h"

static const struct kl_hash_key hash = { .set = true };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static enum kl_rc
person(void *ctx, const struct kl_plan_person *p, struct kl_err *err)
{
	(void)ctx;
	(void)err;
	if (!kl_list_id_valid(p->id) ||
	    memchr(p->joined, '\0', sizeof(p->joined)) == NULL)
		abort();
	return KL_OK;
}

static enum kl_rc
record(void *ctx, uint64_t line, bool fresh, struct kl_span s,
    struct kl_err *err)
{
	(void)ctx;
	(void)line;
	(void)fresh;
	(void)err;
	if (s.n > KL_PLAN_LINE)
		abort();
	return KL_OK;
}

static enum kl_rc
load(const void *s, size_t n)
{
	const struct kl_plan_sink sink = { NULL, person, person, record };
	struct kl_plan plan;
	struct kl_err err = { 0 };
	int fd = memfd_create("plan", 0);
	enum kl_rc rc;

	if (fd < 0 || write(fd, s, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) != 0)
		abort();
	rc = kl_plan_read(&plan, fd, "file", &hash, &sink, &err);
	(void)close(fd);
	if (rc != KL_OK && err.msg[0] == '\0')
		abort();
	if (rc == KL_OK &&
	    (!kl_list_id_valid(plan.list) ||
		memchr(plan.account, '\0', sizeof(plan.account)) == NULL))
		abort();
	return rc;
}

/* The same bytes, with the seal they would have, were they a plan. */
static void
load_sealed(const uint8_t *data, size_t n)
{
	unsigned char key[KL_SHA256], md[KL_SHA256];
	struct kl_hmac h;
	struct kl_buf b = { 0 };
	char digest[KL_RECORD_DIGEST];

	kl_hash_key_for(&hash, "kl-push mirror: the seal of a plan", key);
	kl_hmac_set(&h, key, sizeof(key));
	kl_buf_put(&b, data, n);
	kl_hmac(&h, b.s, b.n, md);
	kl_digest_text(md, digest);
	kl_buf_printf(&b, ",\"seal\":\"%s\"}\n", digest);
	if (b.rc == KL_OK)
		(void)load(b.s, b.n);
	kl_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (load(data, n) == KL_OK)
		abort(); /* nobody has sealed it */
	load_sealed(data, n);
	return 0;
}
