/* SPDX-License-Identifier: MIT */

/*
 * e164.c - the form of an international telephone number.
 *
 * Apart from the rest of the phone code, so that a program which only checks
 * numbers links nothing that converts them.
 */

#include <stdint.h>
#include <string.h>

#include "kl/phone.h"
#include "words.h"

#define EACH(byte) (0x0101010101010101U * (uint64_t)(byte))

/* True if all eight bytes are digits: from 0x30 on, and with six added not
 * from 0x40 on. */
static bool
are_digits(const char *s)
{
	uint64_t w = load8(s);

	return (w & EACH(0xf0)) == EACH(0x30) &&
	    ((w + EACH(6)) & EACH(0xf0)) == EACH(0x30);
}

bool
kl_phone_is_e164(struct kl_span text)
{
	char first[8];

	if (text.n < 1 + KL_E164_MIN || text.n > 1 + KL_E164_MAX ||
	    text.s[0] != '+' || text.s[1] == '0')
		return false;
	/* The first eight, the + taken for a digit, and the last eight. */
	memcpy(first, text.s, sizeof(first));
	first[0] = '0';
	return are_digits(first) &&
	    (text.n == sizeof(first) ||
		are_digits(text.s + text.n - sizeof(first)));
}
