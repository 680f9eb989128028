/* SPDX-License-Identifier: MIT */
/* errors.c - what Klaviyo's errors mean to a person. */

#include <stdio.h>
#include <string.h>

#include "kl/errors.h"
#include "kl/version.h"

/* Copy what is plain, up to size - 1 bytes; a name, never a sentence. */
static const char *
plain(struct kl_span s, char *to, size_t size)
{
	size_t i, n = 0;

	for (i = 0; i < s.n && n + 1 < size; i++)
		if (s.s[i] > ' ' && s.s[i] <= '~')
			to[n++] = s.s[i];
	to[n] = '\0';
	return to;
}

static bool
contains(struct kl_span s, const char *what)
{
	size_t n = strlen(what), i;

	for (i = 0; s.n > 0 && i + n <= s.n; i++)
		if (memcmp(s.s + i, what, n) == 0)
			return true;
	return false;
}

/* Known errors, the surest sign first.  An empty detail matches by code or
 * field alone: their wording may change. */
static const struct {
	const char *code, *detail, *field; /* NULL: any */
	const char *ours, *msg;
} known[] = {
	{ "duplicate_profile", NULL, NULL, "duplicate_profile",
	    "another profile has one of these identifiers" },
	{ "not_found", "profile with id", NULL, "profile_unknown",
	    "klaviyo has no profile with the id of the record" },
	{ NULL, "not in a supported region", NULL, "phone_region",
	    "the number is valid, but its region is not served by the "
	    "account" },
	{ NULL, "is not a valid field", NULL, "field_unknown",
	    "klaviyo knows no such field here" },
	{ NULL, "is a required field", NULL, "field_missing",
	    "klaviyo requires this field" },
	{ NULL, "must not be empty", NULL, "field_missing",
	    "klaviyo requires a value here" },
	{ NULL, "uplicate", "email", "duplicate_email",
	    "the address occurs twice in one request" },
	{ NULL, "Invalid email", NULL, "email_invalid",
	    "klaviyo does not accept it as an e-mail address" },
	{ NULL, "Invalid phone", NULL, "phone_invalid",
	    "klaviyo does not accept it as a phone number; it wants + and "
	    "digits (E.164)" },
	{ "invalid", NULL, "email", "email_invalid",
	    "klaviyo does not accept it as an e-mail address" },
	{ "invalid", NULL, "phone_number", "phone_invalid",
	    "klaviyo does not accept it as a phone number; it wants + and "
	    "digits (E.164)" },
};

/* True if the field is that one, of a record or of an event's profile. */
static bool
is_field(struct kl_span field, const char *name)
{
	const struct kl_span around = KL_SPAN("profile.");

	if (field.n > around.n && memcmp(field.s, around.s, around.n) == 0) {
		field.s += around.n;
		field.n -= around.n;
	}
	return kl_span_is(field, name);
}

enum kl_rc
kl_fault_err(const struct kl_fault *f, struct kl_err *err)
{
	char code[24], ours[40];
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if ((known[i].code == NULL ||
			kl_span_is(f->code, known[i].code)) &&
		    (known[i].detail == NULL ||
			contains(f->detail, known[i].detail)) &&
		    (known[i].field == NULL ||
			is_field(f->field, known[i].field)))
			break;
	if (i < sizeof(known) / sizeof(known[0])) {
		(void)kl_err_set(err, KL_EREFUSED, "%s", known[i].msg);
		kl_err_code(err, known[i].ours);
	} else {
		(void)plain(f->code, code, sizeof(code));
		(void)kl_err_set(err, KL_EREFUSED, "klaviyo refuses it (%s)",
		    code[0] != '\0' ? code : "no code given");
		(void)snprintf(ours, sizeof(ours), "klaviyo_%s",
		    code[0] != '\0' ? code : "refused");
		kl_err_code(err, ours);
	}
	kl_err_field(err, f->field.s != NULL ? f->field.s : "", f->field.n);
	if (f->profile.n > 0)
		kl_err_hint(err,
		    "the profile is deleted or merged, or of another account; "
		    "without its id the record goes by its other identifiers");
	return KL_EREFUSED;
}

/* Append the scopes an endpoint needs: "lists:read, profiles:read". */
static void
put_scopes(struct kl_buf *b, const struct kl_endpoint *ep)
{
	size_t i;

	for (i = 0; i < sizeof(ep->scopes) / sizeof(ep->scopes[0]) &&
	     ep->scopes[i] != NULL;
	     i++)
		kl_buf_printf(b, "%s%s", i > 0 ? ", " : "", ep->scopes[i]);
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':';
}

/* True if the word is a scope: lower-case letters and hyphens, a colon,
 * "read" or "write". */
static bool
is_scope(struct kl_span w)
{
	size_t n;

	for (n = 0;
	     n < w.n && ((w.s[n] >= 'a' && w.s[n] <= 'z') || w.s[n] == '-');)
		n++;
	w.s += n;
	w.n -= n;
	return n > 0 && n <= 40 &&
	    (kl_span_is(w, ":read") || kl_span_is(w, ":write"));
}

/* Append the words of a text that are scopes.  Nothing else of it is believed
 * or shown. */
static void
put_named_scopes(struct kl_buf *b, struct kl_span s)
{
	struct kl_span w;
	size_t i = 0;

	while (i < s.n) {
		w = (struct kl_span){ s.s + i, 0 };
		while (i < s.n && is_word(s.s[i]))
			i++, w.n++;
		if (is_scope(w))
			kl_buf_printf(b, "%s%.*s", b->n > 0 ? ", " : "",
			    (int)w.n, w.s);
		i += w.n == 0;
	}
}

static enum kl_rc
no_key(int status, const char *code, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EACCESS,
	    "klaviyo does not accept the key (%d %s)", status, code);
	kl_err_code(err, "key_refused");
	kl_err_hint(err,
	    "it must be a private key (pk_...) of the account, "
	    "not revoked; Klaviyo: Settings, API keys");
	return KL_EACCESS;
}

static enum kl_rc
no_permission(const struct kl_endpoint *ep, const struct kl_fault *f,
    const char *code, struct kl_err *err)
{
	struct kl_buf named = { .max = 200 }, needed = { .max = 200 };

	put_named_scopes(&named, f->detail);
	put_scopes(&needed, ep);
	if (named.n > 0) {
		(void)kl_err_set(err, KL_EACCESS,
		    "the key lacks the scope %s, needed for %s",
		    kl_buf_str(&named), ep->name);
		kl_err_code(err, "scope_missing");
		kl_err_hint(err,
		    "scopes are fixed when a key is made: make a "
		    "new key that has it, in Klaviyo under "
		    "Settings, API keys");
	} else {
		(void)kl_err_set(err, KL_EACCESS,
		    "the key or the account may not use %s (403 %s)", ep->name,
		    code);
		kl_err_code(err, "not_permitted");
		kl_err_hint(err,
		    "the key needs %s; if it has that, the "
		    "account's plan does not include it",
		    kl_buf_str(&needed));
	}
	kl_buf_free(&named);
	kl_buf_free(&needed);
	return KL_EACCESS;
}

/* What a 404 says does not exist: by the path, and for bodies that name a
 * list by the text. */
static const struct {
	const char *path, *detail;
	const char *ours, *msg;
} missing[] = {
	{ NULL, "evision", "revision_refused",
	    "klaviyo does not serve revision " KL_REVISION " here" },
	{ "/lists/{id}", NULL, "list_unknown",
	    "the account of the key has no list with this id" },
	{ NULL, "list with id", "list_unknown",
	    "the account of the key has no list with this id" },
	{ "/segments/{id}", NULL, "segment_unknown",
	    "the account of the key has no segment with this id" },
	{ "-jobs/{id}", NULL, "job_unknown",
	    "klaviyo knows no job with this id" },
	{ "/profiles/{id}", NULL, "profile_unknown",
	    "klaviyo knows no profile with this id" },
	{ "data-privacy", NULL, "profile_unknown",
	    "klaviyo knows no such profile" },
};

static enum kl_rc
not_found(const struct kl_endpoint *ep, const struct kl_fault *f,
    struct kl_err *err)
{
	size_t i;

	for (i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		if ((missing[i].path == NULL ||
			strstr(ep->path, missing[i].path) != NULL) &&
		    (missing[i].detail == NULL ||
			contains(f->detail, missing[i].detail))) {
			(void)kl_err_set(err, KL_EREFUSED, "%s (404)",
			    missing[i].msg);
			kl_err_code(err, missing[i].ours);
			return KL_EREFUSED;
		}
	(void)kl_err_set(err, KL_EREFUSED, "klaviyo does not know %s (404)",
	    ep->path);
	kl_err_code(err, "not_found");
	return KL_EREFUSED;
}

static const struct {
	int status;
	enum kl_rc rc;
	const char *ours, *msg, *hint;
} statuses[] = {
	{ 405, KL_EREFUSED, "method_refused", "klaviyo refuses the method",
	    "" },
	{ 410, KL_EREFUSED, "revision_retired",
	    "klaviyo has retired revision " KL_REVISION " or the endpoint",
	    "use a newer version of kl" },
	{ 413, KL_EREFUSED, "body_too_large",
	    "klaviyo refuses the request as too large",
	    "send fewer or smaller records in one request" },
	{ 415, KL_EREFUSED, "type_refused", "klaviyo refuses the content type",
	    "" },
	{ 429, KL_ERETRY, "rate_limit", "klaviyo's rate limit is used up",
	    "run the same command again later" },
};

/* Any other refusal: what, status, code and place. */
static enum kl_rc
refused(const struct kl_endpoint *ep, int status, const struct kl_fault *f,
    const char *code, struct kl_err *err)
{
	struct kl_err why = { 0 };
	char at[120];

	(void)kl_fault_err(f, &why);
	(void)plain(f->pointer.n > 0 ? f->pointer : f->parameter, at,
	    sizeof(at));
	if (strncmp(why.code, "klaviyo_", 8) == 0)
		(void)kl_err_set(err, KL_EREFUSED,
		    "klaviyo refuses %s (%d %s%s%s)", ep->name, status, code,
		    at[0] != '\0' ? " at " : "", at);
	else
		(void)kl_err_set(err, KL_EREFUSED,
		    "klaviyo refuses %s (%d %s%s%s): %s", ep->name, status,
		    code, at[0] != '\0' ? " at " : "", at, why.msg);
	kl_err_code(err, why.code);
	kl_err_field(err, why.field, strlen(why.field));
	return KL_EREFUSED;
}

static enum kl_rc
judge(const struct kl_endpoint *ep, int status, const struct kl_fault *f,
    struct kl_err *err)
{
	char code[40];
	size_t i;

	(void)plain(f->code, code, sizeof(code));
	if (code[0] == '\0')
		(void)snprintf(code, sizeof(code), "without a code");
	if (status == 401 || strcmp(code, "authentication_failed") == 0 ||
	    strcmp(code, "not_authenticated") == 0)
		return no_key(status, code, err);
	if (status == 403)
		return no_permission(ep, f, code, err);
	if (status == 404)
		return not_found(ep, f, err);
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status) {
			(void)kl_err_set(err, statuses[i].rc, "%s (%d)",
			    statuses[i].msg, status);
			kl_err_code(err, statuses[i].ours);
			if (statuses[i].hint[0] != '\0')
				kl_err_hint(err, "%s", statuses[i].hint);
			return statuses[i].rc;
		}
	if (status >= 400 && status < 500)
		return refused(ep, status, f, code, err);
	(void)kl_err_set(err, KL_ERETRY, "klaviyo is not available (%d)",
	    status);
	kl_err_code(err, "unavailable");
	kl_err_hint(err, "run the same command again later");
	return KL_ERETRY;
}

enum kl_rc
kl_errors_err(const struct kl_endpoint *ep, int status,
    const struct kl_json *doc, struct kl_err *err)
{
	struct kl_faults w = { .doc = doc };
	struct kl_fault f = { 0 };
	enum kl_rc rc;

	if (!kl_fault_next(&w, &f))
		f = (struct kl_fault){ 0 };
	rc = judge(ep, status, &f, err);
	kl_faults_free(&w);
	return rc;
}
