/* SPDX-License-Identifier: MIT */

#include <stdlib.h>

#include "kl/consent.h"
#include "kl/profile.h"

#include "ok.h"

#define SELF "\"email\":\"a@b.co\",\"consent\":"
#define SOURCE "\"source\":\"Checkout\","
#define YES "\"email\":{\"status\":\"SUBSCRIBED\""

/* Records; code "": the person agreed.  now is 2026-11-23T04:05:06Z. */
static const struct {
	const char *text, *code, *field;
} rows[] = {
	{ "{" SELF "{" SOURCE YES "}}}", "", "" },
	{ "{" SELF "{" SOURCE YES ",\"consented_at\":null},\"sms\":null}}", "",
	    "" },
	{ "{" SELF "{" SOURCE YES "},\"sms\":{\"status\":\"UNSUBSCRIBED\"}}}",
	    "", "" },
	{ "{\"phone_number\":\"+4915112345678\",\"consent\":{" SOURCE
	  "\"sms\":{\"status\":\"SUBSCRIBED\"},"
	  "\"email\":{\"status\":\"NEVER_SUBSCRIBED\"}}}",
	    "", "" },
	{ "{" SELF "{" SOURCE "\"push\":{\"status\":\"SUBSCRIBED\"}}}", "",
	    "" },
	{ "{" SELF "{" SOURCE YES
	  ",\"consented_at\":\"1990-01-01T00:00:00Z\"}}}",
	    "", "" },
	{ "{" SELF "{" SOURCE YES
	  ",\"consented_at\":\"2026-11-23T04:05:06Z\"}}}",
	    "", "" },
	{ "{\"email\":\"a@b.co\"}", "consent_missing", "consent" },
	{ "{" SELF "null}", "consent_missing", "consent" },
	{ "{" SELF "{}}", "consent_missing", "consent.source" },
	{ "{" SELF "{" YES "}}}", "consent_missing", "consent.source" },
	{ "{" SELF "{\"source\":\"\"," YES "}}}", "consent_missing",
	    "consent.source" },
	{ "{" SELF "{\"source\":\"Checkout\"}}", "consent_missing", "consent" },
	{ "{" SELF "{" SOURCE "\"email\":{}}}", "consent_missing",
	    "consent.email.status" },
	{ "{" SELF "{" SOURCE "\"email\":{\"status\":\"UNSUBSCRIBED\"}}}",
	    "consent_missing", "consent" },
	{ "{" SELF "{" SOURCE YES "},\"sms\":{\"consented_at\":null}}}",
	    "consent_missing", "consent.sms.status" },
	{ "{" SELF "{" SOURCE "\"email\":{\"status\":\"yes\"}}}",
	    "consent_invalid", "consent.email.status" },
	{ "{" SELF "{" SOURCE "\"email\":{\"status\":\"subscribed\"}}}",
	    "consent_invalid", "consent.email.status" },
	{ "{\"_kx\":\"k\",\"consent\":{" SOURCE YES "}}}", "consent_invalid",
	    "consent.email" },
	{ "{" SELF "{" SOURCE "\"sms\":{\"status\":\"SUBSCRIBED\"}}}",
	    "consent_invalid", "consent.sms" },
	{ "{" SELF "{" SOURCE "\"whatsapp\":{\"status\":\"SUBSCRIBED\"}}}",
	    "consent_invalid", "consent.whatsapp" },
	{ "{" SELF "{" SOURCE YES ",\"consented_at\":\"yesterday\"}}}",
	    "consent_invalid", "consent.email.consented_at" },
	{ "{" SELF "{" SOURCE YES
	  ",\"consented_at\":\"1989-12-31T23:59:59Z\"}}}",
	    "consent_invalid", "consent.email.consented_at" },
	{ "{" SELF "{" SOURCE YES
	  ",\"consented_at\":\"2026-11-23T04:05:07Z\"}}}",
	    "consent_invalid", "consent.email.consented_at" },
};

int
main(void)
{
	struct kl_profile p = { 0 };
	struct kl_json doc = { 0 };
	struct kl_buf tmp = { 0 };
	struct kl_err err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		err = (struct kl_err){ 0 };
		ok(kl_json_scan(&doc, rows[i].text, strlen(rows[i].text),
		       &err) == KL_OK &&
			kl_profile_check(&p, &doc, &err) == KL_OK,
		    rows[i].text);
		(void)kl_consent_check(&doc, 1795406706, &tmp, &err);
		is(err.code, rows[i].code, rows[i].text);
		is(err.field, rows[i].field, "... and its field");
		ok((err.code[0] == '\0') == (err.hint[0] == '\0'),
		    "... and what to do");
	}
	kl_buf_free(&tmp);
	kl_json_free(&doc);
	kl_profile_free(&p);
	return done();
}
