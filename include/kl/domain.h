/* SPDX-License-Identifier: MIT */
#ifndef KL_DOMAIN_H
#define KL_DOMAIN_H

#include <stdbool.h>

#include <stdint.h>

#include "kl/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/* What is doubtful about the domain of a good address. */
enum kl_doubt {
	KL_DOUBT_NONE,
	KL_DOUBT_TYPO, /* one letter (left out, put in, changed, or swapped
			* with its neighbour) from a large provider of
			* mailboxes, and none in its own right: gmial.com */
	KL_DOUBT_TEST, /* kl_domain_is_test() */
};

/* What was found of the domains seen last: most addresses share a few.  All
 * zero is ready for use. */
#define KL_DOMAINS_SEEN 64
struct kl_domains {
	struct {
		uint64_t head, tail; /* eight letters, in lower case */
		const char *meant;
		size_t n; /* of its letters */
		enum kl_doubt doubt;
	} seen[KL_DOMAINS_SEEN];
};

/* Judge an address that kl_email_check() found good; *meant is then the
 * provider that may have been meant, for KL_DOUBT_TYPO. */
enum kl_doubt kl_domain_doubt(struct kl_domains *d, struct kl_span address,
    const char **meant);

#ifdef __cplusplus
}
#endif

#endif /* KL_DOMAIN_H */
