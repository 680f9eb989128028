/* SPDX-License-Identifier: MIT */
#ifndef KL_FLAT_H
#define KL_FLAT_H

#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/flat.h - a JSON:API resource as a record of one line.
 */

/*
 * Append {"id":...,ATTRIBUTES} for the resource at node: its id, then the
 * members of its attributes, in their order and byte for byte (numbers and
 * escapes as they came; line breaks between values are left out).  Members
 * that are not known are passed on.  KL_OK; KL_EPROTO if it is no resource;
 * failures of the buffer stay in the buffer.
 */
enum kl_rc kl_flat_put(struct kl_buf *b, const struct kl_json *doc,
    uint32_t node, struct kl_err *err);

/* The same without one attribute; but may be NULL. */
enum kl_rc kl_flat_put_but(struct kl_buf *b, const struct kl_json *doc,
    uint32_t node, const char *but, struct kl_err *err);

/* The values of id and attributes of a resource, 0 for what it has not: all
 * that a record is made of, found in one look at its members. */
struct kl_flat {
	uint32_t id, attributes;
};
struct kl_flat kl_flat_of(const struct kl_json *doc, uint32_t node);

/* kl_flat_put_but() of what was found already. */
enum kl_rc kl_flat_put_of(struct kl_buf *b, const struct kl_json *doc,
    struct kl_flat of, const char *but, struct kl_err *err);

/* Append JSON without the line breaks between its values: within a string a
 * line break is always an escape. */
void kl_flat_copy(struct kl_buf *b, struct kl_span s);

#ifdef __cplusplus
}
#endif

#endif /* KL_FLAT_H */
