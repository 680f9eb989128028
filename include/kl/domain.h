/* SPDX-License-Identifier: MIT */
#ifndef KL_DOMAIN_H
#define KL_DOMAIN_H

#include <stdbool.h>

#include "kl/buf.h"

/*
 * kl/domain.h - domains of addresses that are well formed and yet doubtful.
 *
 * The domain is given without the @ and compared without regard to the case
 * of ASCII letters.  Nothing is looked up.
 */

/* What follows the last @ of an address; the empty span if there is none. */
struct kl_span kl_email_domain(struct kl_span address);

/*
 * True for the domains kept for examples and tests: the service answers 202
 * for their events and drops them (guide "Events API overview": example.com,
 * test.com and the like).  They are example.com, example.net, example.org
 * (RFC 2606) and test.com themselves, not what lies below them, nor the
 * names under .example and .test, of which the service says nothing.
 */
bool kl_domain_is_test(struct kl_span domain);

/*
 * The large provider of mailboxes that may have been meant, if the domain is
 * one letter away from it (left out, put in, changed, or swapped with its
 * neighbour) and is not a provider in its own right: gmail.com for gmial.com.
 * NULL if there is none.
 */
const char *kl_domain_meant(struct kl_span domain);

#endif /* KL_DOMAIN_H */
