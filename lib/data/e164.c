/* SPDX-License-Identifier: MIT */

/*
 * e164.c - the form of an international telephone number.
 *
 * Apart from the rest of the phone code, so that a program which only checks
 * numbers links nothing that converts them.
 */

#include "kl/phone.h"

bool
kl_phone_is_e164(struct kl_span text)
{
	size_t i;

	if (text.n < 1 + KL_E164_MIN || text.n > 1 + KL_E164_MAX ||
	    text.s[0] != '+' || text.s[1] == '0')
		return false;
	for (i = 1; i < text.n; i++)
		if (text.s[i] < '0' || text.s[i] > '9')
			return false;
	return true;
}
