/* SPDX-License-Identifier: MIT */
/* t_count.c - one is one, and all others are many. */

#include <string.h>

#include "kl/count.h"
#include "ok.h"

int
main(void)
{
	char words[2 * KL_COUNTED], out[KL_COUNTED];

	is(KL_COUNT(0, "record", "records"), "0 records", "none are many");
	is(KL_COUNT(1, "record was", "records were"), "1 record was", "one");
	is(KL_COUNT(2, "record", "records"), "2 records", "two are many");
	is(kl_counted(UINT64_MAX, "x", "people", out),
	    "18446744073709551615 people", "all there can be");
	memset(words, 'w', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	ok(strlen(kl_counted(2, "", words, out)) == KL_COUNTED - 1,
	    "what does not fit is cut");
	return done();
}
