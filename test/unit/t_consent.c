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
	    "consent_withdrawn", "consent" },
	{ "{" SELF "{" SOURCE "\"email\":{\"status\":\"NEVER_SUBSCRIBED\"}}}",
	    "consent_missing", "consent" },
	{ "{" SELF "{" SOURCE YES
	  "},\"age_gated_date_of_birth\":\"1990-12-31\"}}",
	    "", "" },
	{ "{" SELF "{" SOURCE YES
	  "},\"age_gated_date_of_birth\":\"1990-02-30\"}}",
	    "consent_invalid", "consent.age_gated_date_of_birth" },
	{ "{" SELF "{" SOURCE YES "},\"age_gated_date_of_birth\":\"1990\"}}",
	    "consent_invalid", "consent.age_gated_date_of_birth" },
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

/* --- requests ------------------------------------------------------------- */

#define BOTH                                                                   \
	"{\"first_name\":\"A\",\"email\":\"a\\u0040b.co\","                    \
	"\"phone_number\":\"+4915112345678\",\"consent\":{" SOURCE             \
	"\"email\":{\"status\":\"SUBSCRIBED\","                                \
	"\"consented_at\":\"2024-01-01T00:00:00Z\"},"                          \
	"\"sms\":{\"status\":\"UNSUBSCRIBED\"}}}"

static void
bodies(struct kl_json *doc, struct kl_buf *tmp)
{
	struct kl_buf b = { 0 };
	struct kl_consent c;
	struct kl_err err = { 0 };

	(void)kl_json_scan(doc, BOTH, strlen(BOTH), &err);
	ok(kl_consent_read(&c, doc, 0, tmp, &err) == KL_OK && c.there, "read");
	kl_subscribe_item(&b, doc, &c, false);
	is(kl_buf_str(&b),
	    "{\"type\":\"profile\",\"attributes\":{\"email\":\"a\\u0040b.co\","
	    "\"subscriptions\":{\"email\":{\"marketing\":{\"consent\":"
	    "\"SUBSCRIBED\"}}}}}",
	    "only the channel that is agreed to, and what it goes to");
	kl_buf_reset(&b);
	kl_subscribe_item(&b, doc, &c, true);
	ok(strstr(kl_buf_str(&b),
	       "SUBSCRIBED\",\"consented_at\":\"2024-01-01T00:00:00Z\"}}") !=
		NULL,
	    "history has its time");
	kl_buf_reset(&b);
	kl_unsubscribe_item(&b, doc,
	    kl_consent_channels(&c, KL_CONSENT_UNSUBSCRIBED));
	is(kl_buf_str(&b),
	    "{\"type\":\"profile\",\"attributes\":{\"phone_number\":"
	    "\"+4915112345678\",\"subscriptions\":{\"sms\":{\"marketing\":"
	    "{\"consent\":\"UNSUBSCRIBED\"}}}}}",
	    "and for the other the other");
	kl_buf_reset(&b);
	kl_subscribe_open(&b, KL_SPAN("\"Checkout\""), true);
	kl_consent_close(&b, "KKbLLU");
	is(kl_buf_str(&b),
	    "{\"data\":{\"type\":\"profile-subscription-bulk-create-job\","
	    "\"attributes\":{\"custom_source\":\"Checkout\","
	    "\"historical_import\":true,\"profiles\":{\"data\":[]}},"
	    "\"relationships\":{\"list\":{\"data\":{\"type\":\"list\","
	    "\"id\":\"KKbLLU\"}}}}}",
	    "an envelope");
	kl_buf_reset(&b);
	kl_unsubscribe_open(&b);
	kl_consent_close(&b, NULL);
	is(kl_buf_str(&b),
	    "{\"data\":{\"type\":\"profile-subscription-bulk-delete-job\","
	    "\"attributes\":{\"profiles\":{\"data\":[]}}}}",
	    "an envelope without a list");
	is(kl_consent_timed(&c, &err) == KL_OK ? "" : err.code, "",
	    "it says when");
	c.channel[KL_CHANNEL_SMS].status = KL_CONSENT_SUBSCRIBED;
	(void)kl_consent_timed(&c, &err);
	is(err.code, "consent_time_missing", "it does not");
	kl_buf_free(&b);
}

/* --- what is known -------------------------------------------------------- */

#define MAIL(x) "\"email\":{\"marketing\":{" x "}}"
#define HELD(reason, at) "{\"reason\":\"" reason "\",\"timestamp\":" at "}"
#define AT2024 "\"2024-06-01T00:00:00+00:00\""

/* The consent of a record, what is known, and whether it may be subscribed.
 * Times of records: 1 is before the opt-out, 3 after it, 0 unsaid. */
static const struct {
	const char *known;
	int when;
	const char *code;
	bool again;
} asked[] = {
	{ MAIL("\"consent\":\"NEVER_SUBSCRIBED\""), 0, "", false },
	{ MAIL("\"consent\":\"SUBSCRIBED\",\"consent_timestamp\":" AT2024), 1,
	    "", false },
	{ MAIL("\"consent\":\"UNSUBSCRIBED\",\"consent_timestamp\":" AT2024), 0,
	    "opted_out", false },
	{ MAIL("\"consent\":\"UNSUBSCRIBED\",\"consent_timestamp\":" AT2024), 1,
	    "opted_out", false },
	{ MAIL("\"consent\":\"UNSUBSCRIBED\",\"consent_timestamp\":" AT2024), 2,
	    "opted_out", false },
	{ MAIL("\"consent\":\"UNSUBSCRIBED\",\"consent_timestamp\":" AT2024), 3,
	    "", true },
	{ MAIL("\"consent\":\"UNSUBSCRIBED\",\"consent_timestamp\":null,"
	       "\"last_updated\":" AT2024),
	    3, "", true },
	{ MAIL("\"consent\":\"UNSUBSCRIBED\""), 3, "opted_out", false },
	{ MAIL("\"consent\":\"NEVER_SUBSCRIBED\",\"suppression\":[" HELD(
	      "USER_SUPPRESSED", AT2024) "]"),
	    1, "opted_out", false },
	{ MAIL("\"consent\":\"NEVER_SUBSCRIBED\",\"suppression\":[" HELD(
	      "SPAM_REPORT", "null") "]"),
	    3, "opted_out", false },
	{ MAIL("\"consent\":\"NEVER_SUBSCRIBED\",\"suppression\":[" HELD(
	      "user_suppressed",
	      "\"2022-01-01T00:00:00Z\"") "," HELD("UNSUBSCRIBE", AT2024) "]"),
	    1, "opted_out", false },
	{ MAIL("\"consent\":\"SUBSCRIBED\",\"suppression\":[" HELD(
	      "HARD_BOUNCE", AT2024) "," HELD("bounce",
	      AT2024) "," HELD("INVALID_EMAIL", AT2024) "]"),
	    0, "", false },
	{ MAIL("\"consent\":\"SUBSCRIBED\",\"list_suppressions\":[{\"list_id\":"
	       "\"LISTID\",\"reason\":\"UNSUBSCRIBE\",\"timestamp\":" AT2024
	       "}]"),
	    1, "opted_out", false },
	{ MAIL("\"consent\":\"SUBSCRIBED\",\"list_suppressions\":[{\"list_id\":"
	       "\"OTHERS\",\"reason\":\"UNSUBSCRIBE\",\"timestamp\":" AT2024
	       "}]"),
	    1, "", false },
	{ MAIL("\"consent\":\"NEVER_SUBSCRIBED\"") ",\"sms\":{\"marketing\":"
						   "{\"consent\":"
						   "\"UNSUBSCRIBED\"}}",
	    0, "", false },
};

static void
known(struct kl_json *doc, struct kl_buf *tmp)
{
	static const int64_t times[] = { 0, 1704067200, 1717200000,
		1735689600 };
	struct kl_consent_state state;
	struct kl_consent c = { .there = true };
	struct kl_buf b = { 0 };
	struct kl_err err;
	bool again;
	size_t i;

	c.channel[KL_CHANNEL_EMAIL].status = KL_CONSENT_SUBSCRIBED;
	for (i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		err = (struct kl_err){ 0 };
		kl_buf_reset(&b);
		kl_buf_printf(&b, "{\"subscriptions\":{%s}}", asked[i].known);
		ok(kl_json_scan(doc, b.s, b.n, &err) == KL_OK &&
			kl_consent_state_read(&state, doc, 0, "LISTID", tmp,
			    &err) == KL_OK,
		    asked[i].known);
		c.channel[KL_CHANNEL_EMAIL].at = asked[i].when != 0;
		c.channel[KL_CHANNEL_EMAIL].sec = times[asked[i].when];
		(void)kl_consent_may(&c, &state, &again, &err);
		is(err.code, asked[i].code, "... may be subscribed");
		ok(again == asked[i].again, "... and has agreed again");
	}
	kl_buf_free(&b);
	(void)kl_json_scan(doc, "{\"email\":\"x\"}", 13, &err);
	ok(kl_consent_state_read(&state, doc, 0, NULL, tmp, &err) == KL_EPROTO,
	    "who comes without subscriptions is not taken for never asked");
}

static void
shown(struct kl_json *doc, struct kl_buf *tmp)
{
	static const char text[] = "{\"subscriptions\":{" MAIL(
	    "\"consent\":\"SUBSCRIBED\","
	    "\"consent_timestamp\":" AT2024 ",\"last_updated\":"
	    "\"2025-01-01T00:00:00Z\"") "}}";
	static const char gone[] = "{\"subscriptions\":{" MAIL(
	    "\"consent\":\"SUBSCRIBED\","
	    "\"suppression\":[" HELD("UNSUBSCRIBE", AT2024) "]") "}}";
	struct kl_consent c = { .there = true };
	struct kl_consent_state state;
	struct kl_err err = { 0 };

	c.channel[KL_CHANNEL_EMAIL].status = KL_CONSENT_SUBSCRIBED;
	c.channel[KL_CHANNEL_EMAIL].sec = 1717200000;
	(void)kl_json_scan(doc, text, sizeof(text) - 1, &err);
	(void)kl_consent_state_read(&state, doc, 0, NULL, tmp, &err);
	ok(kl_consent_shown(&c, &state, false, 1717200000) == 1,
	    "a consent of that second is one of ours");
	ok(kl_consent_shown(&c, &state, false, 1717200001) == 0,
	    "one of the second before is not");
	ok(kl_consent_shown(&c, &state, true, 1735689600) == 1,
	    "of history, the time is ours and the change is new");
	ok(kl_consent_shown(&c, &state, true, 1735689601) == 0,
	    "... or it was there before");
	c.channel[KL_CHANNEL_EMAIL].sec++;
	ok(kl_consent_shown(&c, &state, true, 1735689600) == 0,
	    "... or it is another");
	ok(kl_consent_ended(&state, 0) == 0, "nothing has ended");
	(void)kl_json_scan(doc, gone, sizeof(gone) - 1, &err);
	(void)kl_consent_state_read(&state, doc, 0, NULL, tmp, &err);
	ok(kl_consent_ended(&state, 1717200000) == 1, "now it has");
	ok(kl_consent_ended(&state, 1717200001) == 0, "... but not by us");
}

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
	bodies(&doc, &tmp);
	known(&doc, &tmp);
	shown(&doc, &tmp);
	kl_buf_free(&tmp);
	kl_json_free(&doc);
	kl_profile_free(&p);
	return done();
}
