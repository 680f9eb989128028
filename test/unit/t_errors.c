/* SPDX-License-Identifier: MIT */
/* t_errors.c - error objects, read and said in words of ours. */

#include "kl/errors.h"
#include "ok.h"

#define ROW "/data/attributes/profiles/data/"

static void
test_pointers(void)
{
	static const struct {
		const char *pointer;
		int row; /* -1: none */
		const char *field;
	} rows[] = {
		{ ROW "2/attributes/phone_number", 2, "phone_number" },
		{ ROW "0/attributes/location/city", 0, "location.city" },
		{ ROW "12345/attributes/properties/Plan", 12345,
		    "properties.Plan" },
		{ ROW "7", 7, "" },
		{ ROW "7/id", 7, "id" },
		{ ROW "", -1, "profiles.data." },
		{ ROW "x/attributes/email", -1,
		    "profiles.data.x.attributes.email" },
		{ ROW "1234567890/id", -1, "profiles.data.1234567890.id" },
		{ "/data/3/id", 3, "id" },
		{ "/data/attributes/email", -1, "email" },
		{ "/data/relationships/lists", -1, "relationships.lists" },
		{ "/data/", -1, "" },
		{ "/data", -1, "" },
		{ "", -1, "" },
	};
	struct kl_json doc = { 0 };
	struct kl_buf b = { 0 };
	struct kl_fault f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kl_faults w = { .doc = &doc };

		kl_buf_reset(&b);
		kl_buf_printf(&b,
		    "{\"errors\":[{\"source\":{\"pointer\":\"%s\"}}]}",
		    rows[i].pointer);
		(void)kl_json_scan(&doc, b.s, b.n, NULL);
		ok(kl_fault_next(&w, &f) && f.has_row == (rows[i].row >= 0) &&
			(!f.has_row || (int)f.row == rows[i].row),
		    rows[i].pointer);
		isn(f.field.n > 0 ? f.field.s : "", f.field.n, rows[i].field,
		    "its field");
		ok(!kl_fault_next(&w, &f), "and no more");
		kl_faults_free(&w);
	}
	kl_json_free(&doc);
	kl_buf_free(&b);
}

static void
test_walk(void)
{
	static const char *const none[] = { "{}", "[]", "{\"errors\":{}}",
		"{\"errors\":[]}", "{\"errors\":[1,\"x\",null]}" };
	static const char two[] =
	    "{\"errors\":[{\"code\":\"a\"},7,{\"code\":\"\\u0062\","
	    "\"source\":{\"parameter\":\"filter\"}}]}";
	struct kl_json doc = { 0 };
	struct kl_faults w = { .doc = &doc };
	struct kl_fault f;
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		(void)kl_json_scan(&doc, none[i], strlen(none[i]), NULL);
		w.at = 0;
		ok(!kl_fault_next(&w, &f), none[i]);
	}
	(void)kl_json_scan(&doc, two, sizeof(two) - 1, NULL);
	w.at = 0;
	ok(kl_fault_next(&w, &f) && kl_span_is(f.code, "a"), "the first");
	ok(kl_fault_next(&w, &f) && kl_span_is(f.code, "b") &&
		kl_span_is(f.parameter, "filter"),
	    "the second, unescaped");
	ok(!kl_fault_next(&w, &f), "the end");
	kl_faults_free(&w);
	kl_json_free(&doc);
}

static void
test_words(void)
{
	static const struct {
		const char *code, *detail, *field, *want;
	} rows[] = {
		{ "invalid", "Invalid email address", "email",
		    "email_invalid" },
		{ "invalid", "new wording", "email", "email_invalid" },
		{ "invalid",
		    "Invalid phone number format (Example of a valid format: "
		    "+12345678901)",
		    "phone_number", "phone_invalid" },
		{ "invalid", "new wording", "phone_number", "phone_invalid" },
		{ "invalid",
		    "Phone number is valid but is not in a supported region "
		    "for this account.",
		    "phone_number", "phone_region" },
		{ "invalid",
		    "'last_name' is not a valid field for the resource "
		    "'profile'.",
		    "last_name", "field_unknown" },
		{ "invalid", "'name' is a required field.", "name",
		    "field_missing" },
		{ "duplicate_profile", "A profile already exists.", "",
		    "duplicate_profile" },
		{ "not_found", "A profile with id NOPE01 does not exist.", "",
		    "profile_unknown" },
		{ "invalid", "canary@x.example", "title", "klaviyo_invalid" },
		{ "Odd \x01 code", "", "", "klaviyo_Oddcode" },
		{ "", "", "", "klaviyo_refused" },
	};
	struct kl_err err = { 0 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kl_fault f = { .code = KL_SPAN(rows[i].code),
			.detail = KL_SPAN(rows[i].detail),
			.field = KL_SPAN(rows[i].field) };

		ok(kl_fault_err(&f, &err) == KL_EREFUSED, "refused");
		is(err.code, rows[i].want, "with a name that stays");
		is(err.field, rows[i].field, "and the field");
		ok(strstr(err.msg, "canary") == NULL, "without the value");
	}
}

static void
said(enum kl_ep ep, int status, const char *body, const char *want)
{
	struct kl_json doc = { 0 };
	struct kl_err err = { 0 };

	if (body != NULL)
		(void)kl_json_scan(&doc, body, strlen(body), NULL);
	(void)kl_errors_err(kl_endpoint(ep), status, &doc, &err);
	is(err.msg, want, want);
	kl_json_free(&doc);
}

static void
test_answers(void)
{
	said(KL_EP_LISTS, 403, NULL,
	    "the key or the account may not use lists (403 without a code)");
	said(KL_EP_LISTS, 403,
	    "{\"errors\":[{\"code\":\"permission_denied\",\"detail\":"
	    "\"missing: lists:read; evil:\\u001b[31m, x:write. Ann:read\"}]}",
	    "the key lacks the scope lists:read, x:write, needed for "
	    "lists");
	said(KL_EP_ACCOUNTS, 400,
	    "{\"errors\":[{\"code\":\"authentication_failed\"}]}",
	    "klaviyo does not accept the key (400 authentication_failed)");
	said(KL_EP_IMPORT_CREATE, 404,
	    "{\"errors\":[{\"code\":\"not_found\",\"detail\":"
	    "\"A list with id `NOPE01` does not exist.\"}]}",
	    "the account of the key has no list with this id (404)");
	said(KL_EP_LISTS, 404,
	    "{\"errors\":[{\"detail\":\"No valid revisions found for "
	    "method\"}]}",
	    "klaviyo does not serve revision 2026-07-15 here (404)");
	said(KL_EP_IMPORT, 404, NULL,
	    "klaviyo knows no job with this id (404)");
	said(KL_EP_LISTS, 400,
	    "{\"errors\":[{\"code\":\"invalid\",\"detail\":\"x\",\"source\":"
	    "{\"parameter\":\"page[size]\"}}]}",
	    "klaviyo refuses lists (400 invalid at page[size])");
	said(KL_EP_IMPORT_CREATE, 413, NULL,
	    "klaviyo refuses the request as too large (413)");
	said(KL_EP_LISTS, 429, NULL, "klaviyo's rate limit is used up (429)");
	said(KL_EP_LISTS, 503, NULL, "klaviyo is not available (503)");
}

int
main(void)
{
	test_pointers();
	test_walk();
	test_words();
	test_answers();
	return done();
}
