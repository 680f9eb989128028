/* SPDX-License-Identifier: MIT */
/* single.c - send one thing, and wait for the answer. */

#include "single.h"

enum kl_rc
single_call(struct kl_client *c, enum kl_ep ep, const struct kl_buf *body,
    struct kl_answer *a, struct kl_err *err)
{
	struct kl_call call = { .ep = kl_endpoint(ep),
		.body = { body->s, body->n } };

	if (body->n <= call.ep->body_bytes)
		return kl_client_call(c, &call, a, err);
	(void)kl_err_set(err, KL_ETOOBIG,
	    "the %s is %zu bytes as it is sent; the service takes %u",
	    call.ep->name, body->n, (unsigned)call.ep->body_bytes);
	kl_err_code(err, "body_too_large");
	return KL_ETOOBIG;
}
