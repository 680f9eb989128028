/* SPDX-License-Identifier: MIT */
/*
 * f_sandbox_profile.c - profiles as the sandbox reads and keeps them, a line
 * each, by all roads.  Whoever was applied is found by every identifier, and
 * what is kept is JSON.
 */

#include <assert.h>
#include <stdint.h>

#include "apply.c"
#include "check.c"
#include "consent.c"
#include "errors.c"
#include "index.c"
#include "order.c"
#include "store-id.c"
#include "store-list.c"
#include "store.c"
/* After the others: its static names are the most. */
#include "profile.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_profile(const struct store *st, uint32_t at)
{
	struct walk w = store_walk(st, at);
	struct kl_json doc = { 0 };
	struct entry e;

	while (walk_next(&w, &e)) {
		assert(e.key < st->names);
		assert(kl_json_scan(&doc, e.value.s, e.value.n, NULL) == KL_OK);
		if (e.key < KEY_IDENTIFIERS)
			assert(store_find(st, (enum key)e.key, e.value) == at);
	}
	kl_json_free(&doc);
}

static void
one(struct store *st, struct draft *d, const char *s, size_t n, unsigned no)
{
	enum road road = (enum road)(no % (ROAD_SEED + 1));
	struct kl_json doc = { .max_depth = 32 };
	struct problem p;
	bool changed;
	uint32_t at;

	if (kl_json_scan(&doc, s, n, NULL) == KL_OK &&
	    profile_read(st, &doc, 0, road, d, &p) &&
	    profile_match(st, d, &at, &p) &&
	    profile_claim(st, d, at, no & 8 ? CONFLICT_MOVE : CONFLICT_REFUSE,
		no + 1, &p)) {
		if (at == NONE)
			at = store_add(st, no + 1, (struct kl_span){ NULL, 0 });
		assert(at != NONE);
		assert(profile_apply(st, d, at, no + 1, &changed));
		check_profile(st, at);
	}
	kl_json_free(&doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data, *end = s + size, *nl;
	struct draft d = { 0 };
	struct store st;
	unsigned no = 0;
	uint32_t i;

	assert(store_open(&st, 42));
	for (; s < end; s = nl + 1, no++) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (nl == NULL)
			nl = end;
		one(&st, &d, s, (size_t)(nl - s), no);
	}
	for (i = 0; i < st.n; i++)
		check_profile(&st, i);
	draft_free(&d);
	store_close(&st);
	return 0;
}
