/* SPDX-License-Identifier: MIT */

/*
 * f_events.c - any lines as event records.  What is taken makes a body that is
 * JSON, in which every event is there once and every record is accounted for;
 * the same lines make the same body.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../lib/klaviyo/events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct kl_maker maker = { .verb = &kl_verb_track,
	.max_records = 200,
	.max_body = 5000000,
	.max_item = 5000000,
	.seed.k = { 1, 2 } };

/* Each line that is a record, until the batch is full. */
static struct kl_batch *
gather(const char *s, size_t n)
{
	struct kl_batch *b = kl_batch_new(&maker);
	const char *end = s + n, *p;
	struct kl_json doc = { 0 };
	uint64_t line = 0;
	enum kl_rc rc = KL_OK;

	for (; s < end && rc != KL_AGAIN; s = p + (p < end)) {
		if ((p = memchr(s, '\n', (size_t)(end - s))) == NULL)
			p = end;
		n = (size_t)(p - s);
		line++;
		if (kl_json_scan(&doc, s, n, NULL) != KL_OK)
			continue;
		rc = kl_batch_add(b, &maker, line, (struct kl_span){ s, n },
		    &doc, NULL);
		assert(rc != KL_ENOMEM);
		if (rc == KL_EDATA)
			assert(kl_batch_note(b, line, NULL, NULL) == KL_OK);
	}
	kl_json_free(&doc);
	assert(kl_batch_seal(b, &maker, NULL) == KL_OK);
	return b;
}

/* How many events the body holds. */
static uint32_t
count(const struct kl_batch *b)
{
	struct kl_json doc = { 0 };
	uint32_t n = 0, at;

	assert(kl_json_scan(&doc, b->body.s, b->body.n, NULL) == KL_OK);
	at = kl_json_path(&doc, 0,
	    KL_SPAN("data.attributes.events-bulk-create.data"));
	assert(at != 0 && kl_json_type(&doc, at) == KL_JSON_ARRAY);
	kl_json_each (g, &doc, at) {
		uint32_t list =
		    kl_json_path(&doc, g, KL_SPAN("attributes.events.data"));

		assert(list != 0 && doc.node[list].count > 0);
		n += doc.node[list].count;
	}
	kl_json_free(&doc);
	return n;
}

static void
check(const struct kl_batch *b)
{
	struct kl_buf body = { 0 };
	struct kl_json doc = { 0 };
	uint32_t i, r, row[200], records = 0;

	for (i = 0; i < b->n; i++)
		records += b->rec[i].person == KL_NOBODY;
	for (i = 0; i < b->people; i++) {
		row[i] = i;
		for (r = b->person[i].first; r != KL_NOBODY; r = b->rec[r].next)
			records++;
		assert(kl_json_scan(&doc, b->body.s + b->person[i].at,
			   b->person[i].n, NULL) == KL_OK);
		assert(events_kind.single(b, &maker, i, &body, NULL) == KL_OK);
		assert(kl_json_scan(&doc, body.s, body.n, NULL) == KL_OK);
	}
	assert(records == b->n);
	if (b->people > 0) {
		assert(b->body.n <= maker.max_body);
		assert(count(b) == b->people);
		assert(kl_batch_part(b, &maker, &kl_verb_track.road, row,
			   b->people, &body, NULL) == KL_OK);
		assert(body.n == b->body.n &&
		    memcmp(body.s, b->body.s, body.n) == 0);
	}
	kl_buf_free(&body);
	kl_json_free(&doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_events_opts o = { .test_domains = size & 1,
		.collapse_equal = size & 2,
		.drop_unknown = size & 4,
		.match_id = size & 8 };
	struct kl_events *e;
	struct kl_batch *b, *again;

	assert(kl_events_new(&e, &o, NULL) == KL_OK);
	maker.frame.ctx = e;
	b = gather((const char *)data, size);
	check(b);
	kl_events_free(e);
	assert(kl_events_new(&e, &o, NULL) == KL_OK);
	maker.frame.ctx = e;
	again = gather((const char *)data, size);
	assert(again->body.n == b->body.n &&
	    (b->body.n == 0 ||
		memcmp(again->body.s, b->body.s, b->body.n) == 0));
	kl_batch_free(b);
	kl_batch_free(again);
	kl_events_free(e);
	return 0;
}
