/* SPDX-License-Identifier: MIT */

#include <stdlib.h>

#include "kl/limits.h"
#include "kl/profile.h"

#include "ok.h"

static struct kl_json doc;
static struct kl_err err;

/* Scan the text into doc, which must be JSON. */
static void
scan(const char *text, size_t n)
{
	err = (struct kl_err){ 0 };
	if (kl_json_scan(&doc, text, n, &err) != KL_OK)
		ok(0, err.msg);
}

/* The code of what a check says; "" for a good record. */
static const char *
check(struct kl_profile *p, const char *text)
{
	scan(text, strlen(text));
	(void)kl_profile_check(p, &doc, &err);
	return err.code;
}

#define A "\"email\":\"a@b.co\","

/* Records by the default rules; code NULL: good.  field NULL: none. */
static const struct {
	const char *text, *code, *field;
} cases[] = {
	{ "{\"email\":\"a@b.co\"}", NULL, NULL },
	{ "{\"phone_number\":\"+4915112345678\"}", NULL, NULL },
	{ "{\"external_id\":\"7\"}", NULL, NULL },
	{ "{\"_kx\":\"k.V\"}", NULL, NULL },
	{ "{\"\\u0065mail\":\"a\\u0040b.co\"}", NULL, NULL },
	{ "{ \"email\" : \"a@b.co\" }", NULL, NULL },
	{ "{" A "\"phone_number\":null,\"external_id\":null}", NULL, NULL },
	{ "{" A "\"first_name\":\"\",\"last_name\":\"\xc3\x89\","
	  "\"organization\":\"x\",\"title\":\"x\",\"image\":\"x\"}",
	    NULL, NULL },
	{ "{" A "\"location\":{\"address1\":\"x\",\"address2\":null,"
	  "\"city\":\"x\",\"country\":\"x\",\"region\":\"x\",\"zip\":\"x\","
	  "\"timezone\":\"Europe/Berlin\",\"ip\":\"192.0.2.1\","
	  "\"latitude\":52.5,\"longitude\":\"13.4\"}}",
	    NULL, NULL },
	{ "{" A "\"location\":null,\"properties\":null,\"meta\":null,"
	  "\"consent\":null,\"id\":null,\"created\":null}",
	    NULL, NULL },
	{ "{" A "\"location\":{},\"properties\":{}}", NULL, NULL },
	{ "{" A "\"properties\":{\"\":1,\"a\":[{\"b\":null}],\"c\":true}}",
	    NULL, NULL },
	{ "{" A "\"id\":\"01H\",\"created\":\"x\",\"updated\":\"x\","
	  "\"last_event_date\":\"x\",\"joined_group_at\":\"x\","
	  "\"anonymous_id\":\"x\",\"whatsapp_bsuid\":\"x\","
	  "\"subscriptions\":{},\"predictive_analytics\":{}}",
	    NULL, NULL },
	{ "{" A "\"meta\":{\"patch_properties\":{\"append\":{\"a\":1},"
	  "\"unappend\":{\"a\":[1]},\"unset\":\"a\"},"
	  "\"patch_identifiers\":{\"append\":{},\"unappend\":null}}}",
	    NULL, NULL },
	{ "{" A "\"meta\":{\"patch_properties\":{\"unset\":[\"a\",\"b\"]}}}",
	    NULL, NULL },
	{ "{" A "\"consent\":{\"source\":\"Checkout\",\"email\":{\"status\":"
	  "\"SUBSCRIBED\",\"consented_at\":\"2024-01-01T00:00:00Z\"},"
	  "\"sms\":null,\"whatsapp\":{},\"push\":{}}}",
	    NULL, NULL },

	{ "[]", "not_object", NULL },
	{ "1", "not_object", NULL },
	{ "{}", "identifier_missing", NULL },
	{ "{\"email\":null}", "identifier_missing", NULL },
	{ "{\"id\":\"01H\"}", "identifier_missing", NULL },
	{ "{\"first_name\":\"x\"}", "identifier_missing", NULL },
	{ "{\"properties\":{\"email\":\"a@b.co\"}}", "identifier_missing",
	    NULL },
	{ "{\"external_id\":\"\"}", "identifier_empty", "external_id" },
	{ "{\"_kx\":\"\"}", "identifier_empty", "_kx" },
	{ "{" A "\"id\":\"\"}", "identifier_empty", "id" },
	{ "{\"email\":\"\"}", "email_empty", "email" },
	{ "{\"email\":\"a\"}", "email_invalid", "email" },
	{ "{\"email\":\"a@b\\u002eco\\u0020\"}", "email_space", "email" },
	{ "{\"email\":1}", "type_wrong", "email" },
	{ "{\"email\":true}", "type_wrong", "email" },
	{ "{\"email\":[\"a@b.co\"]}", "type_wrong", "email" },
	{ "{\"email\":{}}", "type_wrong", "email" },
	{ "{\"phone_number\":4915112345678}", "type_wrong", "phone_number" },
	{ "{\"phone_number\":\"\"}", "phone_invalid", "phone_number" },
	{ "{\"phone_number\":\"0151 1234567\"}", "phone_invalid",
	    "phone_number" },
	{ "{\"phone_number\":\"+49 151 1234567\"}", "phone_invalid",
	    "phone_number" },
	{ "{\"phone_number\":\"+0151123456\"}", "phone_invalid",
	    "phone_number" },
	{ "{\"phone_number\":\"+123456\"}", "phone_invalid", "phone_number" },
	{ "{\"phone_number\":\"+\"}", "phone_invalid", "phone_number" },
	{ "{\"external_id\":7}", "type_wrong", "external_id" },
	{ "{" A "\"first_name\":7}", "type_wrong", "first_name" },
	{ "{" A "\"last_name\":{}}", "type_wrong", "last_name" },
	{ "{" A "\"organization\":[]}", "type_wrong", "organization" },
	{ "{" A "\"title\":false}", "type_wrong", "title" },
	{ "{" A "\"image\":0}", "type_wrong", "image" },
	{ "{" A "\"locale\":0}", "type_wrong", "locale" },
	{ "{" A "\"location\":\"Berlin\"}", "type_wrong", "location" },
	{ "{" A "\"location\":{\"city\":1}}", "type_wrong", "location.city" },
	{ "{" A "\"location\":{\"zip\":10115}}", "type_wrong", "location.zip" },
	{ "{" A "\"location\":{\"town\":\"x\"}}", "member_unknown",
	    "location.town" },
	{ "{" A "\"location\":{\"latitude\":[]}}", "type_wrong",
	    "location.latitude" },
	{ "{" A "\"location\":{\"latitude\":\"\"}}", "coordinate_invalid",
	    "location.latitude" },
	{ "{" A "\"properties\":[]}", "type_wrong", "properties" },
	{ "{" A "\"properties\":\"\"}", "type_wrong", "properties" },
	{ "{" A "\"created\":1}", "type_wrong", "created" },
	{ "{" A "\"subscriptions\":[]}", "type_wrong", "subscriptions" },
	{ "{" A "\"meta\":[]}", "type_wrong", "meta" },
	{ "{" A "\"meta\":{\"patch\":{}}}", "member_unknown", "meta.patch" },
	{ "{" A "\"meta\":{\"patch_properties\":1}}", "type_wrong",
	    "meta.patch_properties" },
	{ "{" A "\"meta\":{\"patch_properties\":{\"set\":1}}}",
	    "member_unknown", "meta.patch_properties.set" },
	{ "{" A "\"meta\":{\"patch_properties\":{\"unset\":1}}}", "type_wrong",
	    "meta.patch_properties.unset" },
	{ "{" A "\"meta\":{\"patch_properties\":{\"unset\":[\"a\",1]}}}",
	    "type_wrong", "meta.patch_properties.unset" },
	{ "{" A "\"meta\":{\"patch_identifiers\":{\"unset\":\"a\"}}}",
	    "member_unknown", "meta.patch_identifiers.unset" },
	{ "{" A "\"consent\":true}", "type_wrong", "consent" },
	{ "{" A "\"consent\":{\"fax\":{}}}", "member_unknown", "consent.fax" },
	{ "{" A "\"consent\":{\"email\":\"SUBSCRIBED\"}}", "type_wrong",
	    "consent.email" },
	{ "{" A "\"consent\":{\"sms\":{\"consented_at\":1}}}", "type_wrong",
	    "consent.sms.consented_at" },
	{ "{" A "\"consent\":{\"sms\":{\"at\":\"x\"}}}", "member_unknown",
	    "consent.sms.at" },
	{ "{\"Email\":\"a@b.co\"}", "member_unknown", "Email" },
	{ "{\"\":1}", "member_unknown", "" },
	{ "{" A "\"plan\":\"gold\"}", "member_unknown", "plan" },
	{ "{" A "\"emai\\u006c2\":1}", "member_unknown", "emai\\u006c2" },
};

static void
table(void)
{
	struct kl_profile p = { 0 };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		is(check(&p, cases[i].text),
		    cases[i].code == NULL ? "" : cases[i].code, cases[i].text);
		if (cases[i].code == NULL)
			continue;
		is(err.field, cases[i].field == NULL ? "" : cases[i].field,
		    "the member is named by its path");
		ok(err.msg[0] != '\0' && err.hint[0] != '\0',
		    "with what is wrong and what to do");
	}
	kl_profile_free(&p);
}

/* Values of locale, latitude and longitude. */
static const struct {
	const char *member, *value;
	bool good;
} values[] = {
	{ "locale", "\"en\"", true },
	{ "locale", "\"en-US\"", true },
	{ "locale", "\"zh-Hant-TW\"", true },
	{ "locale", "\"de-CH-1996\"", true },
	{ "locale", "\"x-private\"", true },
	{ "locale", "\"i-klingon\"", true },
	{ "locale", "\"abcdefgh\"", true },
	{ "locale", "\"en-abcdefg\"", true },
	{ "locale", "\"en-abcdefgh\"", true },
	{ "locale", "\"abcdefghi\"", false },
	{ "locale", "\"en-abcdefghi\"", false },
	{ "locale", "\"\"", false },
	{ "locale", "\"e\"", false },
	{ "locale", "\"x\"", false },
	{ "locale", "\"a-b\"", false },
	{ "locale", "\"en_US\"", false },
	{ "locale", "\"en-\"", false },
	{ "locale", "\"-en\"", false },
	{ "locale", "\"en--US\"", false },
	{ "locale", "\"e1\"", false },
	{ "locale", "\"en US\"", false },
	{ "locale", "\"English (US)\"", false },
	{ "latitude", "0", true },
	{ "latitude", "89.999", true },
	{ "latitude", "90", true },
	{ "latitude", "90.001", false },
	{ "latitude", "-89.999", true },
	{ "latitude", "-90", true },
	{ "latitude", "-90.001", false },
	{ "latitude", "\"90\"", true },
	{ "latitude", "\"90.0000\"", true },
	{ "latitude", "\"91\"", false },
	{ "latitude", "\"+1.5\"", true },
	{ "latitude", "1e1", true },
	{ "latitude", "1e2", false },
	{ "latitude", "1e999", false },
	{ "latitude", "\"nan\"", false },
	{ "latitude", "\"inf\"", false },
	{ "latitude", "\"0x10\"", false },
	{ "latitude", "\"52,5\"", false },
	{ "latitude", "\" 52.5\"", false },
	{ "latitude", "\"52.5N\"", false },
	{ "latitude", "\"-\"", false },
	{ "latitude", "\"1.2.3\"", false },
	{ "longitude", "179.999", true },
	{ "longitude", "180", true },
	{ "longitude", "180.001", false },
	{ "longitude", "-180", true },
	{ "longitude", "\"-180.001\"", false },
};

static void
forms(void)
{
	struct kl_profile p = { 0 };
	struct kl_buf b = { 0 };
	bool outer;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		outer = strcmp(values[i].member, "locale") == 0;
		kl_buf_reset(&b);
		kl_buf_printf(&b, "{\"_kx\":\"k\",%s\"%s\":%s%s}",
		    outer ? "" : "\"location\":{", values[i].member,
		    values[i].value, outer ? "" : "}");
		is(check(&p, kl_buf_str(&b)),
		    values[i].good ? ""
			: outer	   ? "locale_invalid"
				   : "coordinate_invalid",
		    kl_buf_str(&b));
	}
	kl_buf_free(&b);
	kl_profile_free(&p);
}

static void
messages(void)
{
	struct kl_profile p = { .unknown_option = "--drop-unknown" };

	(void)check(&p, "{\"emial\":\"a@b.co\"}");
	is(err.msg, "emial is not a member of a profile",
	    "an unknown member is named");
	is(err.hint,
	    "is it email? otherwise, custom properties belong inside "
	    "properties; or use --drop-unknown",
	    "with the nearest name and the ways out");
	(void)check(&p, "{" A "\"location\":{\"citty\":\"x\"}}");
	ok(strncmp(err.hint, "is it location.city?", 20) == 0,
	    "the nearest name within location is found");
	(void)check(&p, "{" A "\"title\":7}");
	is(err.msg, "title is a number; it takes a string or null",
	    "a wrong type is said, and the right ones");
	is(err.hint, "put it in quotes", "with what to do about a number");
	(void)check(&p, "{\"phone_number\":\"+1234567890123456\"}");
	is(err.msg,
	    "phone_number has 16 digits; a number in E.164 form has 7 to 15",
	    "a number that is too long is counted");
	(void)check(&p, "{\"phone_number\":\"+49(151)\"}");
	is(err.msg,
	    "phone_number has something other than a digit after the + "
	    "(byte 4)",
	    "the place of what is no digit is named");
	(void)check(&p, "{\"id\":\"01H\"}");
	is(err.hint,
	    "add one; its id counts only where profiles are matched by id",
	    "a record with an id alone is told why it is not enough");
	kl_profile_free(&p);
}

static void
rules(void)
{
	struct kl_profile p = { .match_id = true };

	is(check(&p, "{\"id\":\"01H\"}"), "",
	    "an id is enough where profiles are matched by it");
	is(check(&p, "{\"id\":null}"), "identifier_missing",
	    "an id that is null is not");
	is(err.hint, "add one of them", "and is told so plainly");
	p = (struct kl_profile){ .unknown = KL_UNKNOWN_KEEP };
	is(check(&p,
	       "{" A "\"x\":1,\"location\":{\"y\":1},\"consent\":"
	       "{\"z\":1},\"meta\":{\"z\":{}}}"),
	    "", "unknown members may be kept, at every level");
	p.unknown = KL_UNKNOWN_DROP;
	is(check(&p, "{" A "\"x\":1,\"location\":{\"y\":1}}"), "",
	    "or dropped");
	is(check(&p, "{" A "\"meta\":{\"z\":{}}}"), "member_unknown",
	    "but not within meta, which is sent as it is");
	kl_profile_free(&p);
}

/* Records and what is sent of them. */
static const struct {
	const char *text;
	const char *attributes; /* and what follows, without the last } */
	unsigned nulls;
} bodies[] = {
	{ "{}", "{}", 0 },
	{ "{\"email\":\"a@b.co\"}", "{\"email\":\"a@b.co\"}", 0 },
	{ " { \"email\" :\t\"a@b.co\" , \"title\": \"x\" } ",
	    "{\"email\":\"a@b.co\",\"title\":\"x\"}", 0 },
	{ "{\"\\u0065mail\":\"\\u0061@b.co\"}",
	    "{\"\\u0065mail\":\"\\u0061@b.co\"}", 0 },
	{ "{\"email\":null,\"title\":null,\"external_id\":\"7\"}",
	    "{\"external_id\":\"7\"}", 2 },
	{ "{\"id\":\"01H\",\"email\":\"a@b.co\",\"created\":\"x\","
	  "\"updated\":null,\"subscriptions\":{\"a\":1},\"consent\":{},"
	  "\"joined_group_at\":\"x\",\"last_event_date\":\"x\","
	  "\"predictive_analytics\":{},\"anonymous_id\":null,"
	  "\"whatsapp_bsuid\":null}",
	    "{\"email\":\"a@b.co\"}", 0 },
	{ "{\"location\":{\"city\":\"x\",\"zip\":null,\"ip\" : \"y\"},"
	  "\"email\":\"a@b.co\"}",
	    "{\"location\":{\"city\":\"x\",\"ip\":\"y\"},"
	    "\"email\":\"a@b.co\"}",
	    1 },
	{ "{\"location\":{\"city\":null,\"zip\":null},\"email\":\"a@b.co\"}",
	    "{\"email\":\"a@b.co\"}", 2 },
	{ "{\"email\":\"a@b.co\",\"location\":{},\"title\":\"x\"}",
	    "{\"email\":\"a@b.co\",\"title\":\"x\"}", 0 },
	{ "{\"location\":null}", "{}", 1 },
	{ "{\"properties\":{\"a\": 1.50, \"b\":[null]}}",
	    "{\"properties\":{\"a\": 1.50, \"b\":[null]}}", 0 },
	{ "{\"properties\":{\"a\": 1.50, \"b\":null,\"c\":{\"d\":null}}}",
	    "{\"properties\":{\"a\":1.50,\"c\":{\"d\":null}}}", 1 },
	{ "{\"properties\":{\"a\":null},\"email\":\"a@b.co\"}",
	    "{\"email\":\"a@b.co\"}", 1 },
	{ "{\"meta\":{\"patch_properties\":{\"unset\":\"a\"}},"
	  "\"email\":\"a@b.co\"}",
	    "{\"email\":\"a@b.co\"},\"meta\":{\"patch_properties\":"
	    "{\"unset\":\"a\"}}",
	    0 },
	{ "{\"meta\":null}", "{}", 1 },
};

static void
bodies_made(void)
{
	struct kl_profile p = { 0 };
	struct kl_buf b = { 0 }, want = { 0 };
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		scan(bodies[i].text, strlen(bodies[i].text));
		kl_buf_reset(&b);
		kl_buf_puts(&b, "[");
		p.nulls_ignored = 0;
		ok(kl_profile_body(&p, &b, &doc, &err) == KL_OK,
		    bodies[i].text);
		kl_buf_reset(&want);
		kl_buf_printf(&want,
		    "[{\"type\":\"profile\",\"attributes\":%s}",
		    bodies[i].attributes);
		isn(b.s, b.n, kl_buf_str(&want), "what is sent of it");
		ok(p.nulls_ignored == bodies[i].nulls, "nulls are counted");
	}
	kl_buf_free(&b);
	kl_buf_free(&want);
	kl_profile_free(&p);
}

/* Records with nulls, or without values, where these clear: what is sent. */
static const struct {
	const char *text, *sent;
	unsigned cleared;
	bool null, appends;
} clears[] = {
	{ "{\"email\":\"a@b.co\",\"title\":\"x\"}",
	    "\"attributes\":{\"email\":\"a@b.co\",\"title\":\"x\"}}", 0, false,
	    false },
	{ "{\"title\":null,\"email\":\"a@b.co\",\"id\":null,\"_kx\":null,"
	  "\"meta\":null,\"created\":null}",
	    "\"attributes\":{\"title\":null,\"email\":\"a@b.co\"}}", 1, true,
	    false },
	{ "{\"location\":{\"zip\":null,\"city\":\"x\"}}",
	    "\"attributes\":{\"location\":{\"zip\":null,\"city\":\"x\"}}}", 1,
	    true, false },
	{ "{\"properties\":{\"a\":null,\"b\\n\":null,\"c\":1}}",
	    "\"attributes\":{\"properties\":{\"c\":1}},\"meta\":"
	    "{\"patch_properties\":{\"unset\":[\"a\",\"b\\n\"]}}}",
	    2, false, false },
	{ "{\"properties\":{\"a\":null},\"meta\":{\"patch_properties\":"
	  "{\"unset\":\"z\",\"append\":{\"l\":1}},\"patch_identifiers\":{}}}",
	    "\"attributes\":{},\"meta\":{\"patch_identifiers\":{},"
	    "\"patch_properties\":{\"append\":{\"l\":1},\"unset\":[\"z\","
	    "\"a\"]}}}",
	    1, false, true },
	{ "{\"properties\":{\"a\":null},\"meta\":{\"patch_properties\":"
	  "{\"unset\":[\"y\",\"z\"]}}}",
	    "\"attributes\":{},\"meta\":{\"patch_properties\":"
	    "{\"unset\":[\"y\",\"z\",\"a\"]}}}",
	    1, false, false },
	{ "{\"properties\":{\"a\":null},\"meta\":{\"patch_properties\":"
	  "{\"unset\":[],\"append\":{}}}}",
	    "\"attributes\":{},\"meta\":{\"patch_properties\":{\"append\":{},"
	    "\"unset\":[\"a\"]}}}",
	    1, false, false },
	{ "{\"meta\":{\"patch_properties\":{\"append\":{\"l\":1}}}}",
	    "\"attributes\":{},\"meta\":{\"patch_properties\":{\"append\":"
	    "{\"l\":1}}}}",
	    0, false, true },
	{ "{\"email\":\"a@b.co\",\"location\":null}",
	    "\"attributes\":{\"email\":\"a@b.co\",\"location\":{"
	    "\"address1\":null,\"address2\":null,\"city\":null,\"region\":null,"
	    "\"country\":null,\"zip\":null,\"timezone\":null,\"ip\":null,"
	    "\"latitude\":null,\"longitude\":null}}}",
	    10, true, false },
};

static void
clears_made(void)
{
	struct kl_profile p = { .nulls = KL_NULLS_CLEAR };
	struct kl_buf b = { 0 };
	size_t i, n = sizeof("{\"type\":\"profile\",") - 1;

	for (i = 0; i < sizeof(clears) / sizeof(*clears); i++) {
		scan(clears[i].text, strlen(clears[i].text));
		kl_buf_reset(&b);
		p.cleared = 0;
		ok(kl_profile_body(&p, &b, &doc, &err) == KL_OK,
		    clears[i].text);
		isn(b.s + n, b.n - n, clears[i].sent, "what is sent of it");
		ok(p.cleared == clears[i].cleared &&
			p.sends_null == clears[i].null &&
			p.appends == clears[i].appends,
		    "what is cleared is counted, and how");
	}
	scan("{\"properties\":null}", 19);
	b.n = 0;
	ok(kl_profile_body(&p, &b, &doc, &err) == KL_EDATA && b.n == 0,
	    "not all properties at once");
	is(err.code, "null_properties", "with its code");
	p.nulls = KL_NULLS_REFUSE;
	scan("{\"id\":null,\"location\":{\"zip\":null}}", 35);
	ok(kl_profile_body(&p, &b, &doc, &err) == KL_EDATA,
	    "null may be refused");
	is(err.code, "null_refused", "with its code");
	is(err.field, "location.zip", "and its path");
	kl_buf_free(&b);
	kl_profile_free(&p);
}

/* A record is offered fields to be cleared. */
static void
clear_missing(void)
{
	static const char *const fields[] = { "title", "location.city",
		"location.zip", "properties.a \"b\"" };
	static const struct {
		const char *text, *sent;
	} rows[] = {
		{ "{}",
		    "{\"title\":null,\"location\":{\"city\":null,\"zip\":"
		    "null}},\"meta\":{\"patch_properties\":{\"unset\":"
		    "[\"a \\\"b\\\"\"]}}}" },
		{ "{\"title\":\"x\",\"location\":{\"zip\":\"1\"},"
		  "\"properties\":{\"a \\\"b\\\"\":1}}",
		    "{\"title\":\"x\",\"location\":{\"zip\":\"1\",\"city\":"
		    "null},\"properties\":{\"a \\\"b\\\"\":1}}}" },
		{ "{\"title\":null,\"image\":null,\"location\":null,"
		  "\"properties\":{\"c\":null,\"a \\\"b\\\"\":null}}",
		    "{\"title\":null,\"location\":{\"city\":null,\"zip\":"
		    "null}},\"meta\":{\"patch_properties\":{\"unset\":"
		    "[\"a \\\"b\\\"\"]}}}" },
		{ "{\"title\":\"x\",\"location\":{\"zip\":\"1\",\"city\":"
		  "\"2\"},\"properties\":{\"a \\\"b\\\"\":0}}",
		    "{\"title\":\"x\",\"location\":{\"zip\":\"1\",\"city\":"
		    "\"2\"},\"properties\":{\"a \\\"b\\\"\":0}}}" },
	};
	struct kl_profile p = { 0 };
	struct kl_buf b = { 0 };
	size_t i, n = sizeof("{\"type\":\"profile\",\"attributes\":") - 1;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		ok(kl_profile_clear(&p, fields[i], &err) == KL_OK, fields[i]);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scan(rows[i].text, strlen(rows[i].text));
		kl_buf_reset(&b);
		ok(kl_profile_body(&p, &b, &doc, &err) == KL_OK, rows[i].text);
		isn(b.s + n, b.n - n, rows[i].sent, "what is sent of it");
	}
	ok(kl_profile_clear(&p, "location", &err) == KL_EUSAGE &&
		kl_profile_clear(&p, "properties", &err) == KL_EUSAGE &&
		kl_profile_clear(&p, "nothing", &err) == KL_EUSAGE,
	    "not everything can be cleared");
	kl_buf_free(&b);
	kl_profile_free(&p);
}

static void
body_rules(void)
{
	struct kl_profile p = { .match_id = true };
	struct kl_buf b = { 0 };
	const char *text = "{\"title\":null,\"x\":[1],\"email\":\"a@b.co\","
			   "\"location\":{\"y\":2,\"zip\":\"3\"},"
			   "\"id\":\"01H\"}";

	scan(text, strlen(text));
	kl_buf_puts(&b, "before");
	ok(kl_profile_body(&p, &b, &doc, &err) == KL_EDATA,
	    "an unknown member is refused");
	is(err.code, "member_unknown", "with its code");
	isn(b.s, b.n, "before", "and the buffer is as it was");
	ok(p.nulls_ignored == 0, "and so are the counts");

	kl_buf_reset(&b);
	p.unknown = KL_UNKNOWN_DROP;
	ok(kl_profile_body(&p, &b, &doc, &err) == KL_OK && p.dropped == 2,
	    "or dropped and counted, in location too");
	isn(b.s, b.n,
	    "{\"type\":\"profile\",\"id\":\"01H\",\"attributes\":"
	    "{\"email\":\"a@b.co\",\"location\":{\"zip\":\"3\"}}}",
	    "the id is sent where profiles are matched by it");

	kl_buf_reset(&b);
	p.unknown = KL_UNKNOWN_KEEP;
	p.match_id = false;
	ok(kl_profile_body(&p, &b, &doc, &err) == KL_OK, "or kept");
	isn(b.s, b.n,
	    "{\"type\":\"profile\",\"attributes\":{\"x\":[1],\"email\":"
	    "\"a@b.co\",\"location\":{\"y\":2,\"zip\":\"3\"}}}",
	    "and sent like any other");

	scan("[]", 2);
	ok(kl_profile_body(&p, &b, &doc, &err) == KL_EDATA,
	    "what is no object makes none");
	is(err.code, "not_object", "with its code");

	scan("{\"title\":\"long enough\"}", 23);
	kl_buf_free(&b);
	b = (struct kl_buf){ .max = 40 };
	ok(kl_profile_body(&p, &b, &doc, &err) == KL_ETOOBIG,
	    "a buffer that is too small is said");
	kl_buf_free(&b);
	kl_profile_free(&p);
}

/* A record whose profile object is n bytes, written with blank before the
 * value if wide. */
static struct kl_span
sized(struct kl_buf *b, size_t n, bool wide)
{
	size_t rest = n -
	    strlen("{\"type\":\"profile\",\"attributes\":{\"email\":\"a@b.co\","
		   "\"properties\":{\"x\":1,\"y\":\"\"}}}");

	kl_buf_reset(b);
	kl_buf_printf(b,
	    "{%s\"email\":%s\"a@b.co\",\"properties\":{\"x\":1,"
	    "\"y\":\"",
	    wide ? "\"title\":null," : "", wide ? "     " : "");
	while (rest-- > 0)
		kl_buf_putc(b, 'x');
	kl_buf_puts(b, "\"}}");
	return (struct kl_span){ b->s, b->n };
}

static void
size(void)
{
	struct kl_profile p = { 0 };
	struct kl_buf b = { 0 };
	struct kl_span s;
	size_t n;
	int wide;

	for (wide = 0; wide < 2; wide++)
		for (n = KL_PROFILE_MAX - 1; n <= KL_PROFILE_MAX + 1; n++) {
			s = sized(&b, n, wide);
			scan(s.s, s.n);
			ok(kl_profile_check(&p, &doc, &err) ==
				(n > KL_PROFILE_MAX ? KL_ETOOBIG : KL_OK),
			    "a profile of 100,000 bytes, one less, one more");
		}
	is(err.code, "profile_too_big", "one more has its code");
	is(err.field, "properties.y", "and names the largest property");
	is(err.msg,
	    "the profile is 100001 bytes as it is sent; the service takes "
	    "100000",
	    "and says how many, and the limit");
	is(err.hint,
	    "leave something out; most of it is properties.y (99925 bytes)",
	    "and what to leave out");
	kl_buf_reset(&b);
	kl_buf_puts(&b, "{\"_kx\":\"k\",\"x\":\"");
	for (n = 0; n < KL_PROFILE_MAX; n++)
		kl_buf_putc(&b, 'x');
	kl_buf_puts(&b, "\"}");
	scan(b.s, b.n);
	p.unknown = KL_UNKNOWN_DROP;
	ok(kl_profile_check(&p, &doc, &err) == KL_OK,
	    "what is dropped does not count");
	p.unknown = KL_UNKNOWN_KEEP;
	ok(kl_profile_check(&p, &doc, &err) == KL_ETOOBIG, "what is kept does");
	ok(p.nulls_ignored == 0 && p.dropped == 0, "a check counts nothing");
	kl_buf_free(&b);
	kl_profile_free(&p);
}

static void
identifiers(void)
{
	struct kl_profile_ids ids = { 0 };
	const char *text = "{\"id\":\"01H\",\"email\":\"Mira@Shop.Example\","
			   "\"phone_number\":\"+49151\\u0031\","
			   "\"\\u005fkx\":\"k\",\"external_id\":\"A7\"}";

	scan(text, strlen(text));
	ok(kl_profile_ids(&ids, &doc, 0, &err) == KL_OK, "identifiers");
	isn(ids.email.s, ids.email.n, "mira@shop.example",
	    "the address is folded");
	isn(ids.phone.s, ids.phone.n, "+491511", "escapes are resolved");
	isn(ids.external_id.s, ids.external_id.n, "A7",
	    "the external id is not folded");
	isn(ids.id.s, ids.id.n, "01H", "the id");
	isn(ids.kx.s, ids.kx.n, "k", "the tracking id");
	text = "{\"email\":\"\\u0041@B.co\",\"id\":null,\"phone_number\":7}";
	scan(text, strlen(text));
	ok(kl_profile_ids(&ids, &doc, 0, &err) == KL_OK, "once more");
	isn(ids.email.s, ids.email.n, "a@b.co",
	    "an address with escapes is folded too");
	ok(ids.id.n == 0 && ids.phone.n == 0 && ids.kx.n == 0 &&
		ids.external_id.n == 0,
	    "null, numbers and what is absent are empty");

	text = "{\"type\":\"profile\",\"attributes\":{\"external_id\":\"x\"}}";
	scan(text, strlen(text));
	ok(kl_profile_ids(&ids, &doc, kl_json_get(&doc, 0, "attributes"),
	       &err) == KL_OK,
	    "from an object within");
	isn(ids.external_id.s, ids.external_id.n, "x", "the same members");
	ok(kl_profile_ids(&ids, &doc, 2, &err) == KL_OK &&
		ids.external_id.n == 0,
	    "what is no object has none");
	kl_profile_ids_free(&ids);
}

static void
envelope(void)
{
	struct kl_buf b = { 0 };

	kl_import_open(&b);
	kl_import_close(&b, NULL);
	isn(b.s, b.n,
	    "{\"data\":{\"type\":\"profile-bulk-import-job\",\"attributes\":"
	    "{\"profiles\":{\"data\":[]}}}}",
	    "the body of an import into no list");
	ok(b.n == kl_import_envelope(0), "its size");
	kl_buf_reset(&b);
	kl_import_open(&b);
	kl_import_close(&b, "VRgFBd");
	isn(b.s, b.n,
	    "{\"data\":{\"type\":\"profile-bulk-import-job\",\"attributes\":"
	    "{\"profiles\":{\"data\":[]}},\"relationships\":{\"lists\":"
	    "{\"data\":[{\"type\":\"list\",\"id\":\"VRgFBd\"}]}}}}",
	    "the body of an import into a list");
	ok(b.n == kl_import_envelope(KL_LIST_ID_CHARS), "its size");
	kl_buf_free(&b);
}

/* Of a profile; of a location. */
static const char *const known[] = { "id", "_kx", "meta", "email", "image",
	"title", "locale", "consent", "created", "updated", "location",
	"last_name", "first_name", "properties", "external_id", "anonymous_id",
	"organization", "phone_number", "subscriptions", "whatsapp_bsuid",
	"joined_group_at", "last_event_date", "predictive_analytics", "ip",
	"zip", "city", "region", "country", "address1", "address2", "latitude",
	"timezone", "longitude" };

static void
names(void)
{
	size_t i;
	const char *const *n;
	const struct kl_member *row;
	int bad = 0;

	for (n = kl_profile_names(); *n != NULL; n++) {
		if (strncmp(*n, "location.", 9) == 0)
			row = kl_location_member(KL_SPAN(*n + 9));
		else
			row = kl_profile_member(KL_SPAN(*n));
		bad += row == NULL;
	}
	ok(bad == 0, "every name offered as the nearest is a member");
	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		row = i < 23 ? kl_profile_member(KL_SPAN(known[i]))
			     : kl_location_member(KL_SPAN(known[i]));
		ok(row != NULL && strcmp(row->name, known[i]) == 0, known[i]);
	}
	ok(kl_profile_member(KL_SPAN("")) == NULL &&
		kl_profile_member(KL_SPAN("i")) == NULL &&
		kl_profile_member(KL_SPAN("predictive_analytics_")) == NULL &&
		kl_location_member(KL_SPAN("email")) == NULL,
	    "other names are not");
}

/* Scan the text as one of a stream. */
static void
scan_alike(struct kl_json *to, const char *text)
{
	static char room[1024];
	size_t n = strlen(text);

	memcpy(room, text, n);
	err = (struct kl_err){ 0 };
	if (kl_json_scan_next(to, room, n, KL_JSON_SPARE, &err) != KL_OK)
		ok(0, err.msg);
}

/* What is made of the record, and who it is: in any order of records. */
static bool
same_as_alone(struct kl_profile *p, struct kl_profile_ids *ids,
    struct kl_json *next, const char *text)
{
	struct kl_profile fresh = { .unknown = p->unknown,
		.match_id = p->match_id };
	struct kl_profile_ids mine = { 0 };
	struct kl_buf a = { 0 }, b = { 0 };
	uint64_t nulls = p->nulls_ignored, dropped = p->dropped;
	enum kl_rc rc, rc2;
	bool same;

	scan(text, strlen(text));
	scan_alike(next, text);
	rc = kl_profile_body(&fresh, &a, &doc, NULL);
	rc2 = kl_profile_body(p, &b, next, NULL);
	(void)kl_profile_ids(&mine, &doc, 0, NULL);
	(void)kl_profile_ids(ids, next, 0, NULL);
	same = rc == rc2 && a.n == b.n &&
	    (a.n == 0 || memcmp(a.s, b.s, a.n) == 0) &&
	    p->nulls_ignored - nulls == fresh.nulls_ignored &&
	    p->dropped - dropped == fresh.dropped &&
	    kl_span_eq(mine.email, ids->email) &&
	    kl_span_eq(mine.phone, ids->phone) &&
	    kl_span_eq(mine.external_id, ids->external_id) &&
	    kl_span_eq(mine.id, ids->id) && kl_span_eq(mine.kx, ids->kx);
	kl_profile_ids_free(&mine);
	kl_profile_free(&fresh);
	kl_buf_free(&a);
	kl_buf_free(&b);
	return same;
}

#define REST                                                                   \
	"\"location\":{\"city\":\"x\",\"zip\":7},\"properties\":{\"a\":1,"     \
	"\"b\":{\"c\":null}},\"title\":\"t\"}"

/* The first is that of which the others are variants, by values or by white
 * space: those that may not be sent as they stand. */
static const char *const alike[] = {
	"{\"email\":\"A@b.co\",\"external_id\":\"7\"," REST,
	"{\"email\":null,\"external_id\":\"7\"," REST,
	"{\"email\":\"A@b.co\",\"external_id\":null," REST,
	"{\"email\":\"\\u0041@b.co\",\"external_id\":\"\\u0037\"," REST,
	"{\"email\":\"A@b.co\", \"external_id\":\"7\"," REST,
	"{\"email\": \"A@b.co\",\"external_id\":\"7\"," REST,
	"{ \"email\":\"A@b.co\",\"external_id\":\"7\"," REST,
	" {\"email\":\"A@b.co\",\"external_id\":\"7\"," REST " ",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":null,\"zip\":7},"
	"\"properties\":{\"a\":1,\"b\":{\"c\":1}},\"title\":\"t\"}",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":1, \"zip\":7},"
	"\"properties\":{\"a\":1,\"b\":{\"c\":1}},\"title\":\"t\"}",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":1,\"zip\":null},"
	"\"properties\":{\"a\":null,\"b\":{\"c\":1}},\"title\":\"t\"}",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":1,\"zip\":2},"
	"\"properties\":{\"a\":null,\"b\":{\"c\":1}},\"title\":\"t\"}",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":1,\"zip\":2},"
	"\"properties\":{\"a\": 1,\"b\":{\"c\":1 }},\"title\":\"t\"}",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":1,\"zip\":2},"
	"\"properties\":{\"a\":1,\"b\":{\"c\":1}},\"title\":null}",
	/* Shapes of their own. */
	"{" A "\"location\":{}}",
	"{" A "\"location\":null}",
	"{" A "\"location\":\"x\"}",
	"{" A "\"location\":{\"town\":1}}",
	"{" A "\"location\":[{\"city\":null}]}",
	"{" A "\"properties\":[null]}",
	"{" A "\"created\":\"x\"}",
	"{" A "\"id\":\"01H\"}",
	"{" A "\"meta\":{\"x\":1}}",
	"{" A "\"title\":{\"x\":null,\"y\":1}}",
	"{" A "\"shoe\":1}",
	"{}",
	"[]",
};

static void
shapes(void)
{
	static const enum kl_unknown what[] = { KL_UNKNOWN_REFUSE,
		KL_UNKNOWN_DROP, KL_UNKNOWN_KEEP };
	struct kl_profile p = { 0 };
	struct kl_profile_ids ids = { 0 };
	struct kl_json next = { 0 };
	size_t i, j, r, bad = 0;
	uint64_t whole = 0;

	for (i = 0; i < 6; i++) {
		p.unknown = what[i % 3];
		p.match_id = i >= 3;
		for (j = 0; j < sizeof(alike) / sizeof(*alike); j++) {
			/* What is learned of it, and of the first again. */
			for (r = 0; r < 5; r++)
				bad += !same_as_alone(&p, &ids, &next,
				    alike[r == 4 ? 0 : j]);
			for (r = 0; r < 4; r++)
				bad +=
				    !same_as_alone(&p, &ids, &next, alike[0]);
			whole |= p.whole.shape != 0 && p.whole.n > 0;
			bad += !same_as_alone(&p, &ids, &next, alike[j]);
		}
	}
	ok(bad == 0, "what a record becomes does not depend on those before");
	ok(whole, "some are sent as they stand");
	kl_profile_ids_free(&ids);
	kl_profile_free(&p);
	kl_json_free(&next);
}

int
main(void)
{
	table();
	forms();
	messages();
	rules();
	bodies_made();
	clears_made();
	clear_missing();
	body_rules();
	size();
	identifiers();
	envelope();
	names();
	shapes();
	kl_json_free(&doc);
	return done();
}
