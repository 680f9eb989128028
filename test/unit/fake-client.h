/* SPDX-License-Identifier: MIT */
#ifndef FAKE_CLIENT_H
#define FAKE_CLIENT_H

#include "kl/client.h"

/*
 * fake-client.h - what a test does not use that plays the client itself: it
 * has kl_client_start(), kl_client_next() and kl_client_busy() of its own.
 */

void
kl_client_drain(struct kl_client *c)
{
	(void)c;
}

const char *
kl_client_base(const struct kl_client *c)
{
	(void)c;
	return "http://127.0.0.1:1";
}

uint64_t
kl_client_pace(struct kl_client *c, const struct kl_endpoint *ep)
{
	(void)c;
	(void)ep;
	return 0;
}

enum kl_rc
kl_client_call(struct kl_client *c, const struct kl_call *call,
    struct kl_answer *answer, struct kl_err *err)
{
	(void)c;
	(void)call;
	(void)answer;
	return kl_err_set(err, KL_EBUG, "not used here");
}

#endif /* FAKE_CLIENT_H */
