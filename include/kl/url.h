/* SPDX-License-Identifier: MIT */
#ifndef KL_URL_H
#define KL_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/url.h - the little of URLs that a pinned client needs.
 *
 * Strict on purpose: what is unusual in a URL is refused, not interpreted, so
 * that no reading differs from libcurl's.
 */

/* Parts of an absolute http or https URL; borrowed from its text. */
struct kl_url {
	struct kl_span scheme; /* "http" or "https" */
	struct kl_span host;   /* without brackets */
	unsigned port;	       /* the scheme's own where none was written */
	struct kl_span path;   /* from its "/", or empty */
	struct kl_span query;  /* without "?", or empty */
	bool v6;	       /* the host stood in brackets */
};

/*
 * Take an URL apart.  False for another scheme, user information, a
 * fragment, a control character, a space, a backslash, or anything else that
 * is not plainly a URL.
 */
bool kl_url_split(struct kl_url *u, const char *s, size_t n);

/* True if scheme, host (letter case apart) and port are the same. */
bool kl_url_same_origin(const struct kl_url *a, const struct kl_url *b);

/* True for localhost, 127.0.0.0/8 and ::1. */
bool kl_url_loopback(const struct kl_url *u);

/*
 * Check the base URL of a service: https, or http to a loopback address; no
 * query.  KL_OK or KL_ECONFIG.  Nothing is looked up.
 */
enum kl_rc kl_url_base(struct kl_url *u, const char *s, struct kl_err *err);

/* Append text with everything but letters, digits, "-", ".", "_", "~"
 * percent-encoded. */
void kl_url_encode(struct kl_buf *b, const char *s, size_t n);

/* Append a query parameter, with "&" if b is not empty.  Name and value are
 * encoded ("page[size]" becomes page%5Bsize%5D). */
void kl_url_param(struct kl_buf *b, const char *name, const char *s, size_t n);

/*
 * Append the decoded value of a query parameter to b.  False if the query
 * has none of that name, or its encoding is broken.
 */
bool kl_url_query(struct kl_buf *b, struct kl_span query, const char *name);

#ifdef __cplusplus
}
#endif

#endif /* KL_URL_H */
