/* SPDX-License-Identifier: MIT */
#ifndef KL_CONSENT_H
#define KL_CONSENT_H

#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/consent.h - does a profile record say that the person agreed?
 *
 * A record that does carries
 *	"consent":{"source":"Checkout","email":{"status":"SUBSCRIBED",
 *	"consented_at":"2024-01-01T00:00:00Z"},"sms":{...}}
 */

/* Seconds since 1970 of the earliest consent the service stores (help page
 * "historical imports": 1990-01-01). */
#define KL_CONSENT_TIME_MIN 631152000

/*
 * Check a record that passed kl_profile_check(): consent is there with a
 * source that is not empty and at least one channel (email, sms, whatsapp,
 * push) whose status is SUBSCRIBED; every channel that is there has a status,
 * SUBSCRIBED, UNSUBSCRIBED or NEVER_SUBSCRIBED; consented_at, where it is
 * there, is RFC 3339, not before KL_CONSENT_TIME_MIN and not after now (0: not
 * judged); and a channel that is SUBSCRIBED has its identifier in the record,
 * email or phone_number.  tmp is scratch.
 *
 * KL_OK; KL_EDATA, code consent_missing or consent_invalid.
 */
enum kl_rc kl_consent_check(const struct kl_json *doc, int64_t now,
    struct kl_buf *tmp, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_CONSENT_H */
