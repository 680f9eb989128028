/* SPDX-License-Identifier: MIT */

#include "kl/domain.h"

#include "ok.h"

/* Domains, and the provider that was meant; "": none. */
static const struct {
	const char *domain, *meant;
} rows[] = {
	{ "gmail.com", "" },
	{ "GMAIL.com", "" },
	{ "gmial.com", "gmail.com" },
	{ "Gmial.Com", "gmail.com" },
	{ "gmai.com", "gmail.com" },
	{ "gmaill.com", "gmail.com" },
	{ "gnail.com", "gmail.com" },
	{ "gmail.co", "gmail.com" },
	{ "gmail.cmo", "gmail.com" },
	{ "gmail.comm", "gmail.com" },
	{ "mgail.com", "gmail.com" },
	{ "hotmial.com", "hotmail.com" },
	{ "hotmail.con", "hotmail.com" },
	{ "hotmal.com", "hotmail.com" },
	{ "hotnail.com", "hotmail.com" },
	{ "yaho.com", "yahoo.com" },
	{ "yahooo.com", "yahoo.com" },
	{ "outlok.com", "outlook.com" },
	{ "iclou.com", "icloud.com" },
	{ "googelmail.com", "googlemail.com" },
	{ "ggooglemail.com", "googlemail.com" },
	{ "mail.com", "" },
	{ "ymail.com", "" },
	{ "email.com", "" },
	{ "cloud.com", "" },
	{ "hotmail.fr", "" },
	{ "hotmail.se", "" },
	{ "gmx.com", "" },
	{ "gmali.cmo", "" },
	{ "gmailcom.x", "" },
	{ "tonline.de", "t-online.de" },
	{ "t-onlien.de", "t-online.de" },
	{ "hotmail.co.ku", "hotmail.co.uk" },
	{ "protonmial.com", "protonmail.com" },
	{ "protonmaill.com", "protonmail.com" },
	{ "verizonn.net", "verizon.net" },
	{ "icloudd.com", "icloud.com" },
	{ "shop.example", "" },
	{ "gmail.com.example", "" },
	{ "", "" },
	{ "a.b", "" },
};

/* True if the domain, which is remembered or not, is known of just that. */
static bool
is_known(const struct kl_domains *d, const char *s, size_t n, bool remembered)
{
	const struct kl_domain *k = kl_domain_seen(d, (struct kl_span){ s, n });

	return remembered ? k != NULL && k->n == n : k == NULL;
}

/* Domains of any length are told from all that differ in one letter, in its
 * case, or in length. */
static void
remembered(void)
{
	static const char from[] = "abcdefghijklmnopqrstuvwxyz0123";
	struct kl_domains d;
	char s[32];
	size_t n, i;
	bool right = true;

	for (n = 0; n < sizeof(from); n++) {
		d = (struct kl_domains){ 0 };
		memcpy(s, from, sizeof(from));
		right &= is_known(&d, s, n, false);
		right &= kl_domain_see(&d, (struct kl_span){ s, n }) != NULL;
		right &= is_known(&d, s, n, n >= 4 && n <= 24);
		right &= n == 0 || is_known(&d, s, n - 1, false);
		right &= is_known(&d, s, n + 1, false);
		for (i = 0; i < n; i++) {
			s[i] ^= 32;
			right &= is_known(&d, s, n, false);
			s[i] ^= 32;
		}
	}
	ok(right, "a domain that came before is known from all others");
	d = (struct kl_domains){ 0 };
	(void)kl_domain_see(&d, KL_SPAN("hotmial.com"));
	is(kl_domain_seen(&d, KL_SPAN("hotmial.com"))->meant, "hotmail.com",
	    "... and what it may have meant");
}

int
main(void)
{
	static const char *const tests[] = { "example.com", "example.net",
		"example.org", "test.com", "TEST.com" };
	static const char *const others[] = { "shop.example", "a.example.com",
		"example.co", "xample.com", "best.com", "test.de", "", "a" };
	struct kl_domains d = { 0 };
	const struct kl_domain *got;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		got = kl_domain_see(&d, KL_SPAN(rows[i].domain));
		ok((got->doubt == KL_DOUBT_TYPO) == (rows[i].meant[0] != '\0'),
		    rows[i].domain);
		if (got->doubt == KL_DOUBT_TYPO)
			is(got->meant, rows[i].meant, "... means");
	}
	for (i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		ok(kl_domain_is_test(KL_SPAN(tests[i])) &&
			kl_domain_see(&d, KL_SPAN(tests[i]))->doubt ==
			    KL_DOUBT_TEST,
		    tests[i]);
	}
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		ok(!kl_domain_is_test(KL_SPAN(others[i])), "is for no tests");
	ok(kl_span_is(kl_email_domain(KL_SPAN("a@b@c.d")), "c.d"),
	    "a domain is what follows the last @");
	ok(kl_email_domain(KL_SPAN("ab")).n == 0, "and nothing without one");
	remembered();
	return done();
}
