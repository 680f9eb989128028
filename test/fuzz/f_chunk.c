/* SPDX-License-Identifier: MIT */
/* f_chunk.c - what is taken for a chunk holds what it says, and records of
 * any kind make a batch that adds up. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../lib/klaviyo/batch.h"

static struct kl_profile profile;
static struct kl_maker maker = { .max_records = 50,
	.max_body = 5000000,
	.max_item = 100000,
	.profile = &profile,
	.seed.k = { 1, 2 } };

/* Every record in a body is one JSON value, and every line is accounted. */
static void
check(struct kl_batch *b)
{
	struct kl_json doc = { 0 };
	uint32_t i, records = 0, r;

	assert(kl_batch_seal(b, &maker, NULL) == KL_OK);
	if (b->people == 0)
		return;
	assert(kl_json_scan(&doc, b->body.s, b->body.n, NULL) == KL_OK);
	for (i = 0; i < b->people; i++) {
		for (r = b->person[i].first; r != KL_NOBODY; r = b->rec[r].next)
			records++;
		assert(kl_json_scan(&doc, b->body.s + b->person[i].at,
			   b->person[i].n, NULL) == KL_OK);
	}
	assert(records == b->n && b->merged == b->n - b->people);
	for (i = 0; i < b->n; i++) {
		struct kl_span s = kl_batch_bytes(b, &b->rec[i]);

		assert(kl_json_scan(&doc, s.s, s.n, NULL) == KL_OK);
	}
	kl_json_free(&doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_send_chunk c = { 0 };
	struct kl_json doc = { 0 }, one = { 0 };
	struct kl_batch *b;
	struct kl_span s;
	uint32_t records = 0, n = 0;
	enum kl_rc rc;

	maker.verb = kl_verb_find("add");
	if (kl_json_scan(&doc, (const char *)data, size, NULL) != KL_OK ||
	    kl_chunk_read(&doc, &c, &records, NULL) != KL_OK)
		goto out;
	assert(c.from > 0 && c.from <= c.to && c.n <= c.to - c.from + 1);
	b = kl_batch_new(&maker);
	kl_json_each (e, &doc, records) {
		s = kl_json_raw(&doc, e);
		n++;
		assert(kl_json_scan(&one, s.s, s.n, NULL) == KL_OK);
		rc = kl_batch_add(b, &maker, n, s, &one, NULL);
		if (rc == KL_AGAIN) {
			check(b);
			kl_batch_reset(b);
			rc = kl_batch_add(b, &maker, n, s, &one, NULL);
			assert(rc != KL_AGAIN);
		}
		assert(rc == KL_OK || rc == KL_EDATA || rc == KL_ETOOBIG);
	}
	assert(n == c.n);
	check(b);
	kl_batch_free(b);
out:
	kl_json_free(&doc);
	kl_json_free(&one);
	return 0;
}
