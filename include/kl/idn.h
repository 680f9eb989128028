/* SPDX-License-Identifier: MIT */
#ifndef KL_IDN_H
#define KL_IDN_H

#include <stddef.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/idn.h - the xn-- form of a domain outside ASCII (IDNA 2008, RFC 5891).
 *
 * Nothing is mapped but capital letters: what IDNA 2008 does not allow
 * (symbols, emoji, letters without a width) is refused, not replaced by
 * something that looks alike and belongs to somebody else.
 */

/* Octets of a domain (RFC 5321 4.5.3.1.2, RFC 1035 2.3.4, without the dot of
 * the root and the length of the first label). */
#define KL_DOMAIN_MAX 253

/*
 * Write the ASCII form of a domain in UTF-8 to out, with a NUL, and its
 * length to *n (n may be NULL).  A label that is ASCII already stays, in
 * lower case; every label is 1 to 63 letters, digits and hyphens, no hyphen
 * first or last.
 *
 * KL_OK; KL_EDATA, err->msg saying why in a few words that hold no part of the
 * domain ("has a character that domains must not have"); KL_ENOMEM.
 */
enum kl_rc kl_idn_ascii(struct kl_span domain, char out[KL_DOMAIN_MAX + 1],
    size_t *n, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_IDN_H */
