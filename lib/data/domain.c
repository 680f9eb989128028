/* SPDX-License-Identifier: MIT */

/*
 * domain.c - domains of addresses that are well formed and yet doubtful.
 *
 * Every address of a stream is looked at, and hardly any is doubtful: so the
 * last four letters, or the first four, must be those of a provider before
 * anything is counted.
 */

#include <string.h>

#include "kl/domain.h"
#include "kl/near.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* The shortest and longest domain that can be near a provider. */
#define SHORT 8
#define LONG 15

#define ROW(name)                                                              \
	{                                                                      \
		name, sizeof(name) - 1                                         \
	}

/*
 * Providers with so many mailboxes that a domain one letter away is far more
 * likely a slip.  Names shorter than nine letters have too many honest
 * neighbours (gmx.de, web.de, aol.com).
 */
static const struct provider {
	char name[LONG + 1];
	unsigned char n;
} providers[] = {
	ROW("gmail.com"),
	ROW("yahoo.com"),
	ROW("icloud.com"),
	ROW("hotmail.com"),
	ROW("outlook.com"),
	ROW("hotmail.fr"),
	ROW("hotmail.it"),
	ROW("hotmail.es"),
	ROW("yahoo.co.uk"),
	ROW("hotmail.co.uk"),
	ROW("googlemail.com"),
	ROW("protonmail.com"),
	ROW("comcast.net"),
	ROW("verizon.net"),
	ROW("t-online.de"),
};

/* Neighbours of those that are domains in their own right. */
static const char *const honest[] = { "mail.com", "email.com", "ymail.com",
	"cloud.com", "hotmail.de", "hotmail.ch", "hotmail.be", "hotmail.se",
	"hotmail.nl", "hotmail.no", "hotmail.dk", "hotmail.fi", "hotmail.gr",
	"hotmail.pt", "hotmail.ca", "hotmail.co.nz", "hotmail.co.jp",
	"hotmail.co.il", "hotmail.co.th", "hotmail.co.za", "yahoo.co.nz",
	"yahoo.co.jp", "yahoo.co.id", "yahoo.co.in", "yahoo.co.kr",
	"yahoo.co.th", "yahoo.co.za", NULL };

static const char *const tests[] = { "example.com", "example.net",
	"example.org", "test.com", NULL };

struct kl_span
kl_email_domain(struct kl_span address)
{
	size_t i;

	for (i = address.n; i > 0; i--)
		if (address.s[i - 1] == '@')
			return (struct kl_span){ address.s + i, address.n - i };
	return (struct kl_span){ 0 };
}

/* The domain in lower case, if it is of a length that matters. */
static bool
fold(struct kl_span domain, char to[LONG + 1])
{
	size_t i;
	char c;

	if (domain.n < SHORT || domain.n > LONG)
		return false;
	for (i = 0; i < domain.n; i++) {
		c = domain.s[i];
		to[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	to[i] = '\0';
	return true;
}

static bool
is_among(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

bool
kl_domain_is_test(struct kl_span domain)
{
	char name[LONG + 1];

	return fold(domain, name) && is_among(name, tests);
}

/* True if the first four or the last four letters agree, as they do wherever
 * one slip is made in a name of nine or more. */
static bool
may_be_near(const char *name, size_t n, const struct provider *p)
{
	return (n > p->n ? n - p->n : p->n - n) <= 1 &&
	    (memcmp(name, p->name, 4) == 0 ||
		memcmp(name + n - 4, p->name + p->n - 4, 4) == 0);
}

const char *
kl_domain_meant(struct kl_span domain)
{
	const struct provider *p, *found = NULL;
	char name[LONG + 1];
	unsigned edits;

	if (!fold(domain, name))
		return NULL;
	for (p = providers; p < providers + COUNT(providers); p++) {
		if (!may_be_near(name, domain.n, p))
			continue;
		edits = kl_edits(name, domain.n, p->name, p->n, 1);
		if (edits == 0)
			return NULL;
		if (edits == 1 && found == NULL)
			found = p;
	}
	return found == NULL || is_among(name, honest) ? NULL : found->name;
}
