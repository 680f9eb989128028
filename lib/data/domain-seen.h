/* SPDX-License-Identifier: MIT */
#ifndef DOMAIN_SEEN_H
#define DOMAIN_SEEN_H

/* domain-seen.h - looking for a domain among those that came before. */

#include "kl/domain.h"

#include "words.h"

/* The shortest and longest domain that is remembered. */
#define DOMAIN_MIN 4
#define DOMAIN_MAX 24

/*
 * The bytes of a domain of DOMAIN_MIN to DOMAIN_MAX in three words, which with
 * their number tell it from all others; false if it is of another length.
 */
static inline bool
domain_words(struct kl_domain *d, const char *s, size_t n)
{
	size_t mid = n - 8 < 8 ? n - 8 : 8;

	d->n = n;
	if (n >= 8 && n <= DOMAIN_MAX) {
		d->word[0] = load8(s);
		d->word[1] = load8(s + mid);
		d->word[2] = load8(s + n - 8);
		return true;
	}
	if (n < DOMAIN_MIN || n > DOMAIN_MAX)
		return false;
	d->word[0] = load4(s);
	d->word[1] = 0;
	d->word[2] = load4(s + n - 4);
	return true;
}

static inline bool
domain_equal(const struct kl_domain *a, const struct kl_domain *b)
{
	return ((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]) |
		   (a->word[2] ^ b->word[2]) | (a->n ^ b->n)) == 0;
}

/* The place of the domain among those seen, whichever is there. */
static inline size_t
domain_slot(const struct kl_domain *d)
{
	return ((d->word[0] ^ d->word[2] << 7) * 0x9e3779b97f4a7c15U >> 58) %
	    KL_DOMAINS_SEEN;
}

/* kl_domain_seen(). */
static inline const struct kl_domain *
domain_seen(const struct kl_domains *all, struct kl_span domain)
{
	const struct kl_domain *seen;
	struct kl_domain d;

	if (!domain_words(&d, domain.s, domain.n))
		return NULL;
	seen = &all->seen[domain_slot(&d)];
	return domain_equal(seen, &d) ? seen : NULL;
}

#endif /* DOMAIN_SEEN_H */
