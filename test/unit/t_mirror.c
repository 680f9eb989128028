/* SPDX-License-Identifier: MIT */
/* t_mirror.c - who is missing, who is too many, and whom a record changes. */

#include <stdio.h>
#include <string.h>

#include "kl/mirror.h"
#include "ok.h"

static const struct kl_hash_key hash = { .byte = { 7 }, .set = true };
static struct kl_json doc;
static const char near[] = "/tmp/t_mirror";

static const struct kl_json *
scan(const char *s)
{
	if (kl_json_scan(&doc, s, strlen(s), NULL) != KL_OK)
		printf("# %s is no JSON\n", s);
	return &doc;
}

static struct kl_mirror *
make(bool match_id, bool values)
{
	struct kl_mirror *m = NULL;

	(void)kl_mirror_new(&m, &hash, match_id, values, near, NULL);
	return m;
}

static enum kl_rc
want(struct kl_mirror *m, const char *s)
{
	return kl_mirror_want(m, scan(s), NULL);
}

/* A member with these attributes. */
static enum kl_fate_of_member
member(struct kl_mirror *m, const char *id, const char *attributes)
{
	enum kl_fate_of_member fate = KL_MEMBER_EXTRA;
	struct kl_plan_person p;
	char text[1000];

	(void)snprintf(text, sizeof(text),
	    "{\"type\":\"profile\",\"id\":\"%s\",\"attributes\":%s}", id,
	    attributes);
	if (kl_mirror_member(m, scan(text), 0, &fate, &p, NULL) != KL_OK)
		printf("# no member: %s\n", text);
	return fate;
}

static enum kl_need
need(struct kl_mirror *m, const char *s)
{
	enum kl_need n = KL_NEED_NOTHING;

	(void)kl_mirror_need(m, scan(s), &n, NULL);
	return n;
}

static void
test_who(void)
{
	struct kl_mirror *m = make(false, false);

	ok(want(m, "{\"email\":\"ann@shop.example\"}") == KL_OK,
	    "an address is wanted");
	(void)want(m, "{\"phone_number\":\"+4520123456\",\"email\":null}");
	(void)want(m, "{\"external_id\":\"x-1\"}");
	(void)kl_mirror_protect(m, scan("{\"email\":\"bo@shop.example\"}"),
	    NULL);
	ok(want(m, "{\"first_name\":\"x\",\"id\":\"01X\"}") == KL_EDATA,
	    "who has no identifier can be known by nothing");
	(void)kl_mirror_settle(m, NULL);
	ok(member(m, "01A", "{\"email\":\"Ann@Shop.example\"}") ==
		KL_MEMBER_WANTED,
	    "a member is wanted by an address in whatever case");
	ok(member(m, "01B",
	       "{\"email\":\"x@shop.example\",\"phone_number\":"
	       "\"+4520123456\"}") == KL_MEMBER_WANTED,
	    "or by a phone number");
	ok(member(m, "01C", "{\"external_id\":\"x-1\"}") == KL_MEMBER_WANTED,
	    "or by an external id");
	ok(member(m, "01D", "{\"external_id\":\"X-1\"}") == KL_MEMBER_EXTRA,
	    "in its own case");
	ok(member(m, "01E", "{\"external_id\":\"ann@shop.example\"}") ==
		KL_MEMBER_EXTRA,
	    "an external id is no address");
	ok(member(m, "01F", "{\"email\":\"bo@shop.example\"}") ==
		KL_MEMBER_PROTECTED,
	    "who is protected is told apart");
	ok(member(m, "01X", "{\"email\":null}") == KL_MEMBER_EXTRA,
	    "an id counts only if it is to");
	ok(need(m, "{\"email\":\"ann@shop.example\"}") == KL_NEED_NOTHING,
	    "a record of a member is not needed");
	ok(need(m, "{\"email\":\"bo@shop.example\"}") == KL_NEED_ADD,
	    "that of nobody is");
	kl_mirror_free(m);
	m = make(true, false);
	(void)want(m, "{\"id\":\"01X\"}");
	(void)kl_mirror_settle(m, NULL);
	ok(member(m, "01X", "{\"email\":null}") == KL_MEMBER_WANTED,
	    "with match_id a member is wanted by the id");
	kl_mirror_free(m);
}

/* The first identifier that the record has decides whose it is. */
static void
test_whose(void)
{
	struct kl_mirror *m = make(false, true);

	(void)want(m, "{\"email\":\"new@shop.example\",\"external_id\":\"1\"}");
	(void)kl_mirror_settle(m, NULL);
	ok(member(m, "01A",
	       "{\"email\":\"old@shop.example\",\"external_id\":\"1\"}") ==
		KL_MEMBER_WANTED,
	    "a member stays who shares the second identifier");
	ok(need(m, "{\"email\":\"new@shop.example\",\"external_id\":\"1\"}") ==
		KL_NEED_ADD,
	    "but by the first the record is somebody new");
	kl_mirror_free(m);
}

/* Whether the record would change a member with those attributes. */
static bool
changes(const char *record, const char *attributes)
{
	struct kl_mirror *m = make(false, true);
	enum kl_need n;

	(void)want(m, record);
	(void)kl_mirror_settle(m, NULL);
	(void)member(m, "01A", attributes);
	n = need(m, record);
	kl_mirror_free(m);
	return n == KL_NEED_CHANGE;
}

#define E "\"email\":\"a@b.example\""

static const struct {
	const char *record, *attributes;
	bool changes;
} values[] = {
	{ "{" E "}", "{" E ",\"first_name\":\"A\"}", false },
	{ "{" E ",\"first_name\":\"A\"}", "{" E ",\"first_name\":\"A\"}",
	    false },
	{ "{" E ",\"first_name\":\"\\u0041\"}", "{" E ",\"first_name\":\"A\"}",
	    false },
	{ "{" E ",\"first_name\":\"B\"}", "{" E ",\"first_name\":\"A\"}",
	    true },
	{ "{" E ",\"first_name\":\"a\"}", "{" E ",\"first_name\":\"A\"}",
	    true },
	{ "{" E ",\"first_name\":\"B\"}", "{" E ",\"first_name\":null}", true },
	{ "{" E ",\"first_name\":\"B\"}", "{" E "}", true },
	{ "{" E ",\"first_name\":null}", "{" E ",\"first_name\":\"A\"}",
	    false },
	{ "{" E ",\"first_name\":\"\"}", "{" E ",\"first_name\":null}", false },
	{ "{" E ",\"first_name\":\"\"}", "{" E ",\"first_name\":\"A\"}", true },
	{ "{\"email\":\"A@B.example\"}", "{" E "}", false },
	{ "{" E ",\"phone_number\":\"+4520123456\"}",
	    "{" E ",\"phone_number\":null}", true },
	{ "{" E ",\"_kx\":\"abc\"}", "{" E "}", false },
	{ "{" E ",\"created\":\"x\",\"joined_group_at\":\"y\"}", "{" E "}",
	    false },
	{ "{" E ",\"consent\":{}}", "{" E "}", false },
	{ "{" E ",\"meta\":{}}", "{" E "}", true },
	{ "{" E ",\"location\":{\"city\":\"X\"}}",
	    "{" E ",\"location\":{\"zip\":\"1\",\"city\":\"X\"}}", false },
	{ "{" E ",\"location\":{\"city\":\"Y\"}}",
	    "{" E ",\"location\":{\"zip\":\"1\",\"city\":\"X\"}}", true },
	{ "{" E ",\"location\":{\"city\":null}}", "{" E ",\"location\":null}",
	    false },
	{ "{" E ",\"location\":{\"city\":\"X\"}}", "{" E "}", true },
	{ "{" E ",\"location\":{\"latitude\":\"56.150\"}}",
	    "{" E ",\"location\":{\"latitude\":56.15}}", false },
	{ "{" E ",\"location\":{\"latitude\":\"56.2\"}}",
	    "{" E ",\"location\":{\"latitude\":56.15}}", true },
	{ "{" E ",\"properties\":{}}", "{" E ",\"properties\":{\"a\":1}}",
	    false },
	{ "{" E ",\"properties\":{\"a\":1.0}}",
	    "{" E ",\"properties\":{\"b\":2,\"a\":1}}", false },
	{ "{" E ",\"properties\":{\"a\":1}}",
	    "{" E ",\"properties\":{\"a\":\"1\"}}", true },
	{ "{" E ",\"properties\":{\"a\":true}}",
	    "{" E ",\"properties\":{\"a\":false}}", true },
	{ "{" E ",\"properties\":{\"a\":\"\"}}",
	    "{" E ",\"properties\":{\"b\":1}}", true },
	{ "{" E ",\"properties\":{\"a\":null}}",
	    "{" E ",\"properties\":{\"a\":1}}", false },
	{ "{" E ",\"properties\":{\"a\":[1,{\"x\":1,\"y\":[]}]}}",
	    "{" E ",\"properties\":{\"a\":[1, {\"y\":[],\"x\":1}]}}", false },
	{ "{" E ",\"properties\":{\"a\":[1,2]}}",
	    "{" E ",\"properties\":{\"a\":[2,1]}}", true },
	{ "{" E ",\"properties\":{\"a\":12345678901234567890}}",
	    "{" E ",\"properties\":{\"a\":12345678901234567891}}", true },
	{ "{" E ",\"properties\":{\"caf\\u00e9\":1}}",
	    "{" E ",\"properties\":{\"caf\xC3\xA9\":1}}", false },
};

static void
test_values(void)
{
	char what[300];
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		(void)snprintf(what, sizeof(what), "%s %s %s", values[i].record,
		    values[i].changes ? "changes" : "does not change",
		    values[i].attributes);
		ok(changes(values[i].record, values[i].attributes) ==
			values[i].changes,
		    what);
	}
}

/* Records that are joined by what they share, over a third. */
static void
test_joined(void)
{
	static const char *const in[] = {
		"{\"email\":\"a@b.example\",\"phone_number\":\"+4520123456\"}",
		"{\"phone_number\":\"+4520123456\",\"external_id\":\"1\"}",
		"{\"external_id\":\"1\",\"title\":\"new\"}",
		"{\"external_id\":\"2\"}",
	};
	struct kl_mirror *m = make(false, true);
	bool news = true;
	uint64_t i;

	for (i = 0; i < 4; i++)
		(void)want(m, in[i]);
	(void)kl_mirror_settle(m, NULL);
	(void)member(m, "01A",
	    "{\"email\":\"a@b.example\",\"phone_number\":\"+4520123456\","
	    "\"external_id\":\"1\",\"title\":\"old\"}");
	(void)member(m, "01B", "{\"external_id\":\"2\"}");
	ok(need(m, in[0]) == KL_NEED_NOTHING &&
		need(m, in[1]) == KL_NEED_NOTHING &&
		need(m, in[2]) == KL_NEED_CHANGE &&
		need(m, in[3]) == KL_NEED_NOTHING,
	    "of four records one changes something");
	ok(kl_mirror_joins(m), "some of them are of one person");
	while (news) {
		news = false;
		for (i = 0; i < 4; i++)
			(void)kl_mirror_join(m, scan(in[i]), i, &news, NULL);
	}
	ok(kl_mirror_need_of(m, 0) == KL_NEED_CHANGE &&
		kl_mirror_need_of(m, 1) == KL_NEED_CHANGE &&
		kl_mirror_need_of(m, 2) == KL_NEED_CHANGE,
	    "and so all are needed that come to be the same person");
	ok(kl_mirror_need_of(m, 3) == KL_NEED_NOTHING,
	    "and that of somebody else is not");
	kl_mirror_free(m);
}

static void
test_digest(void)
{
	struct kl_mirror *a = make(false, false), *b = make(false, false);
	char x[KL_RECORD_DIGEST], y[KL_RECORD_DIGEST];
	struct kl_buf fields = { 0 };

	(void)want(a, "{\"email\":\"a@b.example\",\"title\":\"x\"}");
	(void)want(a, "{\"email\":\"c@b.example\"}");
	(void)want(b, "{\"email\":\"C@b.example\"}");
	(void)want(b, "{\"email\":\"a@b.example\"}");
	(void)want(b, "{\"email\":\"a@b.example\"}");
	(void)kl_mirror_settle(a, NULL);
	(void)kl_mirror_settle(b, NULL);
	kl_mirror_digest(a, x);
	kl_mirror_digest(b, y);
	is(x, y, "the digest is that of the people, in whatever order");
	kl_mirror_free(b);
	b = make(false, true);
	(void)want(b,
	    "{\"email\":\"a@b.example\",\"title\":\"x\",\"consent\":{},"
	    "\"location\":{}}");
	(void)kl_mirror_settle(b, NULL);
	kl_mirror_digest(b, y);
	ok(strcmp(x, y) != 0, "and another for others");
	kl_mirror_fields(b, &fields);
	is(kl_buf_str(&fields),
	    "email,phone_number,external_id,joined_group_at,title,location",
	    "only the fields of the records are asked for");
	kl_buf_reset(&fields);
	kl_mirror_fields(a, &fields);
	is(kl_buf_str(&fields),
	    "email,phone_number,external_id,joined_group_at",
	    "none where values do not count");
	kl_buf_free(&fields);
	kl_mirror_free(a);
	kl_mirror_free(b);
}

int
main(void)
{
	test_who();
	test_whose();
	test_values();
	test_joined();
	test_digest();
	kl_json_free(&doc);
	return done();
}
