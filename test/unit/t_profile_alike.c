/* SPDX-License-Identifier: MIT */
/* t_profile_alike.c - records of one shape fare as each does alone. */

#include "profile.h"

/* Scan the text as one of a stream. */
static void
scan_alike(struct kl_json *to, const char *text)
{
	static char room[1024];
	size_t n = strlen(text);

	memcpy(room, text, n);
	err = (struct kl_err){ 0 };
	if (kl_json_scan_next(to, room, n, KL_JSON_SPARE, &err) != KL_OK)
		ok(0, err.msg);
}

/* What is made of the record, and who it is: in any order of records. */
static bool
same_as_alone(struct kl_profile *p, struct kl_profile_ids *ids,
    struct kl_json *next, const char *text)
{
	struct kl_profile fresh = { .unknown = p->unknown,
		.match_id = p->match_id };
	struct kl_profile_ids mine = { 0 };
	struct kl_buf a = { 0 }, b = { 0 };
	uint64_t nulls = p->nulls_ignored, dropped = p->dropped;
	enum kl_rc rc, rc2;
	bool same;

	scan(text, strlen(text));
	scan_alike(next, text);
	rc = kl_profile_body(&fresh, &a, &doc, NULL);
	rc2 = kl_profile_body(p, &b, next, NULL);
	(void)kl_profile_ids(&mine, &doc, 0, NULL);
	(void)kl_profile_ids(ids, next, 0, NULL);
	same = rc == rc2 && a.n == b.n &&
	    (a.n == 0 || memcmp(a.s, b.s, a.n) == 0) &&
	    p->nulls_ignored - nulls == fresh.nulls_ignored &&
	    p->dropped - dropped == fresh.dropped &&
	    kl_span_eq(mine.email, ids->email) &&
	    kl_span_eq(mine.phone, ids->phone) &&
	    kl_span_eq(mine.external_id, ids->external_id) &&
	    kl_span_eq(mine.id, ids->id) && kl_span_eq(mine.kx, ids->kx);
	kl_profile_ids_free(&mine);
	kl_profile_free(&fresh);
	kl_buf_free(&a);
	kl_buf_free(&b);
	return same;
}

#define REST                                                                   \
	"\"location\":{\"city\":\"x\",\"zip\":7},\"properties\":{\"a\":1,"     \
	"\"b\":{\"c\":null}},\"title\":\"t\"}"

/* The first is that of which the others are variants, by values or by white
 * space: those that may not be sent as they stand. */
static const char *const alike[] = {
	"{\"email\":\"A@b.co\",\"external_id\":\"7\"," REST,
	"{\"email\":null,\"external_id\":\"7\"," REST,
	"{\"email\":\"A@b.co\",\"external_id\":null," REST,
	"{\"email\":\"\\u0041@b.co\",\"external_id\":\"\\u0037\"," REST,
	"{\"email\":\"A@b.co\", \"external_id\":\"7\"," REST,
	"{\"email\": \"A@b.co\",\"external_id\":\"7\"," REST,
	"{ \"email\":\"A@b.co\",\"external_id\":\"7\"," REST,
	" {\"email\":\"A@b.co\",\"external_id\":\"7\"," REST " ",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":null,\"zip\":7},"
	"\"properties\":{\"a\":1,\"b\":{\"c\":1}},\"title\":\"t\"}",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":1, \"zip\":7},"
	"\"properties\":{\"a\":1,\"b\":{\"c\":1}},\"title\":\"t\"}",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":1,\"zip\":null},"
	"\"properties\":{\"a\":null,\"b\":{\"c\":1}},\"title\":\"t\"}",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":1,\"zip\":2},"
	"\"properties\":{\"a\":null,\"b\":{\"c\":1}},\"title\":\"t\"}",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":1,\"zip\":2},"
	"\"properties\":{\"a\": 1,\"b\":{\"c\":1 }},\"title\":\"t\"}",
	"{" A "\"external_id\":\"7\",\"location\":{\"city\":1,\"zip\":2},"
	"\"properties\":{\"a\":1,\"b\":{\"c\":1}},\"title\":null}",
	/* Shapes of their own. */
	"{" A "\"location\":{}}",
	"{" A "\"location\":null}",
	"{" A "\"location\":\"x\"}",
	"{" A "\"location\":{\"town\":1}}",
	"{" A "\"location\":[{\"city\":null}]}",
	"{" A "\"properties\":[null]}",
	"{" A "\"created\":\"x\"}",
	"{" A "\"id\":\"01H\"}",
	"{" A "\"meta\":{\"x\":1}}",
	"{" A "\"title\":{\"x\":null,\"y\":1}}",
	"{" A "\"shoe\":1}",
	"{}",
	"[]",
};

static void
shapes(void)
{
	static const enum kl_unknown what[] = { KL_UNKNOWN_REFUSE,
		KL_UNKNOWN_DROP, KL_UNKNOWN_KEEP };
	struct kl_profile p = { 0 };
	struct kl_profile_ids ids = { 0 };
	struct kl_json next = { 0 };
	size_t i, j, r, bad = 0;
	uint64_t whole = 0;

	for (i = 0; i < 6; i++) {
		p.unknown = what[i % 3];
		p.match_id = i >= 3;
		for (j = 0; j < sizeof(alike) / sizeof(*alike); j++) {
			/* What is learned of it, and of the first again. */
			for (r = 0; r < 5; r++)
				bad += !same_as_alone(&p, &ids, &next,
				    alike[r == 4 ? 0 : j]);
			for (r = 0; r < 4; r++)
				bad +=
				    !same_as_alone(&p, &ids, &next, alike[0]);
			whole |= p.whole.shape != 0 && p.whole.n > 0;
			bad += !same_as_alone(&p, &ids, &next, alike[j]);
		}
	}
	ok(bad == 0, "what a record becomes does not depend on those before");
	ok(whole, "some are sent as they stand");
	kl_profile_ids_free(&ids);
	kl_profile_free(&p);
	kl_json_free(&next);
}

int
main(void)
{
	shapes();
	kl_json_free(&doc);
	return done();
}
