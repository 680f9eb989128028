/* SPDX-License-Identifier: MIT */
/* t_mapping.c - records become profiles, events and rows, and rows again. */

#include "mapping.h"

static const struct row crm[] = {
	{ "Consent", "consent.email.consented_at", "" },
	{ "Plan", "Plan", "" },
	{ "City", "location.city", "" },
	{ "Source", "consent.source", "" },
	{ "Email", "email", "trim|lower" },
	{ "SmsAt", "consent.sms.consented_at", "" },
	{ "Score", "properties.Lead.Score", "" },
	{ "Zip", "location.zip", "" },
	{ "Name", "first_name", "" },
	{ "Status", "consent.email.status", "upper" },
};

static void
profiles(void)
{
	struct kl_mapping_options opt = { 0 };
	struct kl_mapping *m = MADE(&opt, crm);
	struct kl_err err = { 0 };

	ok(kl_mapping_ready(m, &err) == KL_OK, "a mapping");
	is(run(m,
	       "{\"Email\":\" Ann@X.org \",\"Name\":\"\\u00c9va\",\"Zip\":"
	       "\"01234\",\"City\":\"Linz\",\"Plan\":1.10,\"Score\":"
	       "12345678901234567890,\"Source\":\"Web\",\"Consent\":"
	       "\"2024-02-01T00:00:00Z\",\"Status\":\"subscribed\","
	       "\"SmsAt\":\"2024-02-02T00:00:00Z\",\"Other\":{\"a\":[]}}"),
	    "{\"email\":\"ann@x.org\",\"first_name\":\"\\u00c9va\","
	    "\"location\":{\"city\":\"Linz\",\"zip\":\"01234\"},"
	    "\"properties\":{\"Plan\":1.10,\"Lead.Score\":"
	    "12345678901234567890},\"consent\":{\"source\":\"Web\","
	    "\"email\":{\"consented_at\":\"2024-02-01T00:00:00Z\","
	    "\"status\":\"SUBSCRIBED\"},\"sms\":{\"consented_at\":"
	    "\"2024-02-02T00:00:00Z\"}}}",
	    "known fields, then location, properties, consent; bytes kept");
	is(run(m, "{\"Email\":\"a@x.org\",\"Name\":null,\"Zip\":\"\"}"),
	    "{\"email\":\"a@x.org\"}",
	    "absent, null and empty are left out, and so is their object");
	is(run(m, "{\"SmsAt\":\"t\",\"City\":\"Linz\"}"),
	    "{\"location\":{\"city\":\"Linz\"},"
	    "\"consent\":{\"sms\":{\"consented_at\":\"t\"}}}",
	    "objects within objects open by themselves");
	is(run(m, "{}"), "{}", "nothing makes an empty record");
	is(run(m, "{\"Email\":[1]}"), "!type_wrong Email",
	    "what cannot be converted is refused, with its origin");
	is(run(m, "{\"Em\\u0061il\":\"a@x.org\"}"), "{\"email\":\"a@x.org\"}",
	    "a name may be written with escapes");
	kl_mapping_free(m);
}

static const struct row shop[] = {
	{ "Item", "Item", "" },
	{ "Note", "properties.a.b", "" },
	{ "What", "metric", "" },
	{ "City", "profile.location.city", "" },
	{ "Tier", "profile.Tier", "" },
	{ "Mail", "profile.email", "trim" },
	{ "Sum", "value", "" },
	{ "Day", "time", "" },
	{ "No", "unique_id", "" },
	{ "Old", "backfill", "" },
	{ "Add", "profile.meta.patch_properties.append.x", "" },
};

static void
events(void)
{
	struct kl_mapping_options opt = { .shape = KL_MAPPING_EVENT };
	struct kl_mapping *m = MADE(&opt, shop);

	ok(kl_mapping_ready(m, NULL) == KL_OK, "a mapping of events");
	is(run(m,
	       "{\"What\":\"Bought\",\"Item\":[1, 2],\"Mail\":\" a@x.org\","
	       "\"City\":\"Linz\",\"Tier\":1,\"Sum\":\"1.50\",\"No\":7,"
	       "\"Day\":1706756645,\"Old\":\"y\",\"Note\":\"n\","
	       "\"Add\":\"z\"}"),
	    "{\"metric\":\"Bought\",\"value\":1.50,\"time\":"
	    "\"2024-02-01T03:04:05+00:00\",\"unique_id\":\"7\","
	    "\"backfill\":true,\"profile\":{\"email\":\"a@x.org\","
	    "\"location\":{\"city\":\"Linz\"},\"properties\":{\"Tier\":1},"
	    "\"meta\":{\"patch_properties\":{\"append\":{\"x\":\"z\"}}}},"
	    "\"properties\":{\"Item\":[1, 2],\"a.b\":\"n\"}}",
	    "own members, then the profile, then properties");
	is(run(m, "{\"Item\":1,\"Tier\":2}"),
	    "{\"profile\":{\"properties\":{\"Tier\":2}},"
	    "\"properties\":{\"Item\":1}}",
	    "one object closes before the other opens");
	is(run(m, "{\"Sum\":\"1,50\"}"), "!number_invalid Sum",
	    "a value must be a number");
	is(run(m, "{\"Day\":\"1.2.2024\"}"), "!date_invalid Day",
	    "a time must be one");
	is(run(m, "{\"No\":[]}"), "!type_wrong No", "an id must be text");
	is(run(m, "{\"Old\":2}"), "!bool_invalid Old",
	    "backfill must be a truth");
	is(run(m, "{\"Sum\":\"\",\"Day\":null}"), "{}",
	    "what is missing stays so");
	kl_mapping_free(m);
	opt.reverse = true;
	m = MADE(&opt, shop);
	ok(kl_mapping_ready(m, NULL) == KL_OK, "and back");
	is(run(m,
	       "{\"metric\":\"Bought\",\"value\":1.50,\"profile\":{\"email\":"
	       "\"a@x.org\",\"properties\":{\"Tier\":1}},\"properties\":"
	       "{\"Item\":2}}"),
	    "{\"Item\":2,\"Note\":null,\"What\":\"Bought\",\"City\":null,"
	    "\"Tier\":1,\"Mail\":\"a@x.org\",\"Sum\":1.50,\"Day\":null,"
	    "\"No\":null,\"Old\":null,\"Add\":null}",
	    "each is found where it went");
	kl_mapping_free(m);
}

/* The order of members changes from record to record, and comes back. */
static void
layouts(void)
{
	static const struct row rows[] = { { "a", "email", "" },
		{ "b", "b", "" }, { "c.d", "c", "" }, { "e", "e", "" } };
	struct kl_mapping_options opt = { 0 };
	struct kl_mapping *m = MADE(&opt, rows);
	int i;

	(void)kl_mapping_ready(m, NULL);
	for (i = 0; i < 2; i++) {
		is(run(m, "{\"a\":\"1\",\"b\":2,\"e\":3}"),
		    "{\"email\":\"1\",\"properties\":{\"b\":2,\"e\":3}}",
		    "one order");
		is(run(m, "{\"b\":2,\"a\":\"1\",\"e\":3}"),
		    "{\"email\":\"1\",\"properties\":{\"b\":2,\"e\":3}}",
		    "another");
		is(run(m, "{\"x\":\"a\",\"a\":\"1\"}"), "{\"email\":\"1\"}",
		    "a value that reads like a name");
		is(run(m, "{\"y\":{\"a\":\"0\"},\"a\":\"1\",\"e\":[\"b\",2]}"),
		    "{\"email\":\"1\",\"properties\":{\"e\":[\"b\",2]}}",
		    "names within values are not members");
		is(run(m, "{\"a\":\"1\",\"c\":{\"d\":4}}"),
		    "{\"email\":\"1\",\"properties\":{\"c\":4}}",
		    "a dotted path");
		is(run(m, "{\"a\":\"1\",\"c\":{\"d\":4},\"c.d\":5}"),
		    "{\"email\":\"1\",\"properties\":{\"c\":5}}",
		    "the exact name wins over the path");
		is(run(m, "{\"a\":\"1\",\"c.d\":5}"),
		    "{\"email\":\"1\",\"properties\":{\"c\":5}}",
		    "the exact name in a flat record");
		is(run(m, "{\"c\":{\"d\":{\"x\":[1, 2]}},\"a\":\"1\"}"),
		    "{\"email\":\"1\",\"properties\":{\"c\":{\"x\":[1, 2]}}}",
		    "objects are copied as they are");
	}
	kl_mapping_free(m);
}

/* Places that fit by chance. */
static void
chance(void)
{
	static const struct row rows[] = { { "a", "email", "" } };
	static const struct row long_name[] = { { "aaaaaaaa1bbbbbbbb", "email",
	    "" } };
	struct kl_mapping_options opt = { 0 };
	struct kl_mapping *m = MADE(&opt, rows);

	(void)kl_mapping_ready(m, NULL);
	is(run(m, "{\"y\":[1],\"a\":\"0\"}"), "{\"email\":\"0\"}",
	    "a name at the fourth node");
	is(run(m, "{\"x\":1,\"z\":\"a\",\"a\":\"7\"}"), "{\"email\":\"7\"}",
	    "a value that reads like it at the fourth node");
	is(run(m, "{\"x\":1,\"a\":\"9\"}"), "{\"email\":\"9\"}",
	    "the name at the third node");
	is(run(m, "{\"y\":{\"a\":\"0\"},\"a\":\"8\"}"), "{\"email\":\"8\"}",
	    "the name within another object");
	kl_mapping_free(m);
	m = MADE(&opt, long_name);
	(void)kl_mapping_ready(m, NULL);
	is(run(m, "{\"aaaaaaaa1bbbbbbbb\":\"1\"}"), "{\"email\":\"1\"}",
	    "a name of 17 bytes");
	is(run(m, "{\"aaaaaaaa2bbbbbbbb\":\"0\"}"), "{}",
	    "one that differs in the middle");
	kl_mapping_free(m);
}

static void
options(void)
{
	static const struct row rows[] = { { "a", "email", "" },
		{ "b", "b", "number" }, { "c", "c", "default:x" },
		{ "", "kind", "const:row" } };
	struct kl_mapping_options keep = { .keep_empty = true };
	struct kl_mapping_options omit = { .omit = true };
	struct kl_mapping_options flat = { .shape = KL_MAPPING_ROWS };
	struct kl_mapping *m;
	const char *code;
	uint64_t n;

	m = MADE(&keep, rows);
	(void)kl_mapping_ready(m, NULL);
	is(run(m, "{\"a\":\"\",\"b\":null}"),
	    "{\"email\":\"\",\"properties\":{\"b\":null,\"c\":\"x\","
	    "\"kind\":\"row\"}}",
	    "keep_empty keeps what is there; default and const fill");
	kl_mapping_free(m);
	m = MADE(&omit, rows);
	(void)kl_mapping_ready(m, NULL);
	is(run(m, "{\"a\":\"1\",\"b\":\"x\",\"c\":\"y\"}"),
	    "{\"email\":\"1\",\"properties\":{\"c\":\"y\",\"kind\":\"row\"}}",
	    "omit leaves out what cannot be converted");
	is(kl_mapping_omitted(m, 1, &n, &code), "b", "and counts it");
	ok(n == 1 && strcmp(code, "number_invalid") == 0, "with its code");
	ok(kl_mapping_omitted(m, 4, &n, &code) == NULL, "by field");
	kl_mapping_free(m);
	m = MADE(&flat, rows);
	(void)kl_mapping_ready(m, NULL);
	is(run(m, "{\"a\":\"1\",\"b\":\"2\"}"),
	    "{\"email\":\"1\",\"b\":2,\"c\":\"x\",\"kind\":\"row\"}",
	    "rows are flat, in the order of the mapping");
	kl_mapping_free(m);
}

static void
required(void)
{
	struct kl_mapping_options opt = { 0 }, omit = { .omit = true };
	struct row row = { "a", "email", "" }, num = { "n", "n", "number" };
	struct kl_mapping *m = kl_mapping_new(&opt);

	(void)add(m, &row, true, NULL);
	(void)kl_mapping_ready(m, NULL);
	is(run(m, "{\"a\":\"1\"}"), "{\"email\":\"1\"}", "required and there");
	is(run(m, "{\"a\":\"\"}"), "!required_missing a", "required, empty");
	is(run(m, "{}"), "!required_missing a", "required, absent");
	kl_mapping_free(m);
	m = kl_mapping_new(&omit);
	(void)add(m, &row, false, NULL);
	(void)add(m, &num, true, NULL);
	(void)kl_mapping_ready(m, NULL);
	is(run(m, "{\"a\":\"1\",\"n\":\"x\"}"), "!required_missing n",
	    "what is required cannot be omitted");
	kl_mapping_free(m);
}

static void
reverse(void)
{
	static const struct row rows[] = { { "Mail", "email", "trim|lower" },
		{ "City", "location.city", "" }, { "Tags", "Tags", "split:;" },
		{ "When", "properties.When", "date:%d.%m.%Y" },
		{ "addr.zip", "location.zip", "" },
		{ "At", "consent.email.consented_at", "" },
		{ "Mail", "Raw mail", "" }, { "Kind", "Kind", "const:x" },
		{ "Sum", "a.b", "number:," } };
	struct kl_mapping_options opt = { .reverse = true };
	struct kl_mapping *m = MADE(&opt, rows);
	int i;

	ok(kl_mapping_ready(m, NULL) == KL_OK, "a mapping turned round");
	for (i = 0; i < 2; i++) {
		is(run(m,
		       "{\"email\":\"a@x.org\",\"location\":{\"city\":\"Linz\","
		       "\"zip\":null},\"properties\":{\"Tags\":[\"a\",\"b\"],"
		       "\"When\":\"2024-02-01T00:00:00+00:00\",\"a.b\":1.5},"
		       "\"consent\":{\"email\":{\"consented_at\":\"t\"}}}"),
		    "{\"Mail\":\"a@x.org\",\"City\":\"Linz\",\"Tags\":"
		    "\"a;b\",\"When\":\"01.02.2024\",\"addr.zip\":null,"
		    "\"At\":\"t\",\"Sum\":\"1,5\"}",
		    "a row comes out");
		is(run(m,
		       "{\"properties\":{\"a\":{\"b\":2},\"When\":"
		       "\"2024-02-01T00:00:00+00:00\"},\"email\":\"a\","
		       "\"location\":[]}"),
		    "{\"Mail\":\"a\",\"City\":null,\"Tags\":null,\"When\":"
		    "\"01.02.2024\",\"addr.zip\":null,\"At\":null,"
		    "\"Sum\":null}",
		    "every column of it, null where there is nothing");
	}
	(void)run(m, "{\"location\":{\"x\":1,\"city\":\"2\"}}");
	is(run(m, "{\"location\":{\"x\":{\"city\":\"0\"},\"city\":\"1\"}}"),
	    "{\"Mail\":null,\"City\":\"1\",\"Tags\":null,\"When\":null,"
	    "\"addr.zip\":null,\"At\":null,\"Sum\":null}",
	    "a name within an object of the object");
	is(kl_mapping_note(m, 0),
	    "When: dates without a zone are taken as "
	    "UTC; date:FORMAT@Europe/Berlin names another",
	    "a note about dates");
	is(kl_mapping_note(m, 1),
	    "Mail is taken from \"email\", not from \"Raw mail\"",
	    "a note about a second destination");
	is(kl_mapping_note(m, 2), "Kind is left out: const cannot be undone",
	    "a note about what cannot be undone");
	ok(kl_mapping_note(m, 3) == NULL, "no more notes");
	kl_mapping_free(m);
	m = kl_mapping_new(&opt);
	(void)add(m, &rows[0], true, NULL);
	(void)kl_mapping_ready(m, NULL);
	is(run(m, "{}"), "{\"Mail\":null}", "required is of the way there");
	kl_mapping_free(m);
}

int
main(void)
{
	profiles();
	events();
	layouts();
	chance();
	options();
	required();
	reverse();
	return done();
}
