/* SPDX-License-Identifier: MIT */
#ifndef KL_PHONE_H
#define KL_PHONE_H

#include <stdbool.h>

#include "kl/buf.h"

/*
 * kl/phone.h - telephone numbers in the one form the service takes.
 */

/* Digits of a number in E.164 form, country code included.  15 is the
 * standard's limit (ITU-T E.164, 6.1); 7 is below the shortest number that
 * is in use anywhere. */
#define KL_E164_MIN 7
#define KL_E164_MAX 15

/*
 * True if the text is a number in E.164 form: "+", then 7 to 15 digits of
 * which the first is not 0 (no country code begins with it).  Whether the
 * number exists is not looked at: that needs tables which age.
 */
bool kl_phone_is_e164(struct kl_span text);

#endif /* KL_PHONE_H */
