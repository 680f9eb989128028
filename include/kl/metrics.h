/* SPDX-License-Identifier: MIT */
#ifndef KL_METRICS_H
#define KL_METRICS_H

#include "kl/client.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/metrics.h - find the metric, and the person, that events are asked for
 * by: the service wants their ids.
 */

#define KL_METRIC_ID 64 /* bytes with the NUL; of a person's id too */

/*
 * The metric of that id or, letter by letter, that name.  All metrics are
 * read: the service cannot look for a name.  Waits; nothing else may be in
 * flight.  KL_OK; KL_EREFUSED (code metric_unknown), the hint naming metrics
 * there are; KL_EUSAGE (code metric_ambiguous) if several have the name, the
 * hint naming their ids; or what the call failed with.
 */
enum kl_rc kl_metric_find(struct kl_client *c, const char *what,
    char id[KL_METRIC_ID], struct kl_err *err);

/* The profile that has this address.  KL_OK; KL_EREFUSED (code
 * profile_unknown); or what the call failed with. */
enum kl_rc kl_person_find(struct kl_client *c, const char *email,
    char id[KL_METRIC_ID], struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_METRICS_H */
