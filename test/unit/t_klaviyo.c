/* SPDX-License-Identifier: MIT */
/* t_klaviyo.c - one profile, one event, one list: what goes over the wire. */

#include "raw.h"

#include "kl/klaviyo.h"
#include "ok.h"

#define N(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))

static struct raw server;
static struct kl_client *c;
static struct kl_err err;
static struct kl_record r;

static void
begin(const struct raw_step *script, unsigned steps)
{
	struct kl_client_opts opts = { .key = "pk_test", .stall_ms = 2000 };

	server = raw_start(script, steps);
	opts.base_url = server.url;
	err = (struct kl_err){ 0 };
	if (kl_client_new(&c, &opts, &err) != KL_OK)
		exit(1);
}

static void
end(void)
{
	kl_client_free(c);
	kl_record_free(&r);
	raw_stop(&server);
}

static unsigned
requests(void)
{
	return atomic_load(&server.seen->requests);
}

#define UPDATED "{\"data\":{\"type\":\"profile\",\"id\":\"01JX\"}}"

static void
test_upsert(void)
{
	const struct raw_step script[] = {
		{ .status = 201, .body = UPDATED, .end = RAW_KEEP },
		{ .status = 200, .body = UPDATED, .end = RAW_KEEP },
		{ .status = 200, .body = "{\"data\":{\"id\":7}}" },
	};
	struct kl_upserted to = { 0 };
	const char *record =
	    "{\"id\":\"01\",\"email\":\"a@b.co\",\"title\":null,"
	    "\"created\":\"2020\",\"properties\":{\"n\":1.50,"
	    "\"z\":null}}";

	begin(script, N(script));
	kl_record_text(&r, "email", "a@b.co");
	kl_record_text(&r, "properties.Plan", "gold");
	kl_record_number(&r, "location.latitude", 51.05);
	ok(kl_profile_upsert(c, &r, &to, &err) == KL_OK, "a profile is sent");
	is(server.seen->body[0],
	    "{\"data\":{\"type\":\"profile\",\"attributes\":{"
	    "\"email\":\"a@b.co\",\"location\":{\"latitude\":51.05},"
	    "\"properties\":{\"Plan\":\"gold\"}}}}",
	    "as the endpoint wants it");
	ok(strncmp(server.seen->head[0], "POST /api/profile-import HTTP", 29) ==
		0,
	    "which is profile-import");
	is(to.id, "01JX", "its id comes back");
	ok(to.created, "and that it is new");
	ok(kl_profile_upsert_json(c, KL_SPAN(record), &to, &err) == KL_OK &&
		!to.created,
	    "a record of kl-pull is sent, and updated");
	is(server.seen->body[1],
	    "{\"data\":{\"type\":\"profile\",\"attributes\":{"
	    "\"email\":\"a@b.co\",\"properties\":{\"n\":1.50}}}}",
	    "without null and what only the service sets");
	ok(kl_profile_upsert_json(c, KL_SPAN(record), NULL, &err) == KL_OK,
	    "who does not ask for the answer does not read it");
	ok(kl_profile_upsert_json(c, KL_SPAN(record), &to, &err) == KL_EPROTO,
	    "an answer without an id is nonsense to who asks");
	is(err.msg, "klaviyo sent no profile", "in so many words");
	end();
}

/* What cannot be right is not sent. */
static void
test_refuse(void)
{
	static const struct {
		const char *record, *code, *field;
		enum kl_rc rc;
	} rows[] = {
		{ "{\"email\":\"a@b\xff\"}", "json_utf8", "", KL_EDATA },
		{ "[]", "not_object", "", KL_EDATA },
		{ "{\"title\":\"x\"}", "identifier_missing", "", KL_EDATA },
		{ "{\"email\":\"a@b.co\",\"Plan\":1}", "member_unknown", "Plan",
		    KL_EDATA },
		{ "{\"phone_number\":\"06 12\"}", "phone_invalid",
		    "phone_number", KL_EDATA },
	};
	const struct raw_step script[] = { { .status = 400 } };
	static char big[100100];
	size_t i;

	begin(script, 1);
	for (i = 0; i < N(rows); i++) {
		ok(kl_profile_upsert_json(c, KL_SPAN(rows[i].record), NULL,
		       &err) == rows[i].rc,
		    "a wrong profile is refused");
		is(err.code, rows[i].code, "with its code");
		is(err.field, rows[i].field, "and field");
	}
	kl_record_text(&r, "email", "\xff");
	ok(kl_profile_upsert(c, &r, NULL, &err) == KL_EDATA,
	    "and so is a record that could not be made");
	is(err.msg, "email is not UTF-8", "by its first failure");
	kl_record_reset(&r);
	memset(big, 'x', sizeof(big) - 1);
	kl_record_text(&r, "email", "a@b.co");
	kl_record_text(&r, "properties.x", big);
	ok(kl_profile_upsert(c, &r, NULL, &err) == KL_ETOOBIG,
	    "and one over the limit");
	kl_record_reset(&r);
	/* As much as a profile may be, and the envelope. */
	big[100000 -
	    strlen("{\"type\":\"profile\",\"attributes\":{"
		   "\"email\":\"a@b.co\",\"properties\":{\"x\":\"\"}}}")] =
	    '\0';
	kl_record_text(&r, "email", "a@b.co");
	kl_record_text(&r, "properties.x", big);
	ok(kl_profile_upsert(c, &r, NULL, &err) == KL_ETOOBIG,
	    "also with what is around it");
	is(err.msg,
	    "the profile import is 100009 bytes as it is sent; the service "
	    "takes 100000",
	    "which is said");
	ok(requests() == 0, "nothing of it was sent");
	end();
}

static void
test_failures(void)
{
	const struct raw_step script[] = {
		{ .status = 409,
		    .body = "{\"errors\":[{\"code\":\"duplicate_profile\","
			    "\"detail\":\"secret\"}]}",
		    .end = RAW_KEEP },
		{ .status = 503, .end = RAW_KEEP },
		{ .end = RAW_RESET },
		{ .status = 200, .body = UPDATED },
	};
	struct kl_upserted to;

	begin(script, N(script));
	kl_record_text(&r, "email", "a@b.co");
	ok(kl_profile_upsert(c, &r, &to, &err) == KL_EREFUSED,
	    "two owners are a refusal");
	is(err.code, "duplicate_profile", "by name");
	ok(strstr(err.msg, "secret") == NULL, "without the service's detail");
	ok(kl_profile_upsert(c, &r, &to, &err) == KL_OK && requests() == 4,
	    "what passes is tried again inside");
	is(server.seen->body[1], server.seen->body[3], "the same each time");
	end();
}

/* The text of a member of the n-th request's body, up to the next quote. */
static const char *
sent(unsigned n, const char *name)
{
	static char text[4][64];
	static unsigned turn;
	char *to = text[turn++ % 4];
	const char *at = strstr(server.seen->body[n], name);

	if (at == NULL)
		return "";
	at += strlen(name);
	(void)snprintf(to, 64, "%.*s", (int)strcspn(at, "\""), at);
	return to;
}

static void
test_track(void)
{
	const struct raw_step script[] = {
		{ .status = 202, .end = RAW_KEEP },
	};
	const char *id;

	begin(script, N(script));
	kl_record_text(&r, "metric", "Placed Order");
	kl_record_text(&r, "profile.email", "a@b.co");
	kl_record_int(&r, "properties.Items", 2);
	kl_record_number(&r, "value", 19.9);
	kl_record_time(&r, "time", 1700000000);
	kl_record_text(&r, "unique_id", "order-7");
	ok(kl_event_track(c, &r, &err) == KL_OK, "an event is sent");
	is(server.seen->body[0],
	    "{\"data\":{\"type\":\"event\",\"attributes\":{\"metric\":{"
	    "\"data\":{\"type\":\"metric\",\"attributes\":{\"name\":"
	    "\"Placed Order\"}}},\"properties\":{\"Items\":2},\"value\":19.9,"
	    "\"time\":\"2023-11-14T22:13:20+00:00\",\"unique_id\":\"order-7\","
	    "\"profile\":{\"data\":{\"type\":\"profile\",\"attributes\":{"
	    "\"email\":\"a@b.co\"}}}}}}",
	    "as the endpoint wants it");
	ok(strncmp(server.seen->head[0], "POST /api/events HTTP", 21) == 0,
	    "which is events");
	kl_record_reset(&r);
	kl_record_text(&r, "metric", "Opened Door");
	kl_record_text(&r, "profile.email", "a@b.co");
	ok(kl_event_track(c, &r, &err) == KL_OK, "one without an id is sent");
	id = sent(1, "\"unique_id\":\"");
	ok(strlen(id) == 26, "and given one");
	ok(strlen(sent(1, "\"time\":\"20")) == 23, "and a time");
	ok(kl_event_track(c, &r, &err) == KL_OK &&
		strcmp(server.seen->body[1], server.seen->body[2]) == 0,
	    "repeated, it is the same event");
	kl_record_reset(&r);
	kl_record_text(&r, "metric", "Opened Door");
	kl_record_text(&r, "profile.email", "a@b.co");
	ok(kl_event_track(c, &r, &err) == KL_OK &&
		strcmp(id, sent(3, "\"unique_id\":\"")) != 0,
	    "another is another one");
	ok(kl_event_track_json(c,
	       KL_SPAN("{\"metric\":\"m\",\"unique_id\":null,\"time\":null,"
		       "\"profile\":{\"email\":\"a@b.co\"}}"),
	       &err) == KL_OK &&
		strlen(sent(4, "\"unique_id\":\"")) == 26 &&
		strlen(sent(4, "\"time\":\"20")) == 23,
	    "null is as good as none");
	ok(strstr(server.seen->body[4], "null") == NULL, "and not sent");
	end();
}

static void
test_track_twice(void)
{
	const struct raw_step script[] = {
		{ .end = RAW_RESET },
		{ .status = 202 },
	};

	begin(script, N(script));
	kl_record_text(&r, "metric", "Opened Door");
	kl_record_text(&r, "profile.email", "a@b.co");
	ok(kl_event_track(c, &r, &err) == KL_OK && requests() == 2,
	    "a lost answer is asked for again");
	ok(strlen(sent(0, "\"unique_id\":\"")) == 26,
	    "of an event with an id made here");
	is(server.seen->body[0], server.seen->body[1], "which is the same");
	end();
}

/* The meta of a profile stands elsewhere in one event than in many. */
static void
test_track_meta(void)
{
	const struct raw_step script[] = { { .status = 202 } };

	begin(script, N(script));
	kl_record_text(&r, "metric", "m");
	kl_record_text(&r, "unique_id", "1");
	kl_record_time(&r, "time", 1700000000);
	kl_record_text(&r, "profile.email", "a@b.co");
	kl_record_json(&r, "profile.meta",
	    "{\"patch_properties\":{\"unset\":\"Plan\"}}");
	ok(kl_event_track(c, &r, &err) == KL_OK, "a property is unset");
	is(server.seen->body[0],
	    "{\"data\":{\"type\":\"event\",\"attributes\":{\"metric\":{"
	    "\"data\":{\"type\":\"metric\",\"attributes\":{\"name\":\"m\"}}},"
	    "\"properties\":{},\"unique_id\":\"1\","
	    "\"time\":\"2023-11-14T22:13:20+00:00\",\"profile\":{\"data\":{"
	    "\"type\":\"profile\",\"attributes\":{\"email\":\"a@b.co\","
	    "\"meta\":{\"patch_properties\":{\"unset\":\"Plan\"}}}}}}}}",
	    "by the meta among the attributes");
	end();
}

static void
test_track_refuse(void)
{
	const struct raw_step script[] = { { .status = 400 } };

	begin(script, 1);
	kl_record_text(&r, "profile.email", "a@b.co");
	ok(kl_event_track(c, &r, &err) == KL_EDATA, "an event has a metric");
	is(err.msg, "the event has no metric", "said");
	kl_record_text(&r, "metric", "m");
	kl_record_text(&r, "email", "a@b.co");
	ok(kl_event_track(c, &r, &err) == KL_EDATA, "who is in its profile");
	is(err.hint, "what says who it is belongs inside profile", "said");
	kl_record_reset(&r);
	kl_record_text(&r, "metric", "m");
	kl_record_text(&r, "profile.email", "ann@example.com");
	ok(kl_event_track(c, &r, &err) == KL_EDATA,
	    "a domain for tests is refused, since the service drops it");
	is(err.hint, "use an address of another domain", "without an option");
	kl_record_reset(&r);
	kl_record_text(&r, "metric", "m");
	kl_record_text(&r, "profile.email", "a@b.co");
	kl_record_time(&r, "time", 5000000000);
	ok(kl_event_track(c, &r, &err) == KL_EDATA, "so is a time far ahead");
	is(err.code, "time_range", "by its code");
	ok(requests() == 0, "nothing of it was sent");
	end();
}

#define PERSON(id, more)                                                       \
	"{\"type\":\"profile\",\"id\":\"" id "\",\"attributes\":{" more "}}"

static void
test_members(void)
{
	const struct raw_step script[] = {
		{ .status = 200,
		    .body = "{\"data\":[" PERSON("01A",
			"\"email\":\"a@b.co\",\"first_name\":\"Zo\\u00eb\","
			"\"location\":{\"city\":\"Ghent\",\"zip\":null},"
			"\"properties\":{\"n\":1.50,"
			"\"tags\":[\"x\"]}") "," PERSON("01B",
			"\"email\":null") "]}",
		    .end = RAW_KEEP },
		{ .status = 202 },
	};
	struct kl_members *m;
	struct kl_span s;
	const char *a, *b;

	begin(script, N(script));
	m = kl_members_new(c, "KKbLLU", "email,properties");
	ok(m != NULL && requests() == 0, "nothing is asked at first");
	ok(kl_members_text(m, "email") == NULL, "there is no value yet");
	ok(kl_members_next(m, &s, &err) == KL_OK, "a member comes");
	ok(strncmp(server.seen->head[0],
	       "GET /api/lists/KKbLLU/profiles?page%5Bsize%5D=100&"
	       "fields%5Bprofile%5D=email%2Cproperties HTTP",
	       93) == 0,
	    "of the list, with the fields");
	isn(s.s, s.n,
	    "{\"id\":\"01A\",\"email\":\"a@b.co\","
	    "\"first_name\":\"Zo\\u00eb\",\"location\":{\"city\":\"Ghent\","
	    "\"zip\":null},\"properties\":{\"n\":1.50,\"tags\":[\"x\"]}}",
	    "as a record, its bytes unchanged");
	ok(s.s[s.n] == '\0', "with a NUL after it");
	a = kl_members_text(m, "first_name");
	b = kl_members_text(m, "properties.n");
	is(a, "Zo\xc3\xab", "a string is unescaped");
	is(b, "1.50", "a number is as it was written");
	is(kl_members_text(m, "location.city"), "Ghent", "a path leads inside");
	is(kl_members_text(m, "properties.tags"), "[\"x\"]",
	    "an array is JSON");
	ok(kl_members_text(m, "location.zip") == NULL, "null is NULL");
	ok(kl_members_text(m, "last_name") == NULL, "and so is what is absent");
	is(a, "Zo\xc3\xab", "and the first is still there");
	ok(kl_event_track_json(c,
	       KL_SPAN("{\"metric\":\"m\",\"profile\":{\"email\":\"a@b.co\"}}"),
	       &err) == KL_OK,
	    "the client may be used in between");
	ok(kl_members_next(m, &s, &err) == KL_OK, "the next member comes");
	is(s.s, "{\"id\":\"01B\",\"email\":null}", "unharmed");
	is(kl_members_text(m, "id"), "01B", "with values of its own");
	ok(kl_members_next(m, &s, &err) == KL_EOF, "then the end");
	ok(kl_members_next(m, &s, &err) == KL_EOF, "which lasts");
	ok(kl_members_text(m, "id") == NULL, "and has no values");
	ok(requests() == 2, "nothing more was asked");
	kl_members_free(m);
	end();
}

static void
test_members_fail(void)
{
	const struct raw_step script[] = {
		{ .status = 404,
		    .body = "{\"errors\":[{\"code\":\"not_found\"}]}",
		    .end = RAW_KEEP },
		{ .status = 404,
		    .body = "{\"errors\":[{\"code\":\"not_found\"}]}",
		    .end = RAW_KEEP },
		{ .status = 200,
		    .body = "{\"data\":[{\"type\":\"list\",\"id\":\"KKbLLU\","
			    "\"attributes\":{\"name\":\"News\"}}]}" },
	};
	struct kl_members *m;
	struct kl_span s;

	begin(script, N(script));
	m = kl_members_new(c, "NOPE01", NULL);
	ok(kl_members_next(m, &s, &err) == KL_EREFUSED, "no such list");
	is(err.code, "list_unknown", "by its code");
	is(err.hint, "it has KKbLLU (News)", "and which there are");
	err = (struct kl_err){ 0 };
	ok(kl_members_next(m, &s, &err) == KL_EREFUSED, "a failure lasts");
	is(err.code, "list_unknown", "and says the same");
	ok(requests() == 3, "without asking again");
	kl_members_free(m);
	m = kl_members_new(c, "KKbLLU", "emial");
	ok(kl_members_next(m, &s, &err) == KL_EUSAGE, "no such field");
	is(err.msg, "fields: klaviyo offers no emial", "is said");
	is(err.hint, "email?", "and which may be meant");
	kl_members_free(m);
	ok(kl_members_next(NULL, &s, &err) == KL_ENOMEM, "no walk, no member");
	ok(kl_members_text(NULL, "email") == NULL, "and no value");
	kl_members_free(NULL);
	end();
}

int
main(void)
{
	test_upsert();
	test_refuse();
	test_failures();
	test_track();
	test_track_twice();
	test_track_meta();
	test_track_refuse();
	test_members();
	test_members_fail();
	return done();
}
