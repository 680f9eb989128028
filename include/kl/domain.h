/* SPDX-License-Identifier: MIT */
#ifndef KL_DOMAIN_H
#define KL_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
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

/* A domain, and what is doubtful about it. */
struct kl_domain {
	uint64_t word[3];  /* its first and last bytes, and some between */
	size_t n;	   /* how many it has; 0: it is none */
	const char *meant; /* for KL_DOUBT_TYPO: the provider that may have been
			    * meant; else NULL */
	enum kl_doubt doubt;
};

/* Domains of good addresses seen last: most addresses share a few.  All zero
 * is ready for use. */
#define KL_DOMAINS_SEEN 64
struct kl_domains {
	struct kl_domain seen[KL_DOMAINS_SEEN];
	struct kl_domain other; /* one that is not remembered */
};

/*
 * What is known of a domain, written just so, that came before; NULL if it did
 * not, or is not remembered any more.  Only domains of 4 to 24 bytes are.
 * kl_domain_see() judges one that kl_email_check() found good and remembers
 * it.  Borrowed from all, until the next kl_domain_see().
 */
const struct kl_domain *kl_domain_seen(const struct kl_domains *all,
    struct kl_span domain);
const struct kl_domain *kl_domain_see(struct kl_domains *all,
    struct kl_span domain);

#ifdef __cplusplus
}
#endif

#endif /* KL_DOMAIN_H */
