/* SPDX-License-Identifier: MIT */

#include "kl/idn.h"

#include "ok.h"

/* Domains and their form in ASCII; NULL: refused. */
static const struct {
	const char *domain, *ascii;
} rows[] = {
	{ "shop.example", "shop.example" },
	{ "Shop.Example", "shop.example" },
	{ "b\xc3\xbc"
	  "cher.example",
	    "xn--bcher-kva.example" },
	{ "B\xc3\x9c"
	  "CHER.Example",
	    "xn--bcher-kva.example" },
	{ "bu\xcc\x88"
	  "cher.example",
	    "xn--bcher-kva.example" }, /* u and a combining diaeresis */
	{ "fa\xc3\x9f.example", "xn--fa-hia.example" },
	{ "\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
	    "xn--r8jz45g.xn--zckzah" },
	{ "xn--bcher-kva.\xc3\xbc", "xn--bcher-kva.xn--tda" },
	{ "", NULL },
	{ ".", NULL },
	{ "a..\xc3\xbc", NULL },
	{ "\xc3\xbc.", NULL },
	{ ".\xc3\xbc", NULL },
	{ "-\xc3\xbc.example", NULL },
	{ "\xc3\xbc-.example", NULL },
	{ "exa_mple.com", NULL }, /* and not example.com */
	{ "exa_mple\xc3\xbc.com", NULL },
	{ "exa mple.\xc3\xbc", NULL },
	{ "exa\xc2\xadmple.com", NULL },    /* soft hyphen */
	{ "\xe2\x93\x94.com", NULL },	    /* circled e */
	{ "\xe2\x98\x83.com", NULL },	    /* snowman */
	{ "a\xe3\x80\x82\xc3\xbc", NULL },  /* ideographic full stop */
	{ "\xef\xbd\x85xample.com", NULL }, /* fullwidth e */
	{ "xn--zz.\xc3\xbc", NULL },
	{ "\xff.com", NULL },
	{ "\xc3", NULL },
};

/* A label of n letters with one outside ASCII, which adds 8 to its form
 * (xn--, a hyphen and three for the letter, less the letter itself). */
static enum kl_rc
label(size_t n, struct kl_err *err)
{
	struct kl_buf b = { 0 };
	char out[KL_DOMAIN_MAX + 1];
	enum kl_rc rc;

	kl_buf_puts(&b, "\xc3\xbc");
	while (b.n < n + 1)
		kl_buf_putc(&b, 'a');
	kl_buf_puts(&b, ".example");
	rc = kl_idn_ascii((struct kl_span){ b.s, b.n }, out, NULL, err);
	if (rc == KL_OK)
		ok(strchr(out, '.') <= out + 63, "a label is 63 at the most");
	kl_buf_free(&b);
	return rc;
}

/* A domain of n characters. */
static enum kl_rc
domain(size_t n)
{
	char s[400], out[KL_DOMAIN_MAX + 1];
	size_t i, len = 0;
	enum kl_rc rc;

	for (i = 0; i < n; i++)
		s[i] = i % 60 == 59 && i < n - 1 ? '.' : 'x';
	rc = kl_idn_ascii((struct kl_span){ s, n }, out, &len, NULL);
	ok(rc != KL_OK || (len == n && strlen(out) == n), "its length is told");
	return rc;
}

int
main(void)
{
	char out[KL_DOMAIN_MAX + 1];
	struct kl_err err = { 0 };
	size_t i, n, last = 0;
	enum kl_rc rc;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		err = (struct kl_err){ 0 };
		rc = kl_idn_ascii(KL_SPAN(rows[i].domain), out, &n, &err);
		ok((rc == KL_OK) == (rows[i].ascii != NULL), rows[i].domain);
		if (rc == KL_OK && rows[i].ascii != NULL)
			is(out, rows[i].ascii, "its form");
		else
			ok(rc == KL_EDATA && err.msg[0] != '\0', "refused");
	}
	for (n = 40; n < 70; n++)
		if (label(n, &err) == KL_OK)
			last = n;
	ok(last >= 54 && last <= 58, "labels are judged by their form");
	is(err.msg, "has a part of over 63 characters in its xn-- form",
	    "a label that is too long");
	ok(domain(252) == KL_OK && domain(253) == KL_OK &&
		domain(254) == KL_EDATA && domain(300) == KL_EDATA,
	    "domains of up to 253 characters");
	ok(kl_idn_ascii((struct kl_span){ "a\0b.co", 6 }, out, &n, NULL) ==
		KL_EDATA,
	    "a NUL ends no domain");
	return done();
}
