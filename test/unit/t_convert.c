/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>

#include "kl/convert.h"

#include "ok.h"

/* A conversion, a value as JSON (NULL: absent) and what comes of it: JSON,
 * "absent", or "!code" if the value is refused. */
static const struct {
	const char *convert, *value, *want;
} cases[] = {
	{ "", "\"a\\u00e9\"", "\"a\\u00e9\"" },
	{ "", "1.10", "1.10" },
	{ "  ", "\"x\"", "\"x\"" },
	{ "trim", "\" a b \"", "\"a b\"" },
	{ "trim", "\"\\t a\\n\"", "\"a\"" },
	{ "trim",
	    "\"\xC2\xA0\xE2\x80\x83"
	    "a\xE3\x80\x80\xEF\xBB\xBF\"",
	    "\"a\"" },
	{ "trim", "\"\xC3\xA9\"", "\"\xC3\xA9\"" },
	{ "trim", "\"  \"", "\"\"" },
	{ "trim", "\"a\"", "\"a\"" },
	{ "trim", "12", "12" },
	{ "trim", "null", "null" },
	{ "trim", NULL, "absent" },
	{ "trim", "[1]", "!type_wrong" },
	{ "trim", "{}", "!type_wrong" },
	{ "lower", "\"Ann@Example.ORG\"", "\"ann@example.org\"" },
	{ "lower", "\"@[`{AZaz\"", "\"@[`{azaz\"" },
	{ "lower", "\"\xC3\x89LODIE \xC5\x81\xC3\x98\"",
	    "\"\xC3\xA9lodie \xC5\x82\xC3\xB8\"" },
	{ "lower", "\"\xCE\x91\xCE\xA3 \xD0\x96\xD0\x81\"",
	    "\"\xCE\xB1\xCF\x83 \xD0\xB6\xD1\x91\"" },
	{ "lower", "\"A\\u00c9\\n\"", "\"a\xC3\xA9\\n\"" },
	{ "lower", "\"\xF0\x9F\x98\x80 A\"", "\"\xF0\x9F\x98\x80 a\"" },
	{ "lower", "true", "true" },
	{ "upper",
	    "\"stra\xC3\x9F"
	    "e \xC3\xBF\"",
	    "\"STRA\xC3\x9F"
	    "E \xC5\xB8\"" },
	{ "upper", "\"@[`{AZaz\"", "\"@[`{AZAZ\"" },
	{ "upper", "\"\xE1\xBA\xA1\"", "\"\xE1\xBA\xA0\"" },
	{ "title", "\"ANNA maria o'BRIEN-smith\"",
	    "\"Anna Maria O'Brien-Smith\"" },
	{ "title", "\"it's \xC3\x89LODIE\"", "\"It's \xC3\x89lodie\"" },
	{ "title",
	    "\"d\xE2\x80\x99"
	    "artagnan\"",
	    "\"D\xE2\x80\x99"
	    "Artagnan\"" },
	{ "trim|lower", "\" A \"", "\"a\"" },
	{ " trim | lower ", "\" A \"", "\"a\"" },
	{ "phone", "\"+1 (650) 253-0000\"", "\"+16502530000\"" },
	{ "phone", "16502530000", "!phone_invalid" },
	{ "phone", "\"555-0143\"", "!phone_invalid" },
	{ "phone", "\"\"", "\"\"" },
	{ "phone:US", "\"(650) 253-0000\"", "\"+16502530000\"" },
	{ "phone:us", "6502530000", "\"+16502530000\"" },
	{ "phone:Germany", "\"0711 2842222\"", "\"+497112842222\"" },
	{ "phone:US", "\"555-0143\"", "!phone_invalid" },
	{ "phone:@Country", "\"020 7946 0958\"", "\"+442079460958\"" },
	{ "phone:@None", "\"+44 20 7946 0958\"", "\"+442079460958\"" },
	{ "phone:@None", "\"020 7946 0958\"", "!region_unknown" },
	{ "date:%d.%m.%Y", "\"1.2.2024\"", "\"2024-02-01T00:00:00+00:00\"" },
	{ "date:%d.%m.%Y@+01:00", "\"1.2.2024\"",
	    "\"2024-02-01T00:00:00+01:00\"" },
	{ "date:%F %H:%M", "\"2024-02-01 03:04\"",
	    "\"2024-02-01T03:04:00+00:00\"" },
	{ "date:%F", "\"2024-02-30\"", "!date_invalid" },
	{ "date:%F %R@Europe/Berlin", "\"2024-07-31 12:00\"",
	    "\"2024-07-31T12:00:00+02:00\"" },
	{ "date:%F %R@Europe/Berlin", "\"2024-03-31 02:30\"", "!date_invalid" },
	{ "date:%F %R@Europe/Berlin", "\"2024-10-27 02:30\"",
	    "\"2024-10-27T02:30:00+02:00\"" },
	{ "date:%F@America/Sao_Paulo", "\"2018-11-04\"",
	    "\"2018-11-04T01:00:00-02:00\"" },
	{ "date:%F@Pacific/Apia", "\"2011-12-30\"",
	    "\"2011-12-31T00:00:00+14:00\"" },
	{ "date:%F@Europe/Berlin", "\"1890-01-31\"",
	    "\"1890-01-31T00:00:00+00:53\"" },
	{ "date:epoch", "1706756645", "\"2024-02-01T03:04:05+00:00\"" },
	{ "date:epoch_ms", "\"1706756645000\"",
	    "\"2024-02-01T03:04:05+00:00\"" },
	{ "date:rfc3339", "\"2024-02-01\"", "!time_invalid" },
	{ "jq:. + 1", "1", "2" },
	{ "trim|jq:ascii_downcase | {a: ., \"b:\": \"\\\\|\"}", "\" AB \"",
	    "{\"a\":\"ab\",\"b:\":\"\\\\|\"}" },
	{ " jq :.[]", "[1]", "1" },
	{ "jq:.[]", "[1,2]", "!jq_many" },
	{ "jq:.[]", "1", "!jq_failed" },
	{ "jq:.", "9007199254740993", "!jq_number" },
	{ "jq:\"\\u00e9\\n\"", "1", "\"\u00e9\\n\"" },
	{ "date", "\"2024-02-01T03:04:05.60Z\"",
	    "\"2024-02-01T03:04:05.6+00:00\"" },
	{ "date", "1706756645", "\"2024-02-01T03:04:05+00:00\"" },
	{ "date", "\"1706756645.5\"", "\"2024-02-01T03:04:05.5+00:00\"" },
	{ "date", "1706756645250", "\"2024-02-01T03:04:05.25+00:00\"" },
	{ "date", "1000000000", "\"2001-09-09T01:46:40+00:00\"" },
	{ "date", "1999999999999", "\"2033-05-18T03:33:19.999+00:00\"" },
	{ "date", "999999999", "!date_invalid" },
	{ "date", "2000000000", "!date_invalid" },
	{ "date", "\"20240201\"", "!date_invalid" },
	{ "date", "\"202402010304\"", "!date_invalid" },
	{ "date", "\"2024020103040\"", "!date_invalid" },
	{ "date", "\"20240201030405\"", "!date_invalid" },
	{ "date", "\"2024-02-01\"", "!date_invalid" },
	{ "date", "\"2024-02-01 03:04:05\"", "!date_invalid" },
	{ "date", "\"1706756645 \"", "!date_invalid" },
	{ "date", "-1706756645", "!date_invalid" },
	{ "date", "1.7e9", "!date_invalid" },
	{ "date", "true", "!date_invalid" },
	{ "date", "\"\"", "\"\"" },
	{ "number", "\"12.50\"", "12.50" },
	{ "number", "12.50", "12.50" },
	{ "number", "\"-0.5e-3\"", "-0.5e-3" },
	{ "number", "\"12345678901234567890\"", "12345678901234567890" },
	{ "number", "\"1,234.50\"", "!number_invalid" },
	{ "number", "\" 12\"", "!number_invalid" },
	{ "number", "\"007\"", "!number_invalid" },
	{ "number", "\"1.\"", "!number_invalid" },
	{ "number", "\".5\"", "!number_invalid" },
	{ "number", "\"+5\"", "!number_invalid" },
	{ "number", "\"1e\"", "!number_invalid" },
	{ "number", "\"-\"", "!number_invalid" },
	{ "number", "\"0x10\"", "!number_invalid" },
	{ "number", "true", "!number_invalid" },
	{ "number:,", "\"1234,50\"", "1234.50" },
	{ "number:,", "\"1234.50\"", "!number_invalid" },
	{ "number:,.", "\"1.234.567,50\"", "1234567.50" },
	{ "number:,.", "\"-1.234\"", "-1234" },
	{ "number:,.", "\"1.23\"", "!number_invalid" },
	{ "number:,.", "\"1234.567\"", "!number_invalid" },
	{ "number:,.", "\"1,234.567\"", "!number_invalid" },
	{ "number:.,", "\"1,234.50\"", "1234.50" },
	{ "number:.,", "\"12,34.50\"", "!number_invalid" },
	{ "number:.'", "\"1'234.50\"", "1234.50" },
	{ "number:,", "\"1,2,3\"", "!number_invalid" },
	{ "integer", "\"12\"", "12" },
	{ "integer", "12.0", "12" },
	{ "integer", "\"-12.000\"", "-12" },
	{ "integer", "\"12.5\"", "!integer_invalid" },
	{ "integer", "\"12.\"", "!integer_invalid" },
	{ "integer", "\"012\"", "!integer_invalid" },
	{ "integer", "\"1e3\"", "!integer_invalid" },
	{ "bool", "\"Yes\"", "true" },
	{ "bool", "\"OFF\"", "false" },
	{ "bool", "\"t\"", "true" },
	{ "bool", "0", "false" },
	{ "bool", "true", "true" },
	{ "bool", "\"ja\"", "!bool_invalid" },
	{ "bool", "2", "!bool_invalid" },
	{ "bool", "\"\\u0011\"", "!bool_invalid" },
	{ "text", "12.50", "\"12.50\"" },
	{ "text", "false", "\"false\"" },
	{ "text", "\"x\"", "\"x\"" },
	{ "text", "[1]", "!type_wrong" },
	{ "json", "\"{\\\"a\\\":[1.10,\\\"\\\\u00e9\\\"]}\"",
	    "{\"a\":[1.10,\"\\u00e9\"]}" },
	{ "json", "\"[1,\\n\\r2]\"", "[1,  2]" },
	{ "json", "\" \\\"x\\\" \"", "\"x\"" },
	{ "json", "\"12\"", "12" },
	{ "json", "\" null\"", "null" },
	{ "json", "7", "7" },
	{ "json", "\"{\"", "!json_invalid" },
	{ "json|split:,", "\"\\\"a,b\\\"\"", "[\"a\",\"b\"]" },
	{ "split:,", "\"a,b,,c\"", "[\"a\",\"b\",\"\",\"c\"]" },
	{ "split:\\|", "\"a|b\"", "[\"a\",\"b\"]" },
	{ "split:\\t", "\"a\\tb\"", "[\"a\",\"b\"]" },
	{ "split:, ", "\"a, b\"", "[\"a\",\"b\"]" },
	{ "split:::", "\"a::b\"", "[\"a\",\"b\"]" },
	{ "split:,", "\"\\\"q\\\",\\u00e9\"", "[\"\\\"q\\\"\",\"\xC3\xA9\"]" },
	{ "split:,", "[1,2]", "[1,2]" },
	{ "split:,", "12", "[\"12\"]" },
	{ "join:;", "[\"a\",1.10,true,null,\"\\u00e9\"]",
	    "\"a;1.10;true;;\xC3\xA9\"" },
	{ "join:;", "[]", "\"\"" },
	{ "join:;", "[[1]]", "!join_invalid" },
	{ "join:;", "\"a\"", "\"a\"" },
	{ "split:,|join:;", "\"a,b\"", "\"a;b\"" },
	{ "replace:a:b", "\"banana\"", "\"bbnbnb\"" },
	{ "replace:aa:b", "\"aaa\"", "\"ba\"" },
	{ "replace:\\::-", "\"a:b:c\"", "\"a-b-c\"" },
	{ "replace:a:b:c", "\"a\"", "\"b:c\"" },
	{ "replace:a:", "\"banana\"", "\"bnn\"" },
	{ "replace:x:y", "\"a\\u00e9\"", "\"a\xC3\xA9\"" },
	{ "replace:a:", "\"a\"", "\"\"" },
	{ "default:x", NULL, "\"x\"" },
	{ "default:x", "null", "\"x\"" },
	{ "default:x", "\"\"", "\"x\"" },
	{ "default:x", "\"a\"", "\"a\"" },
	{ "default:x", "0", "0" },
	{ "trim|default:x", "\"  \"", "\"x\"" },
	{ "default:5|number", NULL, "5" },
	{ "const:VIP \\| \"x\"", "\"a\"", "\"VIP | \\\"x\\\"\"" },
	{ "const:a:b", NULL, "\"a:b\"" },
	{ "null_if:N/A", "\"N/A\"", "null" },
	{ "null_if:N/A", "\"x\"", "\"x\"" },
	{ "null_if:0", "0", "null" },
	{ "null_if:-|default:x", "\"-\"", "\"x\"" },
	{ "upper|lower|title", "\"AbC\"", "\"Abc\"" },
};

/* Conversions that cannot be made, and a part of what is said. */
static const struct {
	const char *convert, *msg, *hint;
} wrong[] = {
	{ "lowr", "unknown convert function \"lowr\"",
	    "did you mean \"lower\"?" },
	{ "trim|jq:.a|.b +", "jq: syntax error, unexpected $end", "" },
	{ "jq:", "jq: syntax error, unexpected $end", "" },
	{ "jq", "convert function jq: needs an argument", "jq:EXPRESSION" },
	{ "trim||lower", "unknown convert function \"\"", "" },
	{ "trim|", "unknown convert function \"\"", "" },
	{ "|", "unknown convert function \"\"", "" },
	{ "trim:x", "convert function trim: takes no argument", "" },
	{ "split", "convert function split: needs an argument",
	    "it is written split:SEPARATOR" },
	{ "split:", "convert function split: an empty argument", "" },
	{ "replace:a", "convert function replace: needs another argument",
	    "it is written replace:OLD:NEW" },
	{ "replace::x", "convert function replace: an empty argument", "" },
	{ "split:\\x", "only \\| \\: \\\\ \\t \\n are escapes", "" },
	{ "split:\\", "only \\| \\: \\\\ \\t \\n are escapes", "" },
	{ "date:", "date format: empty", "" },
	{ "date:%Y", "date format: no month and day", "" },
	{ "date:%F@Europe/Berln", "unknown zone \"Europe/Berln\"", "offset" },
	{ "date:%F %z@Europe/Berlin", "a zone is named, but the format gives",
	    "" },
	{ "date:%F %z@UTC", "the format gives one already", "" },
	{ "number:x", "its argument is the decimal point", "" },
	{ "number:,,", "its argument is the decimal point", "" },
	{ "number:", "its argument is the decimal point", "" },
	{ "phone:XX", "unknown region \"XX\"", "ISO 3166" },
	{ "phone:", "unknown region \"\"", "" },
	{ "phone:@", "unknown region \"@\"", "" },
	{ "trim|trim|trim|trim|trim|trim|trim|trim|trim|trim|trim|trim|trim|"
	  "trim|trim|trim|trim",
	    "over 16 convert functions", "" },
};

/* A conversion, what it made, and what the way back makes of that; NULL:
 * there is none. */
static const struct {
	const char *convert, *value, *want;
} backs[] = {
	{ "trim|lower", "\"a\"", "\"a\"" },
	{ "date:%d.%m.%Y", "\"2024-02-01T00:00:00+00:00\"", "\"01.02.2024\"" },
	{ "date:%d.%m.%Y@+02:00", "\"2024-01-31T23:00:00+00:00\"",
	    "\"01.02.2024\"" },
	{ "date:epoch", "\"2024-02-01T03:04:05+00:00\"", "\"1706756645\"" },
	{ "date:%F", "\"today\"", "!time_invalid" },
	{ "number", "12.50", "\"12.50\"" },
	{ "number:,.", "1234.50", "\"1234,50\"" },
	{ "number:.,", "1234.50", "\"1234.50\"" },
	{ "integer", "12", "\"12\"" },
	{ "bool", "true", "true" },
	{ "split:;", "[\"a\",\"b\"]", "\"a;b\"" },
	{ "join:;", "\"a;b\"", "[\"a\",\"b\"]" },
	{ "json", "{\"a\":1}", "\"{\\\"a\\\":1}\"" },
	{ "trim|split:;", "[\"a\"]", "\"a\"" },
	{ "json|join:;", "\"a;b\"", "\"[\\\"a\\\",\\\"b\\\"]\"" },
	{ "phone", "\"+16502530000\"", "\"+16502530000\"" },
	{ "default:x", "\"x\"", "\"x\"" },
	{ "split:;", "null", "null" },
	{ "const:x", NULL, "const" },
	{ "trim|replace:a:b", NULL, "replace" },
	{ "null_if:x", NULL, "null_if" },
};

static const char field_text[] = "\"United \\u004bingdom\"";

static uint32_t
slot(void *ctx, struct kl_span name)
{
	(void)ctx;
	return kl_span_is(name, "Country") ? 1 : 2;
}

static struct kl_value
field(void *ctx, uint32_t i)
{
	(void)ctx;
	if (i != 1)
		return (struct kl_value){ 0 };
	return (struct kl_value){ .s = KL_SPAN(field_text),
		.type = KL_JSON_STRING,
		.esc = true };
}

/* Run it on the JSON text; what comes of it in out. */
static void
run(const struct kl_convert *v, struct kl_converter *c, const char *json,
    struct kl_buf *out)
{
	struct kl_json doc = { 0 };
	struct kl_value value = { 0 };
	struct kl_buf text = { 0 };
	struct kl_err err = { 0 };

	kl_buf_reset(out);
	if (json != NULL) {
		/* In an array, for node 0 is never a member's value. */
		kl_buf_printf(&text, "[%s]", json);
		(void)kl_json_scan(&doc, text.s, text.n, NULL);
		value = kl_value_of(&doc, 1);
	}
	if (kl_convert_run(v, c, &value, &err) != KL_OK)
		kl_buf_printf(out, "!%s", err.code);
	else if (value.type == 0)
		kl_buf_puts(out, "absent");
	else
		kl_value_put(out, &value);
	kl_json_free(&doc);
	kl_buf_free(&text);
}

static void
converted(struct kl_converter *c)
{
	struct kl_convert *v;
	struct kl_buf out = { 0 };
	struct kl_err err = { 0 };
	char name[160];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		(void)snprintf(name, sizeof(name), "\"%s\" of %s",
		    cases[i].convert,
		    cases[i].value == NULL ? "nothing" : cases[i].value);
		if (kl_convert_new(&v, c, KL_SPAN(cases[i].convert), &err) !=
		    KL_OK) {
			is(err.msg, "", name);
			continue;
		}
		run(v, c, cases[i].value, &out);
		is(kl_buf_str(&out), cases[i].want, name);
		kl_convert_free(v);
	}
	kl_buf_free(&out);
}

static void
refused(struct kl_converter *c)
{
	struct kl_convert *v;
	struct kl_err err;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		memset(&err, 0, sizeof(err));
		if (!ok(kl_convert_new(&v, c, KL_SPAN(wrong[i].convert),
			    &err) == KL_ECONFIG &&
			    strstr(err.msg, wrong[i].msg) != NULL &&
			    strstr(err.hint, wrong[i].hint) != NULL,
			wrong[i].convert))
			printf("# %s; %s\n", err.msg, err.hint);
	}
}

static void
inverted(struct kl_converter *c)
{
	struct kl_convert *v;
	struct kl_buf out = { 0 };
	const char *lost;
	size_t i;

	for (i = 0; i < sizeof(backs) / sizeof(*backs); i++) {
		if (kl_convert_new(&v, c, KL_SPAN(backs[i].convert), NULL) !=
		    KL_OK) {
			ok(false, backs[i].convert);
			continue;
		}
		lost = kl_convert_invert(v);
		if (lost == NULL)
			run(v, c, backs[i].value, &out);
		is(lost != NULL ? lost : kl_buf_str(&out), backs[i].want,
		    backs[i].convert);
		kl_convert_free(v);
	}
	kl_buf_free(&out);
}

static void
zones(struct kl_converter *c)
{
	static const struct {
		const char *convert;
		bool utc;
	} all[] = { { "date:%F", true }, { "date:%F@UTC", false },
		{ "date:epoch", false }, { "trim|date:%F", true },
		{ "trim", false }, { "", false } };
	struct kl_convert *v;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		(void)kl_convert_new(&v, c, KL_SPAN(all[i].convert), NULL);
		ok(kl_convert_assumes_utc(v) == all[i].utc, all[i].convert);
		kl_convert_free(v);
	}
}

int
main(void)
{
	struct kl_converter c = { .slot = slot, .field = field };
	const char *build = getenv("KL_BUILD");
	struct kl_convert *v;
	char path[4096], jq[4096];

	(void)snprintf(path, sizeof(path), "%s/lib/kl/kl-phone.so",
	    build != NULL ? build : "build");
	(void)snprintf(jq, sizeof(jq), "%s/lib/kl/kl-jq.so",
	    build != NULL ? build : "build");
	c.phone_plugin = path;
	c.jq_plugin = jq;
	converted(&c);
	refused(&c);
	inverted(&c);
	zones(&c);
	kl_converter_free(&c);
	c = (struct kl_converter){ .phone_plugin = path };
	ok(kl_convert_new(&v, &c, KL_SPAN("phone:@Country"), NULL) ==
		KL_ECONFIG,
	    "phone:@Country where there are no fields");
	kl_converter_free(&c);
	return done();
}
