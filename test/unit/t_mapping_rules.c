/* SPDX-License-Identifier: MIT */
/* t_mapping_rules.c - conditions, what cannot be, and what is pointed out. */

#include "mapping.h"

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

int
main(void)
{
	where();
	refused();
	notes();
	unseen();
	return done();
}
