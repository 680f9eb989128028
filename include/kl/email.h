/* SPDX-License-Identifier: MIT */
#ifndef KL_EMAIL_H
#define KL_EMAIL_H

#include <stdbool.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/email.h - is this text an e-mail address the service can take?
 *
 * The grammar is RFC 5321's Mailbox without its two rarities, which are
 * refused with a reason of their own: a quoted local part ("a b"@x.org) and
 * an address literal (a@[192.0.2.1]).  So: a dot-atom of at most 64 octets,
 * "@", and a domain of at least two labels, each 1 to 63 letters, digits and
 * hyphens, no hyphen first or last, the last label not all digits (RFC 3696,
 * 2); 100 characters in all, which is the service's own limit.
 *
 * Characters outside ASCII before the @ are refused unless asked for: the
 * service does not say what it makes of them.  A domain outside ASCII is good
 * if it has an xn-- form (kl/idn.h) that is; the two are one domain.
 *
 * Nothing is looked up, trimmed or changed.
 */

/*
 * utf8 admits characters outside ASCII before the @ (RFC 6531), other than
 * blanks and marks that are not seen; text must then be valid UTF-8.
 *
 * KL_OK; KL_ENOMEM; or KL_EDATA with what is wrong and where: err->field is
 * field, which begins the message too; err->code is one of email_empty,
 * email_too_long, email_non_ascii, email_space, email_quoted, email_literal,
 * email_local, email_domain, email_invalid (no @, or several).  Positions in
 * messages are from 1.
 */
enum kl_rc kl_email_check(struct kl_span text, bool utf8, const char *field,
    struct kl_err *err);

/*
 * The same for the addresses of a stream.  A domain that was good is not looked
 * at again: domains remembers it, and what is doubtful about it.  The answer
 * does not depend on that.  If it is KL_OK, *domain is what is known of the
 * domain of this address: borrowed from domains, until the next call.
 */
struct kl_domain;
struct kl_domains;
enum kl_rc kl_email_check_next(struct kl_domains *domains, struct kl_span text,
    bool utf8, const char *field, const struct kl_domain **domain,
    struct kl_err *err);

/*
 * The quick part of it, for text within a string of JSON: what is known of the
 * domain of an address that is good without another look; NULL says nothing.
 * A quote must stand behind the text, and KL_EMAIL_AHEAD bytes from its first
 * on must be there to be read, whatever they are.
 */
#define KL_EMAIL_AHEAD ((size_t)32)
const struct kl_domain *kl_email_known(const struct kl_domains *domains,
    struct kl_span text);

/*
 * Fold the n bytes of an address to lower case into to (n bytes; may be the
 * same place), so that two spellings of one address compare equal.  The
 * local part is folded too: RFC 5321 would let a host tell A@ from a@, the
 * service does not.  Bytes outside ASCII stay.
 */
void kl_email_fold(char *to, const char *s, size_t n);

/* True if folding would change nothing. */
bool kl_email_folded(const char *s, size_t n);

#ifdef __cplusplus
}
#endif

#endif /* KL_EMAIL_H */
