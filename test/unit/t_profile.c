/* SPDX-License-Identifier: MIT */
/* t_profile.c - what a profile record may hold, and what is said of it. */

#include "kl/limits.h"

#include "profile.h"

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

int
main(void)
{
	table();
	forms();
	messages();
	rules();
	kl_json_free(&doc);
	return done();
}
