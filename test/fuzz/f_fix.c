/* SPDX-License-Identifier: MIT */

/*
 * f_fix.c - any JSON text as a record to be put right.  What comes out is
 * JSON with as many nodes, cannot be put right any further, and passes the
 * check if what went in did.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "kl/event.h"
#include "kl/fix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum kl_rc
check(struct kl_event *e, bool event, const struct kl_json *doc)
{
	return event ? kl_event_check(e, doc, NULL)
		     : kl_profile_check(&e->profile, doc, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_json doc = { 0 }, again = { 0 };
	struct kl_fixer f = { 0 };
	struct kl_event e = { 0 };
	struct kl_buf b = { 0 }, none = { 0 };
	bool event = size > 0 && (data[0] & 1) != 0;
	unsigned done;

	if (size > 0 &&
	    kl_json_scan(&doc, (const char *)data + 1, size - 1, NULL) ==
		KL_OK) {
		assert(
		    kl_fix_record(&f, &doc, event, &b, &done, NULL) == KL_OK);
		assert((done == 0) == (b.n == 0));
		if (done != 0) {
			assert(kl_json_scan(&again, b.s, b.n, NULL) == KL_OK);
			assert(again.nodes == doc.nodes);
			assert(check(&e, event, &doc) != KL_OK ||
			    check(&e, event, &again) == KL_OK);
			assert(kl_fix_record(&f, &again, event, &none, &done,
				   NULL) == KL_OK);
			assert(done == 0 && none.n == 0);
		}
	}
	kl_buf_free(&b);
	kl_buf_free(&none);
	kl_json_free(&doc);
	kl_json_free(&again);
	kl_fixer_free(&f);
	kl_event_free(&e);
	return 0;
}
