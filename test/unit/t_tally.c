/* SPDX-License-Identifier: MIT */
/* t_tally.c - the sum that says no record was lost. */

#include "kl/tally.h"
#include "ok.h"

int
main(void)
{
	struct kl_tally t = { .read = 59, .written = 57 };
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };

	t.count[KL_ACCEPTED] = 57;
	ok(kl_tally_check(&t, &err) == KL_EBUG, "a sum that is off is a bug");
	is(err.msg, "59 records were read but 57 are accounted for", "said so");
	t.count[KL_REJECTED] = 2;
	ok(kl_tally_check(&t, &err) == KL_OK, "a sum that is right is fine");
	kl_tally_text(&t, &b);
	is(kl_buf_str(&b), "read 59 = 57 accepted + 2 rejected; wrote 57",
	    "text leaves out what is 0");
	kl_buf_reset(&b);
	kl_buf_putc(&b, '{');
	kl_tally_json(&t, &b);
	is(kl_buf_str(&b),
	    "{\"read\":59,\"accepted\":57,\"unchanged\":0,\"filtered\":0,"
	    "\"rejected\":2,\"failed\":0,\"unknown\":0,\"written\":57",
	    "JSON has them all");
	ok(kl_tally_exit(&t) == 1, "rejects: 1");
	t.count[KL_UNKNOWN] = 1;
	ok(kl_tally_exit(&t) == 69, "unknown: 69");
	t.count[KL_UNKNOWN] = 0;
	t.count[KL_FAILED] = 1;
	ok(kl_tally_exit(&t) == 69, "failed: 69");
	ok(kl_tally_exit(&(struct kl_tally){ 0 }) == 0, "nothing: 0");
	kl_buf_free(&b);
	return done();
}
