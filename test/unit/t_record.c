/* SPDX-License-Identifier: MIT */
/* t_record.c - records made of names and values. */

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "kl/record.h"
#include "ok.h"

static struct kl_record r;
static struct kl_err err;

/* The record so far, then none; or the message of its failure. */
static const char *
line(void)
{
	static char text[600];
	struct kl_span s;

	err = (struct kl_err){ 0 };
	if (kl_record_line(&r, &s, &err) == KL_OK)
		(void)snprintf(text, sizeof(text), "%s", s.s);
	else
		(void)snprintf(text, sizeof(text), "%s", err.msg);
	kl_record_reset(&r);
	return text;
}

static void
test_values(void)
{
	is(line(), "{}", "nothing makes an empty record");
	kl_record_text(&r, "email", "zo\xc3\xab@x.example");
	kl_record_text(&r, "first_name", "a \"b\" \\ \n");
	kl_record_text(&r, "last_name", NULL);
	kl_record_json(&r, "title", NULL);
	kl_record_span(&r, "locale", (struct kl_span){ "en-USA", 5 });
	is(line(),
	    "{\"email\":\"zo\xc3\xab@x.example\","
	    "\"first_name\":\"a \\\"b\\\" \\\\ \\n\",\"locale\":\"en-US\"}",
	    "strings are quoted, NULL is left out");
	kl_record_int(&r, "a", 0);
	kl_record_int(&r, "b", INT64_MIN);
	kl_record_int(&r, "c", INT64_MAX);
	kl_record_bool(&r, "d", true);
	kl_record_bool(&r, "e", false);
	kl_record_time(&r, "f", 1795413600);
	kl_record_json(&r, "g", " [1, {\"x\":null}] ");
	is(line(),
	    "{\"a\":0,\"b\":-9223372036854775808,\"c\":9223372036854775807,"
	    "\"d\":true,\"e\":false,\"f\":\"2026-11-23T06:00:00+00:00\","
	    "\"g\":[1, {\"x\":null}]}",
	    "other values keep their kind");
}

static void
test_numbers(void)
{
	static const struct {
		double v;
		const char *want;
	} rows[] = { { 0, "{\"v\":0}" }, { -0.5, "{\"v\":-0.5}" },
		{ 19.9, "{\"v\":19.9}" }, { 0.1 + 0.2, "" },
		{ 1e21, "{\"v\":1e+21}" }, { 1e-7, "{\"v\":1e-07}" },
		{ 5e-324, "" }, { 1.7976931348623157e308, "" },
		{ 9007199254740993.0, "{\"v\":9007199254740992}" } };
	struct kl_json doc = { 0 };
	struct kl_span s;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		kl_record_number(&r, "v", rows[i].v);
		ok(kl_record_line(&r, &s, NULL) == KL_OK &&
			kl_json_scan(&doc, s.s, s.n, NULL) == KL_OK &&
			strtod(s.s + 5, NULL) == rows[i].v,
		    "a double is JSON and read as the same");
		if (rows[i].want[0] != '\0')
			is(s.s, rows[i].want, "in few digits");
		kl_record_reset(&r);
	}
	kl_json_free(&doc);
	kl_record_number(&r, "v", INFINITY);
	is(line(), "v is not a finite number", "infinity is no JSON");
	kl_record_number(&r, "v", NAN);
	is(line(), "v is not a finite number", "nor is what is no number");
}

/* A program may have another point than ours. */
static void
test_locale(void)
{
	static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8",
		"fr_FR.UTF-8", "de_DE" };
	size_t i;

	for (i = 0; i < 4 && setlocale(LC_NUMERIC, names[i]) == NULL; i++)
		;
	if (i == 4) {
		printf("# no locale here has a comma\n");
		return;
	}
	kl_record_number(&r, "v", 1.5);
	is(line(), "{\"v\":1.5}", "the point is a point in every locale");
	(void)setlocale(LC_NUMERIC, "C");
}

static void
test_objects(void)
{
	kl_record_text(&r, "properties.Plan", "gold");
	kl_record_text(&r, "location.city", "Ghent");
	kl_record_text(&r, "email", "a@x.example");
	kl_record_int(&r, "properties.a.b", 1);
	kl_record_text(&r, "location.zip", "9000");
	is(line(),
	    "{\"email\":\"a@x.example\","
	    "\"location\":{\"city\":\"Ghent\",\"zip\":\"9000\"},"
	    "\"properties\":{\"Plan\":\"gold\",\"a.b\":1}}",
	    "objects are gathered in any order");
	kl_record_text(&r, "profile.properties.Plan", "gold");
	kl_record_text(&r, "profile.location.city", "Ghent");
	kl_record_text(&r, "properties.SKU", "x");
	kl_record_text(&r, "profile.email", "a@x.example");
	kl_record_text(&r, "metric", "Placed Order");
	is(line(),
	    "{\"metric\":\"Placed Order\",\"properties\":{\"SKU\":\"x\"},"
	    "\"profile\":{\"email\":\"a@x.example\","
	    "\"location\":{\"city\":\"Ghent\"},"
	    "\"properties\":{\"Plan\":\"gold\"}}}",
	    "also in the profile of an event");
	kl_record_text(&r, "location.city", "Ghent");
	is(line(), "{\"location\":{\"city\":\"Ghent\"}}",
	    "an object may stand alone");
	kl_record_text(&r, "profile.location.city", "Ghent");
	is(line(), "{\"profile\":{\"location\":{\"city\":\"Ghent\"}}}",
	    "and within another");
}

static void
test_has(void)
{
	ok(!kl_record_has(&r, "email"), "an empty record has nothing");
	kl_record_text(&r, "email", "a@x.example");
	kl_record_text(&r, "properties.a", "email");
	kl_record_json(&r, "profile", "null");
	ok(kl_record_has(&r, "email"), "what was set is there");
	ok(kl_record_has(&r, "properties.a"), "in an object too");
	ok(kl_record_has(&r, "profile"), "null as well");
	ok(!kl_record_has(&r, "a") && !kl_record_has(&r, "properties.email"),
	    "and nothing else");
	(void)line();
}

static void
test_failures(void)
{
	kl_record_text(&r, "email", "\xff");
	kl_record_text(&r, "title", "\xfe");
	kl_record_text(&r, "first_name", "Ann");
	is(line(), "email is not UTF-8", "the first failure is told");
	is(err.code, "not_utf8", "with its code");
	is(err.field, "email", "and field");
	ok(err.rc == KL_EDATA, "as bad data");
	kl_record_text(&r, "first_name", "Ann");
	is(line(), "{\"first_name\":\"Ann\"}", "and forgotten by a reset");
	kl_record_json(&r, "properties", "{\"a\":1");
	is(line(), "properties cannot be read as JSON", "JSON is checked");
	ok(err.hint[0] != '\0', "the hint says what is wrong with it");
	kl_record_json(&r, "a", "1,\"b\":2");
	is(line(), "a cannot be read as JSON", "and is one value");
	kl_record_text(&r, "properties.", "x");
	is(line(), "properties. names no member", "a member has a name");
	kl_record_text(&r, "properties.\xff", "x");
	is(line(), "a member has a name that is not UTF-8", "that is UTF-8");
	ok(kl_record_line(&r, &(struct kl_span){ 0 }, NULL) == KL_OK,
	    "err may be NULL");
}

/* The limit of a record is one of memory too. */
static void
test_limit(void)
{
	size_t n = KL_RECORD_MAX - strlen("{\"v\":\"\"}"), over = n + 1;
	char *s = malloc(over);
	struct kl_span got;

	if (s == NULL)
		exit(1);
	memset(s, 'x', over);
	kl_record_span(&r, "v", (struct kl_span){ s, n });
	ok(kl_record_line(&r, &got, NULL) == KL_OK && got.n == KL_RECORD_MAX,
	    "a record may have 16 MiB");
	kl_record_reset(&r);
	kl_record_span(&r, "v", (struct kl_span){ s, over });
	ok(kl_record_line(&r, &got, &err) == KL_ETOOBIG, "and not a byte more");
	kl_record_free(&r);
	free(s);
}

int
main(void)
{
	test_values();
	test_numbers();
	test_locale();
	test_objects();
	test_has();
	test_failures();
	test_limit();
	kl_record_free(&r);
	is(line(), "{}", "a freed record is an empty one");
	kl_record_free(&r);
	return done();
}
