/* SPDX-License-Identifier: MIT */
/* email-explain.c - what is wrong with an e-mail address, as precisely as it
 * can be said without quoting it. */

#include <stdint.h>
#include <string.h>

#include "kl/email.h"
#include "kl/limits.h"

#include "email-priv.h"
#include "words.h"

/* The class of character i of the text. */
static unsigned
class_at(struct kl_span t, size_t i)
{
	return kl_email_class[(unsigned char)t.s[i]];
}

/* Say what is wrong; hint may be NULL. */
static enum kl_rc
bad(struct kl_err *err, const char *field, const char *code, const char *hint)
{
	kl_err_code(err, code);
	kl_err_field(err, field, strlen(field));
	if (hint != NULL)
		kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

/* A character outside ASCII at i, before the @. */
static enum kl_rc
explain_utf8(struct kl_span t, size_t i, const char *field, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "%s has a character outside ASCII (byte %zu of %zu)", field, i + 1,
	    t.n);
	return bad(err, field, "email_non_ascii",
	    "correct it; if the mailbox is really called so, "
	    "--allow-utf8 passes it");
}

/* True if all characters are of ASCII and can be seen, as mostly. */
static bool
is_visible(struct kl_span t)
{
	const uint64_t each = 0x0101010101010101U;
	uint64_t bad = 0, w;
	size_t i;

	for (i = 0; t.n - i >= sizeof(w); i += sizeof(w)) {
		w = load8(t.s + i);
		/* Bytes above 7E have or get their highest bit so, those from
		 * 21 on get it. */
		bad |= w | (w + each) | ~(w + each * 0x5f);
	}
	for (; i < t.n; i++)
		bad |= (unsigned char)(t.s[i] - 0x21) < 0x5e ? 0 : 0x80;
	return (bad & each * 0x80) == 0;
}

/* What is wrong with the address as a whole; KL_OK if that is not it. */
static enum kl_rc
explain_whole(struct kl_span t, unsigned set, const char *field,
    struct kl_err *err)
{
	const char *at = t.n == 0 ? NULL : memchr(t.s, '@', t.n);
	bool visible = is_visible(t);
	size_t i, n = visible ? t.n : kl_email_characters(t);

	if (t.n == 0) {
		(void)kl_err_set(err, KL_EDATA, "%s is empty", field);
		return bad(err, field, "email_empty",
		    "leave the member out, or set it to null");
	}
	for (i = 0; i < t.n && !visible; i++) {
		unsigned char c = (unsigned char)t.s[i];

		if (c >= 0x80 && (set & UTF8) == 0 && !kl_email_blank(t, i) &&
		    (at == NULL || i < (size_t)(at - t.s)))
			return explain_utf8(t, i, field, err);
		if (c <= ' ' || c == 0x7F ||
		    (c >= 0x80 && kl_email_blank(t, i))) {
			(void)kl_err_set(err, KL_EDATA,
			    "%s has %s (byte %zu of %zu)", field,
			    c < 0x80 ? "white space or a control character"
				     : "a blank or a mark that is not seen",
			    i + 1, t.n);
			return bad(err, field, "email_space",
			    "take it out; the convert function trim of kl-map "
			    "does at the ends");
		}
	}
	if (n > KL_EMAIL_MAX) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s has %zu characters; the service takes %d", field, n,
		    KL_EMAIL_MAX);
		return bad(err, field, "email_too_long",
		    "use an address of at most 100 characters");
	}
	return KL_OK;
}

/* What is wrong with the n characters before the @. */
static enum kl_rc
explain_local(struct kl_span t, size_t n, unsigned set, const char *field,
    struct kl_err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (t.s[i] != '.' && (class_at(t, i) & set) == 0)
			break;
	if (n == 0)
		(void)kl_err_set(err, KL_EDATA, "%s has nothing before the @",
		    field);
	else if (n > KL_EMAIL_LOCAL_MAX)
		(void)kl_err_set(err, KL_EDATA,
		    "%s has %zu bytes before the @; RFC 5321 allows %d", field,
		    n, KL_EMAIL_LOCAL_MAX);
	else if (i < n)
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a character before the @ that is not allowed "
		    "there (character %zu)",
		    field, i + 1);
	else
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a dot that begins or ends the part before the @, "
		    "or two in a row",
		    field);
	return bad(err, field, "email_local", "correct the address");
}

/* What is wrong with one label of the domain, characters from to end - 1;
 * last says that the domain ends with it. */
static enum kl_rc
explain_label(struct kl_span t, size_t from, size_t end, const char *field,
    struct kl_err *err)
{
	const char *hint = "correct the domain";
	size_t i;

	for (i = from; i < end; i++)
		if (t.s[i] != '-' && (class_at(t, i) & LABEL) == 0)
			break;
	if (from == end) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a domain with an empty part (character %zu)", field,
		    from + 1);
		hint = "a domain has no dot first or last, nor two in a row";
	} else if (i < end) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a domain with a character that is not allowed "
		    "(character %zu)",
		    field, i + 1);
		hint = "a domain has letters, digits, hyphens and dots";
	} else if (end - from > KL_LABEL_MAX)
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a domain with a part of %zu characters; DNS "
		    "allows %d",
		    field, end - from, KL_LABEL_MAX);
	else if (t.s[from] == '-' || t.s[end - 1] == '-')
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a domain with a hyphen that begins or ends a part",
		    field);
	else
		return KL_OK;
	return bad(err, field, "email_domain", hint);
}

/* Say what is wrong with one. */
static enum kl_rc
explain_foreign(struct kl_span t, size_t from, const char *field,
    struct kl_err *err)
{
	struct kl_err why = { 0 };

	if (kl_email_foreign_check(t, from, &why) == KL_ENOMEM)
		return kl_err_nomem(err);
	(void)kl_err_set(err, KL_EDATA, "%s has a domain that %s", field,
	    why.msg);
	return bad(err, field, "email_domain",
	    "correct the domain, or write it in its xn-- form");
}

/* What is wrong with the domain that begins at from. */
static enum kl_rc
explain_domain(struct kl_span t, size_t from, const char *field,
    struct kl_err *err)
{
	size_t i, start = from;

	if (from == t.n) {
		(void)kl_err_set(err, KL_EDATA, "%s has nothing after the @",
		    field);
		return bad(err, field, "email_domain", "add the domain");
	}
	for (i = from; i <= t.n; i++)
		if (i == t.n || t.s[i] == '.') {
			if (explain_label(t, start, i, field, err) != KL_OK)
				return KL_EDATA;
			start = i + 1;
		}
	if (memchr(t.s + from, '.', t.n - from) == NULL)
		(void)kl_err_set(err, KL_EDATA, "%s has a domain without a dot",
		    field);
	else
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a domain that ends in a number", field);
	return bad(err, field, "email_domain",
	    "write the whole domain, as in name@shop.example");
}

enum kl_rc
kl_email_explain(struct kl_span t, unsigned set, const char *field,
    struct kl_err *err)
{
	const char *at;
	size_t n;

	if (explain_whole(t, set, field, err) != KL_OK)
		return KL_EDATA;
	if (t.s[0] == '"') {
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a quoted part before the @", field);
		return bad(err, field, "email_quoted",
		    "hardly any service takes this form; use a plain address");
	}
	if ((at = memchr(t.s, '@', t.n)) == NULL) {
		(void)kl_err_set(err, KL_EDATA, "%s has no @", field);
		return bad(err, field, "email_invalid",
		    "an address looks like name@shop.example");
	}
	n = (size_t)(at - t.s);
	if (memchr(at + 1, '@', t.n - n - 1) != NULL) {
		(void)kl_err_set(err, KL_EDATA, "%s has more than one @",
		    field);
		return bad(err, field, "email_invalid",
		    "put one address into one record");
	}
	if (kl_email_local(t, set) == 0)
		return explain_local(t, n, set, field, err);
	if (n + 1 < t.n && t.s[n + 1] == '[') {
		(void)kl_err_set(err, KL_EDATA,
		    "%s has an address literal for a domain", field);
		return bad(err, field, "email_literal",
		    "write the name of the domain");
	}
	if (kl_email_foreign(t, n + 1))
		return explain_foreign(t, n + 1, field, err);
	return explain_domain(t, n + 1, field, err);
}
