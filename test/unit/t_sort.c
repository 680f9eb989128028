/* SPDX-License-Identifier: MIT */
/* t_sort.c - what is sorted in memory, and what goes through a file. */

#include <stdlib.h>

#include "../../lib/state/sort.h"
#include "ok.h"

static uint32_t seed = 1;

static uint32_t
pick(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

/* n records come back in order, every one of them: their sum tells. */
static void
sorts(size_t n, uint32_t different)
{
	struct kl_sort *s = NULL;
	const unsigned char *rec;
	unsigned char in[12] = { 0 }, last[KL_SORT_RECORD] = { 0 };
	uint64_t put = 0, got = 0;
	size_t i, count = 0;
	bool good = kl_sort_new(&s, NULL) == KL_OK;
	enum kl_rc rc = KL_OK;

	for (i = 0; good && i < n; i++) {
		uint32_t v = pick() % different;

		kl_sort_put(in, (int64_t)v - (int64_t)(different / 2));
		in[8] = (unsigned char)(i & 0xFF);
		put += v + in[8];
		good = kl_sort_add(s, in, sizeof(in), NULL) == KL_OK;
	}
	while (good && (rc = kl_sort_next(s, &rec, NULL)) == KL_OK) {
		good = count == 0 || memcmp(last, rec, sizeof(last)) <= 0;
		memcpy(last, rec, sizeof(last));
		got += (uint64_t)(kl_sort_int(rec) + different / 2) + rec[8];
		count++;
	}
	ok(good && rc == KL_EOF && count == n && put == got,
	    "what was put in comes back, in order");
	kl_sort_free(s);
}

static void
integers(void)
{
	static const int64_t v[] = { INT64_MIN, -1, 0, 1, 255, 256, INT64_MAX };
	unsigned char a[8], b[8];
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(*v); i++) {
		kl_sort_put(a, v[i]);
		good = good && kl_sort_int(a) == v[i];
		kl_sort_put(b, ~v[i]);
		good = good && kl_sort_down(b) == v[i];
		kl_sort_put(b, v[i > 0 ? i - 1 : 0]);
		good = good && (i == 0 || memcmp(b, a, 8) < 0);
	}
	ok(good, "integers sort as they count");
}

int
main(void)
{
	integers();
	sorts(0, 9);
	sorts(1, 9);
	sorts(8192, 1 << 20);
	sorts(8193, 1 << 20);
	sorts(16384, 1 << 20);
	sorts(100001, 1 << 20);
	sorts(50000, 3);
	return done();
}
