/* SPDX-License-Identifier: MIT */
#ifndef EMAIL_PRIV_H
#define EMAIL_PRIV_H

/* email-priv.h - what the check of addresses and its explanations share. */

#include <stdbool.h>
#include <stddef.h>

#include "kl/buf.h"
#include "kl/err.h"

enum {
	ATEXT = 1, /* RFC 5322 atext: what a dot-atom is made of */
	LABEL = 2, /* letters and digits of a domain */
	DIGIT = 4,
	UTF8 = 8, /* bytes outside ASCII */
	HYPHEN = 16,
};

/* By byte: what it may be. */
extern const unsigned char kl_email_class[256];

/* The length of the local part if it is a dot-atom followed by "@", else 0.
 * set is ATEXT, or that and UTF8. */
size_t kl_email_local(struct kl_span t, unsigned set);

/* The characters of UTF-8 text. */
size_t kl_email_characters(struct kl_span t);

/* True if a character that is not seen begins at i: a blank, a control or a
 * mark of direction, outside ASCII.  They come with text that was pasted. */
bool kl_email_blank(struct kl_span t, size_t i);

/* True if a domain outside ASCII begins at from. */
bool kl_email_foreign(struct kl_span t, size_t from);

/* A domain outside ASCII: good if its xn-- form is. */
enum kl_rc kl_email_foreign_check(struct kl_span t, size_t from,
    struct kl_err *err);

/* Say what is wrong with an address that was found wrong. */
enum kl_rc kl_email_explain(struct kl_span t, unsigned set, const char *field,
    struct kl_err *err);

#endif /* EMAIL_PRIV_H */
