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

int
main(void)
{
	static const char *const tests[] = { "example.com", "example.net",
		"example.org", "test.com", "TEST.com" };
	static const char *const others[] = { "shop.example", "a.example.com",
		"example.co", "xample.com", "best.com", "test.de", "", "a" };
	struct kl_domains d = { 0 };
	const char *meant;
	char address[80];
	enum kl_doubt got;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		(void)snprintf(address, sizeof(address), "x@%s",
		    rows[i].domain);
		got = kl_domain_doubt(&d, KL_SPAN(address), &meant);
		ok((got == KL_DOUBT_TYPO) == (rows[i].meant[0] != '\0'),
		    rows[i].domain);
		if (got == KL_DOUBT_TYPO)
			is(meant, rows[i].meant, "... means");
	}
	got = kl_domain_doubt(&d, KL_SPAN("x@hotmial.com"), &meant);
	ok(got == KL_DOUBT_TYPO &&
		kl_domain_doubt(&d, KL_SPAN("y@HOTMIAL.com"), &meant) == got,
	    "a domain that was seen before");
	is(meant, "hotmail.com", "... means the same again");
	for (i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		(void)snprintf(address, sizeof(address), "x@%s", tests[i]);
		ok(kl_domain_is_test(KL_SPAN(tests[i])) &&
			kl_domain_doubt(&d, KL_SPAN(address), &meant) ==
			    KL_DOUBT_TEST,
		    tests[i]);
	}
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		ok(!kl_domain_is_test(KL_SPAN(others[i])), "is for no tests");
	ok(kl_span_is(kl_email_domain(KL_SPAN("a@b@c.d")), "c.d"),
	    "a domain is what follows the last @");
	ok(kl_email_domain(KL_SPAN("ab")).n == 0, "and nothing without one");
	return done();
}
