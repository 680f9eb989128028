/* SPDX-License-Identifier: MIT */
/* email-fold.c - one spelling for the two cases of an address. */

#include <stdint.h>
#include <string.h>

#include "kl/email.h"

/* The top bit of each of eight bytes that is an ASCII capital. */
static inline uint64_t
capitals(uint64_t w)
{
	const uint64_t each = UINT64_MAX / 0xff, low = w & each * 0x7f;

	return (low + each * (0x80 - 'A')) & ~(low + each * (0x7f - 'Z')) & ~w &
	    each * 0x80;
}

bool
kl_email_folded(const char *s, size_t n)
{
	uint64_t w, any = 0;
	size_t i;

	if (n < 8) {
		for (i = 0; i < n; i++)
			any |= s[i] >= 'A' && s[i] <= 'Z';
		return any == 0;
	}
	for (i = 0; n - i > 8; i += 8) {
		memcpy(&w, s + i, 8);
		any |= capitals(w);
	}
	memcpy(&w, s + n - 8, 8); /* some of them once more */
	return (any | capitals(w)) == 0;
}

void
kl_email_fold(char *to, const char *s, size_t n)
{
	uint64_t w;
	size_t i;

	for (i = 0; n - i >= 8; i += 8) {
		memcpy(&w, s + i, 8);
		w |= capitals(w) >> 2;
		memcpy(to + i, &w, 8);
	}
	for (; i < n; i++)
		to[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]);
}
