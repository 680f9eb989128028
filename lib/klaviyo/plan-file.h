/* SPDX-License-Identifier: MIT */
#ifndef PLAN_FILE_H
#define PLAN_FILE_H

#include "kl/digest.h"

/* plan-file.h - what the writer and the reader of plans agree on. */

/* What the user's secret is made into keys for. */
#define PLAN_SEAL "kl-push mirror: the seal of a plan"
#define PLAN_CIPHER "kl-push mirror: the records of a plan"

/* The last line ends so: a name, a digest as text, and the end of the object.
 * What is before it is sealed. */
#define PLAN_SEAL_NAME ",\"seal\":\""
#define PLAN_SEAL_TAIL (sizeof(PLAN_SEAL_NAME) - 1 + KL_RECORD_DIGEST - 1 + 2)

#endif /* PLAN_FILE_H */
