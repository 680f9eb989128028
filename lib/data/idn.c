/* SPDX-License-Identifier: MIT */

/*
 * idn.c - the only user of libidn2.
 *
 * libidn2 is a mapper by nature: with its STD3 flag exa_mple.com becomes
 * example.com, with TR46 it drops soft hyphens and takes emoji.  So both are
 * off, and the labels it answers with are checked here once more.
 */

#include <idn2.h>
#include <string.h>

#include "kl/idn.h"
#include "kl/json.h"
#include "kl/limits.h"

#include "letters.h"

/* Bytes of a domain before it is converted: more than any that fits after. */
#define LONGEST ((size_t)4 * KL_DOMAIN_MAX)

static enum kl_rc
refuse(struct kl_err *err, const char *why)
{
	return kl_err_set(err, KL_EDATA, "%s", why);
}

/* What libidn2 says, in our words. */
static enum kl_rc
explain(int rc, struct kl_err *err)
{
	switch (rc) {
	case IDN2_MALLOC:
		return kl_err_nomem(err);
	case IDN2_DISALLOWED:
	case IDN2_UNASSIGNED:
	case IDN2_CONTEXTO:
	case IDN2_CONTEXTJ:
	case IDN2_DOT_IN_LABEL:
		return refuse(err,
		    "has a character that domains must not "
		    "have");
	case IDN2_TOO_BIG_LABEL:
	case IDN2_PUNYCODE_BIG_OUTPUT:
		return refuse(err,
		    "has a part of over 63 characters in its "
		    "xn-- form");
	case IDN2_TOO_BIG_DOMAIN:
		return refuse(err, "has over 253 characters in its xn-- form");
	case IDN2_BIDI:
		return refuse(err,
		    "mixes directions of writing as domains "
		    "must not");
	case IDN2_PUNYCODE_BAD_INPUT:
	case IDN2_ALABEL_ROUNDTRIP_FAILED:
	case IDN2_INVALID_ALABEL:
		return refuse(err,
		    "has a part in xn-- form that stands for "
		    "nothing");
	default:
		return refuse(err,
		    "does not follow the rules of domains "
		    "outside ASCII");
	}
}

static bool
is_ldh(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* True if every label is 1 to 63 letters, digits and hyphens, no hyphen
 * first or last. */
static bool
is_clean(const char *s)
{
	size_t n;

	for (;; s += n + 1) {
		for (n = 0; is_ldh(s[n]); n++)
			;
		if (n == 0 || n > KL_LABEL_MAX || s[0] == '-' ||
		    s[n - 1] == '-')
			return false;
		if (s[n] == '\0')
			return true;
		if (s[n] != '.')
			return false;
	}
}

/*
 * True if no label outside ASCII has a hyphen first, last, or third and fourth
 * (RFC 5891, 4.2.3.1).  Its xn-- form would hide that, and libidn2 asks only
 * those who register names.
 */
static bool
hyphens_are_fine(const char *s)
{
	size_t n, i;
	bool ascii;

	for (;; s += n + 1) {
		n = strcspn(s, ".");
		for (i = 0, ascii = true; i < n; i++)
			ascii = ascii && (unsigned char)s[i] < 0x80;
		if (!ascii &&
		    (s[0] == '-' || s[n - 1] == '-' ||
			(n > 3 && s[2] == '-' && s[3] == '-')))
			return false;
		if (s[n] == '\0')
			return true;
	}
}

/* A domain in small letters, with a NUL. */
static enum kl_rc
convert(const char *domain, char out[KL_DOMAIN_MAX + 1], size_t *n,
    struct kl_err *err)
{
	uint8_t *ascii = NULL;
	enum kl_rc rc = KL_OK;
	size_t len = 0;
	int why;

	if (!hyphens_are_fine(domain))
		return refuse(err, "has a hyphen where none may be");
	why = idn2_lookup_u8((const uint8_t *)domain, &ascii,
	    IDN2_NO_TR46 | IDN2_NFC_INPUT);
	if (why != IDN2_OK)
		return explain(why, err);
	len = strlen((const char *)ascii);
	if (len > KL_DOMAIN_MAX)
		rc = explain(IDN2_TOO_BIG_DOMAIN, err);
	else if (!is_clean((const char *)ascii))
		rc = explain(IDN2_DISALLOWED, err);
	else
		memcpy(out, ascii, len + 1);
	if (n != NULL)
		*n = len;
	idn2_free(ascii);
	return rc;
}

enum kl_rc
kl_idn_ascii(struct kl_span domain, char out[KL_DOMAIN_MAX + 1], size_t *n,
    struct kl_err *err)
{
	struct kl_buf small = { .max = 2 * LONGEST };
	enum kl_rc rc;

	if (domain.n > LONGEST)
		return explain(IDN2_TOO_BIG_DOMAIN, err);
	if (domain.n == 0 || memchr(domain.s, '\0', domain.n) != NULL ||
	    !kl_utf8_valid(domain.s, domain.n))
		return explain(IDN2_DISALLOWED, err);
	letters_put(&small, domain, LETTERS_LOWER);
	if ((rc = kl_buf_check(&small, err)) == KL_OK)
		rc = convert(kl_buf_str(&small), out, n, err);
	kl_buf_free(&small);
	return rc;
}
