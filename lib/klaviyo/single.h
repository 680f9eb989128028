/* SPDX-License-Identifier: MIT */
#ifndef SINGLE_H
#define SINGLE_H

#include "kl/buf.h"
#include "kl/client.h"

/* single.h - what the calls of kl/klaviyo.h that send one thing share. */

/* Send a body that the endpoint has room for, and wait for the answer. */
enum kl_rc single_call(struct kl_client *c, enum kl_ep ep,
    const struct kl_buf *body, struct kl_answer *a, struct kl_err *err);

#endif /* SINGLE_H */
