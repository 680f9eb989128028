/* SPDX-License-Identifier: MIT */
#ifndef LETTERS_H
#define LETTERS_H

#include <stdint.h>

#include "kl/buf.h"

/*
 * letters.h - the case of letters, without a locale.
 *
 * One character for one, as in the simple mappings of Unicode: Latin with the
 * letters of Vietnamese, Greek, Cyrillic, Armenian.  Others stay as they are,
 * and so does the German ss-letter, which has no simple capital.
 */

enum letters_case {
	LETTERS_LOWER,
	LETTERS_UPPER,
	LETTERS_TITLE
};

/* The character as a small or as a capital letter. */
uint32_t letters_lower(uint32_t c);
uint32_t letters_upper(uint32_t c);

/* ASCII in small letters: n bytes of s to out, which has room for 8.  False,
 * and out undefined, if it is not ASCII. */
bool letters_lower_ascii(char *out, const char *s, size_t n);

#define LETTERS_SHORT ((size_t)64)

/* The same for up to LETTERS_SHORT bytes, in a time that does not depend on how
 * many they are: of s so many can be read, and of out so many are written. */
bool letters_lower_short(char *restrict out, const char *restrict s, size_t n);

/*
 * Append valid UTF-8 in the other case.  TITLE makes the first letter of each
 * word a capital and the others small; an apostrophe starts a word if at
 * least two letters follow it ("O'Brien", "it's").
 */
void letters_put(struct kl_buf *b, struct kl_span s, enum letters_case to);

/* The span without white space at its ends: that of ASCII, and Unicode's
 * White_Space with the zero-width space and the byte-order mark. */
struct kl_span letters_trim(struct kl_span s);

#endif /* LETTERS_H */
