/* SPDX-License-Identifier: MIT */
/*
 * f_phone.c - what is brought into E.164 is E.164, and stays as it is when it
 * is brought there again; a country's code is two letters.
 */

#include <assert.h>

#include "kl/country.h"
#include "kl/phone.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char out[KL_PHONE_TEXT], again[KL_PHONE_TEXT];
	const char *s = (const char *)data, *code;
	struct kl_err err;

	if (kl_phone_e164(s, size, out, &err) == KL_OK) {
		assert(kl_phone_is_e164(KL_SPAN(out)));
		assert(kl_phone_e164(out, strlen(out), again, &err) == KL_OK);
		assert(strcmp(out, again) == 0);
	} else {
		assert(err.code[0] != '\0' && err.msg[0] != '\0');
	}
	if ((code = kl_country_code(s, size)) != NULL)
		assert(strlen(code) == 2);
	return 0;
}
