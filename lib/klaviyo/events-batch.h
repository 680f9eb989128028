/* SPDX-License-Identifier: MIT */
#ifndef KL_EVENTS_BATCH_H
#define KL_EVENTS_BATCH_H

#include "events.h"

/* events-batch.h - a batch of events, shared by its files. */

#define EVENTS_OPEN                                                            \
	"{\"data\":{\"type\":\"event-bulk-create-job\",\"attributes\":{"       \
	"\"events-bulk-create\":{\"data\":["
#define EVENTS_CLOSE "]}}}}"
#define BUNDLE_OPEN                                                            \
	"{\"type\":\"event-bulk-create\",\"attributes\":{\"profile\":{"        \
	"\"data\":"
#define BUNDLE_MID "},\"events\":{\"data\":["
#define BUNDLE_CLOSE "]}}}"
/* What an event adds to a request beside its own bytes and its profile's. */
#define BUNDLE_AROUND (sizeof(BUNDLE_OPEN BUNDLE_MID BUNDLE_CLOSE ","))

/* Take a record into the batch. */
enum kl_rc events_add(struct kl_batch *b, struct kl_maker *m, uint64_t line,
    struct kl_span record, const struct kl_json *doc, struct kl_err *err);

/* No more come: make the request. */
enum kl_rc events_seal(struct kl_batch *b, struct kl_maker *m,
    struct kl_err *err);

#endif /* KL_EVENTS_BATCH_H */
