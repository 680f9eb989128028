/* SPDX-License-Identifier: MIT */
/*
 * f_sandbox_consent.c - rows about consent as the sandbox reads them, a line
 * each: to give it, to give it in retrospect, to take it back.  What is refused
 * has a reason in UTF-8; what is taken names who, and for a history when.
 */

#include <assert.h>
#include <stdint.h>

#include "body.c"
#include "check.c"
#include "consent.c"
#include "errors.c"
#include "index.c"
#include "order.c"
#include "store-id.c"
#include "store-list.c"
#include "store.c"
#include "subscribe-read.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of groups.c, which would need the rest of the sandbox. */
bool
list_missing(struct problem *p, bool segment, struct kl_span id)
{
	(void)segment;
	return problem_set(p, NOT_FOUND, "/data/", "no list %.*s",
	    id.n > 60 ? 60 : (int)id.n, id.s);
}

static void
check_row(const struct box *box, const struct consent_request *r,
    const uint32_t *found)
{
	const struct kl_json *doc = &box->doc;
	bool any = false;
	int i;

	for (i = 0; i < CHANNELS; i++) {
		if (found[ROW_CONSENT + i] == 0)
			continue;
		any = true;
		assert(kl_json_is(doc, found[ROW_CONSENT + i],
		    r->subscribe ? "SUBSCRIBED" : "UNSUBSCRIBED"));
		if (r->subscribe && i != OPEN_TRACKING)
			assert((found[ROW_CONSENTED_AT + i] != 0) ==
			    r->historical);
		if (i == SMS_MARKETING)
			assert(found[ROW_PHONE] != 0);
	}
	assert(any);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data, *end = s + size, *nl;
	struct box box = { .opt_in = 1 };
	struct consent_request r;
	uint32_t found[ROW_NODES];
	struct problem p = { 0 };
	unsigned no = 0;

	assert(store_open(&box.store, 42));
	for (; s < end; s = nl + 1, no++) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (nl == NULL)
			nl = end;
		if (kl_json_scan(&box.doc, s, (size_t)(nl - s), NULL) != KL_OK)
			continue;
		(void)consent_request_read(&box, no % 2 == 0, 0, &r, &p);
		r = (struct consent_request){ .subscribe = no % 3 != 0,
			.historical = no % 3 == 1 };
		if (consent_row_read(&box, &r, 0, UINT64_C(1700000000000000),
			found, &p))
			check_row(&box, &r, found);
		else
			assert(p.detail[0] != '\0' &&
			    kl_utf8_valid(p.detail, strlen(p.detail)));
	}
	kl_json_free(&box.doc);
	store_close(&box.store);
	return 0;
}
