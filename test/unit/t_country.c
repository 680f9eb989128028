/* SPDX-License-Identifier: MIT */

#include "kl/country.h"

#include "ok.h"

static const struct {
	const char *name, *code;
} cases[] = {
	{ "US", "US" },
	{ "us", "US" },
	{ " de ", "DE" },
	{ "UK", "GB" },
	{ "GB", "GB" },
	{ "USA", "US" },
	{ "U.S.A.", "US" },
	{ "deu", "DE" },
	{ "United States", "US" },
	{ "the United States of America", "US" },
	{ "UNITED KINGDOM", "GB" },
	{ "Czech Republic", "CZ" },
	{ "Czechia", "CZ" },
	{ "Côte d'Ivoire", "CI" },
	{ "C\xC3\x94TE D\xE2\x80\x99IVOIRE", "CI" },
	{ "Co\xCC\x82te d\xE2\x80\x99Ivoire", "CI" },
	{ "Korea, Republic of", "KR" },
	{ "Bosnia & Herzegovina", "BA" },
	{ "Trinidad&Tobago", "TT" },
	{ "Saint Lucia", "LC" },
	{ "St. Lucia", "LC" },
	{ "Gambia (the)", "GM" },
	{ "Guinea-Bissau", "GW" },
	{ "Guinea", "GN" },
	{ "Niger", "NE" },
	{ "Nigeria", "NG" },
	{ "Österreich", "AT" },
	{ "Deutschland", "DE" },
	{ "México", "MX" },
	{ "Atlantis", NULL },
	{ "XX", NULL },
	{ "D", NULL },
	{ "Germ", NULL },
	{ "Germany France", NULL },
	{ "germany|deu", NULL },
	{ "", NULL },
	{ "  ", NULL },
	{ ".", NULL },
	{ "The", NULL },
	{ "\xC3", NULL },
	{ "\xE2\x80", NULL },
	{ "United States of America and everything else that is far too long",
	    NULL },
};

int
main(void)
{
	const char *got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		got = kl_country_code(cases[i].name, strlen(cases[i].name));
		is(got == NULL ? "none" : got,
		    cases[i].code == NULL ? "none" : cases[i].code,
		    cases[i].name[0] == '\0' ? "nothing" : cases[i].name);
	}
	return done();
}
