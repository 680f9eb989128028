/* SPDX-License-Identifier: MIT */
/* t_numset.c - numbers that were put in are there, and no others. */

#include "kl/numset.h"
#include "ok.h"

/* How many of from, from + by ... are not as they should be. */
static unsigned
wrong(const struct kl_numset *s, uint64_t from, uint64_t by, bool in)
{
	unsigned i, n = 0;

	for (i = 0; i < 1000; i++)
		n += kl_numset_has(s, from + i * by) != in;
	return n;
}

static bool
add(struct kl_numset *s, uint64_t from, uint64_t by)
{
	bool added = true;
	unsigned i;

	for (i = 0; i < 1000; i++)
		added &= kl_numset_add(s, from + i * by);
	return added;
}

int
main(void)
{
	struct kl_numset s = { 0 };

	ok(!kl_numset_has(&s, 0) && !kl_numset_has(&s, 7), "none has none");
	kl_numset_reset(&s);
	ok(add(&s, 0, 8) && s.n == 1000, "a thousand are added");
	ok(wrong(&s, 0, 8, true) == 0 && wrong(&s, 3, 8, false) == 0,
	    "each is there, and none between them");
	ok(add(&s, 0, 8) && s.n == 1000, "twice is once");
	ok(add(&s, (uint64_t)1 << 40, (uint64_t)1 << 40) && s.n == 2000 &&
		wrong(&s, (uint64_t)1 << 40, (uint64_t)1 << 40, true) == 0,
	    "so are numbers that differ in their high bits");
	kl_numset_reset(&s);
	ok(s.n == 0 && wrong(&s, 0, 8, false) == 0, "then there are none");
	ok(kl_numset_add(&s, 0) && kl_numset_add(&s, UINT64_MAX) && s.n == 2,
	    "the smallest and the largest are added");
	ok(kl_numset_has(&s, 0) && kl_numset_has(&s, UINT64_MAX) &&
		!kl_numset_has(&s, 1),
	    "and are there");
	kl_numset_reset(&s);
	ok(s.n == 0 && !kl_numset_has(&s, 0) && !kl_numset_has(&s, UINT64_MAX),
	    "until they are taken out");
	kl_numset_free(&s);
	ok(s.slot == NULL && s.cap == 0, "freed, it is all zero");
	return done();
}
