/* SPDX-License-Identifier: MIT */

#include "kl/phone.h"

#include "ok.h"

static const struct {
	const char *text;
	bool good;
} cases[] = {
	{ "+4915112345678", true },
	{ "+12345678901", true },
	{ "+1234567", true },		/* 7 digits: the least */
	{ "+123456", false },		/* 6 */
	{ "+12345678901234", true },	/* 14 */
	{ "+123456789012345", true },	/* 15: the most */
	{ "+1234567890123456", false }, /* 16 */
	{ "", false },
	{ "+", false },
	{ "4915112345678", false },
	{ "004915112345678", false },
	{ "+0915112345678", false },
	{ "+9999999999", true },
	{ "+49 15112345678", false },
	{ "+49-15112345678", false },
	{ "+49(0)15112345678", false },
	{ " +4915112345678", false },
	{ "+4915112345678 ", false },
	{ "++4915112345678", false },
	{ "+4915112345678x", false },
	{ "+49151123456\xd9\xa1", false },
};

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ok(kl_phone_is_e164(KL_SPAN(cases[i].text)) == cases[i].good,
		    cases[i].text[0] != '\0' ? cases[i].text
					     : "the empty text");
	ok(!kl_phone_is_e164((struct kl_span){ 0 }), "the span of nothing");
	ok(!kl_phone_is_e164((struct kl_span){ "+12345\0"
					       "78",
	       9 }),
	    "a NUL byte within is no digit");
	return done();
}
