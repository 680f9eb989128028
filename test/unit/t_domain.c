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
	const char *meant;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		meant = kl_domain_meant(KL_SPAN(rows[i].domain));
		is(meant == NULL ? "" : meant, rows[i].meant, rows[i].domain);
	}
	for (i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		ok(kl_domain_is_test(KL_SPAN(tests[i])), tests[i]);
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		ok(!kl_domain_is_test(KL_SPAN(others[i])), "is for no tests");
	ok(kl_span_is(kl_email_domain(KL_SPAN("a@b@c.d")), "c.d"),
	    "a domain is what follows the last @");
	ok(kl_email_domain(KL_SPAN("ab")).n == 0, "and nothing without one");
	return done();
}
