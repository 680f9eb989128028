/* SPDX-License-Identifier: MIT */
/* t_events.c - records become events, events become a body. */

#include <stdlib.h>

#include "../../lib/klaviyo/events.h"
#include "ok.h"

#define HEAD                                                                   \
	"{\"data\":{\"type\":\"event-bulk-create-job\",\"attributes\":{"       \
	"\"events-bulk-create\":{\"data\":["
#define TAIL "]}}}}"
#define G(profile, events)                                                     \
	"{\"type\":\"event-bulk-create\",\"attributes\":{\"profile\":"         \
	"{\"data\":{\"type\":\"profile\",\"attributes\":" profile "}},"        \
	"\"events\":{\"data\":[" events "]}}}"
#define E(id)                                                                  \
	"{\"type\":\"event\",\"attributes\":{\"metric\":{\"data\":{\"type\":"  \
	"\"metric\",\"attributes\":{\"name\":\"V\"}}},\"unique_id\":\"" id     \
	"\",\"properties\":{}}}"
#define R(profile, id)                                                         \
	"{\"metric\":\"V\",\"profile\":" profile ",\"unique_id\":\"" id "\"}"
#define ANN "{\"email\":\"ann@x.org\"}"
#define BO "{\"email\":\"bo@x.org\"}"

static struct kl_maker maker = { .verb = &kl_verb_track,
	.max_records = 1000,
	.max_body = 5000000,
	.max_item = 5000000,
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

static void
begin(const struct kl_events_opts *o)
{
	struct kl_events *e = maker.frame.ctx;

	kl_events_free(e);
	if (kl_events_new(&e, o, &err) != KL_OK)
		abort();
	maker.frame.ctx = e;
}

static struct kl_batch *
batch_of(const char *const *in)
{
	struct kl_batch *b = kl_batch_new(&maker);
	uint64_t line;

	for (line = 0; in[line] != NULL; line++)
		if (add(b, line + 1, in[line]) != KL_OK)
			abort();
	if (kl_batch_seal(b, &maker, &err) != KL_OK)
		abort();
	return b;
}

/* --- bodies --------------------------------------------------------------- */

static const struct {
	const char *what;
	const char *in[6];
	const char *body;
	unsigned events;
} table[] = {
	{ "events of one person stand under one profile",
	    { R(ANN, "1"), R(BO, "1"), R(ANN, "2") },
	    G(ANN, E("1") "," E("2")) "," G(BO, E("1")), 3 },
	{ "the same of a person is one, the first",
	    { R(ANN, "1"), R("{\"email\":\"ANN@x.org\"}", "1") },
	    G(ANN, E("1")), 1 },
	{ "what is said of a person anew stands apart, and last",
	    { R(ANN, "1"), R("{\"email\":\"ann@x.org\",\"title\":\"x\"}", "2"),
		R(ANN, "3") },
	    G(ANN, E("1")) "," G("{\"email\":\"ann@x.org\",\"title\":\"x\"}",
		E("2")) "," G(ANN, E("3")),
	    3 },
	{ "a person is known by what joins two, later too",
	    { R(ANN, "1"), R("{\"external_id\":\"9\"}", "1"),
		R("{\"email\":\"ann@x.org\",\"external_id\":\"9\"}", "2") },
	    G(ANN, E("1")) "," G(
		"{\"email\":\"ann@x.org\",\"external_id\":\"9\"}", E("2")),
	    2 },
	{ "names in another spelling are the same name",
	    { R(ANN, "1"),
		"{\"metric\":\"\\u0056\",\"profile\":" ANN
		",\"unique_id\":\"\\u0031\"}" },
	    G(ANN, E("1")), 1 },
	{ "a null is as good as absent",
	    { "{\"metric\":\"V\",\"profile\":" ANN
	      ",\"unique_id\":\"1\",\"value\":null,\"backfill\":null}" },
	    G(ANN, E("1")), 1 },
};

static void
test_bodies(void)
{
	struct kl_events_opts o = { 0 };
	struct kl_batch *b;
	char *want;
	size_t i, n;

	begin(&o);
	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		b = batch_of(table[i].in);
		n = strlen(HEAD) + strlen(table[i].body) + strlen(TAIL);
		if ((want = malloc(n + 1)) == NULL)
			abort();
		(void)snprintf(want, n + 1, HEAD "%s" TAIL, table[i].body);
		is(kl_buf_str(&b->body), want, table[i].what);
		ok(b->people == table[i].events &&
			b->pending == table[i].events,
		    "... as so many events");
		free(want);
		kl_batch_free(b);
	}
}

/* --- parts and errors ----------------------------------------------------- */

static bool
names(const struct kl_batch *b, const uint32_t *row, uint32_t n, uint32_t group,
    int sub, uint32_t from, uint32_t to)
{
	struct kl_fault f = { .has_row = true,
		.row = group,
		.has_sub = sub >= 0,
		.sub = sub >= 0 ? (uint32_t)sub : 0 };
	uint32_t a, z;

	return events_kind.rows(b, row, n, &f, &a, &z) && a == from && z == to;
}

static void
test_rows(void)
{
	/* Events are numbered 0 2 3 of ann, 1 4 of bo, 5 of cy. */
	const char *in[] = { R(ANN, "1"), R(BO, "1"), R(ANN, "2"), R(ANN, "3"),
		R(BO, "2"), R("{\"external_id\":\"cy\"}", "1"), NULL };
	const uint32_t some[] = { 1, 2, 4, 5 };
	struct kl_fault beyond = { .has_row = true, .row = 3 };
	struct kl_batch *b = batch_of(in);
	struct kl_buf body = { 0 };
	uint32_t a, z;

	ok(b->rec[0].person == 0 && b->rec[1].person == 3 &&
		b->rec[2].person == 1 && b->rec[4].person == 4,
	    "events are numbered in the order of the body");
	ok(names(b, NULL, 6, 0, -1, 0, 3), "an error of a profile is of all");
	ok(names(b, NULL, 6, 1, 1, 4, 5), "an error of an event is of that");
	ok(names(b, NULL, 6, 2, 0, 5, 6), "... of the last too");
	ok(!names(b, NULL, 6, 2, 1, 0, 0), "of an event that is not there: no");
	ok(!events_kind.rows(b, NULL, 6, &beyond, &a, &z),
	    "of a profile that is not there: no");
	ok(names(b, some, 4, 0, -1, 0, 2), "rows are those of the part");
	ok(names(b, some, 4, 1, 0, 2, 3), "... whose profiles may be fewer");
	ok(names(b, some, 4, 2, 0, 3, 4), "... up to the last");
	ok(kl_batch_part(b, &maker, &kl_verb_track.road, some, 4, &body,
	       &err) == KL_OK,
	    "a part is made");
	is(kl_buf_str(&body),
	    HEAD G(ANN, E("2") "," E("3")) "," G(BO,
		E("2")) "," G("{\"external_id\":\"cy\"}", E("1")) TAIL,
	    "... of those, under their profiles");
	kl_buf_free(&body);
	kl_batch_free(b);
}

static void
test_single(void)
{
	const char *in[] = { "{\"metric\":\"V\",\"profile\":{\"meta\":{\"patch_"
			     "properties\":{\"unset\":[\"a\"]}},\"email\":"
			     "\"ann@x.org\"},\"unique_id\":\"1\"}",
		NULL };
	struct kl_batch *b = batch_of(in);
	struct kl_buf body = { 0 };

	ok(events_kind.single(b, &maker, 0, &body, &err) == KL_OK,
	    "an event alone has another body");
	is(kl_buf_str(&body),
	    "{\"data\":{\"type\":\"event\",\"attributes\":{\"metric\":{"
	    "\"data\":{\"type\":\"metric\",\"attributes\":{\"name\":\"V\"}}},"
	    "\"unique_id\":\"1\",\"properties\":{},\"profile\":{\"data\":{"
	    "\"type\":\"profile\",\"attributes\":{\"email\":\"ann@x.org\","
	    "\"meta\":{\"patch_properties\":{\"unset\":[\"a\"]}}}}}}}}",
	    "... with the meta inside the attributes");
	kl_buf_free(&body);
	kl_batch_free(b);
}

/* --- limits --------------------------------------------------------------- */

static void
test_limits(void)
{
	struct kl_events_opts o = { .most = 2 };
	struct kl_batch *b = kl_batch_new(&maker);
	static const char *const in[] = {
		"{\"metric\":\"V\",\"profile\":" ANN ",\"time\":1795168800}",
		"{\"metric\":\"V\",\"profile\":" ANN ",\"time\":1795168801}",
		"{\"metric\":\"V\",\"profile\":" ANN ",\"time\":1795168802}",
	};

	begin(&o);
	ok(add(b, 1, in[0]) == KL_OK && add(b, 2, in[1]) == KL_OK &&
		add(b, 3, in[0]) == KL_OK,
	    "as many different events as are to be remembered");
	ok(add(b, 4, in[2]) == KL_ECONFIG, "one more ends the run");
	is(err.code, "events_too_many", "... with that code");
	ok(b->n == 3, "... and is in no batch");
	kl_batch_reset(b);
	maker.max_records = 2;
	ok(add(b, 1, in[0]) == KL_OK && add(b, 2, in[1]) == KL_OK &&
		add(b, 3, in[0]) == KL_AGAIN,
	    "a batch that is full has no room");
	ok(seen_times(&((struct kl_events *)maker.frame.ctx)->seen, 1) == 0 &&
		kl_events_stats(maker.frame.ctx).equal == 3,
	    "... and what it has no room for is not counted");
	maker.max_records = 1000;
	kl_batch_free(b);
}

static void
test_seen(void)
{
	struct seen s = { .most = 5000 };
	bool good = true;
	uint64_t i;

	for (i = 1; i <= 5000; i++)
		good = good &&
		    seen_add(&s, i * 0x9e3779b97f4a7c15ULL, &err) == KL_OK;
	ok(good, "so many are remembered");
	good = seen_add(&s, 7 * 0x9e3779b97f4a7c15ULL, &err) == KL_OK;
	ok(good, "... and one of them once more");
	for (i = 1; i <= 5000; i++)
		good = good &&
		    seen_times(&s, i * 0x9e3779b97f4a7c15ULL) == (i == 7) + 1U;
	ok(good, "each as often as it was met, through all growing");
	ok(seen_times(&s, 5001 * 0x9e3779b97f4a7c15ULL) == 0, "another never");
	ok(seen_add(&s, 5001 * 0x9e3779b97f4a7c15ULL, &err) == KL_ECONFIG,
	    "one too many is refused");
	seen_free(&s);
}

int
main(void)
{
	test_bodies();
	test_rows();
	test_single();
	test_limits();
	test_seen();
	kl_events_free(maker.frame.ctx);
	kl_profile_ids_free(&maker.ids);
	kl_json_free(&doc);
	return done();
}
