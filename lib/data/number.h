/* SPDX-License-Identifier: MIT */
#ifndef NUMBER_H
#define NUMBER_H

#include "kl/buf.h"

/*
 * number.h - numbers as JSON writes them, for text that may become one: in
 * convert-value.c and csv-types.c.
 */

/* How many digits there are from i on. */
static inline size_t
number_digits(struct kl_span s, size_t i)
{
	size_t from = i;

	while (i < s.n && s.s[i] >= '0' && s.s[i] <= '9')
		i++;
	return i - from;
}

/* The length of an integer of JSON at the start of s; 0 if there is none. */
static inline size_t
number_integer(struct kl_span s)
{
	size_t i = s.n > 0 && s.s[0] == '-', n = number_digits(s, i);

	return n == 0 || (n > 1 && s.s[i] == '0') ? 0 : i + n;
}

/* True if s is a number, and nothing else. */
static inline bool
number_is(struct kl_span s)
{
	size_t i = number_integer(s), n;

	if (i == 0)
		return false;
	if (i < s.n && s.s[i] == '.') {
		if ((n = number_digits(s, i + 1)) == 0)
			return false;
		i += 1 + n;
	}
	if (i < s.n && (s.s[i] | 0x20) == 'e') {
		i++;
		if (i < s.n && (s.s[i] == '+' || s.s[i] == '-'))
			i++;
		if ((n = number_digits(s, i)) == 0)
			return false;
		i += n;
	}
	return i == s.n;
}

#endif /* NUMBER_H */
