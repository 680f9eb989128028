/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "kl/mapping.h"

#include "ok.h"

/* A mapping in short: origin, destination, conversion. */
struct row {
	const char *origin, *to, *convert;
};

static enum kl_rc
add(struct kl_mapping *m, const struct row *row, bool required,
    struct kl_err *err)
{
	return kl_mapping_add(m, KL_SPAN(row->origin), KL_SPAN(row->to),
	    KL_SPAN(row->convert), required, err);
}

/* The result of one record as text: JSON, "filtered", or "!code field". */
static const char *
run(struct kl_mapping *m, const char *json)
{
	static struct kl_buf out;
	struct kl_json doc = { 0 };
	struct kl_err err = { 0 };
	enum kl_rc rc;

	kl_buf_reset(&out);
	if (kl_json_scan(&doc, json, strlen(json), &err) != KL_OK)
		return "not JSON";
	rc = kl_mapping_run(m, &doc, &out, &err);
	kl_json_free(&doc);
	if (rc == KL_AGAIN) {
		ok(out.n == 0, "what is filtered writes nothing");
		return "filtered";
	}
	if (rc != KL_OK) {
		kl_buf_reset(&out);
		kl_buf_printf(&out, "!%s %s", err.code, err.field);
	}
	return kl_buf_str(&out);
}

static struct kl_mapping *
made(const struct kl_mapping_options *opt, const struct row *rows, size_t n)
{
	struct kl_mapping *m = kl_mapping_new(opt);
	struct kl_err err = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		if (add(m, &rows[i], false, &err) != KL_OK) {
			ok(false, err.msg);
			return m;
		}
	return m;
}

#define MADE(opt, rows) made(opt, rows, sizeof(rows) / sizeof(*(rows)))

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

/* Conditions, and records that satisfy them (or not). */
static const struct {
	const char *where, *record;
	bool passes;
} conditions[] = {
	{ "p=pro", "{\"p\":\"pro\"}", true },
	{ "p=pro", "{\"p\":\"free\"}", false },
	{ "p=pro", "{\"p\":null}", false },
	{ "p=pro", "{}", false },
	{ "p=\xC3\xA9", "{\"p\":\"\\u00e9\"}", true },
	{ "p=1.10", "{\"p\":1.10}", true },
	{ "p=1.1", "{\"p\":1.10}", false },
	{ "p=true", "{\"p\":true}", true },
	{ "p=a=b", "{\"p\":\"a=b\"}", true },
	{ "p=", "{\"p\":\"\"}", true },
	{ "p=", "{}", true },
	{ "p=", "{\"p\":0}", false },
	{ "p!=pro", "{\"p\":\"free\"}", true },
	{ "p!=pro", "{}", true },
	{ "p!=pro", "{\"p\":\"pro\"}", false },
	{ "p!=", "{\"p\":\"x\"}", true },
	{ "p!=", "{\"p\":null}", false },
	{ "p?", "{\"p\":\"x\"}", true },
	{ "p?", "{\"p\":\"\"}", false },
	{ "p?", "{\"p\":null}", false },
	{ "p?", "{}", false },
	{ "p.q=1", "{\"p\":{\"q\":1}}", true },
	{ "p.q=1", "{\"p.q\":2,\"p\":{\"q\":1}}", false },
};

static void
where(void)
{
	struct row row = { "a", "email", "default:x" };
	struct kl_mapping_options opt = { 0 };
	struct kl_mapping *m;
	struct kl_err err;
	size_t i;

	for (i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
		m = kl_mapping_new(&opt);
		(void)add(m, &row, false, NULL);
		(void)kl_mapping_where(m, conditions[i].where, NULL);
		(void)kl_mapping_ready(m, NULL);
		is(run(m, conditions[i].record),
		    conditions[i].passes ? "{\"email\":\"x\"}" : "filtered",
		    conditions[i].where);
		kl_mapping_free(m);
	}
	m = kl_mapping_new(&opt);
	(void)add(m, &row, false, NULL);
	ok(kl_mapping_where(m, "p", &err) == KL_EUSAGE, "p is no condition");
	ok(kl_mapping_where(m, "=x", &err) == KL_EUSAGE, "neither is =x");
	ok(kl_mapping_where(m, "?", &err) == KL_EUSAGE, "nor ?");
	ok(kl_mapping_where(m, "", &err) == KL_EUSAGE, "nor nothing");
	ok(kl_mapping_where(m, "p?", &err) == KL_OK &&
		kl_mapping_where(m, "q=1", &err) == KL_OK &&
		kl_mapping_ready(m, &err) == KL_OK,
	    "two conditions");
	is(run(m, "{\"p\":1,\"q\":1}"), "{\"email\":\"x\"}", "both met");
	is(run(m, "{\"p\":1,\"q\":2}"), "filtered", "one not met");
	kl_mapping_free(m);
}

/* Mappings that cannot be, and what is said. */
static void
refused(void)
{
	static const struct {
		struct row row[2];
		const char *msg, *hint;
	} bad[] = {
		{ { { "a", "email", "lowr" } },
		    "unknown convert function \"lowr\"",
		    "did you mean \"lower\"?" },
		{ { { "a", "location.citty", "" } },
		    "destination_field \"location.citty\": a location has no "
		    "such member",
		    "did you mean \"location.city\"?" },
		{ { { "a", "created", "" } },
		    "destination_field \"created\": only the service writes it",
		    "properties.created makes a custom property" },
		{ { { "a", "", "" } }, "destination_field \"\": is empty", "" },
		{ { { "a", "consent.", "" } },
		    "destination_field \"consent.\": is no such path", "" },
		{ { { "a", "consent.a.b.c.d", "" } },
		    "destination_field \"consent.a.b.c.d\": is no such path",
		    "" },
		{ { { "", "email", "" } }, "origin_field is empty",
		    "only const:TEXT needs no origin" },
		{ { { "a", "email", "" }, { "b", "email", "" } },
		    "destination_field \"email\" is written by another field",
		    "one origin for each destination; default:TEXT fills "
		    "gaps" },
		{ { { "a", "Plan", "" }, { "b", "properties.Plan", "" } },
		    "destination_field \"properties.Plan\" is written by "
		    "another field",
		    "" },
		{ { { "a", "properties", "" }, { "b", "Plan", "" } },
		    "destination_field \"Plan\" is written by another field",
		    "" },
	};
	struct kl_mapping_options opt = { 0 };
	struct kl_mapping *m;
	struct kl_err err;
	size_t i;
	enum kl_rc rc;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		memset(&err, 0, sizeof(err));
		m = kl_mapping_new(&opt);
		rc = add(m, &bad[i].row[0], false, &err);
		if (rc == KL_OK && bad[i].row[1].to != NULL)
			rc = add(m, &bad[i].row[1], false, &err);
		ok(rc == KL_ECONFIG && strstr(err.hint, bad[i].hint) != NULL,
		    "refused, with advice");
		is(err.msg, bad[i].msg, "and what is wrong");
		kl_mapping_free(m);
	}
	m = kl_mapping_new(&opt);
	ok(kl_mapping_ready(m, &err) == KL_ECONFIG, "no fields");
	kl_mapping_free(m);
	m = kl_mapping_new(&opt);
	(void)add(m, &(struct row){ "a", "first_name", "" }, false, NULL);
	ok(kl_mapping_ready(m, &err) == KL_ECONFIG, "no identifier");
	is(err.msg,
	    "no field has the destination email, phone_number or external_id",
	    "is said");
	kl_mapping_free(m);
}

static void
notes(void)
{
	static const struct row rows[] = { { "a", "email", "" },
		{ "b", "E-mail", "" }, { "c", "First Name", "" },
		{ "d", "City", "" }, { "e", "Plan", "" },
		{ "f", "properties.Email", "" }, { "g", "phone_numbr", "" },
		{ "h", "tip", "" }, { "i", "IP", "" } };
	static const char *const want[] = { "email", "first_name",
		"location.city", "phone_number", "location.ip" };
	static const char *const got[] = { "E-mail", "First Name", "City",
		"phone_numbr", "IP" };
	struct kl_mapping_options opt = { 0 };
	struct kl_mapping *m = MADE(&opt, rows);
	char text[200];
	size_t i;

	for (i = 0; i < 5 && kl_mapping_note(m, i) != NULL; i++) {
		(void)snprintf(text, sizeof(text),
		    "destination_field \"%s\" makes a custom property; the "
		    "profile's own field is \"%s\"",
		    got[i], want[i]);
		is(kl_mapping_note(m, i), text, "a slip is pointed out");
	}
	ok(i == 5 && kl_mapping_note(m, 5) == NULL, "and nothing else is");
	kl_mapping_free(m);
}

static void
unseen(void)
{
	static const struct row rows[] = { { "Email", "email", "" },
		{ "FirstNme", "first_name", "" }, { "Plan", "Plan", "" },
		{ "x.y", "y", "" } };
	struct kl_mapping_options opt = { 0 };
	struct kl_mapping *m = MADE(&opt, rows);
	const char *near = "", *name;
	size_t i = 0;

	(void)kl_mapping_ready(m, NULL);
	(void)run(m, "{\"Email\":\"\",\"FirstName\":\"a\",\"x\":{\"y\":1}}");
	name = kl_mapping_unseen(m, &i, &near);
	is(name == NULL ? "" : name, "FirstNme", "an origin never seen");
	is(near == NULL ? "" : near, "FirstName", "and what may be meant");
	name = kl_mapping_unseen(m, &i, &near);
	is(name == NULL ? "" : name, "Plan", "another one");
	ok(near == NULL, "that is like nothing");
	ok(kl_mapping_unseen(m, &i, &near) == NULL, "no more of them");
	kl_mapping_free(m);
}

/* More fields and members than the tables of places have room for. */
static void
many(void)
{
	struct kl_mapping_options opt = { .shape = KL_MAPPING_ROWS };
	struct kl_mapping *m = kl_mapping_new(&opt);
	struct kl_buf in = { 0 }, want = { 0 };
	char name[80], to[80];
	int i, round;

	kl_buf_putc(&in, '{');
	kl_buf_putc(&want, '{');
	for (i = 0; i < 600; i++) {
		(void)snprintf(name, sizeof(name), "%s%d",
		    i % 50 == 7 ? "a name of over fifty-eight bytes, to be "
				  "looked up each time, "
				: "f",
		    i);
		(void)snprintf(to, sizeof(to), "t%d", 599 - i);
		kl_buf_printf(&in, "%s\"%s\":%d", i > 0 ? "," : "", name, i);
		(void)add(m, &(struct row){ name, to, "" }, false, NULL);
		kl_buf_printf(&want, "%s\"%s\":%d", i > 0 ? "," : "", to, i);
	}
	kl_buf_putc(&in, '}');
	kl_buf_putc(&want, '}');
	(void)kl_mapping_ready(m, NULL);
	for (round = 0; round < 2; round++)
		is(run(m, kl_buf_str(&in)), kl_buf_str(&want),
		    "600 members, each mapped");
	kl_mapping_free(m);
	kl_buf_free(&in);
	kl_buf_free(&want);
}

/* Addresses are made small on a short way of their own where they are plain;
 * the answer is that of the function alone. */
static void
small_letters(void)
{
	static const struct row fast[] = { { "E", "email", "trim|lower" },
		{ "F", "F", "" } };
	static const struct row slow[] = {
		{ "E", "email", "trim|lower|default:none" }, { "F", "F", "" }
	};
	static const char *const value[] = { "\"Ann.X@EXAMPLE.org\"",
		"\" Ann@X.org \"", "\"A\"", "\"A b\"", "\"\\u0041@B.C\"",
		"\"\xc3\x89VA@X.org\"", "\"AB\xc3\x89\"", "12", "true",
		"\"1234567890123456789012345678901234567890123456789012345678"
		"90AB\"",
		"\"1234567890123456789012345678901234567890123456789012345678"
		"90ABC\"",
		"\"ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]@`{\"", "\"A\\t\"",
		"\"\x7f"
		"A\x7f\"",
		"[1]", "{\"A\":1}" };
	struct kl_mapping_options opt = { .shape = KL_MAPPING_ROWS };
	struct kl_mapping *a = MADE(&opt, fast), *b = MADE(&opt, slow);
	struct kl_err err = { 0 };
	char json[200], first[200];
	size_t i;

	ok(kl_mapping_ready(a, &err) == KL_OK &&
		kl_mapping_ready(b, &err) == KL_OK,
	    "two mappings");
	for (i = 0; i < sizeof(value) / sizeof(*value); i++) {
		(void)snprintf(json, sizeof(json), "{\"E\":%s,\"F\":1}",
		    value[i]);
		(void)snprintf(first, sizeof(first), "%s", run(a, json));
		is(run(b, json), first, value[i]);
	}
	kl_mapping_free(a);
	kl_mapping_free(b);
}

/* The result of one record by a mapping that has seen none before. */
static const char *
run_fresh(const struct kl_mapping_options *opt, const struct row *rows,
    size_t n, const char *json)
{
	struct kl_mapping *m = made(opt, rows, n);
	const char *result;

	(void)kl_mapping_ready(m, NULL);
	result = run(m, json);
	kl_mapping_free(m);
	return result;
}

/* The result of one record by a mapping that has seen others alike; out is
 * left with no more room than it takes. */
static void
run_after(struct kl_mapping *m, struct kl_json *doc, const char *json,
    struct kl_buf *out)
{
	static char text[4096];
	struct kl_err err = { 0 };

	kl_buf_free(out);
	memset(text, 0, sizeof(text));
	memcpy(text, json, strlen(json));
	if (kl_json_scan_next(doc, text, strlen(json), KL_JSON_SPARE, &err) !=
		KL_OK ||
	    kl_mapping_run(m, doc, out, &err) != KL_OK) {
		kl_buf_reset(out);
		kl_buf_printf(out, "!%s %s", err.code, err.field);
	}
}

#define LONG_NAME "a name of over thirty-two bytes, for a piece of its own"
#define LONG_TEXT                                                              \
	"a value of more bytes than are copied at once, and than fit into two"

/* What is put together for records of one shape gives what the steps give. */
static void
alike(void)
{
	static const struct row rows[] = { { "none", "none", "" },
		{ "E", "email", "trim|lower" }, { "A", "a", "" },
		{ "B", "location.city", "" }, { "none", "location.zip", "" },
		{ "A", "consent.email.source", "" }, { "C", LONG_NAME, "" },
		{ "D", "d", "upper" }, { "B", "x" LONG_NAME, "trim|lower" },
		{ "C", "z", "" } };
	static const char *const value[] = { "\"a\"", "null", "\"\"", "12",
		"\"" LONG_TEXT "\"", "\" A \"", "true", "\"\\u0041b\"", "{}",
		"\"\xc3\x89\"", "[]", "\"Bb@c.DE\"" };
	const size_t values = sizeof(value) / sizeof(*value);
	struct kl_mapping_options opt = { .omit = true };
	struct kl_buf out = { 0 };
	struct kl_json doc = { 0 };
	struct kl_mapping *m;
	char json[1000];
	size_t i;
	int keeps;

	for (keeps = 0; keeps < 2; keeps++) {
		opt.keep_empty = keeps == 1;
		m = MADE(&opt, rows);
		(void)kl_mapping_ready(m, NULL);
		for (i = 0; i < 5 * values; i++) {
			(void)snprintf(json, sizeof(json),
			    "{\"A\":%s,\"B\":%s,\"C\":%s,\"D\":%s,\"E\":%s}",
			    value[i % values], value[i / 2 % values],
			    value[i / 3 % values], value[(i + 3) % values],
			    value[(i + 5) % values]);
			run_after(m, &doc, json, &out);
			is(kl_buf_str(&out),
			    run_fresh(&opt, rows, sizeof(rows) / sizeof(*rows),
				json),
			    json);
		}
		kl_mapping_free(m);
	}
	kl_json_free(&doc);
	kl_buf_free(&out);
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
	where();
	refused();
	notes();
	unseen();
	many();
	small_letters();
	alike();
	return done();
}
