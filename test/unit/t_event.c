/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>

#include "kl/event.h"
#include "kl/limits.h"

#include "ok.h"

static struct kl_json doc;
static struct kl_err err;
static struct kl_event event;

/* The code of what the check says; "" for a good record. */
static const char *
check(const char *text, size_t n)
{
	err = (struct kl_err){ 0 };
	if (kl_json_scan(&doc, text, n, &err) == KL_OK)
		(void)kl_event_check(&event, &doc, &err);
	return err.code;
}

#define P "\"profile\":{\"email\":\"a@b.co\"}"
#define M "\"metric\":\"x\","

/* Records by the default rules; code "": good. */
static const struct {
	const char *text, *code, *field;
} cases[] = {
	{ "{" M P "}", "", "" },
	{ "{\"\\u006detric\":\"x\"," P "}", "", "" },
	{ "{" M P ",\"properties\":{\"a\":[{\"b\":null}],\"$extra\":{}},"
	  "\"time\":\"2024-02-29T23:59:59.5+01:00\",\"value\":-1.5e2,"
	  "\"value_currency\":\"JPY\",\"unique_id\":\"7\",\"backfill\":true}",
	    "", "" },
	{ "{" M P ",\"properties\":null,\"time\":null,\"value\":null,"
	  "\"value_currency\":null,\"unique_id\":null,\"backfill\":null}",
	    "", "" },
	{ "{" M "\"profile\":{\"id\":\"01H\"}}", "", "" },
	{ "{" M "\"profile\":{\"_kx\":\"k\",\"anonymous_id\":\"a\"}}", "", "" },
	{ "[]", "not_object", "" },
	{ "{" P "}", "member_missing", "metric" },
	{ "{\"metric\":null," P "}", "member_missing", "metric" },
	{ "{\"metric\":\"\"," P "}", "metric_invalid", "metric" },
	{ "{\"metric\":{\"name\":\"x\"}," P "}", "type_wrong", "metric" },
	{ "{\"metric\":\"x\"}", "member_missing", "profile" },
	{ "{" M "\"profile\":null}", "member_missing", "profile" },
	{ "{" M "\"profile\":\"a@b.co\"}", "type_wrong", "profile" },
	{ "{" M "\"profile\":{}}", "identifier_missing", "profile" },
	{ "{" M "\"profile\":{\"anonymous_id\":\"a\"}}", "identifier_missing",
	    "profile" },
	{ "{" M "\"profile\":{\"email\":\"a\"}}", "email_invalid",
	    "profile.email" },
	{ "{" M "\"profile\":{\"phone_number\":\"1\"}}", "phone_invalid",
	    "profile.phone_number" },
	{ "{" M "\"profile\":{\"_kx\":\"k\",\"location\":{\"city\":1}}}",
	    "type_wrong", "profile.location.city" },
	{ "{" M "\"profile\":{\"_kx\":\"k\",\"location\":{\"cty\":1}}}",
	    "member_unknown", "profile.location.cty" },
	{ "{" M "\"profile\":{\"_kx\":\"k\",\"frist_name\":\"x\"}}",
	    "member_unknown", "profile.frist_name" },
	{ "{" M "\"profile\":{\"_kx\":\"k\",\"meta\":{\"patch_properties\":"
	  "{\"unset\":[1]}}}}",
	    "type_wrong", "profile.meta.patch_properties.unset" },
	{ "{" M P ",\"email\":\"a@b.co\"}", "member_unknown", "email" },
	{ "{" M P ",\"tiem\":1}", "member_unknown", "tiem" },
	{ "{" M P ",\"properties\":[]}", "type_wrong", "properties" },
	{ "{" M P ",\"time\":1732334706}", "type_wrong", "time" },
	{ "{" M P ",\"time\":\"2024-02-30T00:00:00Z\"}", "time_invalid",
	    "time" },
	{ "{" M P ",\"time\":\"2024-02-03\"}", "time_invalid", "time" },
	{ "{" M P ",\"value\":\"1.5\"}", "type_wrong", "value" },
	{ "{" M P ",\"value\":true}", "type_wrong", "value" },
	{ "{" M P ",\"value_currency\":\"usd\"}", "currency_invalid",
	    "value_currency" },
	{ "{" M P ",\"value_currency\":\"XXX\"}", "currency_invalid",
	    "value_currency" },
	{ "{" M P ",\"value_currency\":\"US\"}", "currency_invalid",
	    "value_currency" },
	{ "{" M P ",\"unique_id\":\"\"}", "unique_id_invalid", "unique_id" },
	{ "{" M P ",\"unique_id\":7}", "type_wrong", "unique_id" },
	{ "{" M P ",\"backfill\":\"true\"}", "type_wrong", "backfill" },
	{ "{" M "\"profile\":{\"email\":\"a@Example.COM\"}}", "domain_dropped",
	    "profile.email" },
	{ "{" M "\"profile\":{\"email\":\"a@x.example.com\"}}", "", "" },
	{ "{" M "\"profile\":{\"email\":\"a@shop.example\"}}", "", "" },
};

static void
check_cases(void)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		check(cases[i].text, strlen(cases[i].text));
		is(err.code, cases[i].code, cases[i].text);
		is(err.field, cases[i].field, "... and its field");
		ok((err.code[0] == '\0') == (err.hint[0] == '\0'),
		    "... and what to do");
	}
}

/* A record made of a head, a part repeated n times (# in it being
 * which), with commas between if comma, and a tail. */
static const char *
made(const char *head, const char *part, size_t n, bool comma, const char *tail)
{
	static struct kl_buf b;
	const char *p;
	size_t i;

	kl_buf_reset(&b);
	kl_buf_puts(&b, head);
	for (i = 0; i < n; i++) {
		if (comma && i > 0)
			kl_buf_putc(&b, ',');
		for (p = part; *p != '\0'; p++)
			if (*p == '#')
				kl_buf_printf(&b, "%u", (unsigned)i);
			else
				kl_buf_putc(&b, *p);
	}
	kl_buf_puts(&b, tail);
	return check(b.s, b.n);
}

/* The limits that are counts: good at n - 1 and at n, refused at n + 1. */
static const struct {
	const char *head, *part;
	bool comma;
	const char *tail;
	size_t n;
	const char *code, *field, *msg;
} counts[] = {
	{ "{" M P ",\"properties\":{", "\"p#\":0", true, "}}", 400,
	    "properties_too_many", "properties",
	    "properties has 401 members; the service takes 400" },
	{ "{" M P ",\"properties\":{\"a\":{\"b\":[0,[", "#", true, "]]}}}",
	    4000, "array_too_long", "properties.a.b.1",
	    "properties.a.b.1 has 4001 elements; the service takes 4000" },
	{ "{" M P ",\"properties\":{\"s\":[\"\",\"", "x", false, "\"]}}",
	    100000, "string_too_long", "properties.s.1",
	    "properties.s.1 has 100001 bytes; the service takes 100000" },
	{ "{" M P ",\"properties\":{\"s\":\"", "\\u00e9", false, "\"}}", 50000,
	    "string_too_long", "properties.s",
	    "properties.s has 100002 bytes; the service takes 100000" },
	{ "{" P ",\"metric\":\"", "x", false, "\"}", 127, "metric_invalid",
	    "metric",
	    "metric has 128 characters; the service takes fewer than 128" },
	{ "{" P ",\"metric\":\"", "\xc3\xa9", false, "\"}", 127,
	    "metric_invalid", "metric",
	    "metric has 128 characters; the service takes fewer than 128" },
	{ "{" M P ",\"unique_id\":\"", "x", false, "\"}", 255,
	    "unique_id_invalid", "unique_id",
	    "unique_id has 256 characters; the service takes 1 to 255" },
	{ "{" M P ",\"unique_id\":\"", "\xc3\xa9", false, "\"}", 255,
	    "unique_id_invalid", "unique_id",
	    "unique_id has 256 characters; the service takes 1 to 255" },
};

static void
check_counts(void)
{
	char what[64];
	size_t i;
	int d;

	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		for (d = -1; d <= 1; d++) {
			(void)snprintf(what, sizeof(what), "%zu: %zu%+d of %s",
			    i, counts[i].n, d, counts[i].code);
			is(made(counts[i].head, counts[i].part,
			       counts[i].n + (size_t)(d + 1) - 1,
			       counts[i].comma, counts[i].tail),
			    d == 1 ? counts[i].code : "", what);
			if (d == 1) {
				is(err.field, counts[i].field, "its path");
				is(err.msg, counts[i].msg, "its limit");
				ok(err.hint[0] != '\0', "what to do");
			}
		}
}

/* Properties, n levels deep. */
static const char *
deep(size_t n, const char *open, const char *shut)
{
	struct kl_buf b = { 0 };
	const char *code;
	size_t i;

	kl_buf_puts(&b, "{" M P ",\"properties\":{\"a\":[]");
	for (i = 1; i < n; i++)
		kl_buf_puts(&b, i == 1 ? ",\"p\":{\"b\":[0],\"q\":" : open);
	kl_buf_puts(&b, "1");
	for (i = 1; i < n; i++)
		kl_buf_puts(&b, i == n - 1 ? "}" : shut);
	kl_buf_puts(&b, "}}");
	code = check(b.s, b.n);
	kl_buf_free(&b);
	return code;
}

static void
check_depth(void)
{
	is(deep(9, "{\"c\":[],\"d\":", "}"), "", "nine levels");
	is(deep(10, "{\"c\":[],\"d\":", "}"), "nesting_too_deep",
	    "an empty array may be the level too many");
	is(deep(10, "{\"d\":", "}"), "", "ten levels");
	is(deep(11, "{\"d\":", "}"), "nesting_too_deep", "eleven levels");
	is(err.field, "properties.p.q.d.d.d.d.d.d.d.d", "... are named");
	is(err.msg,
	    "properties.p.q.d.d.d.d.d.d.d.d is nested 11 levels deep; the "
	    "service takes 10",
	    "... with the limit");
	is(deep(10, "[", "]"), "", "ten levels of arrays");
	is(deep(11, "[", "]"), "nesting_too_deep", "eleven of them");
	is(err.field, "properties.p.q.0.0.0.0.0.0.0.0", "... are counted");
	is(deep(100, "[", "]"), "nesting_too_deep", "a hundred");
}

static void
check_integers(void)
{
	static const struct {
		const char *n, *code;
	} row[] = {
		{ "9223372036854775806", "" },
		{ "9223372036854775807", "" },
		{ "9223372036854775808", "integer_too_big" },
		{ "-9223372036854775807", "" },
		{ "-9223372036854775808", "" },
		{ "-9223372036854775809", "integer_too_big" },
		{ "99999999999999999999999", "integer_too_big" },
		{ "99999999999999999999999.0", "" },
		{ "1234567890123456789e3", "" },
	};
	char text[200];
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		(void)snprintf(text, sizeof(text),
		    "{" M P ",\"properties\":{\"a\":{\"n\":%s}}}", row[i].n);
		is(check(text, strlen(text)), row[i].code, row[i].n);
		if (row[i].code[0] != '\0')
			is(err.field, "properties.a.n", "... by its path");
		(void)snprintf(text, sizeof(text), "{" M P ",\"value\":%s}",
		    row[i].n);
		is(check(text, strlen(text)), row[i].code, "as a value");
	}
}

static const char *
at(const char *time)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "{" M P ",\"time\":\"%s\"}", time);
	return check(text, strlen(text));
}

static void
check_times(void)
{
	is(at("1999-12-31T23:59:59.999Z"), "time_range", "before 2000");
	is(at("2000-01-01T00:00:00Z"), "", "2000 begins");
	is(at("2000-01-01T00:00:01Z"), "", "2000 has begun");
	is(at("2000-01-01T00:59:59+01:00"), "time_range", "of the other clock");
	is(at("9999-01-01T00:00:00Z"), "", "without a clock nothing is late");
	event.now = 1795406646; /* 2026-11-23T04:04:06Z */
	is(at("2027-11-23T04:04:05Z"), "", "a year less a second ahead");
	is(at("2027-11-23T04:04:06Z"), "", "a year ahead");
	is(at("2027-11-23T04:04:07Z"), "time_range", "a second more");
	is(err.msg, "time is more than a year (365 days) ahead of now", "said");
	event.now = 0;
}

/* An event whose body is n bytes without its profile, or whose profile is n
 * bytes as it is sent. */
static const char *
sized(size_t n, bool profile)
{
	static const char frame[] =
	    "{\"type\":\"event\",\"attributes\":{\"metric\":{\"data\":{"
	    "\"type\":\"metric\",\"attributes\":{\"name\":\"x\"}}},"
	    "\"properties\":{}}}";
	static const char person[] =
	    "{\"type\":\"profile\",\"attributes\":{\"email\":\"a@b.co\","
	    "\"title\":\"\"}}";
	struct kl_buf b = { 0 }, fill = { 0 };
	size_t left = n - (profile ? sizeof(person) : sizeof(frame)) + 1, k;
	const char *code;
	unsigned i;

	if (profile) {
		for (k = 0; k < left; k++)
			kl_buf_putc(&fill, 'x');
		kl_buf_printf(&b,
		    "{" M "\"profile\":{\"created\":\"2024-01-01T00:00:00Z\","
		    "\"image\":null,\"email\":\"a@b.co\",\"title\":\"%s\"}}",
		    kl_buf_str(&fill));
	} else {
		/* Members of 90,000 bytes, the last with what is left. */
		for (i = 0; left > 0; i++) {
			k = left > 180000 ? 90000 : left > 90000 ? 9000 : left;
			kl_buf_printf(&fill, "%s\"%02u\":\"", i == 0 ? "" : ",",
			    i);
			left -= k;
			k -= i == 0 ? 7 : 8;
			for (; k > 0; k--)
				kl_buf_putc(&fill, 'x');
			kl_buf_putc(&fill, '"');
		}
		kl_buf_printf(&b,
		    "{" M P ",\"backfill\":null,\"properties\":{%s}}",
		    kl_buf_str(&fill));
	}
	code = check(b.s, b.n);
	kl_buf_free(&b);
	kl_buf_free(&fill);
	return code;
}

static void
check_sizes(void)
{
	is(sized(94999, true), "", "a profile of 94999 bytes");
	is(sized(95000, true), "", "95000");
	is(sized(95001, true), "profile_too_big", "95001");
	is(err.msg,
	    "the profile of the event is 95001 bytes as it is sent; the "
	    "service takes 95000",
	    "said");
	is(err.field, "profile.title", "and what makes it so");
	is(sized(4999999, false), "", "an event of 4999999 bytes");
	is(sized(5000000, false), "", "5000000");
	is(sized(5000001, false), "event_too_big", "5000001");
	is(err.msg,
	    "the event is 5000001 bytes as it is sent without its profile; "
	    "the service takes 5000000",
	    "said");
	is(err.field, "properties.00", "and what makes it so");
}

static const char *
body(const char *text)
{
	static struct kl_buf b;

	kl_buf_reset(&b);
	err = (struct kl_err){ 0 };
	if (kl_json_scan(&doc, text, strlen(text), &err) != KL_OK ||
	    kl_event_body(&event, &b, &doc, &err) != KL_OK) {
		ok(b.n == 0, "nothing is left of a body that fails");
		return err.code;
	}
	return kl_buf_str(&b);
}

#define HEAD                                                                   \
	"{\"type\":\"event\",\"attributes\":{\"metric\":{\"data\":{"           \
	"\"type\":\"metric\",\"attributes\":{\"name\":\"x\"}}},"               \
	"\"properties\":"

static void
check_bodies(void)
{
	is(body("{" M P "}"), HEAD "{}}}", "the least that is sent");
	is(body("{\"time\":\"t\" ,\"properties\" : {\"a\":1.50}," P
		",\"value\":1E2,\"unique_id\":null," M "\"backfill\":false}"),
	    HEAD "{\"a\":1.50},\"time\":\"t\",\"value\":1E2,"
		 "\"backfill\":false}}",
	    "bytes as they are, nulls left out");
	is(body("{" P "}"), "member_missing", "no metric");
	is(body("[]"), "not_object", "no object");
	is(body("{" M P ",\"x\":1}"), "member_unknown", "unknown");
	event.profile.unknown = KL_UNKNOWN_DROP;
	is(body("{" M P ",\"x\":1}"), HEAD "{}}}", "dropped");
	event.profile.unknown = KL_UNKNOWN_KEEP;
	is(body("{" M P ",\"x\":1}"), HEAD "{},\"x\":1}}", "kept");
	is(check("{" M P ",\"x\":1}", strlen("{" M P ",\"x\":1}")), "",
	    "and taken");
	event.profile.unknown = KL_UNKNOWN_REFUSE;
}

/* The profile object of the event. */
static const char *
profile(const char *text, enum kl_event_meta meta)
{
	static struct kl_buf b;

	kl_buf_reset(&b);
	err = (struct kl_err){ 0 };
	if (kl_json_scan(&doc, text, strlen(text), &err) != KL_OK ||
	    kl_event_profile(&event, &b, &doc, meta, &err) != KL_OK) {
		ok(b.n == 0, "nothing is left of a profile that fails");
		return err.code;
	}
	return kl_buf_str(&b);
}

#define UNSET "\"meta\":{\"patch_properties\":{\"unset\":\"a\"}}"

static void
check_profiles(void)
{
	static const char *const text =
	    "{" M "\"profile\":{\"email\":\"a@b.co\"," UNSET
	    ",\"anonymous_id\":\"n\",\"title\":null,\"id\":\"01\"}}";

	event.profile.match_id = false;
	is(profile(text, KL_META_BESIDE),
	    "{\"type\":\"profile\",\"attributes\":{\"email\":\"a@b.co\","
	    "\"anonymous_id\":\"n\"}," UNSET "}",
	    "many events have meta beside the attributes");
	is(profile(text, KL_META_INSIDE),
	    "{\"type\":\"profile\",\"attributes\":{\"email\":\"a@b.co\"," UNSET
	    ",\"anonymous_id\":\"n\"}}",
	    "one event has it among them");
	is(profile("{" M "\"profile\":null}", KL_META_INSIDE), "member_missing",
	    "nobody");
	is(profile("{\"profile\":\"a@b.co\"}", KL_META_INSIDE), "type_wrong",
	    "a name is nobody either");
	is(profile("{\"profile\":{\"emial\":\"a@b.co\"}}", KL_META_INSIDE),
	    "member_unknown", "unknown");
	is(err.field, "profile.emial", "by its path");
	is(profile("1", KL_META_INSIDE), "not_object", "no object");
	event.profile.match_id = true;
}

static void
check_options(void)
{
	const char *test =
	    "{" M "\"profile\":{\"email\":\"a@test.com\"},\"value\":1}";

	is(check(test, strlen(test)), "domain_dropped", "test.com");
	event.test_domains = true;
	is(check(test, strlen(test)), "", "taken where it is asked for");
	event.profile.match_id = false;
	test = "{" M "\"profile\":{\"id\":\"01H\"}}";
	is(check(test, strlen(test)), "identifier_missing", "an id alone");
}

static void
check_currencies(void)
{
	ok(kl_currency_is(KL_SPAN("AED")), "the first currency");
	ok(kl_currency_is(KL_SPAN("ZWL")), "the last");
	ok(kl_currency_is(KL_SPAN("EUR")) && kl_currency_is(KL_SPAN("USD")) &&
		kl_currency_is(KL_SPAN("XCG")),
	    "and some between");
	ok(!kl_currency_is(KL_SPAN("AAA")) && !kl_currency_is(KL_SPAN("ZZZ")) &&
		!kl_currency_is(KL_SPAN("ED ")) && !kl_currency_is(KL_SPAN("")),
	    "and what is none");
}

int
main(void)
{
	event.profile.match_id = true;
	check_cases();
	check_counts();
	check_depth();
	check_integers();
	check_times();
	check_sizes();
	check_bodies();
	check_profiles();
	check_currencies();
	check_options();
	kl_event_free(&event);
	kl_json_free(&doc);
	return done();
}
