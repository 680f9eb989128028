/* SPDX-License-Identifier: MIT */
#ifndef KL_SHAPE_H
#define KL_SHAPE_H

#include <stdint.h>

#include "kl/buf.h"
#include "kl/json.h"
#include "kl/map.h"
#include "kl/resources.h"
#include "kl/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/shape.h - the resources of a page as records, in the shape of their kind.
 *
 * Whatever the service sends is passed on byte for byte, members that are not
 * known included.
 *
 *	KL_SHAPE_FLAT		{"id":...,ATTRIBUTES}
 *	KL_SHAPE_EVENT		{"id":...,ATTRIBUTES,"profile":{"id":...,
 *				ATTRIBUTES},"metric":{"id":...,ATTRIBUTES}}
 *	KL_SHAPE_SUPPRESSED	{"id":...,MEMBERS of the suppression,
 *				ATTRIBUTES but subscriptions}
 *
 * The profile and metric of an event are found in the page's "included" by a
 * hash map, filled once a page: the time an event takes does not depend on
 * how many there are.
 */

struct kl_shaper {
	enum kl_shape shape;
	const char *list;   /* SUPPRESSED_LIST: only of this list */
	const char *hidden; /* an attribute that is left out; or NULL */
	size_t key;	    /* bytes of the last row, from its brace, that tell
			     * it from all others */
	/* Of the page at hand. */
	const struct kl_json *doc;
	struct kl_map included; /* TYPE NUL ID: the node */
	struct kl_buf tmp;
};

/* Take a page in hand.  KL_OK; KL_EPROTO if what is included makes no sense;
 * KL_ENOMEM. */
enum kl_rc kl_shape_page(struct kl_shaper *r, const struct kl_page *page,
    struct kl_err *err);

/*
 * Append the nth row, from 0, of the resource at node.  KL_OK; KL_EOF if it
 * has no such row (most shapes have one); KL_EPROTO if it is no resource, and
 * then something may have been appended.  Failures of the buffer stay in the
 * buffer.
 */
enum kl_rc kl_shape_put(struct kl_shaper *r, struct kl_buf *b, uint32_t node,
    uint32_t nth, struct kl_err *err);
void kl_shape_free(struct kl_shaper *r);

#ifdef __cplusplus
}
#endif

#endif /* KL_SHAPE_H */
