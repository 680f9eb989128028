/* SPDX-License-Identifier: MIT */
#ifndef KL_PHONE_H
#define KL_PHONE_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/phone.h - telephone numbers in E.164: "+" and 7 to 15 digits.
 *
 * Numbers that are written internationally need nothing but this file.  A
 * number in national form ("(650) 253-0000") needs to know the country's
 * numbering plan: that is libphonenumber, a large C++ library, behind a
 * plug-in that is opened only when kl_phone_open() is called.
 */

/* Digits of a number in E.164 form, country code included.  15 is the
 * standard's limit (ITU-T E.164, 6.1); 7 is below the shortest number that
 * is in use anywhere. */
#define KL_E164_MIN 7
#define KL_E164_MAX 15

#define KL_PHONE_TEXT 17   /* "+", 15 digits and the NUL */
#define KL_PHONE_INPUT 250 /* bytes of a number as people write it */

/*
 * True if the text is a number in E.164 form: "+", then 7 to 15 digits of
 * which the first is not 0 (no country code begins with it).  Whether the
 * number exists is not looked at: that needs tables which age.
 */
bool kl_phone_is_e164(struct kl_span text);

/*
 * Bring a number that begins with "+" into E.164: blanks, dashes, dots,
 * slashes and brackets are taken out, and so is the "(0)" of "+44 (0)20 ...".
 * A 0 directly after the country code is refused where that country's numbers
 * cannot begin with one: it is a trunk prefix that was left in, and dialling
 * the result reaches nobody.
 *
 * KL_OK and out; or KL_EDATA with err->code phone_invalid and a hint.
 */
enum kl_rc kl_phone_e164(const char *s, size_t n, char out[KL_PHONE_TEXT],
    struct kl_err *err);

struct kl_phone; /* opaque: the numbering plans of the world */

/*
 * Open the numbering plans: the plug-in at path, or, if path is NULL,
 * ../lib/kl/kl-phone.so seen from the directory of the running program.
 * Takes about 20 ms.  KL_OK; KL_ECONFIG if it is not there or of another
 * version; KL_ENOMEM.  Close with kl_phone_close(), which allows NULL.
 */
enum kl_rc kl_phone_open(struct kl_phone **phone, const char *path,
    struct kl_err *err);
void kl_phone_close(struct kl_phone *phone);

/* True if there is a numbering plan for the region, two capital letters of
 * ISO 3166. */
bool kl_phone_has_region(const struct kl_phone *phone, const char region[3]);

/*
 * Bring a number as people of the region write it into E.164.  One that
 * begins with "+" is read internationally whatever the region; region NULL
 * allows only those.  An extension ("ext. 12") is dropped, letters stand for
 * the digits of the keypad.  What the plan of its country does not hold is
 * refused, even where its length would do.
 *
 * KL_OK and out; or KL_EDATA with err->code phone_invalid (or
 * region_unknown) and a hint.
 */
enum kl_rc kl_phone_format(const struct kl_phone *phone, const char *s,
    size_t n, const char *region, char out[KL_PHONE_TEXT], struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_PHONE_H */
