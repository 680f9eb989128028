/* SPDX-License-Identifier: MIT */

/*
 * domain.c - domains of addresses that are well formed and yet doubtful.
 *
 * Most addresses of a stream share a few domains, and hardly any is doubtful:
 * what was found of a domain is kept for the next address that has it.  Of
 * others only
 * providers of nearly the same length are considered, and of those only the
 * ones that share the first four letters or all but the first five, as they do
 * wherever one slip is made.
 */

#include <stdint.h>
#include <string.h>

#include "domain-seen.h"

/* The shortest and longest domain that can be near a provider. */
#define SHORT 8
#define LONG 15

/* A domain of SHORT to LONG letters in lower case, with zeros behind it. */
struct name {
	char s[LONG + 1];
	unsigned n;
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define ROW(name)                                                              \
	{                                                                      \
		name, sizeof(name) - 1                                         \
	}

/*
 * Providers with so many mailboxes that a domain one letter away is far more
 * likely a slip, by length.  Names shorter than nine letters have too many
 * honest neighbours (gmx.de, web.de, aol.com).
 */
static const struct name providers[] = {
	ROW("gmail.com"),
	ROW("yahoo.com"),
	ROW("icloud.com"),
	ROW("hotmail.fr"),
	ROW("hotmail.it"),
	ROW("hotmail.es"),
	ROW("hotmail.com"),
	ROW("outlook.com"),
	ROW("yahoo.co.uk"),
	ROW("comcast.net"),
	ROW("verizon.net"),
	ROW("t-online.de"),
	ROW("hotmail.co.uk"),
	ROW("googlemail.com"),
	ROW("protonmail.com"),
};

/* By length from SHORT on: the first provider that is not over one letter
 * shorter, and the first that is over one letter longer. */
static const unsigned char first[] = { 0, 0, 0, 2, 6, 12, 12, 13 };
static const unsigned char behind[] = { 2, 6, 12, 12, 13, 15, 15, 15 };

/* Neighbours of those that are domains in their own right. */
static const struct name honest[] = {
	ROW("mail.com"),
	ROW("email.com"),
	ROW("ymail.com"),
	ROW("cloud.com"),
	ROW("hotmail.de"),
	ROW("hotmail.ch"),
	ROW("hotmail.be"),
	ROW("hotmail.se"),
	ROW("hotmail.nl"),
	ROW("hotmail.no"),
	ROW("hotmail.dk"),
	ROW("hotmail.fi"),
	ROW("hotmail.gr"),
	ROW("hotmail.pt"),
	ROW("hotmail.ca"),
	ROW("hotmail.co.nz"),
	ROW("hotmail.co.jp"),
	ROW("hotmail.co.il"),
	ROW("hotmail.co.th"),
	ROW("hotmail.co.za"),
	ROW("yahoo.co.nz"),
	ROW("yahoo.co.jp"),
	ROW("yahoo.co.id"),
	ROW("yahoo.co.in"),
	ROW("yahoo.co.kr"),
	ROW("yahoo.co.th"),
	ROW("yahoo.co.za"),
};

static const struct name tests[] = {
	ROW("example.com"),
	ROW("example.net"),
	ROW("example.org"),
	ROW("test.com"),
};

struct kl_span
kl_email_domain(struct kl_span address)
{
	size_t i;

	for (i = address.n; i > 0; i--)
		if (address.s[i - 1] == '@')
			return (struct kl_span){ address.s + i, address.n - i };
	return (struct kl_span){ 0 };
}

/* Eight letters in lower case.  All that is no letter in a domain has the bit
 * of lower case already. */
static inline uint64_t
lower8(const char *s)
{
	return load8(s) | 0x2020202020202020U;
}

/* The domain in lower case; false if it is of no length that matters. */
static bool
fold(struct kl_span domain, struct name *to)
{
	uint64_t head, tail;

	if (domain.n < SHORT || domain.n > LONG)
		return false;
	head = lower8(domain.s);
	tail = lower8(domain.s + domain.n - 8);
	*to = (struct name){ .n = (unsigned)domain.n };
	memcpy(to->s, &head, sizeof(head));
	memcpy(to->s + to->n - 8, &tail, sizeof(tail));
	return true;
}

/* All of both, zeros included: two comparisons, and no call. */
static inline bool
is_same(const struct name *a, const struct name *b)
{
	return memcmp(a->s, b->s, sizeof(a->s)) == 0;
}

static bool
is_among(const struct name *name, const struct name *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_same(name, &names[i]))
			return true;
	return false;
}

bool
kl_domain_is_test(struct kl_span domain)
{
	struct name name;

	return fold(domain, &name) && is_among(&name, tests, COUNT(tests));
}

/* True if the two are one slip apart: they agree up to it and from behind it
 * on. */
static bool
is_one_off(const struct name *a, const struct name *b)
{
	const char *p = a->s, *q = b->s;

	while (*p == *q && *p != '\0') {
		p++;
		q++;
	}
	if (a->n > b->n)
		return strcmp(p + 1, q) == 0;
	if (a->n < b->n)
		return strcmp(p, q + 1) == 0;
	return *p != '\0' &&
	    (strcmp(p + 1, q + 1) == 0 ||
		(p[0] == q[1] && p[1] == q[0] && strcmp(p + 2, q + 2) == 0));
}

/* False if more than the first five letters of the provider are other ones,
 * as one slip among the first four leaves none. */
static inline bool
is_same_tail(const struct name *name, const struct name *p)
{
	unsigned tail = p->n - 5;

	return memcmp(name->s + name->n - 4, p->s + p->n - 4, 4) == 0 &&
	    memcmp(name->s + name->n - tail, p->s + p->n - tail, 4) == 0;
}

/* The provider that may have been meant, or NULL. */
static const char *
meant_by(const struct name *name)
{
	const struct name *p = &providers[first[name->n - SHORT]];
	const struct name *end = &providers[behind[name->n - SHORT]];
	const char *found = NULL;

	for (; p < end; p++) {
		if (memcmp(name->s, p->s, 4) != 0 && !is_same_tail(name, p))
			continue;
		if (is_same(name, p))
			return NULL;
		if (found == NULL && is_one_off(name, p))
			found = p->s;
	}
	return found == NULL || is_among(name, honest, COUNT(honest)) ? NULL
								      : found;
}

static enum kl_doubt
judge(const struct name *name, const char **meant)
{
	if ((*meant = meant_by(name)) != NULL)
		return KL_DOUBT_TYPO;
	/* The shortest and the longer of the domains for tests. */
	if ((name->n == 8 || name->n == 11) &&
	    is_among(name, tests, COUNT(tests)))
		return KL_DOUBT_TEST;
	return KL_DOUBT_NONE;
}

const struct kl_domain *
kl_domain_seen(const struct kl_domains *all, struct kl_span domain)
{
	return domain_seen(all, domain);
}

const struct kl_domain *
kl_domain_see(struct kl_domains *all, struct kl_span domain)
{
	struct kl_domain d = { 0 }, *seen = &all->other;
	struct name name;

	if (domain_words(&d, domain.s, domain.n))
		seen = &all->seen[domain_slot(&d)];
	if (fold(domain, &name))
		d.doubt = judge(&name, &d.meant);
	*seen = d;
	return seen;
}
