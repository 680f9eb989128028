/* SPDX-License-Identifier: MIT */
#ifndef KL_RANGES_H
#define KL_RANGES_H

#include "kl/client.h"
#include "kl/err.h"
#include "kl/query.h"
#include "kl/resources.h"
#include "kl/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/ranges.h - the pages of a question, several at once.
 *
 * A cursor tells where the next page begins only when the page before it has
 * come: a chain of them is bound by latency, and at 250 ms uses a third of
 * what the account allows.  So a collection is read by ranges of a time that
 * it can be filtered and sorted by, each with a chain of its own.  Who has
 * nothing to do takes half of the range in which the most seems to be left.
 *
 * All rows that stay as they are come, and each once, in no order.  They are
 * told apart by the second that they show, and by their ids where one second
 * is read from both ends.  By a time that moves when a row changes (of
 * profiles: updated), what changes meanwhile may come twice, the newer last:
 * the newest range is open-ended, and read when all others are done.
 *
 * A collection of one page costs one request, as it would otherwise, and so
 * does each page of one whose rows do not come closer together after its
 * first pages; others cost a few requests more, about two for every one in
 * flight.
 */

#define KL_IN_FLIGHT_MAX 64

/* As many as it takes to use an endpoint's limits at a latency of 600 ms. */
unsigned kl_in_flight(const struct kl_endpoint *ep);

/*
 * The pages of a question in in_flight chains at most, 1 to KL_IN_FLIGHT_MAX;
 * fewer, but two, while pages are so large that 36 MiB would be on their way.
 * by is one of the resource's; rows must have its attribute (kl_want.need).
 * c is borrowed until it is freed, and no other calls may be made with it
 * while pages are taken; it should have as many in parallel.  KL_OK, KL_ENOMEM.
 *
 * A page that is not in the order that was asked for is KL_EPROTO.
 */
enum kl_rc kl_source_ranges(struct kl_source *to, struct kl_client *c,
    const struct kl_query *q, const struct kl_range_by *by, unsigned in_flight,
    struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_RANGES_H */
