/* SPDX-License-Identifier: MIT */
/* t_batch.c - records become people, people become a body. */

#include <stdlib.h>

#include "../../lib/klaviyo/batch.h"
#include "ok.h"

#define HEAD                                                                   \
	"{\"data\":{\"type\":\"profile-bulk-import-job\",\"attributes\":"      \
	"{\"profiles\":{\"data\":["
#define TAIL                                                                   \
	"]}},\"relationships\":{\"lists\":{\"data\":[{\"type\":\"list\","      \
	"\"id\":\"AbCdEf\"}]}}}}"
#define P(x) "{\"type\":\"profile\",\"attributes\":" x "}"

static struct kl_profile profile;
static struct kl_maker maker = { .frame.list = "AbCdEf",
	.max_records = 1000,
	.max_body = 5000000,
	.max_item = 100000,
	.profile = &profile,
	.seed.k = { 1, 2 } };
static struct kl_json doc;
static struct kl_err err;

static enum kl_rc
add(struct kl_batch *b, uint64_t line, const char *record)
{
	memset(&err, 0, sizeof(err));
	if (kl_json_scan(&doc, record, strlen(record), &err) != KL_OK)
		return KL_EBUG;
	return kl_batch_add(b, &maker, line, KL_SPAN(record), &doc, &err);
}

static struct kl_batch *
fresh(struct kl_batch *b)
{
	if (b == NULL)
		return kl_batch_new(&maker);
	kl_batch_reset(b);
	return b;
}

/* Records in, one body out. */
static const struct {
	const char *what;
	const char *in[6];
	const char *body;
	unsigned people;
} table[] = {
	{ "strangers stay apart, in their order",
	    { "{\"email\":\"a@x.org\"}", "{\"phone_number\":\"+15005550001\"}",
		"{\"external_id\":\"a@x.org\"}" },
	    P("{\"email\":\"a@x.org\"}") "," P(
		"{\"phone_number\":\"+"
		"15005550001\"}") "," P("{\"external_id\":"
					"\"a@x.org\"}"),
	    3 },
	{ "one address in two spellings is one person",
	    { "{\"email\":\"Ann@X.org\",\"first_name\":\"Ann\"}",
		"{\"email\":\"b@x.org\"}",
		"{\"email\":\"ann@x.ORG\",\"last_name\":\"Lee\"}" },
	    P("{\"email\":\"ann@x.ORG\",\"first_name\":\"Ann\",\"last_"
	      "name\":"
	      "\"Lee\"}") "," P("{\"email\":\"b@x.org\"}"),
	    2 },
	{ "a later value wins, null does not",
	    { "{\"email\":\"a@x.org\",\"title\":\"1\",\"image\":\"i\"}",
		"{\"email\":\"a@x.org\",\"title\":\"2\",\"image\":null}" },
	    P("{\"email\":\"a@x.org\",\"title\":\"2\",\"image\":\"i\"}"), 1 },
	{ "location and properties are merged key by key",
	    { "{\"email\":\"a@x.org\",\"location\":{\"city\":\"Oslo\","
	      "\"zip\":"
	      "\"1\"},\"properties\":{\"a\":[1],\"b\":{\"x\":1}}}",
		"{\"email\":\"a@x.org\",\"properties\":{\"b\":{\"y\":2},"
		"\"c\":"
		"1e2},\"location\":{\"zip\":\"2\"}}" },
	    P("{\"email\":\"a@x.org\",\"location\":{\"city\":\"Oslo\","
	      "\"zip\":"
	      "\"2\"},\"properties\":{\"a\":[1],\"b\":{\"y\":2},\"c\":1e2}"
	      "}"),
	    1 },
	{ "a name is the same with and without escapes",
	    { "{\"email\":\"a@x.org\",\"properties\":{\"k\\u0061\":1}}",
		"{\"email\":\"\\u0061@x.org\",\"properties\":{\"ka\":2}}" },
	    P("{\"email\":\"\\u0061@x.org\",\"properties\":{\"k\\u0061\":2}"
	      "}"),
	    1 },
	{ "two become one by a third, in the order of the input",
	    { "{\"email\":\"a@x.org\",\"title\":\"1\"}",
		"{\"external_id\":\"7\",\"title\":\"2\"}",
		"{\"email\":\"c@x.org\"}",
		"{\"email\":\"a@x.org\",\"title\":\"3\"}",
		"{\"email\":\"a@x.org\",\"external_id\":\"7\"}" },
	    P("{\"email\":\"a@x.org\",\"title\":\"3\",\"external_id\":"
	      "\"7\"}") "," P("{\"email\":\"c@x.org\"}"),
	    2 },
	{ "the order of the input decides, not that of the joining",
	    { "{\"external_id\":\"7\",\"title\":\"1\"}",
		"{\"email\":\"a@x.org\",\"title\":\"2\"}",
		"{\"external_id\":\"7\",\"title\":\"3\"}",
		"{\"email\":\"a@x.org\",\"external_id\":\"7\"}" },
	    P("{\"external_id\":\"7\",\"title\":\"3\",\"email\":\"a@x."
	      "org\"}"),
	    1 },
	{ "what the service only gives is not sent",
	    { "{\"id\":\"01J\",\"email\":\"a@x.org\",\"updated\":\"x\"}" },
	    P("{\"email\":\"a@x.org\"}"), 1 },
	{ "an id of the service is no identifier unless it is asked for",
	    { "{\"id\":\"01J\",\"email\":\"a@x.org\"}",
		"{\"id\":\"01J\",\"email\":\"b@x.org\"}" },
	    P("{\"email\":\"a@x.org\"}") "," P("{\"email\":\"b@x.org\"}"), 2 },
};

static void
test_table(struct kl_batch *b)
{
	char want[2000];
	size_t i, k;
	bool good;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		b = fresh(b);
		good = true;
		for (k = 0; k < 6 && table[i].in[k] != NULL; k++)
			good = good && add(b, k + 1, table[i].in[k]) == KL_OK;
		good = good && kl_batch_seal(b, &maker, &err) == KL_OK;
		(void)snprintf(want, sizeof(want), "%s%s%s", HEAD,
		    table[i].body, TAIL);
		isn(b->body.s, b->body.n, want, table[i].what);
		good = good && b->people == table[i].people &&
		    b->merged == k - b->people && b->from == 1 && b->to == k;
		ok(good, "... and so are the counts");
		for (k = 0; good && k < b->n; k++)
			good = kl_span_is(kl_batch_bytes(b, &b->rec[k]),
			    table[i].in[k]);
		ok(good, "... and every record has its bytes");
	}
}

static void
test_ends(struct kl_batch *b)
{
	size_t i;
	bool good = true;
	char rec[64];

	b = fresh(b);
	(void)add(b, 1, "{\"email\":\"a@x.org\",\"meta\":{}}");
	ok(add(b, 2, "{\"email\":\"b@x.org\"}") == KL_OK,
	    "a record with meta is like others");
	ok(add(b, 3, "{\"email\":\"A@x.org\"}") == KL_AGAIN,
	    "nothing is merged into a record with meta");
	ok(add(b, 3, "{\"email\":\"b@x.org\",\"meta\":{}}") == KL_AGAIN,
	    "nor is it merged into another");
	ok(b->n == 2 && b->to == 2, "the batch ends before it");

	b = fresh(b);
	maker.max_records = 3;
	for (i = 0; i < 3; i++) {
		(void)snprintf(rec, sizeof(rec), "{\"external_id\":\"%zu\"}",
		    i);
		good = good && add(b, i + 1, rec) == KL_OK;
	}
	ok(good && add(b, 4, "{\"external_id\":\"x\"}") == KL_AGAIN,
	    "a full batch takes no more");
	maker.max_records = 1000;

	b = fresh(b);
	maker.max_body = sizeof(HEAD P("{\"email\":\"a@x.org\"}") "," P(
			     "{\"email\":\"b@x.org\"}") TAIL) -
	    1;
	ok(add(b, 1, "{\"email\":\"a@x.org\"}") == KL_OK &&
		add(b, 2, "{\"email\":\"b@x.org\"}") == KL_OK,
	    "a body may be as long as the limit");
	ok(add(b, 3, "{\"external_id\":\"3\"}") == KL_AGAIN &&
		kl_batch_seal(b, &maker, &err) == KL_OK &&
		b->body.n == maker.max_body,
	    "and no longer");
	b = fresh(b);
	maker.max_body--;
	ok(add(b, 1, "{\"email\":\"a@x.org\"}") == KL_OK &&
		add(b, 2, "{\"email\":\"b@x.org\"}") == KL_AGAIN &&
		b->body.rc == KL_OK,
	    "one byte less, and the second does not fit");
	maker.max_body = 5000000;

	b = fresh(b);
	maker.max_item = sizeof(P("{\"email\":\"a@x.org\"}")) - 1;
	ok(add(b, 1, "{\"email\":\"a@x.org\"}") == KL_OK,
	    "a profile may be as long as its limit");
	ok(add(b, 2, "{\"email\":\"bb@x.org\"}") == KL_ETOOBIG &&
		strcmp(err.code, "profile_too_big") == 0,
	    "a longer one is rejected");
	ok(add(b, 2, "{\"email\":\"A@x.org\"}") == KL_AGAIN,
	    "two that might be too long together are not merged");
	maker.max_item = 100000;
}

static void
test_refused(struct kl_batch *b)
{
	struct kl_err why = { 0 }, back = { 0 };
	const char *pointer;
	int http;

	b = fresh(b);
	profile.nulls_ignored = 0;
	ok(add(b, 1, "{\"first_name\":\"x\",\"title\":null}") == KL_EDATA &&
		strcmp(err.code, "identifier_missing") == 0,
	    "a record that names nobody is rejected");
	ok(add(b, 1, "{\"email\":\"\"}") == KL_EDATA, "so is an empty address");
	ok(add(b, 1, "{\"email\":\"a@x.org\",\"x\":1,\"title\":null}") ==
		    KL_EDATA &&
		strcmp(err.code, "member_unknown") == 0,
	    "an unknown member as well");
	ok(b->n == 0 && profile.nulls_ignored == 0, "and nothing changed");
	ok(kl_batch_note(b, 1, "digest", &err) == KL_OK &&
		add(b, 2, "{\"email\":\"a@x.org\",\"title\":null}") == KL_OK &&
		add(b, 3, "{\"email\":\"b@x.org\"}") == KL_OK &&
		add(b, 4, "{\"email\":\"A@x.org\"}") == KL_OK &&
		kl_batch_seal(b, &maker, &err) == KL_OK,
	    "a rejected line is noted among the others");
	ok(profile.nulls_ignored == 1, "nulls are counted once");
	ok(b->from == 1 && b->people == 2 && b->rec[0].person == KL_NOBODY &&
		b->rec[3].person == 0,
	    "it is nobody");

	(void)kl_err_set(&why, KL_EREFUSED, "no such address");
	kl_err_code(&why, "email_invalid");
	kl_err_field(&why, "email", 5);
	kl_batch_reject(b, 0, &why, 400, KL_SPAN("/data/0"));
	kl_batch_settle_all(b, KL_ACCEPTED);
	ok(kl_batch_outcome(b, &b->rec[0]) == KL_REJECTED &&
		kl_batch_outcome(b, &b->rec[1]) == KL_REJECTED &&
		kl_batch_outcome(b, &b->rec[2]) == KL_ACCEPTED &&
		kl_batch_outcome(b, &b->rec[3]) == KL_REJECTED &&
		b->pending == 0,
	    "all lines of a person have its outcome, the first that came");
	kl_batch_why(b, 0, &back, &http, &pointer);
	ok(http == 400 && strcmp(pointer, "/data/0") == 0 &&
		strcmp(back.code, "email_invalid") == 0 &&
		strcmp(back.field, "email") == 0 &&
		strcmp(back.msg, "no such address") == 0 &&
		back.hint[0] == '\0',
	    "and its reason");
}

static void
test_parts(struct kl_batch *b)
{
	struct kl_profile_ids ids = { .email = KL_SPAN("c@x.org") };
	struct kl_buf body = { 0 };
	const uint32_t row[] = { 0, 2 };

	b = fresh(b);
	(void)add(b, 1, "{\"email\":\"a@x.org\"}");
	(void)add(b, 2, "{\"email\":\"b@x.org\"}");
	(void)add(b, 3, "{\"email\":\"C@x.org\",\"phone_number\":\"+1\"}");
	(void)kl_batch_seal(b, &maker, &err);
	ok(kl_batch_whose(b, &ids) == 2, "a person is found by an address");
	ids = (struct kl_profile_ids){ .email = KL_SPAN("z@x.org"),
		.phone = KL_SPAN("+1") };
	ok(kl_batch_whose(b, &ids) == 2, "... or a number");
	ids = (struct kl_profile_ids){ .external_id = KL_SPAN("+1") };
	ok(kl_batch_whose(b, &ids) == KL_NOBODY, "... of that kind");
	ok(kl_batch_part(b, &maker, &maker.verb->road, row, 2, &body, &err) ==
		KL_OK,
	    "a part is of some people");
	isn(body.s, body.n,
	    HEAD P("{\"email\":\"a@x.org\"}") "," P(
		"{\"email\":\"C@x.org\",\"phone_number\":\"+1\"}") TAIL,
	    "and is a whole body");
	kl_buf_free(&body);
	ok(kl_batch_stout(b), "a body that records stand in is needed");
	b = fresh(b);
	(void)add(b, 1, "{\"id\":\"1\",\"email\":\"a@x.org\"}");
	(void)kl_batch_seal(b, &maker, &err);
	ok(!kl_batch_stout(b) &&
		kl_span_is(kl_batch_bytes(b, &b->rec[0]),
		    "{\"id\":\"1\",\"email\":\"a@x.org\"}"),
	    "another is not");
}

/* The same records, whatever the hash is keyed with, give the same body. */
static void
test_same(struct kl_batch *b)
{
	char rec[128];
	struct kl_buf first = { 0 };
	uint64_t seed;
	unsigned i, x;
	bool good = true;

	for (seed = 0; seed < 8; seed++) {
		kl_batch_free(b);
		maker.seed.k[0] = seed * 7919;
		b = kl_batch_new(&maker);
		for (i = 0, x = 1; i < 900; i++) {
			x = x * 1103515245U + 12345;
			(void)snprintf(rec, sizeof(rec),
			    "{\"email\":\"u%u@x.org\",\"external_id\":\"%u\","
			    "\"title\":\"%u\"}",
			    (x >> 16) % 700, (x >> 8) % 5000, i);
			good = good && add(b, i + 1, rec) == KL_OK;
		}
		good = good && kl_batch_seal(b, &maker, &err) == KL_OK;
		if (seed == 0)
			kl_buf_put(&first, b->body.s, b->body.n);
		good = good && first.n == b->body.n &&
		    memcmp(first.s, b->body.s, first.n) == 0;
	}
	ok(good && b->merged > 100 && b->people + b->merged == 900,
	    "the body does not depend on the hash");
	kl_buf_free(&first);
	kl_batch_free(b);
}

/* The identifiers of n people, from that number on. */
static bool
name(struct kl_idents *x, unsigned from, unsigned n)
{
	char id[32];
	unsigned i;
	bool good = true;

	*x = (struct kl_idents){ .seed = &maker.seed };
	for (i = 0; i < n; i++) {
		(void)snprintf(id, sizeof(id), "%u", from + i);
		good = good &&
		    kl_idents_add(x,
			kl_people_hash(&maker.seed, 'x', KL_SPAN(id)), 'x',
			KL_SPAN(id), i);
	}
	return good;
}

static void
test_guard(void)
{
	struct kl_guard g = { 0 };
	struct kl_flight f[3] = { { 0 } };
	struct kl_idents x[3];
	unsigned k;
	bool good = true;

	for (k = 0; k < 3; k++)
		good = name(&x[k], k * 4000, 5000) && good;
	ok(good && kl_guard_enter(&g, &f[0], &x[0], NULL) == KL_OK,
	    "nobody is in flight at first");
	ok(kl_guard_enter(&g, &f[1], &x[1], NULL) == KL_AGAIN,
	    "who shares a person with a batch in flight waits");
	ok(kl_guard_enter(&g, &f[2], &x[2], NULL) == KL_OK && g.n == 10000,
	    "two batches of strangers may both be");
	kl_guard_leave(&g, &f[0]);
	ok(kl_guard_enter(&g, &f[1], &x[1], NULL) == KL_AGAIN && g.n == 5000,
	    "who has landed is not, the others are");
	kl_guard_leave(&g, &f[2]);
	kl_guard_leave(&g, &f[2]);
	ok(kl_guard_enter(&g, &f[1], &x[1], NULL) == KL_OK &&
		kl_guard_enter(&g, &f[0], &x[0], NULL) == KL_AGAIN &&
		kl_guard_enter(&g, &f[2], &x[2], NULL) == KL_AGAIN,
	    "who waited takes off, and then others wait");
	for (k = 0; k < 3; k++)
		kl_guard_leave(&g, &f[k]);
	ok(g.n == 0 && g.first == NULL, "until nobody is in flight");
	for (k = 0; k < 3; k++)
		kl_idents_free(&x[k]);
	kl_guard_free(&g);
}

#define ALOFT 7U

/* Batches come and go: whoever is in flight is known, and nobody else is. */
static void
test_guard_long(void)
{
	struct kl_guard g = { 0 };
	struct kl_flight f[ALOFT] = { { 0 } }, probe = { 0 };
	struct kl_idents x[ALOFT] = { { 0 } }, one;
	unsigned i, k, from, missed = 0, held = 0;

	for (i = 0; i < 3000; i++) {
		k = i % ALOFT;
		kl_guard_leave(&g, &f[k]);
		kl_idents_free(&x[k]);
		/* Everybody comes again, once nobody of his is in flight. */
		from = i % 97 * 100;
		(void)name(&x[k], from, i % 5 * 20 + 15);
		held += kl_guard_enter(&g, &f[k], &x[k], NULL) != KL_OK;
		(void)name(&one, from + 14, 1);
		missed += kl_guard_enter(&g, &probe, &one, NULL) != KL_AGAIN;
		kl_idents_free(&one);
		probe.held = 0;
	}
	ok(missed == 0, "nobody in flight is missed, however many were");
	ok(held == 0, "nobody waits for who has landed");
	ok(g.buckets == 64, "nor is there more room than they need");
	for (k = 0; k < ALOFT; k++) {
		kl_guard_leave(&g, &f[k]);
		kl_idents_free(&x[k]);
	}
	ok(g.n == 0, "and in the end they are all gone");
	kl_guard_free(&g);
}

/* One stays in flight while many come and go. */
static void
test_guard_old(void)
{
	static struct kl_flight f[KL_GUARD_FLIGHTS + 1];
	struct kl_guard g = { 0 };
	struct kl_idents old, x = { 0 };
	unsigned i, wrong = 0;
	bool good = name(&old, 0, 300) &&
	    kl_guard_enter(&g, &f[0], &old, NULL) == KL_OK;

	for (i = 0; i < 10000; i++) {
		kl_guard_leave(&g, &f[1]);
		kl_idents_free(&x);
		good = name(&x, 1000 + i % 2, 20) && good;
		wrong += kl_guard_enter(&g, &f[1], &x, NULL) != KL_OK;
		wrong += kl_guard_enter(&g, &f[2], &old, NULL) != KL_AGAIN;
		wrong += kl_guard_enter(&g, &f[2], &x, NULL) != KL_AGAIN;
	}
	ok(good && wrong == 0 && g.n == 320 && g.buckets <= 128,
	    "one that stays is known, and keeps no room for those that left");
	kl_guard_leave(&g, &f[1]);
	kl_idents_free(&x);
	for (i = 1; i < KL_GUARD_FLIGHTS; i++)
		wrong += kl_guard_enter(&g, &f[i], &x, NULL) != KL_OK;
	ok(wrong == 0 && kl_guard_enter(&g, &f[i], &x, NULL) == KL_AGAIN,
	    "so many may be in flight, and no more");
	kl_guard_leave(&g, &f[7]);
	ok(kl_guard_enter(&g, &f[i], &x, NULL) == KL_OK &&
		kl_guard_enter(&g, &f[7], &old, NULL) == KL_AGAIN,
	    "until one has landed");
	kl_guard_free(&g);
	kl_idents_free(&old);
}

/* Another one with that hash. */
static bool
crowd(struct kl_idents *x, uint64_t hash, unsigned i)
{
	char id[32];

	(void)snprintf(id, sizeof(id), "%u", i);
	return kl_idents_add(x, hash, 'x', KL_SPAN(id), i);
}

/* Hashes that differ in nothing but what names the bucket, or not at all. */
static void
test_guard_crowd(void)
{
	struct kl_guard g = { 0 };
	struct kl_flight f[3] = { { 0 } };
	struct kl_idents x[3] = { { 0 } };
	unsigned i;
	bool good = true;

	for (i = 0; i < 60; i++)
		good = good &&
		    crowd(&x[0], (uint64_t)(i / 30) << 32 | (i < 40 ? 7 : 0),
			i) &&
		    crowd(&x[1], (uint64_t)2 << 32 | 8, i) &&
		    crowd(&x[2], (uint64_t)2 << 32 | 8, i + (i < 59 ? 60 : 0));
	good = good && kl_guard_enter(&g, &f[0], &x[0], NULL) == KL_OK &&
	    kl_guard_enter(&g, &f[1], &x[1], NULL) == KL_OK && g.n == 120;
	ok(good, "a batch does not wait for itself, nor in a crowd for others");
	kl_guard_leave(&g, &f[0]);
	ok(kl_guard_enter(&g, &f[0], &x[1], NULL) == KL_AGAIN,
	    "who was passed on stays known when others have left");
	ok(kl_guard_enter(&g, &f[2], &x[2], NULL) == KL_AGAIN &&
		f[2].held == 59,
	    "strangers of one hash are told apart");
	kl_guard_leave(&g, &f[1]);
	ok(kl_guard_enter(&g, &f[1], &x[1], NULL) == KL_OK &&
		kl_guard_enter(&g, &f[0], &x[0], NULL) == KL_OK,
	    "and nobody else does");
	kl_guard_free(&g);
	for (i = 0; i < 3; i++)
		kl_idents_free(&x[i]);
}

int
main(void)
{
	struct kl_batch *b;

	maker.verb = kl_verb_find("add");
	ok(maker.verb != NULL && kl_verb_find("nothing") == NULL,
	    "a verb is found by its name");
	b = kl_batch_new(&maker);
	test_table(b);
	test_ends(b);
	test_refused(b);
	test_parts(b);
	test_same(b);
	test_guard();
	test_guard_long();
	test_guard_old();
	test_guard_crowd();
	kl_json_free(&doc);
	kl_profile_ids_free(&maker.ids);
	kl_merge_free(&maker.merge);
	kl_buf_free(&maker.key);
	kl_profile_free(&profile);
	return done();
}
