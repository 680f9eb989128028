/* SPDX-License-Identifier: MIT */
#ifndef KL_EVENTS_VERIFY_H
#define KL_EVENTS_VERIFY_H

#include "events.h"

/*
 * events-verify.h - what was accepted, and whether it is there.
 *
 * Of each event that the service took, a hash of metric, unique_id and person
 * is kept with its line: 16 bytes.  Read back, an event knows its person by
 * all their identifiers, and is looked for by each of them, since which one
 * it was sent with is not known.
 */

#define VERIFY_FOUND (UINT64_C(1) << 63) /* of expect.line */

struct expect {
	uint64_t hash, line;
};

/* A metric that was sent, and when its events were. */
struct sent_metric {
	int64_t from, to;
	uint64_t missing;
	uint32_t at, n; /* its name */
};

struct verify {
	struct expect *e;
	uint64_t n, cap, missing, unchecked;
	struct sent_metric *metric;
	uint32_t metrics, metric_cap;
	struct kl_map by_name; /* index of a metric, plus 1 */
	struct kl_buf names;
	struct kl_json doc, profile;
	struct kl_profile_ids ids;
	struct kl_buf key, id, tmp, row;
	int64_t begun;
	uint64_t seed[2];
};

struct kl_span verify_name(const struct verify *v, uint32_t metric);

/* What an event of that metric is known by, if its person has that id. */
uint64_t verify_hash(struct verify *v, uint32_t metric,
    struct kl_span unique_id, char kind, struct kl_span id);

#endif /* KL_EVENTS_VERIFY_H */
