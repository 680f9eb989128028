/* SPDX-License-Identifier: MIT */
/* t_numbers.c - numbers are found where they are, and no others. */

#include "kl/numbers.h"
#include "ok.h"

int
main(void)
{
	struct kl_numbers l = { 0 };
	uint64_t i, wrong = 0;
	bool added = true;

	kl_numbers_sort(&l);
	ok(kl_numbers_find(&l, 0) == KL_NUMBERS_NONE, "none has none");
	for (i = 0; i < 1000; i++) /* 7 is no divisor of 1000: each once */
		added &= kl_numbers_add(&l, 2 * (i * 7 % 1000));
	ok(added && l.n == 1000, "a thousand are added");
	kl_numbers_sort(&l);
	for (i = 0; i < 1000; i++)
		wrong += kl_numbers_find(&l, 2 * i) != i ||
		    kl_numbers_find(&l, 2 * i + 1) != KL_NUMBERS_NONE;
	ok(wrong == 0, "each is found in its place, and none between them");
	ok(kl_numbers_add(&l, UINT64_MAX) && kl_numbers_add(&l, 0),
	    "the largest and the smallest are added");
	kl_numbers_sort(&l);
	ok(kl_numbers_find(&l, UINT64_MAX) == 1001, "the largest is the last");
	ok(kl_numbers_find(&l, 0) <= 1, "one of two that are equal is found");
	kl_numbers_free(&l);
	ok(l.n == 0 && kl_numbers_find(&l, 2) == KL_NUMBERS_NONE,
	    "freed, there are none");
	return done();
}
