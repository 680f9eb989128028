/* SPDX-License-Identifier: MIT */
/* trail.c - an audit trail of so many changes: trail FILE HASH-KEY N.  The
 * entries have the members and the sizes of those that kl-push writes. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "kl/audit.h"

static void
put(struct kl_buf *b, uint64_t i)
{
	kl_json_put_str(b, "event", "change");
	kl_json_put_str(b, "at", "2026-11-23T10:30:10.583+00:00");
	kl_json_put_str(b, "run", "01M83Z9G9EBJRV0B2N6TB5BF94");
	kl_json_put_int(b, "seq", (int64_t)(i / 2000 + 1));
	kl_json_put_int(b, "record", (int64_t)(i % 2000));
	kl_json_put_int(b, "line", (int64_t)(i + 1));
	kl_buf_puts(b,
	    ",\"action\":\"subscribe\",\"account\":\"SNDBX1\",\"list\":"
	    "\"KKbLLU\",\"outcome\":\"accepted\",\"who\":{\"email\":"
	    "\"In7thAYuIbVY4zEybgYRqw\",\"phone_number\":"
	    "\"dw8ZU2XtUSqzCdtjXwLYpQ\"},\"consent\":{\"source\":\"Checkout\","
	    "\"email\":{\"status\":\"SUBSCRIBED\",\"consented_at\":"
	    "\"2026-01-02T03:04:05Z\"}},\"digest\":"
	    "\"KiPD0hPXjHjymJ6ZTbg5KQ\"");
}

int
main(int argc, char *argv[])
{
	struct kl_hash_key hash = { 0 };
	struct kl_audit_opts o = { .hash = &hash };
	struct kl_audit *a = NULL;
	struct kl_err err = { 0 };
	uint64_t i, n;
	enum kl_rc rc;

	if (argc != 4)
		return 64;
	o.path = argv[1];
	n = strtoull(argv[3], NULL, 10);
	rc = kl_hash_key_load(&hash, argv[2], &err);
	if (rc == KL_OK)
		rc = kl_audit_open(&a, &o, &err);
	for (i = 0; rc == KL_OK && i < n; i++) {
		put(kl_audit_entry(a), i);
		kl_audit_add(a);
		if (i % 50000 == 49999 || i == n - 1)
			rc = kl_audit_sync(a, &err);
	}
	kl_audit_close(a);
	if (rc != KL_OK)
		(void)fprintf(stderr, "trail: %s\n", err.msg);
	return kl_err_exit(rc);
}
