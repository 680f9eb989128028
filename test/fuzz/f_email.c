/* SPDX-License-Identifier: MIT */

/*
 * f_email.c - any bytes as an e-mail address.  One that is taken has the
 * shape the header promises; one that is refused is refused with a reason
 * that holds no part of it outside ASCII.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "kl/domain.h"
#include "kl/email.h"
#include "kl/idn.h"
#include "kl/json.h"
#include "kl/limits.h"

#include "../unit/in_quotes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
good(const char *s, size_t n)
{
	const char *at = memchr(s, '@', n);
	size_t i;

	assert(at != NULL && at > s && at - s <= KL_EMAIL_LOCAL_MAX);
	assert(n <= KL_EMAIL_MAX && at < s + n - 3);
	assert(memchr(at + 1, '@', n - (size_t)(at - s) - 1) == NULL);
	assert(memchr(at, '.', n - (size_t)(at - s)) != NULL);
	assert(s[0] != '.' && s[n - 1] != '.' && s[n - 1] != '-');
	for (i = 0; i < n; i++) {
		assert(s[i] > ' ' && s[i] < 0x7F);
		assert(i == 0 || s[i] != '.' ||
		    (s[i - 1] != '.' && s[i - 1] != '@'));
	}
}

/* A good address whose domain is not ASCII is good in its xn-- form too, but
 * for its length. */
static void
foreign(struct kl_span t)
{
	struct kl_span domain = kl_email_domain(t);
	char ascii[KL_DOMAIN_MAX + 1], s[KL_EMAIL_MAX + KL_DOMAIN_MAX + 1];
	size_t n, local = t.n - domain.n;

	assert(kl_idn_ascii(domain, ascii, &n, NULL) == KL_OK);
	assert(local <= KL_EMAIL_LOCAL_MAX + 1);
	memcpy(s, t.s, local);
	memcpy(s + local, ascii, n);
	if (local + n <= KL_EMAIL_MAX)
		good(s, local + n);
}

/* Among the addresses of a stream, the same is found of it. */
static void
next(struct kl_span t, bool utf8)
{
	static struct kl_domains domains, none;
	const struct kl_domain *seen, *fresh, *quick;
	struct kl_err one = { 0 }, two = { 0 };
	enum kl_rc rc = kl_email_check(t, utf8, "email", &one);
	int i;

	for (i = 0; i < 2; i++) {
		assert(kl_email_check_next(&domains, t, utf8, "email", &seen,
			   &two) == rc);
		assert(strcmp(one.msg, two.msg) == 0);
	}
	quick = in_quotes(&domains, t);
	assert(quick == NULL || (rc == KL_OK && quick == seen));
	if (rc != KL_OK)
		return;
	fresh = kl_domain_see(&none, kl_email_domain(t));
	assert(seen->doubt == fresh->doubt && seen->meant == fresh->meant &&
	    seen->n == fresh->n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_span t = { (const char *)data, size };
	struct kl_err err = { 0 };
	char folded[KL_EMAIL_MAX];
	const char *p;

	if (kl_utf8_valid(t.s, t.n) &&
	    kl_email_check(t, true, "email", &err) != KL_OK) {
		assert(err.msg[0] != '\0' && err.hint[0] != '\0');
		assert(kl_email_check(t, false, "email", NULL) != KL_OK);
	}
	if (kl_utf8_valid(t.s, t.n))
		next(t, true);
	next(t, false);
	err = (struct kl_err){ 0 };
	if (kl_email_check(t, false, "email", &err) == KL_OK) {
		assert(kl_email_check(t, true, "email", NULL) == KL_OK);
		for (p = t.s; p < t.s + t.n && (unsigned char)*p < 0x80; p++)
			;
		if (p < t.s + t.n) {
			foreign(t);
			return 0;
		}
		good(t.s, t.n);
		assert(err.msg[0] == '\0');
		kl_email_fold(folded, t.s, t.n);
		t.s = folded;
		assert(kl_email_check(t, false, "email", NULL) == KL_OK);
		return 0;
	}
	assert(err.rc == KL_EDATA && strncmp(err.code, "email_", 6) == 0);
	assert(strcmp(err.field, "email") == 0 && err.hint[0] != '\0');
	for (p = err.msg; *p != '\0'; p++)
		assert(*p >= ' ' && *p < 0x7F);
	return 0;
}
