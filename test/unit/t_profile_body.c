/* SPDX-License-Identifier: MIT */
/* t_profile_body.c - what is sent of a profile record. */

#include "kl/limits.h"

#include "profile.h"

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

int
main(void)
{
	bodies_made();
	clears_made();
	clear_missing();
	body_rules();
	size();
	kl_json_free(&doc);
	return done();
}
